"""Events outside the protocol, for clients that connect with `extensions=1` (docs/protocol.md)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from pydantic import JsonValue

from agents import turn
from edge_server.realtime.events.base import Part, ServerEvent


@dataclass(frozen=True, slots=True)
class ExtensionEvent(ServerEvent):
    """Base of all extension events: the connection leaves them out unless the client asked for them."""


@dataclass(frozen=True, slots=True)
class AgentChanged(ExtensionEvent):
    """Another agent answers from here on. `previous` is null on the first turn."""

    type: ClassVar[str] = "extension.agent_changed"
    nullable: ClassVar[frozenset[str]] = frozenset({"previous"})
    response_id: str
    previous: str | None
    agent: str
    reason: str


@dataclass(frozen=True, slots=True)
class EngineChanged(ExtensionEvent):
    """Another engine answers from here on (`cloud`, `embedded`)."""

    type: ClassVar[str] = "extension.engine_changed"
    previous: str
    engine: str
    reason: str


@dataclass(frozen=True, slots=True)
class ToolCall(ExtensionEvent):
    """A tool of an agent ran. `arguments` and `result` are redacted."""

    type: ClassVar[str] = "extension.tool_call"
    response_id: str
    call_id: str
    agent: str
    name: str
    arguments: dict[str, JsonValue]
    result: JsonValue
    duration_ms: float


@dataclass(frozen=True, slots=True)
class SourcePart(Part):
    id: str
    title: str
    text: str
    entity: str | None = None
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Sources(ExtensionEvent):
    """What the reply's facts rest on: passages and records."""

    type: ClassVar[str] = "extension.sources"
    response_id: str
    sources: tuple[SourcePart, ...]


@dataclass(frozen=True, slots=True)
class TurnMetrics(ExtensionEvent):
    """What the turn's stages took, in ms (docs/protocol.md). `answered`: false for "I don't know"."""

    type: ClassVar[str] = "extension.turn_metrics"
    response_id: str
    agent: str | None
    answered: bool
    stages_ms: dict[str, float]

    def with_stages(self, stages_ms: dict[str, float]) -> TurnMetrics:
        """The same turn with the stages as somebody observed them who saw more of it."""
        return replace(self, stages_ms=dict(stages_ms))


@dataclass(frozen=True, slots=True)
class BookingChanged(ExtensionEvent):
    """A change that the customer said yes to is written. `kind` says which, `code` names the booking (null where its
    tool gives none), `details` is the tool's answer: what was quoted, paid and credited."""

    type: ClassVar[str] = "extension.booking_changed"
    nullable: ClassVar[frozenset[str]] = frozenset({"code"})
    response_id: str
    agent: str
    kind: str
    code: str | None
    details: dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class HandOff(ExtensionEvent):
    """A person was called. `summary` is what their ticket says."""

    type: ClassVar[str] = "extension.handoff"
    response_id: str
    ticket: int
    summary: str


@dataclass(frozen=True, slots=True)
class ChoicePart(Part):
    label: str
    say: str


@dataclass(frozen=True, slots=True)
class Expecting(ExtensionEvent):
    """What the desk waits for after this reply: a slot type, `confirm`, or null; answers to pick from; what a yes
    would carry out. `secret`: hide what is typed."""

    type: ClassVar[str] = "extension.expecting"
    nullable: ClassVar[frozenset[str]] = frozenset({"agent", "asks", "quote"})
    response_id: str
    agent: str | None
    asks: str | None
    secret: bool
    choices: tuple[ChoicePart, ...]
    quote: dict[str, JsonValue] | None


def told(response_id: str, notice: turn.AgentChanged | turn.ToolCalled | turn.SourcesFound) -> list[ExtensionEvent]:
    """The events that tell a client what happened while the agents thought."""
    match notice:
        case turn.AgentChanged():
            return [AgentChanged(response_id, notice.previous, notice.agent, notice.reason)]
        case turn.ToolCalled():
            arguments = dict(notice.arguments)
            took = round(notice.duration_ms, 1)
            call = ToolCall(response_id, notice.call_id, notice.agent, notice.name, arguments, notice.result, took)
            return [call, *_outcome(response_id, notice)]
        case turn.SourcesFound():
            parts = (SourcePart(s.id, s.title, s.text, s.entity, s.score) for s in notice.sources)
            return [Sources(response_id, tuple(parts))]


def _outcome(response_id: str, call: turn.ToolCalled) -> list[ExtensionEvent]:
    """What a tool call came to, where that is more than an answer: a change that is written, a person who comes."""
    result = call.result if isinstance(call.result, dict) else {}
    details = {name: value for name, value in result.items() if name != "outcome"}
    ticket, code = result.get("ticket"), result.get("code")
    if call.wrote is not None:
        return [BookingChanged(response_id, call.agent, call.wrote, None if code is None else str(code), details)]
    if isinstance(ticket, int) and result.get("outcome") == "done":
        return [HandOff(response_id, ticket, str(result.get("summary", "")))]
    return []


def expecting(response_id: str, agent: str | None, asked: turn.Asked) -> Expecting:
    """The event that tells a client what the desk waits for."""
    choices = tuple(ChoicePart(choice.label, choice.say) for choice in asked.choices)
    quote = None if asked.quote is None else dict(asked.quote)
    return Expecting(response_id, agent, asked.asks, asked.secret, choices, quote)
