"""What words ask for beside the flow under way, or in its place: a second change, another task, or a question."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from agents.planner.meant import CLAUSES, CLEARLY, DIGRESSES, FITS, JOINS, KEEPS, best_flow, is_question
from agents.planner.planned import PlannedTurn
from agents.understand.cues import cues_in
from agents.understand.heard import Heard
from sync.session import FlowState


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
    ends = [match.end() for match in CLAUSES.finditer(turn.heard.words)]
    spans = pairwise((0, *ends, len(turn.heard.words)))
    return {name for start, end in spans for name in _tasks_in(turn, turn.heard.words[start:end])}


def _tasks_in(turn: PlannedTurn, words: str) -> set[str]:
    """The changes that `words` ask for: by their patterns, else by their own words."""
    if KEEPS.search(words) is not None:
        return set()
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
    task = task or other.needs_identity
    no = turn.heard.answer == "no"
    needed = {name for group in other.needs for name in group}
    said = no and bool(needed & {*turn.fill(other, {}, None)})
    enough = FITS if beside_a_yes or (no and said) else DIGRESSES
    clear = scores[best] >= enough and scores[best] - scores[flow.name] >= (0.0 if beside_a_yes else CLEARLY)
    only_task = not other.hands_off and not other.repeats and (other.confirm is not None or not beside_a_yes)
    instead = no and other.confirm is not None and (said or other.cued(turn.heard.words))  # "no, what about moving it"
    meant = turn.heard.answer is None or beside_a_yes or instead
    return task and only_task and clear and best != flow.name and meant


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
    return None if turn.persona.flows[aside].needs_identity and not turn.identified else aside
