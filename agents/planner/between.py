"""What is answered while a question is open, and the open question again behind it."""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import replace

from agents.planner.course import advance, begin, read_back
from agents.planner.planned import Plan, PlannedTurn, Steps, ToolAnswer, ToolCall
from agents.planner.quote_heard import is_told, statement
from agents.planner.replies import CLEAR, wants_a_person
from agents.planner.slots import WEAK_TYPES
from agents.planner.templates import render
from agents.understand.phrases import asks_something
from agents.understand.questions import asks_anything
from sync.session import CONFIRM, FlowState

_FEWEST_OF_A_QUESTION = 4
_ONLY_WONDERS = re.compile(
    r"\b(?:is|was|are|does|do|did) (?:it|that|this|they|you)(?: (?:so|right|true|all|okay|ok|sure|now|really))?\W*$",
    re.I,
)
_ABOUT_IT = 7
"""A question of so few words, to which nothing is known, is taken to be about what was read back."""


def plainly(turn: PlannedTurn, flow: FlowState) -> Generator[ToolCall, ToolAnswer, Plan | None]:
    """What comes of words that were learned to want a person, to hear the question again (which counts as no failed
    try), to want it no longer, or to want another thing done that is known; None: they do none of these clearly."""
    heard = turn.heard
    if (person := wants_a_person(turn, None)) is not None:
        turn.park(flow)
        return (yield from begin(turn, person))
    if heard.does("again") >= CLEAR:
        if flow.asking != CONFIRM:
            return turn.again(flow, tries=flow.tries)
        return (yield from read_back(turn, flow, flow.tries, whole=True))
    if heard.does("declines") >= CLEAR and flow.asking != CONFIRM:
        turn.leave(flow)
        return turn.reply(turn.shared("stopped"))
    if heard.does("other") >= CLEAR and heard.begins not in (None, flow.name):
        put_aside(turn, flow)
        return (yield from begin(turn, heard.begins))
    return None


def put_aside(turn: PlannedTurn, flow: FlowState) -> None:
    """Let `flow` wait for what the words ask for instead; one that would end the same thing is given up for good."""
    told = turn.before.pending
    named = [one for one in turn.heard.found if one.type not in WEAK_TYPES and one.type != "day_shift"]
    if turn.persona.flows[flow.name].ends and (told is None or all(is_told(one, told) for one in named)):
        turn.leave(flow)
    else:
        turn.park(flow)


def digress(turn: PlannedTurn, flow: FlowState, aside: str) -> Steps:
    """Answer what was asked in between, then ask the open question again, with all of a read-back."""
    if turn.persona.flows[aside].hands_off and flow.asking != CONFIRM:
        turn.park(flow)
        return (yield from begin(turn, aside))
    return (yield from back(turn, flow, (yield from begin(turn, aside))))


def back(turn: PlannedTurn, flow: FlowState, done: Plan) -> Steps:
    """What was answered in between, `done`, and the open question again."""
    if done.hand_over is not None or (done.state.flow is not None and done.state.flow.asking is not None):
        put_aside(turn, flow)
        return replace(done, state=replace(done.state, parked=turn.state.parked))
    if flow.asking == CONFIRM:
        again = yield from read_back(turn, flow, flow.tries)
    elif turn.identified and turn.before.identity is None and turn.persona.flows[flow.name].words_as is not None:
        again = yield from advance(turn, replace(flow, asking=None))  # what they hold may say what was asked for
    else:
        again = turn.again(replace(flow, tries=0), tries=0)
    return _joined(turn, flow, done, again)


def not_known(turn: PlannedTurn, again: Plan) -> Plan:
    """The read-back `again`, with a word before it that what a question asks is not known; nothing for one so short
    that it may only wonder ("nothing at all?")."""
    words = turn.heard.core
    plain = asks_anything(words) and _ONLY_WONDERS.search(words) is None  # "is it quieter"
    if not asks_something(words) or not (plain or len(words.split()) >= _FEWEST_OF_A_QUESTION):
        return again
    return replace(again, reply=f"{turn.shared('unknown_of_it').text} {again.reply}", answered=False)


def _joined(turn: PlannedTurn, flow: FlowState, done: Plan, again: Plan) -> Plan:
    """Two replies of one turn as one: the answer, without a question of its own, and the question that was open."""
    if flow.asking == CONFIRM and not done.answered and len(turn.heard.core.split()) <= _ABOUT_IT:
        return not_known(turn, again)
    back = render(turn.shared("back_to").text, {"task": flow.task}) if flow.task else ""
    reply = " ".join(part for part in (statement(done.reply), back, again.reply) if part)
    state = replace(again.state, unanswered=done.state.unanswered, topic=done.state.topic)
    return replace(again, reply=reply, answered=done.answered, state=state)
