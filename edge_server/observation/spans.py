"""OpenTelemetry spans of turns, sent to an OTLP endpoint over HTTP. Imported only where one is set.

A turn is one span, `turn`, from the end of the customer's speech (or the written words) to the end of the reply's
making; its stages and tools are spans inside it. Attributes are names of agents, tools and outcomes.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, Status, StatusCode, set_span_in_context

from edge_server.observation.turns import BargeIn, Observed, TurnRecord

EXPORT_SECONDS = 2.0
"""How long a try to reach the endpoint may take. An endpoint that is away costs spans, and nothing else."""
MILLI = 1_000_000
"""Nanoseconds in a millisecond."""


class Spans:
    """Sends spans to `endpoint` (http://HOST:PORT) from a thread of its own. Call it with what observers tell.

    `clock` gives nanoseconds since 1970.
    """

    def __init__(self, endpoint: str, version: str, *, clock: Callable[[], int] = time.time_ns) -> None:
        resource = Resource.create({"service.name": "lobby", "service.version": version})
        exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_SECONDS)
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("lobby.turns", version)
        self._clock = clock

    def __call__(self, observed: Observed, engine: str) -> None:
        """Make spans of a turn of this engine that has just ended, or of a barge-in."""
        now = self._clock()
        if isinstance(observed, BargeIn):
            begun = now - int(observed.ms * MILLI)
            self._tracer.start_span("barge_in", start_time=begun, attributes={"lobby.engine": engine}).end(now)
            return
        decided = now - int(observed.took_ms * MILLI)
        ended_speaking = decided - int(observed.stages_ms.get("end_pointing", 0.0) * MILLI)
        turn = self._tracer.start_span("turn", start_time=ended_speaking, attributes=_attributes(observed, engine))
        if observed.status == "failed":
            turn.set_status(Status(StatusCode.ERROR))
        self._stages(turn, observed, ended_speaking, decided)
        turn.end(now)

    def _stages(self, turn: Span, record: TurnRecord, ended_speaking: int, decided: int) -> None:
        """A span from the end before it for each moment that was passed."""
        context = set_span_in_context(turn)
        if ended_speaking < decided:
            self._tracer.start_span("end_pointing", context, start_time=ended_speaking).end(decided)
        at = decided
        moments = [(name, record.stages_ms.get(name)) for name in ("transcript", "first_clause", "first_audio")]
        for name, ms in moments:
            if ms is not None and ms > 0:
                reached = max(at, decided + int(ms * MILLI))
                self._tracer.start_span(name, context, start_time=at).end(reached)
                at = reached
        for tool in record.tools:
            ran: dict[str, str | float] = {"lobby.agent": tool.agent, "lobby.tool": tool.name, "lobby.tool_ms": tool.ms}
            turn.add_event("tool", ran)

    def close(self) -> None:
        """Send what is left, as far as the endpoint takes it, and stop. Takes up to `EXPORT_SECONDS`; for a thread."""
        self._provider.force_flush(int(EXPORT_SECONDS * 1000))
        self._provider.shutdown()


def _attributes(record: TurnRecord, engine: str) -> dict[str, str | bool | int | float]:
    stages: dict[str, str | bool | int | float] = {f"lobby.{stage}_ms": ms for stage, ms in record.stages_ms.items()}
    return stages | {
        "lobby.engine": engine,
        "lobby.agent": record.agent or "none",
        "lobby.status": record.status,
        "lobby.by_voice": record.by_voice,
        "lobby.answered": record.answered,
        "lobby.ungrounded": record.ungrounded,
    }
