"""Which flow the words are for: one to begin, the last one with a new value, another task, a question in between.

Only looks: nothing here changes the turn.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from dataclasses import replace
from itertools import pairwise

from agents.flow import CODE_TYPE, Flow
from agents.persona import Persona
from agents.planner.leaning import narrows_told
from agents.planner.picking import picked
from agents.planner.planned import PlannedTurn
from agents.planner.scoring import (
    DIGRESSES,
    FITS,
    OWN_EVIDENCE,
    SLOT_EVIDENCE,
    asks_for_an_act,
    is_question,
    names_by_pattern,
    scores_of,
    spells_a_value,
)
from agents.planner.slots import WEAK_TYPES, corrects
from agents.planner.spans import says_ends
from agents.understand.consent import consents
from agents.understand.heard import PROOF_TYPES, Heard
from agents.understand.phrases import asks_something
from agents.understand.questions import asks_what_is_there, points_back
from agents.understand.requests import asked_act, asks_price
from sync.session import FlowState

CLEARLY = 0.15
"""How much better another task's flow must fit than the one under way to take over in the middle of it."""
_CODE_WORDS = 12
"""So few words with a code in them, and nothing that any flow fits, ask what is behind the code."""
_AFTER_SPELLED = frozenset(
    {"", "on", "in", "for", "please", "then", "instead", "if", "is", "and", "or", "would", "thanks", "of", "now", "to"}
)
"""What stands behind a value that was spelled, and not behind a number and an article."""
_MORE_WORDS = 2
"""So few words that lean back ("and breakfast?") ask about a thing, and do not order it."""
_FOLLOW_UP_WORDS = 4
"""So few words with a new value in them may be a follow-up of the last flow ("Friday then")."""
_TAKING_BACK = re.compile(r"^(?:\W*(?:no|nope|not|sorry|actually|wait|well|oh|but)\b\W*)+", re.IGNORECASE)
"""What stands before a correction."""
JOINS = re.compile(r"\b(?:and|then|also|plus)\b|[.;!](?=\s)", re.IGNORECASE)
"""Where one wish may end and another begin."""
CLAUSES = re.compile(r"[.;!?]\s+|,\s+|\b(?:and|so|but|because|then)\s+", re.IGNORECASE)
KEEPS = re.compile(
    r"\b(?:keep|keeping|(?<!for the )(?<!on the )same|how much|what|"
    r"if(?! (?:you|they) (?:do|have|offer|can|could)\b| possible\b| (?:that|it)'s (?:possible|okay|ok|all right)\b))\b",
    re.IGNORECASE,
)
"""Words that ask for no change."""
_PAST = tuple(re.compile(rf"{ending}\b", re.IGNORECASE) for ending in ("(?<=l)led", "ed", "(?<=e)d"))
"""How verbs end in what is only supposed ("if I cancelled it")."""


def change_named(persona: Persona, words: str) -> str | None:
    """The one change that `words`, which may be a question about it, name in its own words; None: none, or several."""
    forms = [words, *(ending.sub("", words) for ending in _PAST)]
    changes = [(name, spec) for name, spec in persona.flows.items() if spec.confirm is not None]
    named = [name for name, spec in changes if spec.means(words) or any(map(spec.cued, forms))]
    return named[0] if len(named) == 1 else None


def is_search(spec: Flow) -> bool:
    """Whether a flow looks up what anybody may know, and asks for what it needs."""
    own = spec.needs_identity or spec.proves_identity
    return bool(spec.needs) and spec.tool is not None and not own and spec.confirm is None


def clauses_in(words: str) -> list[str]:
    """The clauses of `words`, one after the other, each with the word that joins it to the next."""
    ends = [match.end() for match in CLAUSES.finditer(words)]
    return [words[start:end] for start, end in pairwise((0, *ends, len(words)))]


def acted_flow(turn: PlannedTurn) -> str | None:
    """The one change that a clause asks for by its verb ("... . I need to put that flight off"); None: none, or
    several."""
    if is_question(turn) and not asks_for_an_act(turn):
        return None
    acts = [asked_act(one.strip()) for one in clauses_in(turn.heard.wish)]
    flows, likely = turn.persona.flows, turn.heard.guesses[0].flow if turn.heard.guesses else ""
    writes = [(name, spec) for name, spec in flows.items() if spec.confirm is not None]
    asked = {name: act for name, spec in writes for act in acts if act and spec.led_by(act)}
    bare = asked and all(len(act.split()) == 1 for act in asked.values())  # "my lucky seat is gone. Can I switch?"
    if bare and any(name == likely and spec.cued(turn.heard.words) for name, spec in writes):
        return likely
    return next(iter(asked)) if len(asked) == 1 else None


def spelled_flow(turn: PlannedTurn) -> str | None:
    """The change for which the words spell a value that nothing else has ("give me 7A on the Denver flight"); None:
    none, several, a question, or words that only sound like one ("for two a bit later")."""
    values = turn.heard.of("spelled")
    said = turn.heard.words[values[0].start : values[0].end] if values else ""
    told = said.isalnum() or turn.heard.wish.endswith(said) or (values and values[0].follow in _AFTER_SPELLED)
    if not values or not told or (is_question(turn) and not asks_for_an_act(turn)):
        return None
    named = [n for n, s in turn.persona.flows.items() if s.confirm is not None and spells_a_value(turn, s)]
    return named[0] if len(named) == 1 and names_by_pattern(turn) in (None, *named) else None


def best_flow(turn: PlannedTurn) -> str | None:
    """The flow that fits best if it fits well enough, else the fallback; None when the persona has none."""
    scores = scores_of(turn)
    best = max(scores, key=lambda name: scores[name], default=None)
    if best is not None and turn.persona.flows[best].proves_identity:
        # a proof said together with what it is for: that goes on after the proof
        goals = [n for n, s in scores.items() if _may_follow(turn, n) and s >= _asked(turn, n)]
        return max(goals, key=lambda name: scores[name], default=best)
    more = turn.heard.leans_back and len(turn.heard.core.split()) <= _MORE_WORDS and names_by_pattern(turn) is None
    code = bool(turn.heard.of("booking_code")) and len(turn.heard.core.split()) <= _CODE_WORDS
    there = asks_what_is_there(turn.heard.wish)  # "is there a gym at my hotel, K7M2QX", and not what is behind it
    fits = (
        best is not None
        and scores[best] - _lent(turn, best) >= FITS
        and not (code and turn.persona.flows[best].fallback and not (scores[best] >= DIGRESSES and there))
    )
    if best is not None and fits and not (more and turn.persona.flows[best].confirm is not None):
        return best
    if code and (reading := reads_held(turn)) is not None:
        return reading
    return next((name for name, spec in turn.persona.flows.items() if spec.fallback), None)


def _lent(turn: PlannedTurn, name: str) -> float:
    """What a code alone adds to the score of a change that the words do not ask for in its own words."""
    spec = turn.persona.flows[name]
    if spec.confirm is None or not turn.heard.of(CODE_TYPE) or turn.heard.begins == name:
        return 0.0
    if spec.means(turn.heard.words) or spec.cued(turn.heard.words):
        return 0.0
    types = {slot.type for slot in spec.slots.values()} - {CODE_TYPE, *WEAK_TYPES}
    return OWN_EVIDENCE + SLOT_EVIDENCE * (not any(map(turn.heard.of, types)))


def reads_held(turn: PlannedTurn) -> str | None:
    """The flow that tells what is behind a code, or finds the agent who does; None where the persona has none."""
    found = (
        n
        for n, s in turn.persona.flows.items()
        if s.hands_to is not None or (s.needs_identity and s.confirm is None and s.slots)
    )
    return next(found, None)


def tells_of_numbered(turn: PlannedTurn) -> str | None:
    """The flow that tells what anybody may know of the one thing named by its number in the words ("What is the
    standard on-site LB204?"); None when they name no such thing."""
    for name, spec in turn.persona.flows.items():
        if spec.fallback or spec.confirm is not None or spec.needs_identity or spec.tool is None:
            continue
        for type_ in (spec.slots[group[0]].type for group in spec.needs if len(group) == 1):
            if type_ not in WEAK_TYPES and any(re.search(r"\d", str(one.value)) for one in turn.heard.of(type_)):
                return name
    return None


def _may_follow(turn: PlannedTurn, name: str) -> bool:
    """Whether a proof may be said together with the flow `name`: one that needs it, or, where the words say more than
    the proof, one that looks something up."""
    spec = turn.persona.flows[name]
    searches = spec.on_pick is not None  # what one holds is not searched for by its code
    looks_up = spec.tool is not None and not (spec.proves_identity or spec.hands_off or searches)
    if spec.fallback and (not is_question(turn) or asks_for_an_act(turn)):
        looks_up = False  # what fits nothing is weighed again when it is known what they hold
    return spec.needs_identity or (looks_up and bool(turn.heard.wish))


def _asked(turn: PlannedTurn, name: str) -> float:
    """The score from which a proof was said for the flow `name`: a write must be asked for in its own words."""
    spec = turn.persona.flows[name]
    said = spec.means(turn.heard.words) or spec.cued(turn.heard.words)
    if spec.confirm is None or said:
        return FITS
    return math.inf if turn.heard.only_proves else DIGRESSES


def asks_to_repeat(turn: PlannedTurn) -> bool:
    """Whether the words ask for the last reply again; "I told you, 2120" and "yes please, quick" do not."""
    if turn.heard.pin is not None or any(map(turn.heard.of, PROOF_TYPES)) or consents(turn.heard.words):
        return False
    scores = scores_of(turn)
    best = max(scores, key=lambda name: scores[name], default=None)
    return best is not None and scores[best] >= FITS and turn.persona.flows[best].repeats


def follow_up(turn: PlannedTurn, best: str | None) -> FlowState | None:
    """The last flow with the new values of "how about Friday" or "the second one", when no other flow is meant."""
    last = turn.before.last
    if last is None or last.agent != turn.persona.name or last.name not in turn.persona.flows:
        return None
    spec, certain = turn.persona.flows[last.name], names_by_pattern(turn)
    if spec.confirm is not None or certain not in (None, last.name, spec.on_pick):
        return None
    sure = turn.heard.flows.get(best or "", 0.0)
    if best not in (None, last.name) and sure >= DIGRESSES and not turn.persona.flows[best or ""].fallback:
        return None
    otherwise = corrects(turn.heard) and names_by_pattern(turn) is None and _says_another_value(turn, spec, last, best)
    narrows = best == last.name and narrows_told(turn.persona, turn.before, turn.heard)
    if not turn.heard.leans_back and not otherwise and not narrows and len(turn.heard.core.split()) > _FOLLOW_UP_WORDS:
        return None
    chosen = picked(last, turn.heard)
    slots = chosen if chosen is not None else turn.fill(spec, last.slots, None)
    slots = {name: value for name, value in slots.items() if name in spec.slots}
    said = {name for name in slots if slots[name] != last.slots.get(name)}
    if said and asks_another_price(spec, said, turn.heard):
        return None
    over = {name for new in said for name in spec.slots[new].overrules} - said
    kept = {n: value for n, value in {**last.slots, **slots}.items() if n in spec.slots and n not in over}
    told_before = otherwise and says_ends(spec, last.slots, turn.heard)
    again = narrows or told_before  # what was looked up already is told again
    return replace(last, slots=kept, asking=None, tries=0) if said or again else None


def asks_another_price(spec: Flow, said: Collection[str], heard: Heard) -> bool:
    """Whether words that give a lookup the slots `said` ask what something else costs ("what does it cost to
    change")."""
    return {*said} <= {*spec.asks_of} and asks_price(heard.words) and not points_back(heard.words)


def _says_another_value(turn: PlannedTurn, spec: Flow, last: FlowState, best: str | None) -> bool:
    """Whether words that correct are about what the flow `last` looked up: no question, nothing of the customer's own,
    and near to no flow but it, or the one that goes on with it."""
    said = _TAKING_BACK.sub("", turn.heard.core)
    near = best in (None, last.name, spec.on_pick) or turn.persona.flows[best or last.name].fallback
    return near and not asks_something(said) and not turn.persona.speaks_of_own(turn.heard.words)
