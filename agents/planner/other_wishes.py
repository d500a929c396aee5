"""What words ask for beside the flow under way, or in its place: a second change, another task, or a question."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from agents.planner.meant import CLEARLY, JOINS, KEEPS, best_flow, clauses_in
from agents.planner.planned import PlannedTurn
from agents.planner.scoring import DIGRESSES, FITS, is_question
from agents.understand.cues import cues_in
from agents.understand.denied import affirmed
from agents.understand.heard import Guess, Heard
from agents.understand.requests import asked_act
from sync.session import FlowState

_TELLS = re.compile(
    r"\b(?:(?:i|we|he|she|they|it|you)(?:'m|'re|'s| am| are| is| was| were)|(?:is|are|was|were))(?: \w+)? "
    r"(?!looking|hoping|trying|thinking|wanting|asking|calling)\w+ing\b",
    re.IGNORECASE,
)
"""What somebody is doing is part of a story, and no wish ("I'm moving in with my boyfriend")."""
_AS_WELL = re.compile(
    r"\W*(?:(?:and|also|plus|oh|yes|okay|ok|so)\W+)*(?:also )?(?:for )?(?:my|the|our) (?:\w+ ){0,2}\w+"
    r"(?: (?:in|at|to|on|for) (?:\w+ )?\w+)? (?:too|as well|also|likewise)\W*(?:please)?\W*$",
    re.IGNORECASE,
)
"""Words that only name a thing for which the same is wanted."""
_THING = r"(?:my|the|our) (?:\w+ )?\w+(?: (?:in|at|to) (?:\w+ )?\w+)?"
_NOT_BUT = re.compile(
    rf"\W*(?:(?:no|oh|sorry|wait|but|well|actually|um+|uh+)\W+)*(?:(?:i (?:meant|mean|was talking about)|it's|that's) "
    rf"{_THING}(?:\W+(?:and )?not {_THING})?|{_THING}\W+(?:and )?not {_THING}|not {_THING}\W+(?:but )?{_THING})"
    r"(?: i (?:meant|mean))?\W*(?:please)?\W*",
    re.IGNORECASE,
)
"""Words that only name the thing for which it is wanted instead."""


def second_task(turn: PlannedTurn, first: str | None) -> tuple[str, Heard] | None:
    """Another change that is asked for in the same breath as the flow `first` ("... and give me 12A"), with the words
    that ask for it; None when there is none."""
    if first is None or turn.persona.flows[first].confirm is None:
        return None
    ends = [match.start() for match in JOINS.finditer(turn.heard.words)]
    spans = list(pairwise((0, *ends, len(turn.heard.words))))
    asked = [_tasks_in(turn, turn.heard.words[start:end]) for start, end in spans]
    if not any(first in tasks for tasks in asked):
        return None
    for (start, end), tasks in zip(spans, asked, strict=True):
        if len(tasks) == 1 and first not in tasks:
            return tasks.pop(), turn.heard.part(start, end)
    return None


def changes_asked(turn: PlannedTurn) -> set[str]:
    """All changes that the clauses of the words ask for, each by itself."""
    return {name for one in clauses_in(turn.heard.words) for name in _tasks_in(turn, one)}


def both_wishes(turn: PlannedTurn, near: Sequence[Guess]) -> tuple[str, tuple[str, Heard]] | None:
    """The flow among `near` that is asked for first, and the other with its words, where each has its own clause."""
    own = [one.flow for one in near if one.agent == turn.persona.name]
    for first in own:
        second = second_task(turn, first)
        if second is not None and second[0] in own and second[1].words.startswith(" "):
            return first, second
    return None


def _tasks_in(turn: PlannedTurn, words: str) -> set[str]:
    """The changes that `words` ask for: by their patterns, else by their own words."""
    if KEEPS.search(words) is not None:
        return set()
    words = _TELLS.sub(" ", affirmed(words))
    changes = {name: spec for name, spec in turn.persona.flows.items() if spec.confirm is not None}
    named = {name for name, spec in changes.items() if spec.means(words)}
    return named or {name for name, spec in changes.items() if spec.cued(words)}


def is_other_task(
    turn: PlannedTurn, flow: FlowState, scores: Mapping[str, float], *, beside_a_yes: bool = False
) -> bool:
    """Whether the words clearly ask for another task than the one under way, not for a value or an answer."""
    best = max(scores, key=lambda name: scores[name])
    other = turn.persona.flows[best]
    task = other.confirm is not None or (other.tool is not None and not other.fallback and bool(other.slots))
    task = task or (other.needs_identity and not turn.identified)  # what is only read is told in between
    no = turn.heard.answer == "no"
    said = no and bool(other.needed & {*turn.fill(other, {}, None)})
    enough = FITS if beside_a_yes or (no and said) else DIGRESSES
    clear = scores[best] >= enough and scores[best] - scores[flow.name] >= (0.0 if beside_a_yes else CLEARLY)
    only_task = not other.hands_off and not other.repeats and (other.confirm is not None or not beside_a_yes)
    instead = no and other.confirm is not None and (said or other.cued(turn.heard.words))  # "no, what about moving it"
    meant = turn.heard.answer is None or beside_a_yes or instead
    return task and only_task and clear and best != flow.name and meant


def as_elsewhere(turn: PlannedTurn) -> str | None:
    """The change that is asked for as well as one that waits at another agent, or in its place, by no verb of its own
    ("and my flight too", "no, I meant the flight", after "cancel my room"); None: none is."""
    before, instead = turn.before, _NOT_BUT.fullmatch(turn.heard.words) is not None
    just = before.last if turn.heard.behind_yes else before.declined if instead else None
    waiting = [*turn.state.parked, *(one for one in (before.flow, just) if one is not None)]
    left = next((one for one in reversed(waiting) if one.task and one.agent != turn.persona.name), None)
    if left is None or not (instead or _AS_WELL.match(turn.heard.words)):
        return None
    act, flows = asked_act(left.words), turn.persona.flows.items()
    alike = [name for name, spec in flows if spec.confirm is not None and spec.task and act and spec.led_by(act)]
    if len(alike) != 1 or not turn.persona.speaks_for(turn.heard.words):
        return None
    if instead:
        turn.state = replace(turn.state, parked=tuple(one for one in turn.state.parked if one != left))
    return alike[0]


def other_wish(turn: PlannedTurn, goal: str | None, scores: Mapping[str, float]) -> str | None:
    """The flow that is clearly asked for beside a proof of identity, in the place of the `goal` that waits for it
    ("actually, move it to Saturday, K7M2QX, 4071"); None: none is."""
    if goal is None or not turn.heard.wish:
        return None
    changes = {n: spec for n, spec in turn.persona.flows.items() if spec.confirm is not None and spec.needs_identity}
    best = max(changes, key=lambda name: scores[name], default=None)
    if best is None or best == goal or scores[best] < DIGRESSES or scores[best] - scores[goal] < CLEARLY:
        return None
    said = changes[best].means(turn.heard.wish) or changes[best].cued(turn.heard.wish)
    return best if said and not turn.persona.flows[goal].cued(turn.heard.wish) else None


def names_it_plainly(turn: PlannedTurn, name: str) -> bool:
    """Whether the words ask for the flow `name` in so many words, or speak of what it is done to: at a read-back
    another change begins by no less."""
    spec, words = turn.persona.flows[name], turn.heard.words
    owned = bool(turn.persona.owned) and cues_in(turn.persona.owned).search(words) is not None
    values = any(turn.heard.of(slot.type) for slot in spec.slots.values() if slot.type not in ("count", "phrase"))
    return owned or values or spec.means(words) or spec.cued(words)


def aside_meant(turn: PlannedTurn, flow: FlowState, strayed: str | None) -> str | None:
    """The flow that a question in between is for; None when it is none, or needs a proof of identity first."""
    asks_about_else = is_question(turn) and len(turn.heard.core.split()) > 2
    aside = strayed or (best_flow(turn) if asks_about_else else None)
    if aside is None or aside == flow.name:
        return None
    if asks_about_else and turn.persona.flows[aside].closes and turn.persona.flows[aside].stops_flow:
        return None  # nobody takes leave by a question
    return None if turn.persona.flows[aside].needs_identity and not turn.identified else aside
