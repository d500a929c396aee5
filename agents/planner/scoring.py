"""How well each flow fits words: the nearness of its examples, its patterns and cues, and the values in the words.

Only looks: nothing here changes the turn.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from agents.flow import Flow
from agents.planner.picking import picked, placed
from agents.planner.planned import PlannedTurn
from agents.planner.slots import WEAK_TYPES, candidates, contrasts, missing
from agents.understand.heard import PROOF_TYPES, Heard
from agents.understand.phrases import asks_something
from agents.understand.removal import takes_it_off
from agents.understand.requests import asked_act, asks_price

FITS = 0.46
"""Lowest score of a flow that begins on its own; below it the fallback flow answers. Taken from the examples of
the shipped personas: their nearest wrong flow scores about .4."""
DIGRESSES = 0.62
"""Lowest score of a flow that may interrupt a question."""
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


def spells_a_value(turn: PlannedTurn, spec: Flow) -> bool:
    """Whether the words spell a value for a slot of the flow (a seat), not a part of a code or a number."""
    named = [one for one in turn.heard.found if one.type in ("booking_code", "flight_number", "customer_id", "date")]
    return any(
        not any(other.start < one.end and one.start < other.end for other in named)
        for slot in spec.slots.values()
        if slot.type == "spelled" and slot.pattern is not None
        for one in candidates(slot, turn.heard, False)
    )


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
            scores[name] += SPELLED_EVIDENCE * spells_a_value(turn, spec)
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


def item_meant(turn: PlannedTurn) -> Mapping[str, JsonValue]:
    """The slots of the item that the words pick from the list that was told last; empty when they pick none."""
    last = turn.before.last
    if turn.state.flow is not None or last is None or last.agent != turn.persona.name:
        return {}
    spec = turn.persona.flows.get(last.name)
    if spec is not None and spec.needs_identity and spec.confirm is None:
        return placed(last, turn.heard)
    return picked(last, turn.heard) or {}
