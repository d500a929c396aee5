"""What a value in the words is for: by the words around it, and by what the customer holds (`agents.understand.held`).

| what the words say, with what is held known | what it means |
|---|---|
| a value that is held | how things are; no wish, unless it stays beside one ("and leave on the 17th as planned") |
| two days, of which one is held | the other is the wish, for the slot that holds the first |
| "a day earlier", "the day before" | counted from the held day: the one of the verb before it, or the one named |
| a weekday or a number, beside a held day | the day nearest to the held one |
| "from the 2nd to the 5th", neither held | the new span |
| "over on the 22nd, so we go home then" | the day that the wish points back at, for the slot of its verb |
| "the same day", when it was asked for | the held one |
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise

from pydantic import JsonValue

from agents.flow import Flow, Slot
from agents.understand.cues import cues_in
from agents.understand.heard import Found, Heard
from agents.understand.held import nearest, night_of, weighed
from agents.understand.naming import whole_words
from agents.understand.roles import (
    CORRECTED,
    POINTED_AT,
    TAKEN_BACK,
    TOLD,
    UNKNOWN,
    WEIGHED,
    Role,
    only_takes_back,
    role,
)

_WANTED, _ABOUT_AS_LIKELY = 0.35, 0.7
"""How likely one of several values must be to be wanted, and what share of that of the likeliest it must have."""
_STORY = 0.9
"""From this likelihood on a value is part of a story about something else."""
_TIMES_OF_DAY, _TOLD = frozenset({"part_of_day", "time"}), 0.55
"""The times of a day, and from which likelihood on one belongs to a story."""
_SAME = re.compile(
    r"\b(?:same|that (?:very )?(?:day|date|time|night|evening|morning)|as (?:it is|booked|planned))\b", re.IGNORECASE
)
"""Words that ask for what is held already."""
_SPAN = re.compile(r"\s*(?:to|until|till|through|-)\s*(?:the\s*|on\s*)*", re.IGNORECASE)
"""What stands between the first and the last day of a span."""
_IN_ITS_PLACE = re.compile(
    r"\b(?:instead of|rather than)\s+(?:on |at |in )?(?:(?:the|my|our|a|that)\s+)?$", re.IGNORECASE
)
"""What stands before a value that another takes the place of."""
_ONTO = re.compile(
    r"\b(?:(?:book|put|get|rebook|place|move|switch|change) (?:me|us|it|that) (?:on|onto|to|over to)|"
    r"(?:change|switch|move|swap) (?:over )?to)\b"
    r"(?:(?!\b(?:my|our|than|not|from|instead|rather|booked|i|we|but|and|have)\b)[^.,;!?])*$",
    re.IGNORECASE,
)
"""What stands before the day that the customer is to be moved to ("book me on LB119 on")."""
_INSTEAD_THEN = re.compile(r"\W*(?:\w+\W+){0,4}?instead\b(?! of\b)", re.IGNORECASE)
_NEW_CLAUSE = re.compile(r"[,.;]|\b(?:but|and|so|i|we|can|could|please)\b", re.IGNORECASE)
_EITHER = re.compile(r"\b(?:or|to|until|till|through)\W*(?:on |the )*$", re.IGNORECASE)
"""Where another day is to be "instead" of the one before it: what follows it, parts the two, or makes both one wish."""
_ROUGHLY = frozenset({"over", "around", "round"})
"""Before a day, words that say roughly when something is ("the stay over new year")."""
_FROM_THERE = re.compile(r"(?:the )?(?:next|following|day|morning|afternoon|evening|night)\b", re.IGNORECASE)
"""How words begin that count from a day that was named ("the morning after"), not from what is held."""
_NEXT = re.compile(r"next \w+day\b", re.IGNORECASE)
_SO_THEN = re.compile(
    r"[^.;!?]*?\bso\b[^.;!?]*?\b(?P<day>that (?:very |same )?(?:day|date|morning|afternoon|evening|night)\b"
    r"|then\b(?=\W*(?:$|[.,;!?])))",
    re.IGNORECASE,
)
"""What follows a day that a wish points back at ("over on the 22nd, so we go home then")."""
_FAR = timedelta(weeks=3)
"""A day named by its number alone that comes so long before the held one is rather of the held one's month."""
_WEEK, _ISO_LENGTH = 7, len("2026-11-22")


def as_said(heard: Heard, one: Found) -> Role:
    """The part of a value by the words around it alone."""
    if one.type in CORRECTED and taken_back(heard, one):
        return TAKEN_BACK
    if one.type == "date" and (one.lead in _ROUGHLY or _given_up_for_another(heard, one)):
        return TOLD
    if one.type == "date" and (_ONTO.search(heard.apart, 0, one.start) or _pointed_at(heard, one) is not None):
        return POINTED_AT
    return role(heard.apart, one.start, one.end, one.type) if one.type in WEIGHED else UNKNOWN


def taken_back(heard: Heard, one: Found) -> bool:
    """Whether another value of its kind takes the place of a value at once ("the 26th, no, sorry, the 25th"); of the
    end of a span that is not told."""
    alike = heard.of(one.type)
    ends = any(_SPAN.fullmatch(heard.apart[other.end : one.start]) for other in alike if other.end <= one.start)
    later = next((other for other in alike if other.start >= one.end and other.value != one.value), None)
    return later is not None and not ends and only_takes_back(heard.apart[one.end : later.start])


def _given_up_for_another(heard: Heard, one: Found) -> bool:
    """Whether a day is told and another one is to be "instead" ("Boston to Denver on the third, I need the fifth
    instead")."""
    later = next((other for other in heard.of(one.type) if other.start >= one.end and other.value != one.value), None)
    if later is None or _INSTEAD_THEN.match(heard.apart, later.end) is None:
        return False
    between = heard.apart[one.end : later.start]
    return _NEW_CLAUSE.search(between) is not None and _EITHER.search(between) is None


def _pointed_at(heard: Heard, one: Found) -> Found | None:
    """Where a wish points back at a day that was told before it; None where none does."""
    match = _SO_THEN.match(heard.apart, one.end)
    if match is None or any(one.end <= other.start < match.start("day") for other in heard.of(one.type)):
        return None
    return Found(one.type, one.value, match.start("day"), match.end("day"))


def role_of(heard: Heard, one: Found, slot: Slot | None = None) -> Role:
    """The part of a value, by the words around it and by what the customer holds. Of counts only that of `slot` is."""
    said = as_said(heard, one)
    counted = one.type == "count"
    if heard.held is None or (counted and (slot is None or slot.was is None)):
        return said
    only = slot.was if counted and slot is not None else None
    if not heard.held.values(one.type, only):
        return said
    return weighed(said, is_held=is_held(heard, one, only))


def is_held(heard: Heard, one: Found, only: str | None = None) -> bool:
    """Whether a value is what is held. A day that shares no more than its weekday or its number with the held one is it
    only beside another day ("Monday instead of Sunday"), where one is counted from it ("on the Monday, so the day
    after"), or where the words say how things are ("I can't on the Friday")."""
    if heard.is_exactly_held(one, only):
        return True
    beside = len(heard.of("date")) > 1 or bool(heard.of("day_shift"))
    return heard.is_held(one, only) and (beside or as_said(heard, one).tells)


def wanted(found: Sequence[Found], heard: Heard, slot: Slot | None = None) -> list[Found]:
    """Of values that could fill one slot those that are wanted: of several those about as likely as the likeliest.
    A value alone is wanted when it does not say how things are ("my interview is on Thursday now"), nor is surely part
    of a story."""
    if len(found) < 2:
        parts = ((one, role_of(heard, one, slot)) for one in found)
        return [one for one, part in parts if not part.tells and part.other < _STORY]
    left = [one for one in found if _IN_ITS_PLACE.search(heard.words, 0, one.start) is None]
    if len(left) == 1:  # "on the morning flight instead of the evening one"
        return left
    if (instead := _beside_held(found, heard, slot)) is not None:
        return [instead]
    likely = [role_of(heard, one, slot).wanted for one in found]
    least = max(_WANTED, _ABOUT_AS_LIKELY * max(likely))
    chosen = [one for one, likelihood in zip(found, likely, strict=True) if likelihood >= least]
    begin = [first for first, last in _new_spans(found, heard) if last in chosen]
    return [one for one in found if one in chosen or one in begin]


def _beside_held(found: Sequence[Found], heard: Heard, slot: Slot | None) -> Found | None:
    """Of times of day of which one is held the only other one, unless it is told of something else ("booked for Friday
    evening, and I'd like the one before noon on Saturday")."""
    if slot is None or slot.was is None or slot.type not in _TIMES_OF_DAY or heard.held is None:
        return None
    others = [one for one in found if not heard.is_held(one, slot.was)]
    told = len(others) == 1 and len(others) < len(found) and as_said(heard, others[0]).other < _TOLD
    return others[0] if told and not as_said(heard, others[0]).is_given_up else None


def of_marked(slot: Slot, marked: list[Found], found: Sequence[Found], heard: Heard) -> list[Found]:
    """Of values marked as the slot's: what is to stay where the wish is another ("come on the 17th, and still go home
    on the 20th"), else what is wanted, else what is held."""
    wished = [one for one in found if role_of(heard, one, slot).wanted >= _WANTED]
    elsewhere = any(one not in marked for one in wished)
    staying = [one for one in marked if stays(slot, one, heard)] if elsewhere else []
    held = [one for one in marked if slot.was is not None and is_held(heard, one, slot.was)]
    return staying or [one for one in wished if one in marked] or held or marked


def stays(slot: Slot, one: Found, heard: Heard) -> bool:
    """Whether a value that the slot holds is to stay, by the words ("leave on the 17th as planned")."""
    return slot.was is not None and is_held(heard, one, slot.was) and not as_said(heard, one).tells


def _new_spans(said: Sequence[Found], heard: Heard) -> list[tuple[Found, Found]]:
    """The spans of days ("from the 2nd to the 5th") of which neither end is held: from a held day to another is how far
    it is moved."""
    if heard.held is None:
        return []
    spans = (two for two in pairwise(said) if _SPAN.fullmatch(heard.words[two[0].end : two[1].start]))
    return [two for two in spans if two[0].type == "date" and not any(heard.is_held(one) for one in two)]


def follows_verb(slot: Slot, one: Found, heard: Heard) -> bool:
    """Whether one of the slot's verbs stands before a value, with no more than a name between."""
    return _last_verb(slot, one, heard) is not None


def _last_verb(slot: Slot, one: Found, heard: Heard) -> int | None:
    """Where the last of the slot's verbs that lead to a value ends ("flying out to" goes further than "out"); None:
    none does."""
    if not slot.verbs:
        return None
    return max((match.end() for match in _leading(slot.verbs).finditer(heard.words[: one.start])), default=None)


@lru_cache(maxsize=64)
def _leading(verbs: tuple[str, ...]) -> re.Pattern[str]:
    """Finds any of `verbs` with no more than a name behind it."""
    between = r"[,:]?\s+(?:(?!(?:from|until|till|arrive|come|but|and|or|instead|than)\b)[\w']+\s+){0,6}$"
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, verbs))})(?={between})", re.IGNORECASE)


def told_for(spec: Flow, one: Found, heard: Heard) -> str | None:
    """Of the slots that a value could fill the one that the words give it to: by a word right beside it, else by the
    nearest verb before it ("the day we leave, to the 6th"); None where they give it to none."""
    one = _pointed_at(heard, one) or one
    ends = {name: slot for name, slot in spec.slots.items() if slot.type == one.type and slot.verbs}
    if beside := [name for name, slot in ends.items() if one.lead in slot.after or leads(slot, one, heard)]:
        return beside[0]
    near = [(at, name) for name, slot in ends.items() if (at := _last_verb(slot, one, heard)) is not None]
    return max(near)[1] if near else None


def leads(slot: Slot, one: Found, heard: Heard) -> bool:
    """Whether words that make a value the slot's stand behind it."""
    behind = heard.words[one.end :].lstrip(" ,").lower()
    return any(whole_words(words).match(behind) is not None for words in slot.then)


def near_to(slot: Slot, one: Found, heard: Heard, known: JsonValue, others: Sequence[JsonValue]) -> JsonValue:
    """The value of `one` for a slot. A day named by its weekday alone is the one nearest to the day that was spoken of
    before (`known`, or another day in the words) where that is more than a week ahead, not the coming one; where it is
    known what the customer holds, it is the one nearest to the held day, and so is one named by its number alone."""
    if slot.type != "date":
        return one.value
    if known == one.value and heard.answer == "no" and _NEXT.match(heard.words, one.start) is not None:  # the one after
        return (date.fromisoformat(str(known)) + timedelta(days=_WEEK)).isoformat()
    near = near_held(slot, one, heard)
    if near is not None and known is None:
        return near
    if not heard.bare_weekday(one):
        return near or one.value
    spoken_of = [value for value in (known, *others) if isinstance(value, str) and len(value) == _ISO_LENGTH]
    if not spoken_of:
        return one.value
    day, about = date.fromisoformat(str(one.value)), date.fromisoformat(spoken_of[0])
    if (about - heard.today).days <= _WEEK:
        return one.value
    ahead = (day.weekday() - about.weekday()) % _WEEK
    return (about + timedelta(days=ahead if ahead <= _WEEK // 2 + 1 else ahead - _WEEK)).isoformat()


def near_to_end(spec: Flow, name: str, one: Found, heard: Heard, slots: Mapping[str, JsonValue]) -> str | None:
    """The day nearest to the other end of the span, in `slots` or in the words, for a day named by its number alone;
    None where it was named otherwise, no other end is known, or what is held says more."""
    if heard.held is not None or not spec.slots[name].verbs or not heard.bare_number(one):
        return None
    ends = [slots[n] for n, s in spec.slots.items() if n != name and s.type == "date" and s.verbs and n in slots]
    ends += [other.value for other in heard.of("date") if not (heard.bare_weekday(other) or heard.bare_number(other))]
    about = next((date.fromisoformat(end) for end in ends if isinstance(end, str)), None)
    if about is None:
        return None
    return nearest(about, date.fromisoformat(str(one.value)), heard.today, weekday=False).isoformat()


_THAT_WEEK = re.compile(r"\b(?:that|the) same week\b|\bsame week\b|\bthat week\b", re.IGNORECASE)
"""Words by which a weekday is of the week that is held."""


def near_held(slot: Slot, one: Found, heard: Heard) -> str | None:
    """The day nearest to the held one; None where that is not known, or where the words name another day in full."""
    about = heard.held.day(slot.was) if heard.held is not None else None
    weekday, number = heard.bare_weekday(one), heard.bare_number(one)
    if heard.held is None or about is None or not (weekday or number):
        return None
    full = [other for other in heard.of("date") if not (heard.bare_weekday(other) or heard.bare_number(other))]
    if any(role_of(heard, other).wanted >= _WANTED for other in full if not heard.is_held(other)):
        return None
    spoken_of = any(is_held(heard, other) for other in heard.of("date")) or bool(heard.of("day_shift"))
    spoken_of = spoken_of or _THAT_WEEK.search(heard.words) is not None
    others = (heard.held.day(name) for name, type_ in heard.held.told.items() if type_ == "date")
    first = max((day for day in others if day is not None and day < about), default=None)
    if not spoken_of and not number and (first is None or str(one.value) > first.isoformat()):
        within = night_of(heard.held, date.fromisoformat(str(one.value)))  # "just the one night, the Saturday"
        return within.isoformat() if within is not None else None
    return nearest(about, date.fromisoformat(str(one.value)), heard.today, weekday=weekday, after=first).isoformat()


def marked_by_held(spec: Flow, slot: Slot, found: Sequence[Found], heard: Heard) -> list[Found]:
    """The values that what is held makes the slot's: a number that is not the held one; the day that is as far from the
    held one as the words say ("on the 21st, a day before"), the end of a span that begins otherwise than what is held,
    what is wanted in the place of the one that the slot holds ("out on the 20th instead of the 22nd"), what is held and
    is to stay."""
    base = heard.held.day(slot.was) if heard.held is not None and slot.type == "date" else None
    if heard.held is not None and slot.wanted and slot.type not in WEIGHED and heard.held.values(slot.type, slot.was):
        return [one for one in found if not heard.is_held(one, slot.was)]
    if base is None or heard.held is None:
        return []
    shifts = [shift.value for shift in heard.of("day_shift") if isinstance(shift.value, int)]
    days = {one: date.fromisoformat(near_held(slot, one, heard) or str(one.value)) for one in found}
    if not slot.held and (
        shifted := [one for one, day in days.items() if any(day == base + timedelta(days=by) for by in shifts)]
    ):
        return shifted
    said = heard.of(slot.type)
    if ends := [last for first, last in _new_spans(said, heard) if last in found and "until" in slot.after]:
        return ends
    own = [one for one in said if heard.is_held(one, slot.was)]
    staying = [one for one in own if one in found and stays(slot, one, heard)]
    others = {other.was for other in spec.slots.values() if other.type == slot.type} - {None, slot.was}
    if staying or not own or any(heard.is_held(one, other) for one in said for other in others):
        return staying
    first = max((day for other in others if (day := heard.held.day(other)) and day < base), default=None)
    return [one for one, day in days.items() if not heard.is_held(one) and (first is None or day > first)]


def count_from_held(
    spec: Flow, slots: dict[str, JsonValue], known: Mapping[str, JsonValue], asking: str | None, heard: Heard
) -> None:
    """Fill what the words say by what is held: a day by how far it is from the held one, and "the same" when asked."""
    asked = spec.slots.get(asking or "")
    if asked is not None and asking is not None and asking not in slots and _SAME.search(heard.words) is not None:
        held = heard.held.values(asked.type, asked.was) if heard.held is not None and asked.was else ()
        if held:
            slots[asking] = str(held[0])[:_ISO_LENGTH] if asked.type == "date" else held[0]
    for name, slot in spec.slots.items():
        by, said = slots.get(name), heard.of("day_shift")
        if slot.type != "day_shift" or slot.moves is None or not isinstance(by, int) or not said or name in known:
            continue
        del slots[name]
        days = {n: one for n, one in spec.slots.items() if one.type == "date" and slots.get(n) != known.get(n)}
        if any(slots[n] == _days_from_held(one, by, heard) for n, one in days.items()):
            continue  # the day that is as far from the held one was said, too
        target = _moved(spec, slot.moves, said[0], heard)
        base = heard.held.day(spec.slots[target].was) if heard.held is not None else None
        wished = known.get(target)
        if base is not None and asking is None and isinstance(wished, str):  # "a day later" than what was offered
            base = date.fromisoformat(wished)
        told = base is not None and _told_before(spec.slots[target], said[0], heard)
        if told and told + timedelta(days=by) == base:  # "the ninth, my ticket is for the day before"
            slots[target] = told.isoformat()
        elif told:
            slots[target] = (told + timedelta(days=by)).isoformat()
        elif base is not None and slots.get(target) in (None, known.get(target), base.isoformat()):
            slots[target] = (base + timedelta(days=by)).isoformat()


def _told_before(slot: Slot, shift: Found, heard: Heard) -> date | None:
    """The day, not held, that "the day after" counts from: the last one said before it; None where there is none."""
    before = [one for one in heard.of("date") if one.end <= shift.start]
    if not before or _FROM_THERE.match(heard.words[shift.start : shift.end]) is None or is_held(heard, before[-1]):
        return None
    named, about = date.fromisoformat(str(before[-1].value)), heard.held.day(slot.was) if heard.held else None
    if heard.bare_weekday(before[-1]) and about is not None:
        return nearest(about, named, heard.today, weekday=True)
    return date.fromisoformat(near_held(slot, before[-1], heard) or named.isoformat())


def _days_from_held(slot: Slot, by: int, heard: Heard) -> str:
    """The day `by` days from the one that a slot holds; "" where it holds none."""
    base = heard.held.day(slot.was) if heard.held is not None else None
    return "" if base is None else (base + timedelta(days=by)).isoformat()


def _moved(spec: Flow, usually: str, shift: Found, heard: Heard) -> str:
    """The slot whose day is moved: the one whose verb stands before ("leave a day earlier"), else the only one whose
    held day the words name ("out on the 21st, a day before would suit"), else the one `usually` moved. Words that mean
    one by itself ("stay on") go before the last two."""
    days = {
        name: slot for name, slot in spec.slots.items() if slot.type == "date" and slot.was is not None and slot.wanted
    }
    led = [name for name, slot in days.items() if follows_verb(slot, shift, heard)]
    named = [n for n, slot in days.items() if any(heard.is_held(one, slot.was) for one in heard.of("date"))]
    longer = [n for n, slot in days.items() if slot.shifted_by and cues_in(slot.shifted_by).search(heard.words)]
    if not led and longer:
        return longer[0]
    return led[0] if led else named[0] if len(named) == 1 else usually
