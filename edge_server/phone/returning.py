"""A caller who calls (again): what of the session of their caller id goes on.

A caller id can be forged, and a telephone changes hands: no proof of identity and no change that waits for its yes
outlives a call. What was under way waits to be gone back to, and the desk asks before it does (the planner's own offer
to go on with a flow that waits). What was tried and failed stays, so that hanging up frees no one from a lock.
"""

from __future__ import annotations

from dataclasses import replace

from pydantic import JsonValue

from agents.planner.parked import MAX_PARKED
from sync.session import SessionState


def returned(state: SessionState, now: float, within_s: float) -> SessionState:
    """The state with which a call begins. `now`: seconds since the epoch."""
    fresh = SessionState(
        state.key,
        channel=state.channel,
        engine=state.engine,
        failed_proofs=state.failed_proofs,
        locked_until=state.locked_until,
        created_at=now,
        updated_at=now,
    )
    if not state.history or now - state.updated_at > within_s:
        return fresh
    waiting = tuple(replace(flow, asking=None, offered_back=0) for flow in state.parked)
    if state.flow is not None and state.flow.task:
        waiting = (*waiting, replace(state.flow, asking=None, tries=0, offered_back=0))[-MAX_PARKED:]
    return replace(
        fresh, agent=state.agent, parked=waiting, topic=_without_ticket(state), history=state.history, pace=state.pace,
        loudness=state.loudness, created_at=state.created_at,
    )  # fmt: skip


def _without_ticket(state: SessionState) -> dict[str, JsonValue]:
    """The topic; a person who was called in an earlier call may be called again."""
    return {name: value for name, value in state.topic.items() if name != "ticket"}
