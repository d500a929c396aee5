"""What the desk remembers about one session between two turns.

The state is a frozen value: a turn takes one and gives the next. It holds nothing that cannot be written
as JSON, so that a store can keep it and another node can go on from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from pydantic import JsonValue, TypeAdapter

from data.code_sounds import CodeSound, Hearing

Role = Literal["customer", "agent"]

CONFIRM = "confirm"
"""What a flow asks for while it waits for a yes to what was read back."""

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

    `slots` are the values known so far, `asking` the slot that the last reply asked for (`CONFIRM`: a yes to what was
    read back), `tries` how often that was asked for without a usable answer. `offered` is the list that the last
    reply offered, in the order spoken; `picks` says which field of the chosen item fills which slot. `task` is what
    the flow does, in the customer's words ("your flight change"), `offered_back` how often it was offered, while it
    was parked, to go on with it, `words` what the customer said (PINs masked) when it began. `others` are the flows
    (agent, name) that those words may have meant as well: they are asked about when its first question gets no answer.
    `said` are the values found in `words`, to be weighed again when it is known what the customer holds; `held` is the
    record of theirs that the flow is about (empty: not known which; None: not looked up). `quoted` are the slots that
    lead back to each thing that was quoted, in the order read back.
    """

    agent: str
    name: str
    slots: Mapping[str, JsonValue] = field(default_factory=dict)
    asking: str | None = None
    tries: int = 0
    offered: tuple[Mapping[str, JsonValue], ...] = ()
    picks: Mapping[str, str] = field(default_factory=dict)
    task: str = ""
    offered_back: int = 0
    words: str = ""
    others: tuple[tuple[str, str], ...] = ()
    said: tuple[Mapping[str, JsonValue], ...] = ()
    held: Mapping[str, JsonValue] | None = None
    quoted: tuple[Mapping[str, JsonValue], ...] = ()


@dataclass(frozen=True, slots=True)
class PendingWrite:
    """A change that was quoted and read back and waits for an explicit yes.

    `key` is the idempotency key of the write, made with the quote: however often the yes is said, it is written once.
    `action` names the write, `agent` the tool module that made the quote, `customer_id` whose it is, `quote` what was
    quoted. `read_back` is what the customer must have heard before a yes counts.
    """

    key: str
    agent: str
    action: str
    customer_id: int
    quote: Mapping[str, JsonValue]
    read_back: str = ""


@dataclass(frozen=True, slots=True)
class Guessed:
    """What the last reply asked the customer about, because their words did not say it: one or two flows.

    `choices` are their (agent, flow) names, `words` what the customer had said (PINs masked). `refused`: they said no,
    so that these flows are not asked about again. `again`: they were asked which of the two once more.
    """

    choices: tuple[tuple[str, str], ...]
    words: str
    refused: bool = False
    again: bool = False


@dataclass(frozen=True, slots=True)
class SessionState:
    """The conversation of one session key, as far as the agents need it.

    `agent` is the persona that spoke last (None before the first turn). `topic` keeps what the conversation is
    about (`{"flight_number": "LB204", "hotel": "Front Range Inn"}`) so that "and when can I check in there?"
    finds its antecedent. `last` is the flow that ended last, for a follow-up ("how about Friday?"), `declined` the one
    whose quote was turned down after it, for who takes it after all. `pending` is the
    write that a yes would carry out, `on_yes` the flow that a yes to the last reply's offer would begin, `guess` what
    the customer was asked about because they told of a situation, `unanswered` how many turns in a row gave the
    customer nothing. `sounded` are the last words that held a code, as the recogniser wrote them, with how it sounded;
    `codes_sounded` the last hearings of a code that is to prove who the customer is. `pace` and `loudness` are how the
    customer wants to be spoken to, as factors. Times are seconds since the epoch.
    """

    key: str
    agent: str | None = None
    flow: FlowState | None = None
    parked: tuple[FlowState, ...] = ()
    topic: Mapping[str, JsonValue] = field(default_factory=dict)
    last: FlowState | None = None
    declined: FlowState | None = None
    pending: PendingWrite | None = None
    on_yes: str | None = None
    guess: Guessed | None = None
    unanswered: int = 0
    sounded: tuple[str, CodeSound] | None = None
    codes_sounded: tuple[Hearing, ...] = ()
    identity: Identity | None = None
    failed_proofs: int = 0
    locked_until: float | None = None
    history: tuple[Line, ...] = ()
    pace: float = 1.0
    loudness: float = 1.0
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
