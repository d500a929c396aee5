"""What the customer holds, read once after the proof of identity: which of it is meant, and the words weighed by it.

| what is held | what happens |
|---|---|
| one record, or one by whose code or values it was meant | the words that began the flow are weighed again by it |
| several, and the words fit one clearly better | that one is meant, and not asked about |
| several, and they fit none, or more than one | the flow's tool asks which |
| nothing here, something elsewhere, and the words name nothing of this agent's | the other agent goes on |
| nothing | the flow's tool says so |

A value that is held already is no wish: it is left out, unless it goes with a wish ("on the 14th, and leave on the 17th
as planned") or was asked for. Where nothing is left that could be wanted, the flow asks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date

from pydantic import JsonValue

from agents.flow import CODE_TYPE, Flow, Slot
from agents.persona import Holds, Persona
from agents.planner.slots import WEAK_TYPES, fill
from agents.planner.weighing import as_said
from agents.understand.heard import Found, Heard
from agents.understand.held import NAMES, SAID, SURE, Held, evidence, says
from agents.understand.naming import whole_words
from agents.understand.phrases import answer_in
from agents.understand.requests import goes_beside, of_another
from agents.understand.roles import role
from data.confusable import near
from sync.session import FlowState, SessionState

HELD = "held"
"""The outcome of the tool that found what the customer holds."""
_SAME_DAYS = re.compile(r"\bsame (?:nights?|days?|dates?|time)\b", re.IGNORECASE)
Record = Mapping[str, JsonValue]
TELLS = frozenset({"date", "time", "part_of_day"})
"""Slot types whose values may be wanted as well as held, by the words around them."""
CODE_NEAR = 1.0
"""How far a code may be from the customer's own that it was heard for."""


def said_in(heard: Heard) -> tuple[dict[str, JsonValue], ...]:
    """The values found in words, to be kept with a flow that they begin."""
    return tuple(asdict(one) for one in heard.found)


def begun_with(flow: FlowState, today: date) -> Heard:
    """The words that began a flow, as they were understood."""
    found = tuple(Found(**one) for one in flow.said)  # type: ignore[arg-type]
    return Heard(words=flow.words, today=today, found=found, answer=answer_in(flow.words))


def known(persona: Persona, heard: Heard, flow: FlowState | None) -> Heard:
    """`heard` with what the flow under way is about, once that is known."""
    if persona.holds is None or flow is None or not flow.held or flow.agent != persona.name:
        return unheld(heard)
    return replace(heard, held=Held(flow.held, persona.holds.told), began=flow.words)


def unheld(heard: Heard) -> Heard:
    """`heard` by its words alone."""
    return heard if heard.held is None else replace(heard, held=None)


def unread(flow: FlowState) -> FlowState:
    """`flow` for a customer who has yet to prove who they are: nothing in it was read of what another holds."""
    if not flow.held:
        return replace(flow, held=None)
    code = flow.held.get("code")
    slots = {name: value for name, value in flow.slots.items() if value != code or str(value) in flow.words}
    return replace(flow, slots=slots, held=None)


def to_read(persona: Persona, flow: FlowState, *, proven: bool) -> bool:
    """Whether what the customer, if `proven`, holds is to be read before `flow` goes on: it was not yet, or the code of
    what is meant was not known then."""
    spec = persona.flows[flow.name]
    if persona.holds is None or not proven or not (spec.of_held or spec.becomes is not None):
        return False
    return flow.held is None or (spec.of_held and not flow.held and _code(spec, flow) is not None)


def records_in(result: Record) -> tuple[Record, ...]:
    """The records of a tool's answer."""
    listed = result.get("records")
    return tuple(one for one in listed if isinstance(one, dict)) if isinstance(listed, list) else ()


def with_held(
    persona: Persona, flow: FlowState, records: Sequence[Record], state: SessionState, today: date
) -> FlowState:
    """`flow` for the record of `records` that is meant, its slots weighed again by it; where it is not known which, the
    flow as it is; where the words turn out to be about a change of what is held, the flow for that."""
    spec, holds = persona.flows[flow.name], persona.holds
    if holds is None:
        return replace(flow, held={})
    begun = begun_with(flow, today)
    if spec.becomes is not None and flow.words:
        change = persona.flows[spec.becomes]
        counted = [value for name, value in flow.slots.items() if spec.slots[name].type == "count"]
        slots = fill(change, {}, None, begun, state, begins=False)
        goal = replace(flow, name=spec.becomes, slots=slots, task=change.task or "")
        goal = _about(change, holds, goal, begun, records, state)
        if spec.of_held:  # "one more person, so a suite" counts no nights
            left = {n: v for n, v in goal.slots.items() if change.slots[n].type != "count" or v not in counted}
            goal = replace(goal, slots=left)
        coded = bool(begun.of(CODE_TYPE)) and spec.confirm is None and not persona.takes_found(spec)
        own, held = persona.speaks_of_own(flow.words), Held(goal.held or {}, holds.told)
        if goal.held and _is_change(spec, change, goal, begun, held, coded=coded, own=own):
            return goal
    return _about(spec, holds, flow, begun, records, state) if spec.of_held else replace(flow, held={})


def same_days(spec: Flow, flow: FlowState, held: Record | None) -> FlowState:
    """`flow`, a wish for "the same nights" as those `held` before, with these days."""
    if not held or _SAME_DAYS.search(flow.words) is None:
        return flow
    days = {n: held[n] for n, slot in spec.slots.items() if slot.type == "date" and n not in flow.slots and n in held}
    over = {name for day in days for name in spec.slots[day].overrules}
    return replace(flow, slots={**{n: value for n, value in flow.slots.items() if n not in over}, **days})


def names(record: Record, flow: FlowState, today: date) -> bool:
    """Whether the words that began a flow name a day, a place or the code of a record: of several days one that says
    how things are."""
    begun = begun_with(flow, today)
    days = begun.of("date")
    telling = [one for one in days if len(days) > 1 and as_said(begun, one).tells] or days
    moments = [value for value in record.values() if _is_moment(value)]
    for one in telling:
        alone = {"weekday": begun.bare_weekday(one), "number": begun.bare_number(one)}
        if any(says("date", one.value, moment, **alone) for moment in moments):
            return True
    months = {int(str(moment)[5:7]) for moment in moments}
    if any(one.value in months for one in begun.of("month")):
        return True
    told = {str(value).lower() for value in record.values()}
    return any(str(one.value).lower() in told for one in begun.found if one.type not in WEAK_TYPES)


def _is_moment(value: JsonValue) -> bool:
    return isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\d", value) is not None


def _about(
    spec: Flow, holds: Holds, flow: FlowState, begun: Heard, records: Sequence[Record], state: SessionState
) -> FlowState:
    """`flow` about the record that is meant by it; `held` stays empty where it is not known which."""
    meant = which(spec, holds, flow, begun, records)
    if meant is None:
        return replace(flow, held={})
    if len(records) > 1 and _code(spec, flow) != meant["code"]:
        name = next(name for name, slot in spec.slots.items() if slot.type == CODE_TYPE)
        flow = replace(flow, slots={**flow.slots, name: meant["code"]})
    return replace(flow, held=meant, slots=_weighed_again(spec, flow, begun, Held(meant, holds.told), state))


def _is_change(spec: Flow, change: Flow, goal: FlowState, begun: Heard, held: Held, *, coded: bool, own: bool) -> bool:
    """Whether the words that began the flow `spec` ask for the `change` of what is held; with `coded` its code is among
    them, and nothing that is found could be taken; with `own` they speak of it as the customer's."""
    heard = replace(begun, held=held)
    otherwise = [
        slot
        for name, slot in change.slots.items()
        if slot.was is not None and name in goal.slots and not _is_held(slot, goal.slots[name], held)
    ]
    wishes = [slot for slot in otherwise if slot.wanted]
    if any(not slot.wanted and slot.type not in WEAK_TYPES for slot in otherwise):
        return False  # another place
    if spec.of_held and any(slot.type == "choice" for slot in wishes):
        return True  # "the boys come along, so we'd better have a suite"
    for slot in wishes:
        if any(heard.is_held(one, slot.was) and as_said(begun, one).tells for one in begun.of(slot.type)):
            return True
    named = any(heard.is_held(one) for one in begun.found if one.type in held.told.values() and one.type not in TELLS)
    beside = goes_beside(begun.words) or of_another(begun.words)
    if not named or (spec.needs_identity and beside):
        return False
    if coded and not spec.needs_identity:
        return True  # nobody says the code of what they hold to look for something else that goes there
    if spec.of_held and not own:
        return False
    if spec.needs_identity and not own:
        return not otherwise and any(one.value == held.record.get("code") for one in begun.of(CODE_TYPE))
    if own and not (wishes or beside or spec.of_held or spec.cued(begun.words)):
        return True  # "I have a room in Austin already, and think of staying longer"
    return bool(wishes) and any(heard.is_held(one) for one in begun.of("date"))


def which(spec: Flow, holds: Holds, flow: FlowState, begun: Heard, records: Sequence[Record]) -> Record | None:
    """The record that is meant: by its code, the only one, or the one that the words fit clearly best, else None."""
    if (code := _code(spec, flow)) is not None:
        alike = near(code, [str(one.get("code")) for one in records], bound=CODE_NEAR)
        found = code if any(one.get("code") == code for one in records) else alike[0][0] if len(alike) == 1 else None
        coded = next((one for one in records if one.get("code") == found), None)
        return coded if coded is None else _named_instead(spec, flow, coded, records) or coded
    if len(records) < 2:
        return records[0] if records else None
    fits = sorted(
        ((_fit(spec, flow, begun, Held(one, holds.told)), at) for at, one in enumerate(records)), reverse=True
    )
    (best, met), at = fits[0]
    return records[at] if met and best - fits[1][0][0] >= SURE else None


def _named_instead(spec: Flow, flow: FlowState, coded: Record, records: Sequence[Record]) -> Record | None:
    """The one other record that has all the places that the words name, where the one whose code they say has none of
    them: that code only proved who they are ("a bag on the Dallas flight", with the code of another)."""
    told = {n: slot for n, slot in spec.slots.items() if slot.was is not None and slot.type not in WEAK_TYPES}
    said = {n: slot for n, slot in told.items() if not slot.wanted and n in flow.slots}
    fit = [one for one in records if all(_same(slot, flow.slots[n], one) for n, slot in said.items())]
    against = bool(said) and not any(_same(slot, flow.slots[n], coded) for n, slot in said.items())
    return fit[0] if against and len(fit) == 1 else None


def _same(slot: Slot, value: JsonValue, record: Record) -> bool:
    return says(slot.type, value, record.get(slot.was or ""))


def next_held(spec: Flow, flow: FlowState, records: Sequence[Record]) -> dict[str, JsonValue]:
    """The slots that the record coming next fills, of those (in the order of time) that have all that `flow` knows;
    none where there are several on one day."""
    told = {name: slot for name, slot in spec.slots.items() if slot.was is not None}
    fit = [
        one
        for one in records
        if all(says(slot.type, flow.slots[n], one.get(slot.was or "")) for n, slot in told.items() if n in flow.slots)
    ]
    day = next((slot.was for slot in told.values() if slot.type == "date"), None)
    same = [one for one in fit if day is not None and one.get(day) == fit[0].get(day)]
    if len(fit) != 1 and len(same) != 1:
        return {}
    wanted = {*spec.needs[0], *(name for name, slot in told.items() if slot.type == "date")}
    return {name: fit[0][slot.was or ""] for name, slot in told.items() if name in wanted}


def _code(spec: Flow, flow: FlowState) -> str | None:
    code = next((flow.slots.get(name) for name, slot in spec.slots.items() if slot.type == CODE_TYPE), None)
    return code if isinstance(code, str) else None


def _fit(spec: Flow, flow: FlowState, begun: Heard, held: Held) -> tuple[float, bool]:
    """How well the words fit a record (log likelihood), and whether anything in them is held in it."""
    heard, met = replace(begun, held=held), bool(held.record.get("said"))
    fit = SAID if met else 0.0
    for type_ in dict.fromkeys(held.told.values()):
        if type_ == "choice":
            told = [value for value in held.values(type_) if _names(begun.words, str(value))]
            fit += len(told) * (evidence(NAMES, is_held=True) - evidence(NAMES, is_held=False))
            met = met or bool(told)
        if type_ in ("choice", "count"):
            continue
        for one in begun.of(type_):
            is_held = heard.is_held(one)
            part = role(begun.words, one.start, one.end, type_) if type_ in TELLS else NAMES
            fit += evidence(part, is_held=is_held)
            met = met or is_held
    for name, slot in spec.slots.items():  # of two ways between the same places one is meant
        if slot.was is not None and not slot.wanted and slot.type not in TELLS and name in flow.slots:
            fit += evidence(NAMES, is_held=flow.slots[name] == held.record.get(slot.was))
    return fit, met


def _names(words: str, value: str) -> bool:
    return whole_words(value).search(words) is not None


def _weighed_again(spec: Flow, flow: FlowState, begun: Heard, held: Held, state: SessionState) -> dict[str, JsonValue]:
    """The slots of a flow whose words are weighed with what is held; what was said since they were said stays."""
    before = fill(spec, {}, None, begun, state, begins=False)
    again = fill(spec, {}, None, replace(begun, held=held), state, begins=False)
    since = {
        name: value
        for name, value in flow.slots.items()
        if before.get(name) != value and not (spec.slots[name].wanted and _is_held(spec.slots[name], value, held))
    }
    slots = {**again, **since}
    changed = {name: slot for name, slot in spec.slots.items() if slot.wanted or slot.type == "count"}
    kept = {name for name in again if name not in since and name in changed}
    kept = {name for name in kept if _is_held(changed[name], slots[name], held)}
    wishes = {name for name in slots if name in spec.needed and name not in kept}
    dropped = kept & spec.needed if not wishes else _put_out(spec, kept, wishes)
    return {name: value for name, value in slots.items() if name not in dropped}


def _is_held(slot: Slot, value: JsonValue, held: Held) -> bool:
    """Whether the value of a slot is what is held of it already."""
    if slot.was is None:
        return False
    return says(slot.type, value, held.record.get(slot.was))


def _put_out(spec: Flow, kept: set[str], wishes: set[str]) -> set[str]:
    """What is held already and would stand against a wish ("three nights" where another day of leaving is wanted)."""
    return {name for name in kept if any(name in spec.slots[wish].overrules for wish in wishes)}
