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
class Person(ExtensionEvent):
    """A person answers from here on in place of the agents (`active`), or the agents answer again."""

    type: ClassVar[str] = "extension.person"
    active: bool
    name: str | None = None


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


def told(response_id: str, notice: turn.AgentChanged | turn.ToolCalled | turn.SourcesFound) -> ExtensionEvent:
    """The event that tells a client what happened while the agents thought."""
    match notice:
        case turn.AgentChanged():
            return AgentChanged(response_id, notice.previous, notice.agent, notice.reason)
        case turn.ToolCalled():
            arguments = dict(notice.arguments)
            took = round(notice.duration_ms, 1)
            return ToolCall(response_id, notice.call_id, notice.agent, notice.name, arguments, notice.result, took)
        case turn.SourcesFound():
            parts = (SourcePart(s.id, s.title, s.text, s.entity, s.score) for s in notice.sources)
            return Sources(response_id, tuple(parts))
