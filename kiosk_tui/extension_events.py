"""What the desk tells beside the protocol (`extensions=1`), as small values: who answers, what it looked up, what it
waits for, what it wrote. Fields that a server leaves out, or writes otherwise, cost that event and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import JsonValue

Fields = Mapping[str, "JsonValue"]


@dataclass(frozen=True, slots=True)
class TurnDone:
    """Last word on a completed reply: who gave it, and whether it was an answer (False for "I don't know")."""

    response_id: str
    agent: str | None
    answered: bool


@dataclass(frozen=True, slots=True)
class AgentChanged:
    """Another agent answers from here on; `previous` is None on the first turn."""

    previous: str | None
    agent: str


@dataclass(frozen=True, slots=True)
class Source:
    """What a fact rests on."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Sources:
    """What the reply's facts rest on, each title once."""

    sources: tuple[Source, ...]

    @property
    def titles(self) -> tuple[str, ...]:
        """Their titles."""
        return tuple(source.title for source in self.sources)


@dataclass(frozen=True, slots=True)
class ToolCalled:
    """An agent looked something up, or wrote it: the tool's `name` and its result."""

    response_id: str
    agent: str
    name: str
    result: Fields


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that may be touched or picked by number: what it is called, and what is sent for it."""

    label: str
    say: str


@dataclass(frozen=True, slots=True)
class Expecting:
    """What the desk waits for after a reply: `asks` is a kind of fact (`pin`, `date`, ...), `confirm`, or None.

    `secret`: it must not be shown. `quote`: what a yes would carry out.
    """

    response_id: str
    agent: str | None
    asks: str | None
    secret: bool = False
    choices: tuple[Choice, ...] = ()
    quote: Fields | None = None


@dataclass(frozen=True, slots=True)
class BookingChanged:
    """A change was written for the booking `code`: `kind` of the change and what came of it."""

    response_id: str
    kind: str
    code: str
    details: Fields = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HandedOff:
    """A person was called: the number of the ticket, and what it is about."""

    ticket: str
    summary: str


@dataclass(frozen=True, slots=True)
class EngineChanged:
    """Something else answers from here on (`embedded`: this desk by itself, `cloud`), and why."""

    previous: str | None
    engine: str
    reason: str


Extension = TurnDone | AgentChanged | Sources | ToolCalled | Expecting | BookingChanged | HandedOff | EngineChanged


def extension(event: Fields) -> Extension | None:
    """The value of one extension event; None for one that is not known or cannot be read."""
    match event:
        case {"type": "extension.agent_changed", "agent": str(agent), "previous": None | str() as previous}:
            return AgentChanged(previous, agent)
        case {"type": "extension.sources", "sources": list(sources)}:
            return Sources(_sources(sources))
        case {
            "type": "extension.turn_metrics",
            "response_id": str(response_id),
            "agent": None | str() as answered_by,
            "answered": bool(answered),
        }:
            return TurnDone(response_id, answered_by, answered)
        case {"type": "extension.tool_call", "response_id": str(of), "name": str(name), "result": dict(result)}:
            agent_name = event.get("agent")
            return ToolCalled(of, agent_name if isinstance(agent_name, str) else "", name, result)
        case {"type": "extension.booking_changed", "kind": str(kind), "details": dict(details)}:
            return BookingChanged(_text(event.get("response_id")), kind, _text(event.get("code")), details)
        case {"type": "extension.handoff", "ticket": str() | int() as ticket}:
            return HandedOff(str(ticket), _text(event.get("summary")))
        case {"type": "extension.engine_changed", "engine": str(engine)}:
            was = event.get("previous")
            return EngineChanged(was if isinstance(was, str) else None, engine, _text(event.get("reason")))
        case {"type": "extension.expecting", "asks": None | str() as asks}:
            return _expecting(event, asks)
    return None


def _expecting(event: Fields, asks: str | None) -> Expecting:
    choices, quote, agent = event.get("choices"), event.get("quote"), event.get("agent")
    return Expecting(
        _text(event.get("response_id")),
        agent if isinstance(agent, str) else None,
        asks,
        secret=event.get("secret") is True,
        choices=_choices(choices if isinstance(choices, list) else []),
        quote=quote if isinstance(quote, dict) else None,
    )


def _choices(listed: list[JsonValue]) -> tuple[Choice, ...]:
    return tuple(
        Choice(label, say)
        for one in listed
        if isinstance(one, dict)
        and isinstance(label := one.get("label"), str)
        and isinstance(say := one.get("say"), str)
        and label
        and say
    )


def _sources(listed: list[JsonValue]) -> tuple[Source, ...]:
    found: dict[str, Source] = {}
    for one in listed:
        if isinstance(one, dict) and isinstance(title := one.get("title"), str):
            found.setdefault(title, Source(title, _text(one.get("text"))))
    return tuple(found.values())


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else ""
