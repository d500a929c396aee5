"""What the words do to the open question: for a slot that was asked for, or for a yes to a change read back."""

from __future__ import annotations

import re
from dataclasses import replace

from agents.persona import Flow
from agents.planner.course import advance, after, begin
from agents.planner.meant import DIGRESSES, FITS, aside_meant, is_other_task, is_question, scores_of
from agents.planner.planned import PlannedTurn, Steps, ToolCall
from agents.planner.slots import corrects, picked
from agents.understand.consent import consents
from sync.session import CONFIRM, FlowState, SessionState

MAX_TRIES = 2
"""How often a question may go without a usable answer before a person is offered."""


def read_back_heard(state: SessionState) -> bool:
    """Whether the last reply, as far as it was heard, holds all of the read-back but its closing question."""
    if state.pending is None or not state.history or state.history[-1].role != "agent":
        return False
    facts = re.sub(r"(?<=[.!?])\s+[^.!?]*\?$", "", state.pending.read_back)
    return bool(facts) and facts in " ".join(state.history[-1].text.split())


def answer(turn: PlannedTurn, flow: FlowState, spec: Flow) -> Steps:
    """What comes after a question for a slot. A usable value goes first, unless other flows clearly fit better."""
    scores = scores_of(turn)
    best = max(scores, key=lambda name: scores[name])
    chosen = picked(flow, turn.heard)
    filled = {**flow.slots, **chosen} if chosen else turn.fill(spec, flow.slots, flow.asking)
    gained = {name for name in filled if filled[name] != flow.slots.get(name)}
    needed = {name for group in spec.needs for name in group} | {flow.asking}
    strays = best != flow.name and scores[best] >= DIGRESSES
    off = flow.asking not in gained and is_other_task(turn, flow, scores)
    used = gained and not off and not (strays and not gained & needed)
    if turn.said_secret(spec, flow.asking) or chosen or used:
        return (yield from advance(turn, replace(flow, slots=filled, asking=None, tries=0)))
    if turn.persona.flows[best].stops_flow and scores[best] >= FITS:
        turn.leave(flow)
        return (yield from begin(turn, best))
    aside = aside_meant(turn, flow, best if strays else None)
    if aside is not None:
        return (yield from _digress(turn, flow, aside))
    if turn.heard.answer == "no" or flow.tries + 1 >= MAX_TRIES:
        turn.leave(flow)
        return turn.reply(turn.shared("stopped")) if turn.heard.answer == "no" else turn.stuck()
    return turn.again(flow, tries=flow.tries + 1)


def confirm(turn: PlannedTurn, flow: FlowState, spec: Flow) -> Steps:
    """What comes after a read-back. Only an explicit yes to all of it, and nothing else said, writes."""
    scores = scores_of(turn)
    best = max(scores, key=lambda name: scores[name])
    strays = best != flow.name and scores[best] >= DIGRESSES
    if consents(turn.heard.words, spec.agree):
        if spec.confirm is not None and read_back_heard(turn.before):
            if spec.needs_identity and not turn.identified:
                return (yield from advance(turn, replace(flow, asking=None)))
            result = yield ToolCall(spec.confirm, {})
            return (yield from after(turn, flow, spec, result))
        return (yield from read_back(turn, flow, flow.tries))
    if is_other_task(turn, flow, scores):
        turn.park(flow)
        return (yield from begin(turn, best))
    filled = turn.fill(spec, flow.slots, None)
    gained = {name for name in filled if filled[name] != flow.slots.get(name)}
    counts = [name for name, slot in spec.slots.items() if slot.type == "count"]
    if not gained and len(counts) == 1 and corrects(turn.heard):  # "make it three"
        filled = turn.fill(spec, flow.slots, counts[0])
        gained = {name for name in filled if filled[name] != flow.slots.get(name)}
    stops = turn.persona.flows[best].stops_flow and scores[best] >= FITS
    question = is_question(turn) and turn.heard.answer is None
    if gained and not stops and not (strays and question):
        for name in gained:  # a new count overrules its alternative
            filled = {n: v for n, v in filled.items() if n == name or not _rivals(spec, n, name, gained)}
        return (yield from advance(turn, replace(flow, slots=filled, asking=None, tries=0)))
    if stops:
        turn.leave(flow)
        return (yield from begin(turn, best))
    if turn.heard.answer == "no":
        turn.leave(flow)
        return turn.reply(turn.shared("declined"))
    aside = aside_meant(turn, flow, best if strays else None)
    if aside is not None:
        return (yield from _digress(turn, flow, aside))
    if flow.tries + 1 >= MAX_TRIES:
        turn.leave(flow)
        return turn.reply(turn.shared("declined"), answered=False)
    return (yield from read_back(turn, flow, flow.tries + 1))


def read_back(turn: PlannedTurn, flow: FlowState, tries: int) -> Steps:
    """Read the quote back again; one that is no longer there (the conversation was elsewhere) is made anew."""
    if turn.before.pending is not None or turn.persona.flows[flow.name].confirm is None:
        return turn.again(flow, tries=tries)
    return (yield from advance(turn, replace(flow, asking=None)))


def _digress(turn: PlannedTurn, flow: FlowState, aside: str) -> Steps:
    """Answer what was asked in between, then ask the open question again, with all of a read-back."""
    done = yield from begin(turn, aside)
    if done.state.flow is not None and done.state.flow.asking is not None:
        return replace(done, state=replace(done.state, parked=turn.parked_with(flow)))
    if flow.asking == CONFIRM:
        again = yield from read_back(turn, flow, flow.tries)
    else:
        again = turn.again(flow, tries=flow.tries)
    return replace(again, reply=f"{done.reply} {again.reply}", answered=done.answered)


def _rivals(spec: Flow, name: str, new: str, gained: set[str]) -> bool:
    """Whether two counts are alternatives of each other ("three nights" after "one night more")."""
    if name in gained or {spec.slots[name].type, spec.slots[new].type} != {"count"}:
        return False
    return not any(name in group and new in group for group in spec.needs)
