"""What was said in one session, put together from the events that pass, redacted.

| event | then |
|---|---|
| a turn of the customer has its words, or a written one comes | an entry |
| a reply's clauses, tools, sources | gathered |
| the reply is complete, or is stopped after its first words | an entry |
| less was heard of it | that entry again, with what was heard |
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from pydantic import JsonValue

from agents.turn import SourcesFound, ToolCalled
from edge_server.observation.turns import TurnRecord
from edge_server.operator.redaction import redacted, redacted_fields, redacted_json
from edge_server.realtime import effects as fx
from edge_server.realtime.effects import Effect, EngineEvent
from edge_server.realtime.events.items import ItemAdded

MOST_ENTRIES = 500
Role = Literal["customer", "agent", "person"]


@dataclass(slots=True)
class Entry:
    """One thing that was said. `at`: seconds since the epoch. `cut`: only so much of it was heard."""

    at: float
    role: Role
    text: str
    agent: str | None = None
    item_id: str | None = None
    sources: list[JsonValue] = field(default_factory=list)
    tools: list[JsonValue] = field(default_factory=list)
    stages_ms: dict[str, float] = field(default_factory=dict)
    cut: bool = False

    def to_json(self) -> dict[str, JsonValue]:
        """As the operator API gives it."""
        return {
            "at": round(self.at, 3),
            "role": self.role,
            "text": self.text,
            "agent": self.agent,
            "item_id": self.item_id,
            "sources": self.sources,
            "tools": self.tools,
            "stages_ms": dict(self.stages_ms),
            "cut": self.cut,
        }


class Speaking(Protocol):
    """What a transcript must know of the engine."""

    def masked(self, words: str) -> str:
        """`words` without PINs, read in the light of what was asked for."""
        ...

    def by_person(self, generation: int) -> bool:
        """Whether a person gave this reply."""
        ...


@dataclass(slots=True)
class _Reply:
    generation: int
    entry: Entry
    clauses: list[str] = field(default_factory=list)


class Transcript:
    """The last entries of one session; `told` is called with each that is new or has changed.

    `clock` gives seconds since the epoch.
    """

    def __init__(self, told: Callable[[Entry], None], clock: Callable[[], float] = time.time) -> None:
        self.entries: deque[Entry] = deque(maxlen=MOST_ENTRIES)
        self._told = told
        self._clock = clock
        self._reply: _Reply | None = None
        self._finished: deque[_Reply] = deque(maxlen=3)

    def heard(self, event: EngineEvent, speaking: Speaking, last: TurnRecord | None) -> None:
        """The engine says `event`; `last` is the turn that was observed last."""
        if isinstance(event, fx.Transcribed):
            self._customer(event.text, event.item_id, speaking)
            return
        reply = self._reply
        if reply is None or getattr(event, "generation", None) != reply.generation:
            return
        match event:
            case fx.ReplyText(text=text):
                if not reply.clauses:
                    reply.entry.at = self._clock()
                reply.clauses.append(text)
            case fx.ReplyNotice(notice=ToolCalled() as tool):
                reply.entry.tools.append(
                    {
                        "name": tool.name,
                        "arguments": redacted_fields(tool.arguments),
                        "result": redacted_json(tool.result),
                        "duration_ms": round(tool.duration_ms, 1),
                    }
                )
            case fx.ReplyNotice(notice=SourcesFound(sources=sources)):
                found: list[JsonValue] = [{"id": s.id, "title": s.title, "text": redacted(s.text)} for s in sources]
                reply.entry.sources += found
            case fx.ReplyDone():
                reply.entry.agent = event.agent
                reply.entry.stages_ms = dict(last.stages_ms) if last is not None else {}
                self._finish(speaking)
            case fx.ReplyBroke():
                self._finish(speaking)

    def did(self, effect: Effect, speaking: Speaking) -> None:
        """The conversation wants `effect`."""
        match effect:
            case fx.Think(remember=True) | fx.Resume():
                self._finish(speaking)
                self._reply = _Reply(effect.generation, Entry(self._clock(), "agent", ""))
            case fx.StopThinking(generation=generation):
                if self._reply is not None and self._reply.generation <= generation:
                    self._finish(speaking)
            case fx.KeepHeard(generation=generation, text=text):
                said = next((one for one in self._finished if one.generation == generation), None)
                if said is not None and said.entry.text != redacted(text):
                    said.entry.text, said.entry.cut = redacted(text), True
                    self._told(said.entry)
            case fx.Send(event=ItemAdded(item=item)):
                if item.role == "user" and item.words:
                    self._customer(item.words, item.id, speaking)
                elif item.role == "assistant" and item.status == "in_progress" and self._reply is not None:
                    self._reply.entry.item_id = item.id

    def _customer(self, words: str, item_id: str, speaking: Speaking) -> None:
        if not words:
            return
        entry = Entry(self._clock(), "customer", redacted(speaking.masked(words)), item_id=item_id)
        self.entries.append(entry)
        self._told(entry)

    def _finish(self, speaking: Speaking) -> None:
        reply, self._reply = self._reply, None
        if reply is None or not (reply.clauses or reply.entry.tools):
            return
        reply.entry.text = redacted(" ".join(reply.clauses))
        if speaking.by_person(reply.generation):
            reply.entry.role, reply.entry.agent = "person", None
        self._finished.append(reply)
        self.entries.append(reply.entry)
        self._told(reply.entry)
