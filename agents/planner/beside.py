"""What is asked in the same breath as something else: it is answered together with the next step.

| words | what is told with the next step |
|---|---|
| a wish, and a question ("... and is there a gym") | what a text answers to it, else that it is not known |
| a code, a PIN or another answer, and a question | the same, or what a lookup that its words name tells |
| the same, and a plea for a lower price | that it can't be changed |
| the same, and a question that is only about what is being done | nothing: the next step says it |
"""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import replace

from pydantic import JsonValue

from agents.flow import CODE_TYPE, Flow
from agents.planner.asking import ABOUT_THE_WISH, MINE, looks_up, text_for
from agents.planner.course import advance, begun
from agents.planner.meant import is_search
from agents.planner.planned import Plan, PlannedTurn, ToolAnswer, ToolCall
from agents.planner.quote_heard import statement
from agents.planner.scoring import asks_for_act
from agents.planner.slots import WEAK_TYPES, new_in
from agents.planner.templates import render
from agents.understand.cues import cues_in
from agents.understand.offers import bargains
from agents.understand.questions import Question, asks_anything, names_more, points_back, questions_in
from agents.understand.requests import asks_price
from sync.session import FlowState

_POINTING = 2
"""So few words of a question only point at what was said before them."""
_STANDS_ALONE = re.compile(
    r"\d|^\W*(?:i|we) (?:mean|meant)\b|\b(?:it|that|this|those|one|ones|my|our)\b", re.IGNORECASE
)
"""Words in a question by which it may be about what is being done beside it."""
_OF_THEIR_DAY = re.compile(
    r"\b(?:which|what) (?:day|date) (?:do|did|am|are|was|were|will|is) (?:i|we|my|our)\b", re.IGNORECASE
)
"""A question for a day of what the customer holds, which no text knows."""
_OF_THE_REPLY = re.compile(r"\bwhat do you mean\b|\bwhy not\b|\b(?:you|did you) (?:just )?sa(?:y|id)\b", re.IGNORECASE)
"""A question for what the last reply meant."""
_WITH_IT = re.compile(r"\b(?:on|with) (?:it|that)\b|\balready\b", re.IGNORECASE)
"""Words of a question for what is with a thing of the customer's ("is breakfast already on it")."""


def told_beside(
    turn: PlannedTurn, best: str | None, *, behind: int | None = None
) -> Generator[ToolCall, ToolAnswer, str]:
    """What texts answer to the questions that stand beside the wish for the flow `best` ("... and is there a gym"), and
    to the one for its price of who has yet to prove who they are; "" where there are none. The wish ends at `behind`
    where that is known."""
    name, parts = looks_up(turn), questions_in(turn.heard.core)
    if name is None or best is None or best == name or turn.persona.flows[best].words_as is not None:
        return ""
    first = next((one for one in parts if _OF_THE_REPLY.search(one.whole) is None), parts[0])
    words = [one.whole for one in parts if not _is_for(turn, best, one.whole, first=one is first)]
    if behind is not None and len(parts) == 1:
        words = [turn.heard.words[behind:]]
    words = [one for one in words if not _asks_what_is_told(turn, best, one)]
    priced = turn.persona.flows[best].priced_by
    if priced is not None and not (turn.identified or turn.proves) and asks_price(turn.heard.core):
        words = [priced, *(one for one in words if not asks_price(one))]
    known = begun(turn, name).slots if words else {}
    reads = turn.persona.flows[best].needs_identity and turn.persona.flows[best].confirm is None
    told: list[str] = []
    for asked in words:
        theirs = reads and (cues_in(turn.persona.owned).search(asked) or _WITH_IT.search(asked)) is not None
        if theirs or any(one.search(asked) for one in (ABOUT_THE_WISH, _OF_THEIR_DAY, _OF_THE_REPLY)):
            continue  # "... , is that a big to-do", "which hotel am I in, and which day do I leave"
        text = yield from text_for(turn, asked, known)
        told.append(text or _not_known(turn, asked if asked != priced else "it"))
    return " ".join(one for one in told if one)


def told_with(turn: PlannedTurn, done: Plan, spec: Flow) -> Generator[ToolCall, ToolAnswer, Plan]:
    """The next step `done`, with what was asked in the same breath as the code, the PIN or the other value that the
    flow `spec` was given; `done` as it is where nothing was."""
    looks = spec.confirm is None and not spec.proves_identity and spec.on_pick is None  # the lookup is the answer
    if looks or done.hand_over is not None or turn.persona.flows.get(done.flow or "", spec).fallback:
        return done
    flow = done.state.flow
    goal = turn.state.parked[-1] if flow is not None and flow.name == turn.proof and turn.state.parked else flow
    told = []
    name, of_it = looks_up(turn), (one for one in spec.told if one.question is not None)
    if name is not None and (one := next((one for one in of_it if one.is_asked(turn.heard.words)), None)) is not None:
        about = {**_of_goal(turn, turn.persona.flows[name], goal), **begun(turn, name).slots}
        told += [text for text in [(yield from text_for(turn, one.question or "", about))] if text]
    for asked in _asked_with(turn, spec, goal.name if goal is not None else done.flow):
        text = turn.shared("fixed_price").text if bargains(asked) else (yield from _told_of(turn, asked, goal))
        if text and text not in done.reply and text not in told:
            told.append(text)
    if not told:
        return done
    thanked = turn.identified and turn.before.identity is None
    opening, _, rest = done.reply.partition(". ") if thanked else ("", "", done.reply)
    return replace(done, reply=" ".join((*([f"{opening}."] if opening else []), *told, rest)).strip())


def _asked_with(turn: PlannedTurn, spec: Flow, goal: str | None) -> list[str]:
    """The questions that stand beside the value which the flow `spec` was given, and are not for it or the flow
    `goal`."""
    wish = turn.heard.wish if spec.proves_identity else turn.heard.words
    parts = questions_in(wish)
    asked = [_said_fully(one).partition("?")[0] for one in parts if asks_anything(one.whole)]
    if not asked and names_more(wish) and parts[-1].alone != wish:
        asked = [parts[-1].alone]  # "on the seventh. And the pool?"
    if not spec.proves_identity and (not asked or _gives_a_value(turn, spec, asked[0])):
        return []  # the question is the answer
    wished = goal if goal in turn.persona.flows else None
    left = []
    for one in asked:
        about = ABOUT_THE_WISH.search(one) is not None and any(one == part.alone for part in parts)
        own = about or _OF_THEIR_DAY.search(one) is not None or points_back(one)
        if bargains(one) or not (own or (wished is not None and _is_for(turn, wished, one, first=False))):
            left.append(one)
    return left


def _said_fully(one: Question) -> str:
    """A question from its first word on, or with what stands before it where it only points at that ("parking, what's
    that")."""
    return one.whole if points_back(one.alone) or len(one.alone.split()) <= _POINTING else one.alone


def _gives_a_value(turn: PlannedTurn, spec: Flow, asked: str) -> bool:
    """Whether the question `asked` itself says a value for the flow `spec` that is under way ("what's a queen")."""
    whole, flow = turn.heard, turn.before.flow
    if flow is None:
        return True
    turn.heard = whole.part(max(0, whole.words.find(asked)), len(whole.words))
    filled = turn.fill(spec, flow.slots, flow.asking)
    turn.heard = whole
    return bool(new_in(filled, flow.slots))


def _told_of(turn: PlannedTurn, asked: str, goal: FlowState | None) -> Generator[ToolCall, ToolAnswer, str]:
    """What answers a question beside something else: a text, a lookup that it names by a pattern, or that it is not
    known; "" for one that may be about what is being done."""
    whole, state, flows = turn.heard, turn.state, turn.persona.flows
    name = looks_up(turn)
    if name is None:
        return ""
    turn.heard = replace(whole, words=asked, found=(), pin=None, begins=None)
    known = {**_of_goal(turn, flows[name], goal), **begun(turn, name).slots}
    turn.heard = whole
    if text := (yield from text_for(turn, asked, known)):
        return text
    meant = (n for n, one in flows.items() if one.means(asked) and one.tool is not None and one.confirm is None)
    lookup = next((n for n in meant if not (flows[n].hands_off or flows[n].proves_identity or flows[n].fallback)), None)
    if lookup is None or (flows[lookup].needs_identity and not turn.identified):
        priced = goal is not None and asks_price(asked)  # the quote will say it
        return "" if lookup is not None or priced else _not_known(turn, asked)
    turn.heard = replace(whole, words=asked, found=(), pin=None, begins=None)
    code = goal.slots.get(CODE_TYPE) if goal is not None else None
    codes = {slot: code for slot, one in flows[lookup].slots.items() if one.type == CODE_TYPE and code is not None}
    looks = begun(turn, lookup)
    told = yield from advance(turn, replace(looks, slots={**looks.slots, **codes}))
    turn.heard, turn.state = whole, state
    return "" if told.hand_over is not None or told.state.flow is not None else statement(told.reply)


def _of_goal(turn: PlannedTurn, spec: Flow, goal: FlowState | None) -> dict[str, JsonValue]:
    """What a lookup beside the `goal` is about: the place of what the customer holds, or of what they look for."""
    if goal is None or goal.agent != turn.persona.name:
        return {}
    told = turn.persona.holds.told if turn.persona.holds is not None else {}
    held = {type_: (goal.held or {}).get(field) for field, type_ in told.items()}
    places = {name: one for name, one in spec.slots.items() if one.from_topic and one.type not in WEAK_TYPES}
    known = {name: goal.slots.get(name) or held.get(one.type) for name, one in places.items()}
    return {name: value for name, value in known.items() if value is not None}


def _not_known(turn: PlannedTurn, asked: str) -> str:
    """That a question is not known, unless it may be about what is being done beside it."""
    return "" if _STANDS_ALONE.search(asked) is not None else render(turn.shared("rest_unknown").text, turn.values({}))


def _asks_what_is_told(turn: PlannedTurn, best: str, words: str) -> bool:
    """Whether a question asks for the price that the search `best` tells ("what flies to Portland, and what would a
    ticket cost")."""
    persona = turn.persona
    if not is_search(persona.flows[best]) or not asks_price(words):
        return False
    changes = any(one.confirm is not None and one.cued(words) for one in persona.flows.values() if one.of_held)
    return not changes and (points_back(words) or cues_in(persona.owned).search(words) is not None)


def _is_for(turn: PlannedTurn, best: str, words: str, *, first: bool) -> bool:
    """Whether one of several questions is the wish for the flow `best`."""
    spec = turn.persona.flows[best]
    wants = spec.confirm is not None
    types = {
        slot.type for slot in spec.slots.values() if slot.wanted or (is_search(spec) and slot.type not in WEAK_TYPES)
    }
    said = (turn.heard.words[one.start : one.end] for one in turn.heard.found if one.type in types)
    named = (wants or is_search(spec)) and any(one in words for one in said)
    reads = spec.needs_identity and spec.confirm is None and MINE.search(words) is not None
    told = any(one.text is not None and one.is_asked(words) for one in spec.told)  # its quote says it
    return first or named or reads or told or spec.cued(words) or spec.means(words) or asks_for_act(words)
