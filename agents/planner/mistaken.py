"""Another record than the one that was read back: "no, the other booking", "the one to Miami", "I meant the 18th".

| words after a read-back | what happens |
|---|---|
| name a place or a number of another record of the customer's | that one is meant |
| say that it is the wrong one, or the other one, and there is one other | that one is meant |
| the same, or "the one on", with a day of another record | that one is meant |
| the same, and there are several others | the flow's tool asks which |

What was wished of the first (the day to move to) is wished of the other one; what was offered for it is forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import replace

from pydantic import JsonValue

from agents.flow import CODE_TYPE, Flow, Slot
from agents.planner.holding import TELLS, Record, records_in
from agents.planner.planned import PlannedTurn, ToolAnswer, ToolCall
from agents.planner.slots import WEAK_TYPES, new_in
from agents.understand.held import Held, says
from sync.session import FlowState

_RECORD = r"(?:booking|reservation|trip|ticket|flight|stay|room|hotel|one)s?"
_OTHER = re.compile(rf"\b(?:other|wrong|different) {_RECORD}\b", re.IGNORECASE)
_NOT_IT = re.compile(rf"\bnot (?:that|this|the right) {_RECORD}\b", re.IGNORECASE)
_THE_ONE = re.compile(rf"\bthe {_RECORD} (?:on|of|from) ", re.IGNORECASE)
"""Words by which what was read back is not the thing that was meant; where something is wished of it, "not that flight"
may as well be what was offered."""


def other_record(turn: PlannedTurn, flow: FlowState, spec: Flow) -> Generator[ToolCall, ToolAnswer, FlowState | None]:
    """`flow` for the record that the words mean in place of the one that was read back; None: they mean none."""
    holds, held, heard = turn.persona.holds, turn.heard.held, turn.heard
    if holds is None or held is None or not spec.of_held or heard.answer == "yes":
        return None
    filled = turn.fill(spec, flow.slots, None)
    gained = new_in(filled, flow.slots)
    wished = any(slot.wanted for slot in spec.slots.values())
    said = turn.fill(spec, {}, None)
    named = {name: value for name, value in said.items() if _names(spec.slots[name], days=not wished)}
    named = {name: value for name, value in named.items() if not _is(spec.slots[name], value, held.record)}
    wrong = _OTHER.search(heard.words) is not None or (not wished and _NOT_IT.search(heard.words) is not None)
    days = [] if named else [one for one in heard.of("date") if not heard.is_held(one)]
    pointed = bool(days) and _THE_ONE.search(heard.words) is not None
    if not named and not wrong and not pointed:
        return None
    result = yield ToolCall(holds.tool, {})
    others = [one for one in records_in(result) if one.get("code") != held.record.get("code")]
    fit = [one for one in others if all(_is(spec.slots[name], value, one) for name, value in named.items())]
    if days:
        fit = [one for one in fit if any(replace(heard, held=Held(one, holds.told)).is_held(day) for day in days)]
    elif not named and gained:
        return None  # "the other flight, in the morning"
    if not fit:
        return None
    drawn = {name for name in gained if wrong and spec.slots[name].type == "choice"}  # "the other one" is no choice
    wishes = {**flow.slots, **({} if days else {n: value for n, value in filled.items() if n not in drawn})}
    kept = {name: value for name, value in wishes.items() if _is_wish(spec.slots[name])}
    meant = fit[0] if len(fit) == 1 else {}
    slots = {**kept, CODE_TYPE: meant["code"]} if meant else kept
    return replace(flow, slots=slots, held=meant, asking=None, tries=0, offered=(), quoted=())


def _names(slot: Slot, *, days: bool) -> bool:
    """Whether a slot says which record is meant; a day says it where none is wished."""
    names = slot.was is not None and not slot.wanted and slot.type != "count"
    return names and (slot.type not in TELLS or (days and slot.type == "date"))


def _is(slot: Slot, value: JsonValue, record: Record) -> bool:
    return says(slot.type, value, record.get(slot.was or ""))


def _is_wish(slot: Slot) -> bool:
    """Whether a slot says what is wanted of a record, and not which is meant, nor what was offered."""
    return slot.type in WEAK_TYPES - {"kept"} and (slot.wanted or slot.was is None)
