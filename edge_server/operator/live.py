"""The sessions of this server as its operator sees them: who is there, what is said, and how to step in.

A session keeps its row while its customer is away for up to `KEPT_S`: when they connect again it goes on, under the
same id, with whoever answered it. The id is made up here and says nothing of the session key.

| row | event | next |
|---|---|---|
| (none) | a connection | live |
| live | the connection ends | away |
| away | a connection with the same session key | live; a person who had taken it over has it still |
| away | ten minutes pass, or there are too many | gone |
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Protocol

from pydantic import JsonValue

from agents.turn import ToolCalled
from edge_server.engines.announced import Announced
from edge_server.observation.turns import TurnRecord
from edge_server.operator.events import Event, Events
from edge_server.operator.transcript import Entry, Transcript
from edge_server.realtime import effects as fx
from edge_server.realtime.effects import Effect, EngineEvent

KEPT_S = 600.0
MOST_AWAY = 50


class Recorder(Protocol):
    """Keeps one session's conversation, where that is wanted."""

    def heard(self, event: EngineEvent) -> None:
        """The engine says `event`."""
        ...

    def did(self, effect: Effect) -> None:
        """The conversation wants `effect`."""
        ...

    def told(self, entry: Entry) -> None:
        """An entry of the transcript is new or has changed."""
        ...

    def away(self) -> None:
        """The connection has ended."""
        ...


class LiveSession:
    """One session: its row, its transcript, and its connection while there is one."""

    def __init__(self, channel: str, events: Events, clock: Callable[[], float]) -> None:
        self.id = secrets.token_hex(8)
        self.transcript = Transcript(self._entry, clock)
        self.recorder: Recorder | None = None
        self.engine: Announced | None = None
        self.taken_over = False
        self.person: str | None = None
        self.away_since: float | None = None
        self._end: Callable[[], None] = lambda: None
        self._events = events
        self._clock = clock
        self._channel = channel
        self._agent: str | None = None
        self._active = ""
        self._verified = False
        self._started_at = clock()
        self._last_turn_at: float | None = None
        self._turns = 0

    @property
    def live(self) -> bool:
        """Whether its customer is connected."""
        return self.engine is not None

    def connect(self, channel: str, engine: Announced, end: Callable[[], None]) -> None:
        """Its customer is there, perhaps again."""
        self._channel, self.engine, self._end, self.away_since = channel, engine, end, None
        if self.taken_over:
            engine.attended.take_over(self.person)
        self.tell()

    def end(self) -> None:
        """End the connection, and the proof of identity with it."""
        if self.engine is not None:
            self.engine.attended.forget_customer()
        self._end()

    def row(self) -> dict[str, JsonValue]:
        """The session as the operator API lists it."""
        engine = self.engine
        if engine is not None:
            state = engine.state
            self._agent, self._active = state.agent, engine.active
            self._verified = state.identity is not None and state.identity.expires_at > self._clock()
        return {
            "id": self.id,
            "agent": self._agent,
            "engine": self._active,
            "channel": self._channel,
            "live": self.live,
            "verified": self._verified and self.live,
            "taken_over": self.taken_over,
            "started_at": round(self._started_at, 3),
            "last_turn_at": None if self._last_turn_at is None else round(self._last_turn_at, 3),
            "turns": self._turns,
        }

    def tell(self) -> None:
        """Tell the row."""
        self._events.tell(Event("session", self.row()))

    # The event stream

    def heard(self, event: EngineEvent, now: float, last: TurnRecord | None) -> None:
        """The engine says `event`."""
        if self.engine is None:
            return
        if isinstance(event, fx.PersonAtDesk):
            self.taken_over, self.person = event.active, event.name
            self.tell()
        if self.recorder is not None:
            self.recorder.heard(event)
        self.transcript.heard(event, self.engine.attended, last)
        match event:
            case fx.ReplyNotice(notice=ToolCalled(name="hand_off", result={"outcome": "done", "ticket": ticket})):
                self._events.tell(
                    Event("alert", _alert(self._clock(), f"A customer asks for a person: ticket {ticket}."))
                )
            case fx.EngineSwitched():
                self.tell()

    def did(self, effect: Effect, now: float) -> None:
        """The conversation wants `effect`."""
        if self.engine is None:
            return
        if self.recorder is not None:
            self.recorder.did(effect)
        if not isinstance(effect, fx.Hear):
            self.transcript.did(effect, self.engine.attended)

    def closed(self) -> None:
        """The connection is over."""
        self.row()
        self.engine, self.away_since = None, self._clock()
        self._end = lambda: None
        if self.recorder is not None:
            self.recorder.away()
        self.tell()

    def _entry(self, entry: Entry) -> None:
        new = not entry.cut
        if new and entry.role == "customer":
            self._turns += 1
        self._last_turn_at = self._clock()
        if self.recorder is not None:
            self.recorder.told(entry)
        self._events.tell(Event("turn", {"id": self.id, "entry": entry.to_json()}))
        if new and entry.role != "customer":
            self.tell()


class LiveView:
    """All sessions of this server. `clock` gives seconds since the epoch."""

    def __init__(self, events: Events, clock: Callable[[], float] = time.time) -> None:
        self.events = events
        self.record: Callable[[LiveSession, Announced], Recorder | None] = lambda session, engine: None
        self._clock = clock
        self._sessions: dict[str, LiveSession] = {}

    def connected(self, channel: str, engine: object, end: Callable[[], None]) -> LiveSession | None:
        """A connection is made; see `observation.Connected`."""
        if not isinstance(engine, Announced):
            return None
        self.forget()
        key = engine.state.key
        session = self._sessions.get(key)
        if session is None or session.live:
            session = self._sessions[key] = LiveSession(channel, self.events, self._clock)
        session.recorder = self.record(session, engine)
        session.connect(channel, engine, end)
        return session

    def sessions(self) -> list[LiveSession]:
        """The sessions, those that are live first, then the newest."""
        self.forget()
        return sorted(self._sessions.values(), key=lambda one: (not one.live, -(one.away_since or 0.0)))

    def find(self, id: str) -> LiveSession | None:
        """The session with this id."""
        self.forget()
        return next((one for one in self._sessions.values() if one.id == id), None)

    def forget(self) -> None:
        """Let go of sessions whose customers have been away for long."""
        away = sorted((one.away_since, key) for key, one in self._sessions.items() if one.away_since is not None)
        for since, key in away:
            if self._clock() - since >= KEPT_S or len(away) > MOST_AWAY:
                away = away[1:]
                self.events.tell(Event("gone", {"id": self._sessions.pop(key).id}))


def _alert(at: float, message: str) -> dict[str, JsonValue]:
    return {"at": round(at, 3), "message": message}
