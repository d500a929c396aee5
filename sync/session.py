"""What the desk remembers about one session between two turns.

The state is a frozen value: a turn takes one and gives the next. It holds nothing that cannot be written
as JSON, so that a store can keep it and another node can go on from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from pydantic import JsonValue, TypeAdapter

Role = Literal["customer", "agent"]

STATE_VERSION = 1
"""Raised when a field changes its meaning; a store refuses states of another version."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A customer who proved who they are in this session.

    `verified_at` and `expires_at` are seconds since the epoch.
    """

    customer_id: int
    name: str
    verified_at: float
    expires_at: float


@dataclass(frozen=True, slots=True)
class Line:
    """One turn of the history: who said what. For an agent's line, `agent` names the persona."""

    role: Role
    text: str
    agent: str | None = None


@dataclass(frozen=True, slots=True)
class FlowState:
    """A persona's flow that is under way.

    `slots` are the values known so far, `asking` the slot that the last reply asked for, `tries` how often
    that slot was asked for without a usable answer.
    """

    agent: str
    name: str
    slots: Mapping[str, JsonValue] = field(default_factory=dict)
    asking: str | None = None
    tries: int = 0


@dataclass(frozen=True, slots=True)
class SessionState:
    """The conversation of one session key, as far as the agents need it.

    `agent` is the persona that spoke last (None before the first turn). `topic` keeps what the conversation is
    about (`{"flight_number": "LB204", "hotel": "Front Range Inn"}`) so that "and when can I check in there?"
    finds its antecedent. Times are seconds since the epoch.
    """

    key: str
    agent: str | None = None
    flow: FlowState | None = None
    parked: tuple[FlowState, ...] = ()
    topic: Mapping[str, JsonValue] = field(default_factory=dict)
    identity: Identity | None = None
    failed_proofs: int = 0
    locked_until: float | None = None
    history: tuple[Line, ...] = ()
    channel: str = "websocket"
    engine: str = "embedded"
    created_at: float = 0.0
    updated_at: float = 0.0
    version: int = STATE_VERSION

    def with_line(self, line: Line, *, keep_lines: int = 12) -> SessionState:
        """The state with one more line of history; the oldest lines beyond `keep_lines` are forgotten."""
        return replace(self, history=(*self.history, line)[-keep_lines:])

    def with_reply_heard(self, heard: str) -> SessionState:
        """The state after a reply was cut off: its last agent line keeps only what was `heard`."""
        if not self.history or self.history[-1].role != "agent":
            return self
        last = self.history[-1]
        lines = self.history[:-1] + ((replace(last, text=heard),) if heard else ())
        return replace(self, history=lines)

    def unsaid(self, before: SessionState) -> SessionState:
        """The state after a turn whose reply nobody heard: as `before` it, but what was proved, or failed to be, stays.

        Otherwise whoever talks over each reply could guess PINs for ever.
        """
        return replace(before, identity=self.identity, failed_proofs=self.failed_proofs, locked_until=self.locked_until)


_ADAPTER: TypeAdapter[SessionState] = TypeAdapter(SessionState)


def to_json(state: SessionState) -> bytes:
    """The state as one JSON document (UTF-8)."""
    return _ADAPTER.dump_json(state)


def from_json(document: bytes | str) -> SessionState:
    """The state that `to_json` wrote. Raises ValueError when it is malformed or of another version."""
    state = _ADAPTER.validate_json(document)
    if state.version != STATE_VERSION:
        raise ValueError(f"session state of version {state.version}, this server reads {STATE_VERSION}")
    return state
