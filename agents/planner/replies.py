"""What a reply to an open question is for when it is no plain value: a person, the end of a proof, another slot.

Only looks: nothing here changes the turn.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from pydantic import JsonValue

from agents.flow import Flow
from agents.planner.planned import PlannedTurn
from agents.planner.scoring import names_by_pattern
from agents.planner.slots import WEAK_TYPES
from agents.understand.assent import knows_not
from agents.understand.heard import PROOF_TYPES
from agents.understand.held import says
from agents.understand.naming import whole_words
from sync.session import FlowState

CLEAR = 0.8
"""From this likelihood on a reply is taken to do what it was learned to do."""
_BESIDE_A_NAME = re.compile(
    r"(?:\W*\b(?:the|my|one|to|from|in|for|trip|it's|please|um+|uh+|er+m?)\b)*\W*", re.IGNORECASE
)
ONLY_VALUES = 5
"""So few words with a new value in them correct what was read back, whatever else they sound like."""


def names_it(turn: PlannedTurn, spec: Flow, gained: set[str]) -> bool:
    """Whether words that were learned to answer, or say nothing else, give a thing of the flow by another slot than the
    one that was asked for ("the one in Chicago", for the hotel)."""
    telling = any(spec.slots[name].type not in WEAK_TYPES for name in gained if name in spec.slots)
    return telling and (says_only_a_name(turn) or turn.heard.does("answers", "corrects") >= CLEAR)


def says_only_a_name(turn: PlannedTurn) -> bool:
    """Whether the words are no more than the name of a place or a thing: where a change asks for something, they tell
    which booking is meant, and begin no search."""
    values = [one.value for one in turn.heard.found if one.type not in WEAK_TYPES and one.type not in PROOF_TYPES]
    return bool(values) and _BESIDE_A_NAME.fullmatch(turn.heard.without(values)) is not None


def wants_a_person(turn: PlannedTurn, certain: str | None) -> str | None:
    """The flow that calls a person, where the words want one, by a pattern or by what was learned; else None. Words
    that give a number ("customer number 2196", "two persons") are not taken so by what was learned."""
    spec = turn.persona.flows[certain] if certain is not None else None
    heard = turn.heard
    if spec is not None and spec.hands_off and not spec.excludes(heard.words):
        return certain
    gives = heard.pin is not None or any(heard.of(type_) for type_ in PROOF_TYPES) or bool(heard.of("count"))
    learned = heard.does("person") >= CLEAR and not gives and (spec is None or spec.about_proof)
    person = turn.person if learned else None
    if person is not None and turn.persona.flows[person].excludes(heard.words):
        return None  # "I don't want to talk to anybody"
    return person


def cannot_prove(turn: PlannedTurn, certain: str | None) -> str | None:
    """The flow that says what is left for customers who cannot prove who they are; None: they do not say so. Who was
    told another way already, and has not got that either, is not told it again."""
    flows = turn.persona.flows
    if certain is not None and flows[certain].about_proof and flows[certain].stops_flow:
        return certain
    said = flows[certain].said_after("") if certain is not None and flows[certain].about_proof else None
    told = [line.text for line in turn.before.history if line.role == "agent"]
    again = said is not None and any(text.startswith(said.text) for text in told)
    unknown = certain is None and (knows_not(turn.heard.words) or turn.heard.does("cannot") >= CLEAR)
    ends = (name for name, spec in reversed(list(flows.items())) if spec.about_proof and spec.stops_flow)
    return next(ends, None) if again or unknown else None


def named_slot(turn: PlannedTurn, flow: FlowState, spec: Flow) -> str | None:
    """A slot of the flow that the words name and say no value for ("the room"); None: they name none. The one that was
    asked for is named by them only where it has a question of its own for that ("the day")."""
    words = turn.heard.core
    for name, slot in spec.slots.items():
        if not slot.named or (name == flow.asking and slot.once_named is None):
            continue
        alone = _only(slot.named).fullmatch(words) is not None
        short = len(words.split()) <= ONLY_VALUES or any(
            " " in one and whole_words(one).search(words) for one in slot.named
        )
        own = names_by_pattern(turn) in (None, flow.name) and name != flow.asking
        if alone or (short and own and whole_words(*slot.named).search(words) is not None):
            return name
    return None


@lru_cache(maxsize=32)
def _only(named: tuple[str, ...]) -> re.Pattern[str]:
    """Fits words that name a thing and say no more ("the day, please")."""
    things = "|".join(map(re.escape, named))
    opening = r"(?:(?:um+|uh+|er+m?|oh|well|just|only|it's|that's|i think|i guess|maybe|probably|about)\b\W*)*"
    ending = r"(?:\W*\b(?:please|i think|i guess|then|of it|thanks|needs changing|has to change))*"
    return re.compile(rf"\W*{opening}(?:the|my|our|a|an)? ?(?:{things}){ending}\W*", re.IGNORECASE)


def wants_what_is_held(turn: PlannedTurn, spec: Flow, filled: Mapping[str, JsonValue], gained: set[str]) -> bool:
    """Whether with what the words say for the slots `gained` nothing would change ("no, we'll stay in the queen")."""
    held, slots = turn.heard.held, spec.slots
    needed = spec.needed & {*filled}
    if held is None or not gained or not gained <= needed:
        return False
    return all(says(slots[n].type, filled[n], held.record.get(slots[n].was or "")) for n in needed)
