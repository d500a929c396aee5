"""What leaves the server about its turns: `/metrics`, and spans to an OTLP endpoint."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from edge_server.app import make_app
from edge_server.client import conversation
from edge_server.observation.observation import Observation
from edge_server.observation.spans import Spans
from edge_server.observation.turns import BargeIn, ToolRun, TurnRecord
from edge_server.readiness import Readiness
from edge_server.settings import Settings
from tests.server_tools import clean_environment, start_server, stop_server

STAGES = {"end_pointing": 400.0, "transcript": 100.0, "first_clause": -20.0, "first_audio": 150.0}
RECORD = TurnRecord(
    status="completed",
    by_voice=True,
    agent="flight",
    answered=False,
    took_ms=600.0,
    stages_ms=STAGES,
    tools=(ToolRun("flight", "flight_status", 12.0),),
    ungrounded=2,
)


def samples(page: str) -> dict[tuple[str, tuple[str, ...]], float]:
    """Each sample by its name and the values of its labels in the order of their names."""
    return {
        (sample.name, tuple(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(page)
        for sample in family.samples
    }


def test_a_turn_is_counted_and_timed() -> None:
    observation = Observation()
    observation.tell(RECORD, "embedded")
    observation.tell(BargeIn(180.0), "embedded")
    found = samples(observation.metrics.page().decode())
    assert found["lobby_turns_total", ("flight", "voice", "embedded", "completed")] == 1
    assert found["lobby_unanswered_turns_total", ("flight",)] == 1
    assert found["lobby_ungrounded_clauses_total", ("flight",)] == 2
    assert found["lobby_voice_to_voice_seconds_sum", ("embedded",)] == pytest.approx(0.55)
    assert found["lobby_turn_stage_seconds_sum", ("embedded", "end_pointing")] == pytest.approx(0.4)
    assert found["lobby_turn_stage_seconds_sum", ("embedded", "first_clause")] == 0
    assert found["lobby_tool_seconds_count", ("flight", "flight_status")] == 1
    assert found["lobby_barge_in_seconds_bucket", ("embedded", "0.2")] == 1
    assert found["lobby_barge_in_seconds_bucket", ("embedded", "0.15")] == 0


def test_restarts_and_readiness_are_read_when_somebody_looks() -> None:
    observation = Observation()
    restarts = {"speech recognition": 0}
    observation.metrics.watch(lambda: bool(restarts["speech recognition"]), lambda: restarts)
    before = samples(observation.metrics.page().decode())
    restarts["speech recognition"] = 3
    after = samples(observation.metrics.page().decode())
    assert (before["lobby_ready", ()], after["lobby_ready", ()]) == (0, 1)
    assert after["lobby_worker_restarts_total", ("speech recognition",)] == 3


def test_metrics_need_the_key_where_one_is_set() -> None:
    settings = Settings.model_validate({"api_key": "a-key-for-tests"})
    client = TestClient(make_app(settings, Readiness()), base_url="http://127.0.0.1")
    assert client.get("/metrics").status_code == 401
    page = client.get("/metrics", headers={"Authorization": "Bearer a-key-for-tests"})
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/plain")
    assert ("lobby_ready", ()) in samples(page.text)


class _Endpoint(BaseHTTPRequestHandler):
    received: ClassVar[list[bytes]] = []

    def do_POST(self) -> None:
        """Keep what was sent to the traces' path."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/v1/traces":
            self.received.append(body)
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def endpoint() -> Iterator[tuple[str, list[bytes]]]:
    _Endpoint.received.clear()
    server = HTTPServer(("127.0.0.1", 0), _Endpoint)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", _Endpoint.received
    server.shutdown()
    server.server_close()
    thread.join()


def spans_in(bodies: list[bytes]) -> dict[str, tuple[float, float]]:
    """Each span by its name, from and to, in ms since the earliest."""
    spans = [
        span
        for body in bodies
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    first = min(span.start_time_unix_nano for span in spans)
    return {
        span.name: ((span.start_time_unix_nano - first) / 1e6, (span.end_time_unix_nano - first) / 1e6)
        for span in spans
    }


def test_a_turn_becomes_spans_that_lie_where_its_stages_were(endpoint: tuple[str, list[bytes]]) -> None:
    url, received = endpoint
    spans = Spans(url, "1.0", clock=lambda: 1_800_000_000_000_000_000)
    spans(RECORD, "embedded")
    spans.close()
    found = spans_in(received)
    assert found == {
        "turn": (0.0, 1_000.0),
        "end_pointing": (0.0, 400.0),
        "transcript": (400.0, 500.0),
        "first_audio": (500.0, 550.0),
    }


@pytest.mark.slow
async def test_no_words_codes_names_or_keys_leave_a_real_server(
    tmp_path: Path, endpoint: tuple[str, list[bytes]]
) -> None:
    import urllib.request

    url, received = endpoint
    server = start_server(tmp_path / "branch", env=clean_environment(LOBBY_OTLP_ENDPOINT=url))
    said = ("I would like to see my bookings.", "K7M2QX", "4071", "When can I check in at Front Range Inn?")
    replies: list[str] = []
    async with conversation(server.url, "caller-0155501234") as talk:
        for words in said:
            replies.append((await talk.say(words)).text)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{server.url}/metrics") as answer:
        page = answer.read().decode()
    assert stop_server(server) == 0
    told = page + json.dumps([body.decode("latin-1") for body in received])
    assert "Maria" in replies[2], replies
    assert "find_bookings" in told or "bookings" in told
    for private in ("K7M2QX", "4071", "Maria", "Front Range", "caller-0155501234", "0155501234", "check in at"):
        assert private not in told
    found = samples(page)
    assert sum(value for (name, _), value in found.items() if name == "lobby_turns_total") == len(said)
    assert "turn" in spans_in(received)
