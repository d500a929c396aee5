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

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Protocol

from pydantic import JsonValue

from agents.client_offer import ClientToolCall, Offer, ToolAsked
from sync.session import SessionState


@dataclass(frozen=True, slots=True)
class AgentChanged:
    """The router moved the session to another persona. `previous` is None on the first turn."""

    previous: str | None
    agent: str
    reason: str


@dataclass(frozen=True, slots=True)
class ToolCalled:
    """A tool ran. `arguments` and `result` are redacted: no PIN, no card, nothing that proves identity. `wrote`: what
    kind of change it carried out, after the customer's yes; None: none."""

    call_id: str
    agent: str
    name: str
    arguments: Mapping[str, JsonValue]
    result: JsonValue
    duration_ms: float
    wrote: str | None = None


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

    Clauses joined with one space are the reply's transcript. `pace` and `loudness` are factors that the customer asked
    for ("slower", "louder").
    """

    text: str
    pace: float = 1.0
    loudness: float = 1.0


@dataclass(frozen=True, slots=True)
class TurnDone:
    """The turn is over. `state` holds both lines of history. `answered` is False for "I don't know". `ungrounded`
    counts the clauses that were not spoken because no tool had given what they said. `route_ms`: how long choosing the
    agent took."""

    state: SessionState
    answered: bool = True
    ungrounded: int = 0
    route_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class ThoughtBy:
    """Who thinks from here on: `engine` is "cascade" (a chat model) or "embedded" (the planner), `reason` why it is."""

    engine: str
    reason: str


TurnEvent = AgentChanged | ToolCalled | SourcesFound | Clause | ClientToolCall | ToolAsked | ThoughtBy | TurnDone


CODES = frozenset({"booking_code", "pin", "customer_id", "spelled", "flight_number"})
"""Slot types whose value is said character by character."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the customer's turn is expected to hold, given what was asked for and the words so far.

    `asked` is the slot type that the last reply asked for (`sync.session.CONFIRM`: a yes or a no; None: nothing), and
    `filled` whether the words have it. `unfinished`: they end in the midst of a code. `patience` is the persona's
    factor on all waits.
    """

    asked: str | None = None
    filled: bool = False
    unfinished: bool = False
    patience: float = 1.0


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the answers that the desk offers: what to show, and what the customer would say."""

    label: str
    say: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What the desk waits for after a reply, for a screen that shows it.

    `asks`: a slot type (`agents.flow.Slot`), `sync.session.CONFIRM` for a yes or a no, or None. `secret`: the answer
    is to be hidden. `choices`: answers to pick from, perhaps none. `quote`: what a yes would carry out.
    """

    asks: str | None = None
    secret: bool = False
    choices: tuple[Choice, ...] = ()
    quote: Mapping[str, JsonValue] | None = None


class Desk(Protocol):
    """All agents behind one door."""

    def turn(
        self,
        state: SessionState,
        utterance: str,
        *,
        ended: asyncio.Event | None = None,
        offer: Offer | None = None,
        silences: int = 0,
    ) -> AsyncGenerator[TurnEvent, None]:
        """Answer `utterance` (what the customer said, as text; empty: greet) in the session `state`.

        `silences`: the utterance is empty because the customer let their time to speak pass, so often in a row.

        With `ended` the turn is a rehearsal on words that the customer may go on from: until it is set, no tool that
        writes begins. None: the customer has ended. `offer`: tools that the client runs itself (`agents.client_tools`).
        """
        ...

    def vocabulary(self, state: SessionState) -> str:
        """Words to expect next, for the recogniser's prompt: agents' domain words, cities, hotels, airlines."""
        ...

    def expectation(self, state: SessionState, words: str) -> Expectation:
        """What the turn that begins with `words` is expected to hold in `state`."""
        ...

    def enough(self, done: TurnDone) -> bool | None:
        """What the end of a turn tells of its words: True, they were all that it took; False, nothing came of them;
        None, neither (the answer asks for what they could have held)."""
        ...

    def asked(self, state: SessionState) -> Asked:
        """What the last reply in `state` asked for."""
        ...

    def voice(self, agent: str | None) -> str:
        """The voice name of a persona's YAML; the default persona's for None."""
        ...

    def filler(self, agent: str | None) -> str:
        """What a persona says when a tool takes long; the default persona's for None."""
        ...
