"""The supervisor's view in Chromium, against answers of the operator's side of the wire (docs/web.md)."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

from playwright.async_api import Route, expect

from tests.browser_tools import DESKTOP, PHONE, Visitor, violations, visiting
from tests.server_tools import Server

KEY = "the operator's key"
ROW = {
    "id": "s1",
    "agent": "flight",
    "engine": "embedded",
    "channel": "websocket",
    "live": True,
    "verified": True,
    "taken_over": False,
    "started_at": 1_795_370_400,
    "last_turn_at": 1_795_370_460,
    "turns": 2,
}
TRANSCRIPT = [
    {
        "at": 1_795_370_430,
        "role": "customer",
        "text": "What is the status of flight LB204?",
        "agent": None,
        "item_id": "a",
    },
    {
        "at": 1_795_370_431,
        "role": "agent",
        "text": "Flight LB204 is delayed by 35 minutes.",
        "agent": "flight",
        "item_id": "b",
        "sources": [{"id": "flight:LB204", "title": "Flight LB204", "text": "delay 35 min, gate B12"}],
        "tools": [
            {
                "name": "flight_status",
                "arguments": {"flight_number": "LB204"},
                "result": {"gate": "B12"},
                "duration_ms": 9.1,
            }
        ],
        "stages_ms": {"end_pointing": 320.0, "recognition": 210.5, "route": 3.1, "plan": 12.0, "first_audio": 96.0},
    },
]
LATENCY = {
    "turns": 60,
    "stages": {
        name: {"p50": low + 20, "p95": low + 110, "recent": [low + (n * 37) % 120 for n in range(60)]}
        for name, low in (("end_pointing", 300), ("recognition", 180), ("plan", 8), ("first_audio", 80))
    },
}
STATUS = {
    "version": "0.1.0",
    "engine": "embedded",
    "ready": True,
    "data": {"schema": "7", "sample_day": "2026-11-22"},
    "models": [{"name": "whisper-base", "role": "recognition", "sha256": "d01c3014881c9c6f"}],
    "sessions": {"live": 1, "store": "local"},
    "errors": [{"at": 1_795_370_400, "message": "a worker was started again"}],
}


class Operator:
    """The operator's side of the wire: rows, a transcript, take-over. Counts what is asked with the right key."""

    def __init__(self) -> None:
        self.row: dict[str, object] = dict(ROW)
        self.said: list[str] = []

    async def answer(self, route: Route) -> None:
        """Answer one question."""
        request = route.request
        if request.headers.get("authorization") != f"Bearer {KEY}":
            error = {"type": "invalid_request_error", "code": "invalid_operator_key", "message": "That is not the key."}
            await route.fulfill(status=401, json={"error": error})
            return
        question = f"{request.method} {request.url.split('/v1/operator')[1]}"
        answers: dict[str, Callable[[], object]] = {
            "GET /status": lambda: STATUS,
            "GET /latency": lambda: LATENCY,
            "GET /sessions": lambda: {"sessions": [self.row]},
            "GET /sessions/s1": lambda: {**self.row, "transcript": TRANSCRIPT},
            "GET /recordings": lambda: {"recordings": []},
            "GET /pairing_code": lambda: {"code": "482913", "expires_at": 1_795_371_000},
            "POST /sessions/s1/take_over": lambda: self._take(True),
            "POST /sessions/s1/give_back": lambda: self._take(False),
            "POST /sessions/s1/say": lambda: self.said.append(json.loads(request.post_data or "{}")["text"]),
        }
        if question == "GET /events":
            body = f"event: session\ndata: {json.dumps(self.row)}\n\n"
            await route.fulfill(body=body, content_type="text/event-stream")
            return
        await route.fulfill(json=answers[question]() or {})

    def _take(self, taken: bool) -> object:
        self.row["taken_over"] = taken
        return {}


async def _entered(visitor: Visitor, server: Server) -> Operator:
    operator = Operator()
    await visitor.page.route("**/v1/operator/**", operator.answer)
    await visitor.open(f"{server.url}/desk")
    await visitor.page.get_by_label("Operator key").fill("a guess")
    await visitor.press("Open")
    await expect(visitor.page.get_by_role("alert")).to_contain_text("did not accept that key")
    await visitor.page.get_by_label("Operator key").fill(KEY)
    await visitor.press("Open")
    return operator


async def test_a_supervisor_reads_a_conversation_takes_it_over_and_gives_it_back(
    server: Server, tmp_path: Path
) -> None:
    async with visiting(tmp_path) as visitor:
        page = visitor.page
        operator = await _entered(visitor, server)
        await page.locator(".session-row").click()
        transcript = page.locator(".transcript")
        await expect(transcript).to_contain_text("delayed by 35 minutes")
        await transcript.get_by_text("flight_status").click()
        await expect(transcript.locator("pre")).to_contain_text('"flight_number": "LB204"')
        await visitor.press("Take over")
        await page.get_by_label("What to say to the customer").fill("Hello, this is Ana.")
        await visitor.press("Say")
        await visitor.press("Give back")
        await expect(page.get_by_role("button", name="Take over", exact=True)).to_be_visible()
        assert operator.said == ["Hello, this is Ana."]
        assert await page.evaluate("() => JSON.stringify({...localStorage})") == "{}"
        assert visitor.faults == []


async def test_every_part_of_the_supervisors_view_is_accessible_and_fits(server: Server, tmp_path: Path) -> None:
    async with visiting(tmp_path, DESKTOP) as visitor:
        page = visitor.page
        await _entered(visitor, server)
        await page.locator(".session-row").click()
        await page.get_by_text("What took how long").click()
        for name, shown in (
            ("Sessions", ".stage-bar"),
            ("Latency", ".sparkline polyline"),
            ("Recordings", ".sessions"),
            ("Server", ".big-code"),
        ):
            if name != "Sessions":
                await visitor.press(name)
            await expect(page.locator(shown).first).to_be_visible()
            for size in (PHONE, DESKTOP):
                await page.set_viewport_size({"width": size[0], "height": size[1]})
                assert await violations(page) == [], f"{name} at {size}"
                assert await page.evaluate("() => document.documentElement.scrollWidth") <= size[0], f"{name} at {size}"
                if pictures := os.environ.get("LOBBY_SCREENSHOTS"):
                    await page.screenshot(path=f"{pictures}/desk-{name}-{size[0]}.png")
