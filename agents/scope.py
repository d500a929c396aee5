"""What one running turn knows, for those who work on it deep inside Semantic Kernel: tools and the planner.

The desk sets `current_turn` in the turn's own task. Tools read who the customer is from here, never from an
argument; the identity check writes who they proved to be. A PIN said in this turn is here and nowhere else.
"""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from dataclasses import dataclass, field

from agents.persona import Persona
from agents.planner.plan import Plan
from agents.turn import Source, ToolCalled
from agents.understand.heard import Heard
from sync.session import Identity, PendingWrite, SessionState


@dataclass(slots=True)
class TurnScope:
    """One turn under way. `state` is the session before it; `identity`, `failed_proofs` and `locked_until` change
    when a proof is tried, and `proved_code` is the code, as it is in the records, by which one succeeded. `pending` is
    the write that a tool quoted in this turn. `plan` is the planner's last word on the turn (None when a large model
    thinks). `consented`: a tool was let through to carry out the write that waited. `ungrounded` counts the clauses
    that were not spoken. `ended` is set once the customer has surely ended their turn: no tool that writes begins
    before."""

    persona: Persona
    state: SessionState
    heard: Heard
    identity: Identity | None
    failed_proofs: int
    locked_until: float | None
    proved_code: str | None = None
    pending: PendingWrite | None = None
    plan: Plan | None = None
    ended: asyncio.Event | None = None
    consented: bool = False
    ungrounded: int = 0
    sources: list[Source] = field(default_factory=list)
    calls: list[ToolCalled] = field(default_factory=list)

    @classmethod
    def of(cls, persona: Persona, state: SessionState, heard: Heard, ended: asyncio.Event | None = None) -> TurnScope:
        """The scope of a turn that begins in `state`; `ended` None: the customer has ended their turn already."""
        return cls(persona, state, heard, state.identity, state.failed_proofs, state.locked_until, ended=ended)

    async def may_write(self) -> None:
        """Wait until the customer has surely ended their turn."""
        if self.ended is not None:
            await self.ended.wait()


_current_turn: ContextVar[TurnScope] = ContextVar("current_turn")


def enter(scope: TurnScope) -> None:
    """Make `scope` the current turn of the running task and of tasks it starts."""
    _current_turn.set(scope)


def current_turn() -> TurnScope:
    """The turn this code runs for. Raises LookupError outside of one."""
    return _current_turn.get()
