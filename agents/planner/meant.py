"""Which flow the words are for: one to begin, the last one with a new value, another task, a question in between.

Only looks: nothing here changes the turn.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from pydantic import JsonValue

from agents.flow import CODE_TYPE, Flow
from agents.persona import Persona
from agents.planner.leaning import narrows_told
from agents.planner.picking import picked
from agents.planner.planned import PlannedTurn
from agents.planner.slots import WEAK_TYPES, candidates, contrasts, corrects, missing
from agents.planner.spans import says_ends
from agents.understand.consent import consents
from agents.understand.heard import PROOF_TYPES, Heard
from agents.understand.phrases import asks_something
from agents.understand.questions import asks_what_is_there, points_back
from agents.understand.removal import takes_it_off
from agents.understand.requests import asked_act, asks_price
from sync.session import FlowState

FITS = 0.46
"""Lowest score of a flow that begins on its own; below it the fallback flow answers. Taken from the examples of
the shipped personas: their nearest wrong flow scores about .4."""
DIGRESSES = 0.62
"""Lowest score of a flow that may interrupt a question."""
CLEARLY = 0.15
"""How much better another task's flow must fit than the one under way to take over in the middle of it."""
SLOT_EVIDENCE = 0.14
"""What a value for one of its slots, in the words, adds to a flow's score."""
CUE_EVIDENCE = 0.16
"""What one of a flow's own words ("reschedule") adds to its score, unless the words are a question."""
ITEM_EVIDENCE = 0.25
"""The same for an item of the list that was told last ("is the second one on time")."""
WEAK_EVIDENCE = 0.05
"""The same for values that many flows could take: days, counts, choices."""
CERTAIN = 2.0
"""What a pattern of a flow, found in the words, adds to its score: it decides."""
HEAD_EVIDENCE = 0.14
"""What it adds that the words ask for something to be done by one of a flow's own words ("scrap the ...")."""
OWN_EVIDENCE = 0.08
"""What it adds to a flow for bookings, and takes from a search, that the words speak of something of the customer's."""
PRICE_EVIDENCE = 0.2
"""What a question for a price, without one, takes from a flow that would write."""
_REQUEST = re.compile(
    r"\b(?:can|could|would|will) you\b(?! (?:please )?(?:tell|explain|say|let me know))|"
    r"\b(?:(?:is|would) (?:it|that) (?:be )?(?:ok|okay|all ?right|alright|fine)\b|"
    r"any (?:chance|way|possibility)|(?:is|would|might) it (?:be )?(?:at all )?possible|would you mind|"
    r"(?:could|might) (?:we|i|there)|"
    r"(?:can|could|may|might) (?:that|it|this|these|the \w+) (?:please |also |just )?(?:be (?:put|\w+ed)|go on)|"
    r"(?:can|could) (?:the two of us|both of us|we both|we all|my \w+ and i) have|"
    r"do you (?:think|suppose) (?:you|i|we) (?:could|can|might))\b",
    re.IGNORECASE,
)
"""A question in form that asks for something to be done."""
INFORM_EVIDENCE = 0.17
"""The same for any question for what, when or where."""
SHIFT_EVIDENCE = 0.12
"""What it adds to a flow that moves something that the words say by how many days ("back by a week")."""
SPELLED_EVIDENCE = 0.32
"""What it adds that the words spell a value that nothing else has ("put me in fourteen D")."""
CONTRAST_EVIDENCE = 0.12
"""What two values for one thing, of which one is how it is, add to a flow that changes that thing."""
_INFORMS = re.compile(r"^(?:what|which|when|where|who|whose)\b(?! (?:about|if)\b)", re.IGNORECASE)
_MAY_I = re.compile(r"\b(?:can|may) (?:i|we)\b", re.IGNORECASE)
"""A question that asks for something to be done if it says what ("can I have 9F"), else whether it is possible."""
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


def is_question(turn: PlannedTurn) -> bool:
    """Whether the words have the form of a question."""
    return asks_something(turn.heard.core)


def asks_for_act(words: str) -> bool:
    """Whether words in the form of a question ask for something to be done ("could you put me on")."""
    return _REQUEST.search(words) is not None


def asks_for_an_act(turn: PlannedTurn) -> bool:
    """The same of what was heard, or whether it asks for what it names ("can I sit in 9F")."""
    if asks_for_act(turn.heard.core):
        return True
    said = any(one.type not in ("count", "vague_date") for one in turn.heard.found)
    return said and _MAY_I.search(turn.heard.core) is not None


def _spells_a_value(turn: PlannedTurn, spec: Flow) -> bool:
    """Whether the words spell a value for a slot of the flow (a seat), not a part of a code or a number."""
    named = [one for one in turn.heard.found if one.type in ("booking_code", "flight_number", "customer_id", "date")]
    return any(
        not any(other.start < one.end and one.start < other.end for other in named)
        for slot in spec.slots.values()
        if slot.type == "spelled" and slot.pattern is not None
        for one in candidates(slot, turn.heard, False)
    )


def is_search(spec: Flow) -> bool:
    """Whether a flow looks up what anybody may know, and asks for what it needs."""
    own = spec.needs_identity or spec.proves_identity
    return bool(spec.needs) and spec.tool is not None and not own and spec.confirm is None


def of_their_own(spec: Flow) -> int:
    """1 for a flow that does something with a booking, -1 for one that looks for something new, 0 for any other."""
    if spec.needs_identity and any(slot.type == "booking_code" for slot in spec.slots.values()):
        return 1
    return -1 if spec.on_pick is not None or spec.confirm is not None else 0


def scores_of(turn: PlannedTurn, *, with_item: bool = True) -> Mapping[str, float]:
    """How well each flow of the persona fits: the nearness of its examples, and evidence in the words, of which
    `with_item` counts that they pick an item of the list told last. Weighed once for the same words and state."""
    for heard, state, counted, scores in turn.scored:
        if heard is turn.heard and state is turn.state and counted == with_item:
            return scores
    weighed = _weighed(turn, with_item)
    turn.scored.append((turn.heard, turn.state, with_item, weighed))
    return weighed


def _weighed(turn: PlannedTurn, with_item: bool) -> dict[str, float]:
    scores: dict[str, float] = {}
    item = item_meant(turn) if with_item else {}
    bare = turn.heard.leans_back and len(turn.heard.core.split()) <= 1  # "and breakfast?" asks about it
    asks = is_question(turn) and not asks_for_an_act(turn)
    informs = _INFORMS.search(turn.heard.core) is not None and _REQUEST.search(turn.heard.core) is None
    act = asked_act(turn.heard.words)
    own = bool(turn.heard.of("booking_code")) or turn.persona.speaks_of_own(turn.heard.words)
    priced = not own and asks_price(turn.heard.words)
    certain = _certain(turn)
    shifted = bool(turn.heard.of("day_shift"))
    for name, spec in turn.persona.flows.items():
        telling = {slot_name: slot for slot_name, slot in spec.slots.items() if slot.type not in WEAK_TYPES}
        evidence = any(turn.heard.of(slot.type) for slot in telling.values())
        chosen = any(slot_name in item for slot_name in telling)
        weak = any(candidates(slot, turn.heard, False) for slot in spec.slots.values() if slot.type in WEAK_TYPES)
        scores[name] = turn.heard.flows.get(name, 0.0) + SLOT_EVIDENCE * evidence + WEAK_EVIDENCE * weak
        cued = spec.cued(turn.heard.words)
        scores[name] += ITEM_EVIDENCE * chosen + (WEAK_EVIDENCE if asks or bare else CUE_EVIDENCE) * cued
        scores[name] += HEAD_EVIDENCE * (cued and not bare and spec.confirm is not None and spec.led_by(act))
        scores[name] += of_their_own(spec) * OWN_EVIDENCE * own
        if spec.confirm is not None:
            scores[name] -= PRICE_EVIDENCE * priced + INFORM_EVIDENCE * (informs and not priced)
            scores[name] += SPELLED_EVIDENCE * _spells_a_value(turn, spec)
            scores[name] += CONTRAST_EVIDENCE * contrasts(spec, turn.heard)
            scores[name] += SHIFT_EVIDENCE * (shifted and any(s.type == "day_shift" for s in spec.slots.values()))
        if spec.proves_identity and turn.heard.pin is not None:
            scores[name] += 0.0 if missing(spec, turn.fill(spec, {}, None), turn.heard) else 1.0
        if spec.resumes and not turn.before.parked:
            scores[name] = 0.0
        if name in certain:
            scores[name] += CERTAIN
        leaves = spec.closes and spec.stops_flow and (asks or "?" in turn.heard.core) and name not in certain
        if leaves or spec.excludes(turn.heard.words):
            scores[name] = 0.0
    return scores


def names_by_pattern(turn: PlannedTurn) -> str | None:
    """The flow that the words mean by one of its patterns; None when they do by none."""
    return next(iter(_certain(turn)), None)


def _certain(turn: PlannedTurn) -> Sequence[str]:
    """The flows that the words mean by their patterns; the fallback only where they mean no other. Looked for once for
    the same words."""
    if turn.certain is None or turn.certain[0] is not turn.heard:
        turn.certain = (turn.heard, _meant(turn))
    return turn.certain[1]


def _meant(turn: PlannedTurn) -> list[str]:
    heard, persona, asked = turn.heard, turn.persona, turn.before.flow
    proving = asked is not None and asked.name in persona.flows and persona.flows[asked.name].proves_identity
    proves = proving or persona.waits_for_proof(turn.before) or bool(heard.of("booking_code"))
    wish = heard.wish if heard.wish != heard.words else ""
    certain = [name for name, spec in persona.flows.items() if _means(spec, heard, wish, proves)]
    spoken_of = turn.before.flow or turn.before.last
    if spoken_of is not None and takes_it_off(turn.heard.words):
        certain = [n for n, spec in turn.persona.flows.items() if spec.undoes == spoken_of.name] or certain
    undone = {turn.persona.flows[name].undoes for name in certain}
    certain = [name for name in certain if name not in undone]
    return [name for name in certain if not turn.persona.flows[name].fallback] or certain


def _means(spec: Flow, heard: Heard, wish: str, proves: bool) -> bool:
    """Whether the words, or the `wish` among them, mean a flow by its patterns; those about a proof count only while
    one is asked for or given (`proves`)."""
    whole = heard.pin is not None and any(map(heard.of, PROOF_TYPES))
    if (spec.about_proof and (not proves or (whole and spec.stops_flow))) or (
        spec.only_replies and not spec.stops_flow and heard.pin is not None
    ):
        return False  # "no wait, 4071"
    weighty = spec.tool is not None or spec.needs_identity  # "hmm, let me think, K7M2QX" is no wish to wait
    return spec.means(heard.words) or (weighty and bool(wish) and spec.means(wish))


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
    named = [n for n, s in turn.persona.flows.items() if s.confirm is not None and _spells_a_value(turn, s)]
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


def item_meant(turn: PlannedTurn) -> Mapping[str, JsonValue]:
    """The slots of the item that the words pick from the list that was told last; empty when they pick none."""
    last = turn.before.last
    if turn.state.flow is not None or last is None or last.agent != turn.persona.name:
        return {}
    return picked(last, turn.heard) or {}


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
