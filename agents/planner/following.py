"""The lookup that was told last, asked again with another value: "is it cheaper on Saturday", "and in the evening",
"which one gets there before noon". What the words leave out stays as it was.

Only looks: nothing here changes the turn.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from itertools import accumulate

from pydantic import JsonValue

from agents.flow import Flow
from agents.persona import Persona
from agents.planner.meant import acted_flow, asks_another_price, clauses_in
from agents.planner.picking import picked
from agents.planner.planned import QUESTION, PlannedTurn
from agents.planner.scoring import DIGRESSES, asks_for_an_act, is_question, item_meant, names_by_pattern, scores_of
from agents.planner.slots import WEAK_TYPES, candidates, corrects, fill, missing, told_last
from agents.planner.spans import says_ends
from agents.understand.heard import Heard
from agents.understand.held import nearest
from agents.understand.offers import question_beside, taken
from agents.understand.phrases import asks_something
from agents.understand.questions import points_back
from agents.understand.requests import asked_act, asks_price
from sync.session import FlowState, SessionState

_POINTS_BACK = re.compile(
    r"\b(?:it|they|them|those|these|there|that|ones?|either|any of|the same|cheaper|earlier|later|sooner|else)\b",
    re.IGNORECASE,
)
"""Words that speak of what was told."""
_GOES_ON = re.compile(
    r"^(?:\W*(?:ok(?:ay)?|so|well|great|thanks|thank you|hm+|um+|uh+|er+m?|oh|ah|right|alright|all right|"
    r"nothing \w+)\b)*"
    r"\W*(?:and|but|or|also|then|what about|how about|what if)\b|\b(?:then|instead)\W*$",
    re.IGNORECASE,
)
"""Words that add to what was asked before."""
_AS_SAID = re.compile(
    r"\b(?:i|we) (?:just |only )?(?:asked|said|meant|mean|told you|wanted|want to know)\b", re.IGNORECASE
)
"""Words that say once more what was asked."""
_FEW_WORDS = 4
"""So few words with a new value in them may ask the last lookup again ("Friday then")."""
_MOST_CLAUSES = 4
_ONLY_ABOUT_IT = 6
"""A question of so few words about something that was told asks for nothing else ("how long does it take")."""
_A_THING = re.compile(
    r"\b(?:that|this|the|my|our|your)\s+(?!(?:one|whole|total|same|first|second|last|other|next|time|way|day|price|cost|"
    r"early|earlier|earliest|late|later|latest|cheap|cheapest|morning|afternoon|evening|arrival|landing|duration|journey|"
    r"good|going|then|again|exactly|long|far|be|take|cost)\b)([a-z]{3,})\b(?=\W*$|\s+(?:is|good|valid|last|stay|work|for|"
    r"open|run|close|serve)\b)",
    re.IGNORECASE,
)
_FOR_ANOTHER = re.compile(
    r"\b(?:anything|something|any|an|nothing|is there|are there|have you got|do you have)\b.*"
    r"\b(?:earlier|later|sooner|cheaper|less expensive)\b",
    re.IGNORECASE,
)
"""Words that ask whether there is another thing than those that were told."""
_MANY_WORDS = 14
"""Longer utterances say by themselves what they are about."""


def last_again(turn: PlannedTurn) -> FlowState | None:
    """The lookup that was told last with the new values that the words say for it; None where they say none, or are
    about something else."""
    last = turn.before.last
    if last is None or last.agent != turn.persona.name or last.name not in turn.persona.flows:
        return None
    spec, heard = turn.persona.flows[last.name], turn.heard
    if spec.confirm is not None or spec.needs_identity or spec.tool is None or len(heard.core.split()) > _MANY_WORDS:
        return None
    if heard.of("booking_code") or heard.pin is not None or turn.persona.speaks_of_own(heard.words):
        return None
    if says_ends(spec, last.slots, heard):
        return None  # `follow_up` keeps the other end
    filled = {**_moved_day(turn, spec, last), **_near_days(turn, spec, last, turn.fill(spec, {}, None))}
    said = {name: value for name, value in filled.items() if last.slots.get(name) != value}
    choices = {name for name in filled if spec.slots[name].type == "choice" and name not in spec.asks_of}
    as_told = bool(choices) and not said.keys() & choices  # "how much is it up there"
    its_price = asks_price(heard.words) and (points_back(heard.words) or as_told)
    if its_price and turn.asked_last is not None:
        return None  # of what a text told since
    if its_price and any(key.endswith("_cents") for one in last.offered for key in one):
        return replace(last, slots={**_priced(spec, last.slots), **said}, asking=None, tries=0)
    again = _AS_SAID.search(heard.words) is not None or len(heard.core.split()) <= _FEW_WORDS
    if filled and not said and again:
        said = filled
    if not said or not _is_about_last(turn, spec, last, said):
        return None
    over = {other for name in said for other in spec.slots[name].overrules} - {*filled}
    another = any(slot.type == "date" and slot.ask is None and name in said for name, slot in spec.slots.items())
    known = told_last(turn.before) if another else last.slots  # "and back on Sunday", of the one flight that was told
    kept = {name: value for name, value in known.items() if name in spec.slots and name not in over}
    return replace(last, slots={**kept, **said}, asking=None, tries=0)


def price_of_item(turn: PlannedTurn) -> FlowState | None:
    """The lookup told last, for the one thing of it whose price is asked ("how much is the king"), where to pick that
    would begin a change; None: no such thing is asked about."""
    last, flows = turn.before.last, turn.persona.flows
    if last is None or last.name not in flows or not asks_price(turn.heard.words) or asks_for_an_act(turn):
        return None
    goes_on, chosen = flows[last.name].on_pick, item_meant(turn)
    if not chosen or goes_on is None or flows[goes_on].confirm is None:
        return None
    kept = {name: value for name, value in last.slots.items() if name in flows[last.name].slots}
    return replace(last, slots={**kept, **chosen}, asking=None, tries=0)


def _priced(spec: Flow, slots: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    """`slots` of a lookup without what was asked of it before, so that all is told of each thing."""
    return {name: value for name, value in slots.items() if name in spec.slots and name not in spec.asks_of}


def asks_of_told(persona: Persona, state: SessionState, heard: Heard) -> str | None:
    """The lookup that a short question is for which asks one more thing of what was told last ("when do I get in"),
    and names nothing else; None: it is for none."""
    last, short = state.last, len(heard.core.split()) <= _ONLY_ABOUT_IT + 1
    if last is None or last.agent != persona.name or state.flow is not None or not short:
        return None
    if not asks_something(heard.core) or persona.speaks_of_own(heard.words) or heard.pin is not None:
        return None
    if any(one.type not in WEAK_TYPES for one in heard.found):
        return None
    if _names_another_thing(persona, state, heard.core):
        return None  # "how long is that credit good for"
    if asks_price(heard.words) and (not points_back(heard.words) or QUESTION in state.topic):
        return None  # "what does it cost to change"
    if asks_price(heard.words) and (bill := _bill(persona, state, last)) is not None:
        return bill
    names = sorted(persona.flows, key=lambda name: name != last.name)
    return next((name for name in names if _tells(persona.flows[name], state, heard, told=name == last.name)), None)


def _names_another_thing(persona: Persona, state: SessionState, words: str) -> bool:
    """Whether words name a thing that the last reply said nothing of, and that is none of the agent's own."""
    told = next((line.text for line in reversed(state.history) if line.role == "agent"), "")
    known = {*re.findall(r"[a-z]+", " ".join((told, *persona.owned)).lower())}
    named = (match[1].lower().removesuffix("s") for match in _A_THING.finditer(words))
    return any(not any(word.startswith(thing) for word in known) for thing in named)


def _bill(persona: Persona, state: SessionState, last: FlowState) -> str | None:
    """The flow that tells what the thing costs that was just told of what the customer holds, or done with it."""
    spec = persona.flows.get(last.name)
    own = spec is not None and spec.needs_identity and not spec.ends and state.identity is not None
    return persona.holds.bill if own and persona.holds is not None else None


def _tells(spec: Flow, state: SessionState, heard: Heard, *, told: bool) -> bool:
    """Whether a lookup has all it needs by what was told last (by itself, with `told`), and is asked one more thing of
    it."""
    asked = any(candidates(spec.slots[name], heard, False) for name in spec.asks_of)
    if not asked or spec.tool is None or spec.needs_identity:
        return False
    if told or not spec.needs:
        return told
    return missing(spec, fill(spec, {}, None, heard, state, begins=True), heard) is None


def goes_on_with(turn: PlannedTurn) -> FlowState | None:
    """The search that takes what the last lookup was about together with the new values in the words, where that lookup
    itself has no place for them ("do you fly to Miami", "from New York, on Wednesday"); None: there is none."""
    last, heard = turn.before.last, turn.heard
    if last is None or last.agent != turn.persona.name or last.name not in turn.persona.flows:
        return None
    before = turn.persona.flows[last.name]
    if before.confirm is not None or before.needs_identity or len(heard.core.split()) > _MANY_WORDS:
        return None
    if turn.persona.speaks_of_own(heard.words) or heard.pin is not None or names_by_pattern(turn) is not None:
        return None
    new = {one.type for one in heard.found if one.type in ("date", "part_of_day", "time")}
    if not new - {slot.type for slot in before.slots.values() if before.tool is not None}:
        return None
    few = len(heard.core.split()) <= _FEW_WORDS + 2
    if not few and _GOES_ON.search(heard.words) is None and not heard.leans_back:
        return None
    for name, spec in turn.persona.flows.items():
        if spec.on_pick is None or spec.tool is None or not new & {slot.type for slot in spec.slots.values()}:
            continue
        kept = {slot: value for slot, value in told_last(turn.before).items() if slot in spec.slots}
        slots = {**kept, **turn.fill(spec, {}, None)}
        told = any(spec.slots[slot].type not in WEAK_TYPES for slot in kept)
        if told and (before.tool is None or missing(spec, slots, heard) is None):
            return FlowState(turn.persona.name, name, slots, task=spec.task or "", words=heard.words)
    return None


def _moved_day(turn: PlannedTurn, spec: Flow, last: FlowState) -> Mapping[str, JsonValue]:
    """The days of the lookup, each moved by as many days as the words say ("and the day after that")."""
    said = turn.heard.of("day_shift")
    if not said or not isinstance(by := said[0].value, int):
        return {}
    days = {n: day for n, day in last.slots.items() if n in spec.slots and spec.slots[n].type == "date"}
    return {
        n: (date.fromisoformat(day) + timedelta(days=by)).isoformat() for n, day in days.items() if isinstance(day, str)
    }


def _near_days(
    turn: PlannedTurn, spec: Flow, last: FlowState, filled: Mapping[str, JsonValue]
) -> Mapping[str, JsonValue]:
    """`filled`, a bare weekday as the day nearest to the one that was asked about ("and on the Sunday")."""
    near = dict(filled)
    for name, value in filled.items():
        about = last.slots.get(name)
        if spec.slots[name].type != "date" or not isinstance(about, str) or not isinstance(value, str):
            continue
        said = [one for one in turn.heard.of("date") if one.value == value]
        if said and all(turn.heard.bare_weekday(one) for one in said):
            day = nearest(date.fromisoformat(about), date.fromisoformat(value), turn.heard.today, weekday=True)
            near[name] = day.isoformat()
    return near


def _is_about_last(turn: PlannedTurn, spec: Flow, last: FlowState, said: Mapping[str, JsonValue]) -> bool:
    """Whether the words with the new values `said` ask the lookup again, and neither for one of the things that it told
    nor for another flow."""
    heard, flows = turn.heard, turn.persona.flows
    only_choices = all(spec.slots[name].type == "choice" for name in said)
    if asks_another_price(spec, said, heard):
        return False
    if only_choices and _FOR_ANOTHER.search(heard.words) is None and picked(last, heard) is not None:
        return False
    if any(spec.slots[name].type not in WEAK_TYPES for name in said):
        return False  # another place or number: `follow_up` weighs that
    certain = names_by_pattern(turn)
    if certain not in (None, last.name):
        return False
    scores = scores_of(turn, with_item=False)
    best = max(scores, key=lambda name: scores[name])
    clear = best != last.name and scores[best] >= DIGRESSES
    if clear and flows[best].fallback and len(heard.core.split()) > _ONLY_ABOUT_IT:
        return False  # "how long does it take to get a refund"
    other = clear and not flows[best].fallback
    only_asks = is_question(turn) and not asks_for_an_act(turn)
    goes_on = _GOES_ON.search(heard.words) is not None
    only_said = goes_on and acted_flow(turn) is None  # "and on Saturday instead" asks for no change of anything
    if other and flows[best].confirm is not None and flows[best].cued(heard.words) and not (only_asks or only_said):
        return False
    if other and not flows[best].needs_identity and not missing(flows[best], turn.fill(flows[best], {}, None), heard):
        return False
    if only_choices and only_asks and flows[best].needs_identity:
        return True  # a question about it, which no proof is needed for: "how many seats are left"
    leans = goes_on or heard.leans_back or _AS_SAID.search(heard.words) is not None
    leans = leans or len(heard.core.split()) <= _FEW_WORDS
    return best == last.name or leans or corrects(heard) or _POINTS_BACK.search(heard.words) is not None


def picks_told(turn: PlannedTurn) -> str | None:
    """The flow that goes on with the item that a few words, or those before a question or in a clause, pick from the
    list told last ("no, too much. The queen then, how much is breakfast"); None: they pick none, or say more."""
    whole, at = turn.heard, question_beside(turn.heard.words)
    one_wish = not turn.persona.speaks_of_own(whole.words) and acted_flow(turn) is None
    clauses = clauses_in(whole.words)[:_MOST_CLAUSES] if at is None and one_wish else []
    parts = [whole] if at is None else [whole.part(0, at)]
    ends = [*accumulate(map(len, clauses), initial=0)]
    parts += [whole.part(*ends[place : place + 2]) for place in range(len(clauses)) if len(clauses) > 1]
    picks = None
    for turn.heard in parts:
        picks = picks or _picks(turn)
    turn.heard = whole
    return picks


def _picks(turn: PlannedTurn) -> str | None:
    last = turn.before.last
    if last is None or last.name not in turn.persona.flows or is_question(turn) or names_by_pattern(turn) is not None:
        return None
    goes_on, chosen = turn.persona.flows[last.name].on_pick, item_meant(turn)
    words = taken(asked_act(turn.heard.core) or turn.heard.core)
    if goes_on is None or len(words.split()) > _FEW_WORDS or acted_flow(turn) not in (None, goes_on):
        return None
    only = len(last.offered) == 1 and bool(chosen)  # it was asked about, and so told alone
    return goes_on if only or any(last.slots.get(name) != value for name, value in chosen.items()) else None
