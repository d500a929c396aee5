"""What one turn of the desk gives: the events between a customer's words and the finished reply.

An engine runs a turn like this::

    async for event in desk.turn(state, "What is the status of LB204?"):
        match event:
            case Clause(text=text): ...      # speak it
            case TurnDone(state=state): ...  # keep it for the next turn

`Clause`s come in speaking order; exactly one `TurnDone` comes last. Closing the iterator early abandons the
turn: the old state stays true.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Protocol

from pydantic import JsonValue

from sync.session import SessionState


@dataclass(frozen=True, slots=True)
class AgentChanged:
    """The router moved the session to another persona. `previous` is None on the first turn."""

    previous: str | None
    agent: str
    reason: str


@dataclass(frozen=True, slots=True)
class ToolCalled:
    """A tool ran. `arguments` and `result` are redacted: no PIN, no card, nothing that proves identity."""

    call_id: str
    agent: str
    name: str
    arguments: Mapping[str, JsonValue]
    result: JsonValue
    duration_ms: float


@dataclass(frozen=True, slots=True)
class Source:
    """Where a spoken fact comes from: a knowledge passage (`passage:...`) or a record (`flight:LB204:2026-11-22`)."""

    id: str
    title: str
    text: str
    entity: str | None = None
    score: float | None = None


@dataclass(frozen=True, slots=True)
class SourcesFound:
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class Clause:
    """A piece of the reply that can be spoken by itself: a sentence or a clause of one, as written text.

    Clauses joined with one space are the reply's transcript.
    """

    text: str


@dataclass(frozen=True, slots=True)
class TurnDone:
    """The turn is over. `state` holds both lines of history. `answered` is False for "I don't know". `ungrounded`
    counts the clauses that were not spoken because no tool had given what they said."""

    state: SessionState
    answered: bool = True
    ungrounded: int = 0


TurnEvent = AgentChanged | ToolCalled | SourcesFound | Clause | TurnDone


class Desk(Protocol):
    """All agents behind one door."""

    def turn(self, state: SessionState, utterance: str) -> AsyncGenerator[TurnEvent, None]:
        """Answer `utterance` (what the customer said, as text; empty: greet) in the session `state`."""
        ...

    def vocabulary(self, state: SessionState) -> str:
        """Words to expect next, for the recogniser's prompt: agents' domain words, cities, hotels, airlines."""
        ...

    def voice(self, agent: str | None) -> str:
        """The voice name of a persona's YAML; the default persona's for None."""
        ...
