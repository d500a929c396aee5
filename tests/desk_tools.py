"""A customer who talks to the desk by text, and a clock that moves only when a test says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from agents.desk import AgentDesk
from agents.turn import AgentChanged, Asked, Clause, SourcesFound, ToolCalled, TurnDone, TurnEvent
from data.branch import Branch
from data.schema import bookings, reservations
from sync.session import SessionState, from_json, to_json

TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=ZoneInfo("America/New_York"))


class OwnClock:
    """A branch clock that moves only when a test says so."""

    def __init__(self) -> None:
        self.time = NOON

    def now(self) -> datetime:
        return self.time

    def today(self) -> date:
        return self.time.date()

    def pass_seconds(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@dataclass(slots=True)
class Talk:
    """One customer at the desk. The session goes through JSON after every turn, as a store would keep it."""

    desk: AgentDesk
    state: SessionState
    events: list[TurnEvent]

    async def say(self, utterance: str) -> str:
        self.events = [event async for event in self.desk.turn(self.state, utterance)]
        done = self.events[-1]
        assert isinstance(done, TurnDone)
        self.state = from_json(to_json(done.state))
        return " ".join(event.text for event in self.events if isinstance(event, Clause))

    @property
    def answered(self) -> bool:
        done = self.events[-1]
        return isinstance(done, TurnDone) and done.answered

    @property
    def asked(self) -> Asked:
        """What the last reply asked for."""
        return self.desk.asked(self.state)

    @property
    def tools(self) -> list[ToolCalled]:
        return [event for event in self.events if isinstance(event, ToolCalled)]

    @property
    def sources(self) -> list[str]:
        return [source.id for event in self.events if isinstance(event, SourcesFound) for source in event.sources]

    @property
    def moves(self) -> list[AgentChanged]:
        return [event for event in self.events if isinstance(event, AgentChanged)]


Kept = tuple[object, ...]
"""What is written in a branch about bookings, stays and money."""


async def written(office: Branch, table_code: str) -> dict[str, object]:
    """The row of a booking or reservation."""
    table = bookings if table_code in ("K7M2QX", "R3W9ZD") else reservations
    row = await office.read(lambda conn: conn.execute(select(table).where(table.c.code == table_code)).mappings().one())
    return dict(row)
