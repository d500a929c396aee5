"""Rows of sessions that come, go away, come back and are forgotten, by a clock that the test owns."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from edge_server.engines.announced import Announced
from edge_server.observation.turns import TurnRecord
from edge_server.operator.events import MOST_WAITING, Event, Events
from edge_server.operator.latency import SHOWN, Latency
from edge_server.operator.live import KEPT_S, MOST_AWAY, LiveView
from edge_server.realtime import effects as fx
from sync.session import Identity, SessionState


class Seat:
    """The person's seat of a session without an engine."""

    def __init__(self) -> None:
        self.taken: list[str | None] = []

    def take_over(self, name: str | None) -> None:
        self.taken.append(name)

    def masked(self, words: str) -> str:
        return words.replace("4071", "****")

    def by_person(self, generation: int) -> bool:
        return generation == 9


class Branch:
    def __init__(self) -> None:
        self.now = 1_000_000.0
        self.events = Events()
        self.view = LiveView(self.events, lambda: self.now)
        self.told = self.events.listen(60)

    def engine(self, key: str, **state: object) -> Announced:
        engine = Announced.__new__(Announced)
        inner = SimpleNamespace(state=SessionState(key, **state), active="embedded")  # type: ignore[arg-type]
        seat = Seat()
        seat.state, seat.active = inner.state, inner.active  # type: ignore[attr-defined]
        engine.attended = seat  # type: ignore[assignment]
        return engine

    async def heard(self) -> list[Event]:
        """All events so far."""
        self.events.close()
        return [event async for event in self.told if event is not None]


async def test_a_session_that_comes_back_goes_on_in_its_row_and_one_that_does_not_is_forgotten() -> None:
    branch = Branch()
    first = branch.view.connected("websocket", branch.engine("key-1"), lambda: None)
    assert first is not None
    first.heard(fx.Transcribed("item_1", "my PIN is 4071, mail joe@x.example", 1.0), 0.0, None)
    first.heard(fx.PersonAtDesk(True, "Ann"), 0.0, None)
    first.closed()
    assert first.row()["live"] is False
    branch.now += KEPT_S - 1
    back = branch.engine("key-1", agent="flight", identity=Identity(1, "Maria", 0.0, branch.now + 60))
    again = branch.view.connected("phone", back, lambda: None)
    assert again is first
    assert back.attended.taken == ["Ann"]  # type: ignore[attr-defined]
    row = again.row()
    assert (row["live"], row["verified"], row["agent"], row["channel"], row["turns"]) == (
        True,
        True,
        "flight",
        "phone",
        1,
    )
    again.closed()
    assert again.row()["verified"] is False
    branch.now += KEPT_S
    assert branch.view.sessions() == [] and branch.view.find(first.id) is None
    told = await branch.heard()
    assert "key-1" not in str(told) and "4071" not in str(told) and "joe" not in str(told)
    assert told[-1] == Event("gone", {"id": first.id})


async def test_of_many_that_went_away_the_last_are_kept_and_those_that_are_live_come_first() -> None:
    branch = Branch()
    live = branch.view.connected("websocket", branch.engine("live"), lambda: None)
    for number in range(MOST_AWAY + 5):
        branch.now += 1
        session = branch.view.connected("websocket", branch.engine(f"key-{number}"), lambda: None)
        assert session is not None
        session.closed()
    assert branch.view.sessions()[0] is live
    assert len(branch.view.sessions()) == MOST_AWAY + 1


async def test_a_listener_that_does_not_read_is_let_go_and_the_others_go_on() -> None:
    branch = Branch()
    for number in range(MOST_WAITING + 1):
        branch.events.tell(Event("gone", {"id": str(number)}))
    other = branch.events.listen(60)
    branch.events.tell(Event("gone", {"id": "last"}))
    branch.events.close()
    assert len([event async for event in branch.told]) == MOST_WAITING
    assert [event async for event in other] == [Event("gone", {"id": "last"})]


def test_latency_is_that_of_completed_turns_in_which_something_was_said() -> None:
    latency = Latency()

    def turn(ms: float, status: str = "completed", **stages: float) -> TurnRecord:
        return TurnRecord(status, True, "flight", True, ms, {"first_clause": ms, **stages})  # type: ignore[arg-type]

    for number in range(100):
        latency(turn(float(number), end_pointing=400.0, first_audio=100.0), "embedded")
    latency(turn(9_999.0, "cancelled"), "embedded")
    latency(TurnRecord("completed", True, None, True, 1.0, {"desk": 1.0}), "embedded")
    body = latency.to_json()
    assert body["turns"] == 100
    stages = body["stages"]
    assert isinstance(stages, dict) and isinstance(stages["first_clause"], dict)
    figures = stages["first_clause"]
    assert figures["p50"] == pytest.approx(49.5) and figures["p95"] == pytest.approx(94.05, abs=0.1)
    assert isinstance(figures["recent"], list) and len(figures["recent"]) == SHOWN
    assert isinstance(stages["voice_to_voice"], dict) and stages["voice_to_voice"]["p50"] == 500.0
