"""The planner turn: a pure function from state, words and tool results to a tool call or a reply.

A turn is written as one straight line of code, a generator that asks for a tool call and is given its result.
`plan` runs it from the start with the results known so far: it stops at the first call whose result is missing,
or at the reply. So a turn can be run on a half-spoken utterance and be thrown away, and nothing is kept between
two calls but what the arguments hold.

This module decides whether a turn answers a question or begins something; `answers.py` has what happens to an open
question, `meant.py` which flow the words are for, `course.py` how a flow goes on, `silence.py` what is said when nobody
speaks, `planned.py` the turn itself.

| state of the flow | words | what happens |
|---|---|---|
| none, or nothing asked | any | the flow that fits best begins, or the last flow with a new value, or the fallback |
| asked for a slot | a usable value, or an item of the offered list | the slot is filled, the flow goes on |
| asked for a slot | another flow's words | that flow answers, then the question comes again |
| asked for a slot | a flow that stops | the flow under way ends |
| asked for a slot | neither | the question comes again; after two tries a person is offered |
| a change was read back | an explicit yes and nothing else | the change is written |
| a change was read back | another value ("no, Tuesday") | quoted and read back anew |
| a change was read back | a question | answered, then read back again |
| a change was read back | no, a flow that stops | nothing is written, the flow ends |
| a change was read back | anything else | read back again; after two tries the flow ends |
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agents.persona import Persona, Say
from agents.planner.answers import MAX_TRIES, answer, confirm, read_back, read_back_heard
from agents.planner.course import advance, begin
from agents.planner.meant import asks_to_repeat, best_flow, follow_up, scores_of
from agents.planner.planned import MAX_PARKED, Plan, PlannedTurn, Steps, ToolAnswer, ToolCall
from agents.planner.silence import nobody_spoke
from agents.understand.consent import consents
from agents.understand.heard import Heard
from sync.session import CONFIRM, FlowState, SessionState

__all__ = ["MAX_PARKED", "MAX_TRIES", "Plan", "ToolAnswer", "ToolCall", "pending", "plan", "read_back_heard"]

SLOWEST, FASTEST = 0.6, 1.4
SOFTEST, LOUDEST = 0.4, 2.5
"""How far a customer may have the pace and the loudness of speech changed."""
_BARE_WORDS = 2
"""A yes or no of so few words, with no question open, asks for nothing."""


def pending(state: SessionState) -> FlowState | None:
    """The flow whose question still waits for an answer: the one under way, else the newest parked one."""
    waiting = [flow for flow in (*state.parked, state.flow) if flow is not None and flow.asking is not None]
    return waiting[-1] if waiting else None


def plan(persona: Persona, state: SessionState, heard: Heard, results: Sequence[ToolAnswer] = ()) -> Plan:
    """The next step of a turn of `persona`, given the `results` of the calls asked for so far in this turn."""
    steps = _run(PlannedTurn(persona, state, heard))
    try:
        call = next(steps)
        for result in results:
            call = steps.send(result)
    except StopIteration as finished:
        done: Plan = finished.value
        return done
    return Plan(state=state, call=call)


def _run(turn: PlannedTurn) -> Steps:
    """The turn from its first word: silence, a wish to hear it again, an answer, or something new."""
    flow = turn.state.flow
    asked = flow is not None and flow.asking is not None and flow.name in turn.persona.flows
    if turn.heard.silences and not turn.heard.words:
        return (yield from nobody_spoke(turn, flow if asked else None))
    if not turn.heard.words or turn.heard.empty:
        if flow is not None and asked:
            if flow.asking == CONFIRM:
                return (yield from read_back(turn, flow, flow.tries))
            return turn.again(flow, tries=flow.tries if not turn.heard.words else max(1, flow.tries))
        if not turn.heard.words and not turn.state.history:
            return turn.reply(Say(text=turn.persona.greeting))
        return turn.reply(turn.shared("unclear"), answered=False)
    if asks_to_repeat(turn):
        return _repeated(turn)
    if flow is not None and asked:
        spec = turn.persona.flows[flow.name]
        return (yield from (confirm(turn, flow, spec) if flow.asking == CONFIRM else answer(turn, flow, spec)))
    offered = turn.before.on_yes
    if offered is not None and offered in turn.persona.flows and consents(turn.heard.words):
        return (yield from begin(turn, offered))
    return (yield from _new(turn))


def _new(turn: PlannedTurn) -> Steps:
    """No question is open: begin what the words ask for, or go on from what was done last."""
    if turn.heard.answer is not None and not turn.heard.found and len(turn.heard.core.split()) <= _BARE_WORDS:
        return turn.reply(turn.shared("stopped" if turn.heard.answer == "no" else "what_next"))
    best = best_flow(turn)
    continued = follow_up(turn, best)
    if continued is not None:
        return (yield from advance(turn, continued))
    if best is not None and turn.persona.flows[best].resumes and (left := turn.take_back()) is not None:
        return (yield from advance(turn, replace(left, asking=None)))
    return (yield from begin(turn, best))


def _repeated(turn: PlannedTurn) -> Plan:
    """The last reply once more, slower or louder where that was asked for; what waits for an answer goes on waiting."""
    best = max(scores := scores_of(turn), key=lambda name: scores[name])
    spec, before = turn.persona.flows[best], turn.before
    said = spec.said_after("") or turn.shared("unclear")
    done = turn.reply(said, flow=turn.state.flow)
    pace = min(max(before.pace * spec.pace, SLOWEST), FASTEST)
    loudness = min(max(before.loudness * spec.loudness, SOFTEST), LOUDEST)
    state = replace(done.state, pending=before.pending, on_yes=before.on_yes, pace=pace, loudness=loudness)
    return replace(done, state=state)
