"""The two ends of a span of days (a stay), as the words say them, by what is held or was quoted before.

| what the words say | what it means |
|---|---|
| both ends ("from the 2nd to the 5th", "we still come on Friday, we just leave Tuesday") | these, whatever was before |
| one end, by its verb or its word, or by how far it moves ("come a day later") | the other one stays |
| the end of what is held, once more ("I still leave on the 19th") | that end stays, also where a quote moved it |
| both ends of what is held, when the wish begins | which booking is meant: no wish |
| a day alone ("move it to Friday"), "a day later" alone | the whole span moves |
| one end and "the same number of nights" | both move |
| an end by its weekday alone, before the beginning | the first such day after it |
| a weekend ("the first weekend of June") | from its Friday to its Sunday |
| a month alone ("January, I said") | the same days in that month |

An end that stays is the one of the quote under correction where that leaves a span, else the one that is held.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from pydantic import JsonValue

from agents.flow import Flow, Slot
from agents.planner.weighing import as_said, follows_verb, is_held, told_for
from agents.understand.calendar_words import date_or_none
from agents.understand.heard import Found, Heard
from agents.understand.held import nearest

MOST_EARLIER = 7
"""By how many days a span may begin earlier with its end staying; from further off it is moved as a whole."""
_WEEK, _WEEKEND = 7, timedelta(days=2)
_STILL = re.compile(r"\bstill\b(?:\W+[\w']+){0,5}\W*$", re.IGNORECASE)
"""What stands before a day that is to stay ("and still go home on the twentieth")."""
_BETWEEN = re.compile(r"\s*(?:to|until|till|through|-)\s*(?:the\s*|on\s*)*", re.IGNORECASE)
_SAME = re.compile(
    r"\b(?:the )?same (?:day|date|time|morning|evening)\b|\bas (?:before|planned|booked)\b", re.IGNORECASE
)
_SAME_LENGTH = re.compile(
    r"\bsame (?:number|amount) of (?:nights|days)\b|\bsame length\b|\bjust as long\b", re.IGNORECASE
)
"""Words by which both ends of a span move."""
_MOVES = re.compile(r"\b(?:mov|shift|push|postpon|reschedul|bring)(?:e|ing|ed)?\b", re.IGNORECASE)
"""Verbs by which a day goes from one to another."""
Slots = Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Ends:
    """The slots of the first and of the last day of a span."""

    first: str
    last: str

    @property
    def both(self) -> tuple[str, str]:
        """The names of both slots, in order."""
        return self.first, self.last


def ends_of(spec: Flow) -> Ends | None:
    """The two ends of the span that a flow asks for; None: it asks for none."""
    return next((Ends(slot.span_from, name) for name, slot in spec.slots.items() if slot.span_from is not None), None)


def with_ends(
    spec: Flow, slots: Slots, known: Slots, asking: str | None, heard: Heard, *, corrects: bool
) -> dict[str, JsonValue]:
    """The same as `_with_ends`, with an end that was named by its weekday alone after the day that the span begins."""
    filled, ends = _with_ends(spec, slots, known, asking, heard, corrects=corrects), ends_of(spec)
    first, last = (filled.get(ends.first), filled.get(ends.last)) if ends is not None else (None, None)
    if ends is None or not isinstance(first, str) or not isinstance(last, str) or last > first:
        return filled
    if any(one.value == last and heard.bare_weekday(one) for one in heard.of("date")):
        begins = date.fromisoformat(first)
        later = (date.fromisoformat(last).weekday() - begins.weekday()) % _WEEK or _WEEK
        filled[ends.last] = (begins + timedelta(days=later)).isoformat()
    return filled


def _with_ends(
    spec: Flow, slots: Slots, known: Slots, asking: str | None, heard: Heard, *, corrects: bool
) -> dict[str, JsonValue]:
    """`slots`, filled from words that were `heard` while `known` was known and `asking` was asked for, with the ends
    that the words say. `corrects`: whether the words put something in the place of what was said or quoted."""
    ends, filled = ends_of(spec), dict(slots)
    if ends is None:
        return filled
    lengths = [n for n in spec.slots[ends.last].overrules if n in spec.slots]
    before = _before(spec, ends, known, heard)
    if (moved := _in_month(ends, known, before if asking in ends.both else {}, heard)) is not None:
        return {**filled, **moved}
    said = _said(spec, ends, heard, before)
    if not said and _tells_what_is_held(spec, ends, filled, known, heard):
        return {name: value for name, value in filled.items() if name not in ends.both}
    if not said:
        return _weekend(ends, filled, heard, lengths)
    by = any(spec.slots[name].beside and filled.get(name) != known.get(name) for name in lengths)
    if not known and by and all(_held_day(spec.slots[name], heard) == day for name, day in said.items()):
        return {name: value for name, value in filled.items() if name not in ends.both}  # "till Friday, one night more"
    if not known and all(_held_day(spec.slots[name], heard) == said.get(name) for name in ends.both):
        return {name: value for name, value in filled.items() if name not in (*ends.both, *lengths)}
    alone = len(said) == 1
    counted = any(filled.get(name) != known.get(name) for name in lengths)
    counted = counted or _SAME_LENGTH.search(heard.words) is not None
    if alone and not (ends.first in said and counted):
        said |= _staying(spec, ends, said, before, filled, known, heard, corrects=corrects)
    for name, day in said.items():
        told = heard.held is None and alone and name not in known and name in filled  # near to the other end
        stays_held = name == ends.first and name not in filled and day == _held_day(spec.slots[name], heard)
        if not told and not stays_held:
            filled[name] = day.isoformat()
    if ends.first in said and filled.get(ends.last) == said[ends.first].isoformat():
        filled.pop(ends.last)  # the same day is no end
    if ends.last in said:
        filled = {name: value for name, value in filled.items() if name not in lengths}
    shifts = [name for name, slot in spec.slots.items() if slot.type == "day_shift"]
    return {name: value for name, value in filled.items() if name not in shifts}


def says_ends(spec: Flow, known: Slots, heard: Heard) -> bool:
    """Whether the words say an end of the flow's span, also one that is known already."""
    ends = ends_of(spec)
    return ends is not None and bool(_said(spec, ends, heard, _before(spec, ends, known, heard)))


def _tells_what_is_held(spec: Flow, ends: Ends, filled: Slots, known: Slots, heard: Heard) -> bool:
    """Whether the words wish for something else, and their days only tell what is held ("change our twin room over
    Christmas to a queen")."""
    first, last = (_held_day(spec.slots[name], heard) for name in ends.both)
    days = [date.fromisoformat(str(one.value)) for one in heard.of("date")]
    if first is None or last is None or not days or not all(first <= day <= last for day in days):
        return False
    moved = {"date", "day_shift", "count"}
    wishes = (name for name, slot in spec.slots.items() if slot.wanted and slot.type not in moved)
    return any(filled.get(name) != known.get(name) for name in wishes)


def _held_day(slot: Slot, heard: Heard) -> date | None:
    return heard.held.day(slot.was) if heard.held is not None else None


def _before(spec: Flow, ends: Ends, known: Slots, heard: Heard) -> dict[str, date]:
    """The ends as they were quoted, else as they are held."""
    held = {name: day for name in ends.both if (day := _held_day(spec.slots[name], heard)) is not None}
    days = {n: date.fromisoformat(d) for n in ends.both if isinstance(d := known.get(n), str)}
    quoted = {**held, **days}
    if ends.first in days and ends.last not in days and len(held) == 2:
        quoted[ends.last] = days[ends.first] + (held[ends.last] - held[ends.first])
    return quoted


def _said(spec: Flow, ends: Ends, heard: Heard, before: Mapping[str, date]) -> dict[str, date]:
    """The ends that the words surely say, in order."""
    said: dict[str, date] = {}
    spans = dict(_spans(spec, ends, heard))
    marked = {one: spans.get(one) or told_for(spec, one, heard) for one in heard.of("date")}
    moves = dict(_moves(spec, ends, heard))
    for name in ends.both:
        slot, held = spec.slots[name], _held_day(spec.slots[name], heard)
        ours = [one for one, end in marked.items() if end == name]
        own = [one for one in ours if one in spans or not as_said(heard, one).is_given_up]
        staying = [one for one in own if _STILL.search(heard.words, 0, one.start) and is_held(heard, one, slot.was)]
        own = staying or [one for one in own if held is None or not is_held(heard, one, slot.was)] or own
        about = held or before.get(name)
        if own and not (name in moves and held is not None and is_held(heard, own[-1], slot.was)):
            chosen = max(own, key=lambda one: (round(as_said(heard, one).wanted, 1), one.start))
            said[name] = _near(chosen, about, heard, said.get(ends.first) if name == ends.last else None)
        elif name in moves and held is not None:
            said[name] = held + timedelta(days=moves[name])
        elif held is not None and any(_leads(slot, match, heard) for match in _SAME.finditer(heard.words)):
            said[name] = held
    for name in ends.both:  # "I keep the fifteenth, I just leave on the nineteenth"
        held = _held_day(spec.slots[name], heard)
        unmarked = [
            one for one, end in marked.items() if end is None and heard.is_exactly_held(one, spec.slots[name].was)
        ]
        quoted_otherwise = before.get(name) not in (None, held) and held not in before.values()
        if name not in said and held is not None and unmarked and quoted_otherwise:
            said[name] = held
    if len(said) == 2 and said[ends.first] >= said[ends.last]:
        return {}
    return said


def _spans(spec: Flow, ends: Ends, heard: Heard) -> Iterator[tuple[Found, str]]:
    """The days of a span said in one breath ("Friday to Tuesday"), each with its end. From a held day on a span that
    begins with "from" may be how far the day is moved, unless its length is said, too."""
    first, last = (spec.slots[name] for name in ends.both)
    for one, other in pairwise(heard.of("date")):
        if _BETWEEN.fullmatch(heard.words[one.end : other.start]) is None:
            continue
        begins, stops = (
            (heard.is_held(one, first.was), heard.is_held(other, last.was)) if heard.held else (False, False)
        )
        if begins and not stops and one.lead == "from" and not heard.of("count"):
            continue
        if begins and stops and one.lead == "from" and _MOVES.search(heard.words, 0, one.start) is not None:
            yield other, ends.first  # "move it from the 14th to the 15th", of one night
            continue
        yield one, ends.first
        yield other, ends.last


def _moves(spec: Flow, ends: Ends, heard: Heard) -> Iterator[tuple[str, int]]:
    """The ends that the words move by a number of days, by the verb before it."""
    for shift in heard.of("day_shift"):
        named = told_for(spec, Found("date", None, shift.start, shift.end, shift.lead), heard)
        if named in ends.both and isinstance(shift.value, int):
            yield str(named), shift.value


def _leads(slot: Slot, match: re.Match[str], heard: Heard) -> bool:
    return follows_verb(slot, Found("date", None, match.start(), match.end()), heard)


def _near(one: Found, about: date | None, heard: Heard, after: date | None) -> date:
    """The day of `one`: where it was named by its weekday or its number alone, the one nearest to `about`, and `after`
    another where that is given."""
    day = date.fromisoformat(str(one.value))
    weekday = heard.bare_weekday(one)
    if about is None or not (weekday or heard.bare_number(one)):
        return day
    return nearest(about, day, heard.today, weekday=weekday, after=after)


def _staying(
    spec: Flow,
    ends: Ends,
    said: Mapping[str, date],
    before: Mapping[str, date],
    filled: Slots,
    known: Slots,
    heard: Heard,
    *,
    corrects: bool,
) -> dict[str, date]:
    """The end that the words leave out, where it stays as it was quoted or is held."""
    name = ends.first if ends.last in said else ends.last
    if filled.get(name) != known.get(name):  # the words say it less surely
        return {}
    days = [before.get(name), _held_day(spec.slots[name], heard)]
    quoted = all(before.get(end) == day for end, day in said.items())
    as_held = all(_held_day(spec.slots[end], heard) == day for end, day in said.items())
    if known and corrects and quoted and not as_held:
        days.reverse()  # what is said is quoted: it is the other end that is wrong
    for day in days:
        first, last = (day, said[ends.last]) if name == ends.first else (said[ends.first], day)
        held = _held_day(spec.slots[ends.first], heard)
        if first is None or last is None or day is None or first >= last:
            continue
        if held is not None and (held - first).days > MOST_EARLIER:
            continue
        return {name: day}
    return {}


def _weekend(ends: Ends, filled: dict[str, JsonValue], heard: Heard, lengths: list[str]) -> dict[str, JsonValue]:
    """`filled` with the weekend that the words say, where they say no day."""
    said = heard.of("weekend")
    if not said or heard.of("date"):
        return filled
    friday = date.fromisoformat(str(said[0].value))
    filled[ends.first] = friday.isoformat()
    if not any(name in filled for name in lengths):
        filled[ends.last] = (friday + _WEEKEND).isoformat()
    return filled


def _in_month(ends: Ends, known: Slots, asked: Mapping[str, date], heard: Heard) -> dict[str, JsonValue] | None:
    """The days that are known, or `asked` for, in the month that the words name without a day; None where they name
    none."""
    named = heard.of("month")
    first = known.get(ends.first) or (asked[ends.first].isoformat() if ends.first in asked else None)
    if not named or heard.of("date") or heard.of("weekend") or not isinstance(first, str):
        return None
    day, month = date.fromisoformat(first), named[-1].value
    if not isinstance(month, int):
        return None
    moved = date_or_none(day.year, month, day.day)
    if moved is not None and moved < heard.today:
        moved = date_or_none(day.year + 1, month, day.day)
    if moved is None:
        return None
    last = known.get(ends.last)
    by = moved - day
    later = {ends.last: (date.fromisoformat(last) + by).isoformat()} if isinstance(last, str) else {}
    return {ends.first: moved.isoformat(), **later}
