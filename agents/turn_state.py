"""What a turn does to a session, whoever thinks: who speaks, what stays, and whether there was an answer."""

from __future__ import annotations

import re
from dataclasses import replace

from agents.grounding import Evidence, evidence_of
from agents.planner.parked import MAX_PARKED
from agents.router import Intent
from agents.scope import TurnScope
from agents.understand.assent import declines
from agents.understand.heard import Heard
from data.code_sounds import Hearing
from sync.session import CONFIRM, Line, SessionState

_HEARINGS = 2
"""A code is judged by so many hearings, the last ones."""
_LATER = re.compile(r"\b(?:first|wait|hold on|hang on|before|until|yet|now)\b", re.IGNORECASE)
"""With such a word a no puts off what was read back."""
_NO_ANSWER = ("unknown", "related")
"""Outcomes of tools that do not surely answer."""


def evidence_in(scope: TurnScope) -> Evidence:
    """All that may be stated in the turn: what was said, what the tools gave, the persona's own texts."""
    return evidence_of(scope.persona, scope.state, scope.heard, [call.result for call in scope.calls], scope.sources)


def with_sound(state: SessionState, heard: Heard, utterance: str) -> SessionState:
    """`state` with the code that was `heard` in `utterance` and how it sounded, where the recogniser told that."""
    codes = heard.of("booking_code")
    if state.sounded is None:
        return state
    words, sound = state.sounded
    if not codes or state.identity is not None or words not in utterance:
        return replace(state, sounded=None)
    hearings = (*state.codes_sounded, Hearing(str(codes[0].value), sound))[-_HEARINGS:]
    return replace(state, sounded=None, codes_sounded=hearings)


def moved_to(state: SessionState, intent: Intent, words: str = "") -> SessionState:
    """`state` with the intent's agent speaking; a flow that another agent had under way is parked, unless `words` turn
    its read-back down ("then no, but my room"), and the one that the words resume comes back."""
    parked = state.parked
    if intent.resumes is not None:
        parked = tuple(flow for flow in parked if flow != intent.resumes)
        return replace(state, agent=intent.agent, flow=intent.resumes, parked=parked)
    if state.flow is not None and state.flow.agent != intent.agent:
        if state.flow.asking == CONFIRM and declines(words) and _LATER.search(words) is None:
            return replace(state, agent=intent.agent, flow=None, declined=state.flow)
        return replace(state, agent=intent.agent, flow=None, parked=(*parked, state.flow)[-MAX_PARKED:])
    return replace(state, agent=intent.agent)


def state_after(state: SessionState, scope: TurnScope, words: str, reply: str, now: float) -> SessionState:
    """The state after the turn: what the planner made of it, who the customer is, and both lines of history."""
    after = scope.plan.state if scope.plan is not None else replace(state, pending=None, on_yes=None, guess=None)
    if scope.pending is not None:
        read_back = reply if scope.plan is None else scope.plan.read_back
        after = replace(after, pending=replace(scope.pending, read_back=read_back) if read_back else None)
    after = replace(
        after,
        identity=scope.identity,
        failed_proofs=scope.failed_proofs,
        locked_until=scope.locked_until,
        updated_at=now,
        codes_sounded=() if scope.identity is not None else after.codes_sounded,
    )
    return with_lines(after, words, reply)


def with_lines(state: SessionState, words: str, reply: str) -> SessionState:
    """`state` with what the customer said, and what its agent did, as the last lines of history."""
    state = state.with_line(Line("customer", words)) if words else state
    return state.with_line(Line("agent", reply, agent=state.agent)) if reply else state


def got_answer(scope: TurnScope) -> bool:
    """Whether the customer got an answer: by the planner's word, or (a large model) by what the tools gave."""
    if scope.plan is not None:
        return scope.plan.answered
    results = [call.result for call in scope.calls]
    return not results or any(isinstance(one, dict) and one.get("outcome") not in _NO_ANSWER for one in results)
