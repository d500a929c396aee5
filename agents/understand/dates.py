"""Days in an utterance: "today", "on Friday", "in three days", "a week from tomorrow", "November 24th".

Own patterns, not a general date parser: those read "may", "sat" or a bare "two" as dates and take milliseconds a
sentence; a desk needs the few dozen ways in which people name a travel day, always in the future.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from agents.understand.calendar_words import (
    DAY_NUMBER,
    MONTH,
    NUMBER,
    ORDINAL,
    WEEKDAYS,
    coming,
    coming_weekday,
    count_of,
    date_or_none,
    day_number,
    day_of_month,
    holiday,
    in_year,
    month_number,
)
from agents.understand.weekends import months
from agents.understand.words import UNITS, number_at, tokens

_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_SLASHED = re.compile(r"\b(\d{1,2})/(\d{1,2})(?:/(\d{4}))?\b")
_AFTER_TOMORROW = re.compile(r"\b(?:the )?day after tomorrow\b", re.IGNORECASE)
_FROM_NOW = re.compile(
    rf"\b(?P<count>{NUMBER}) (?P<unit>days?|weeks?) from (?P<base>today|tomorrow|now)\b",
    re.IGNORECASE,
)
_BESIDE_DAY = re.compile(
    rf"\b(?:on )?(?:the )?(?P<name>{'|'.join(WEEKDAYS)}|day|night|morning|afternoon|evening) (?P<way>before|after) "
    r"(?:the )?$",
    re.IGNORECASE,
)
"""What stands before a day and means another one, beside it ("the Sunday before" Christmas)."""
_IN = re.compile(
    rf"\bin (?P<count>{NUMBER}) (?P<unit>days?|weeks?)\b(?! (?:later|late|earlier|early|sooner)\b)", re.IGNORECASE
)
"""How far from today a day is; not "I get in a day later"."""
_IN_WEEKS = re.compile(
    rf"\b(?:(?P<name>{'|'.join(WEEKDAYS)}) in (?P<count>{NUMBER}) weeks|in (?P<weeks>{NUMBER}) weeks?(?: time)?,? "
    rf"(?:on )?(?:a |the )?(?P<then>{'|'.join(WEEKDAYS)}))\b",
    re.IGNORECASE,
)
"""A weekday so many weeks on."""
_MONTH_DAY = re.compile(rf"\b(?P<month>{MONTH}) (?:the )?(?P<day>{DAY_NUMBER})\b", re.IGNORECASE)
_CARDINAL = "|".join(
    [
        *(f"{tens}[ -]{unit}" for tens in ("twenty", "thirty") for unit in list(UNITS)[1:10]),
        *list(UNITS)[1:],
        "twenty",
        "thirty",
    ]
)
_CARDINAL_MONTH = re.compile(
    rf"\b(?:(?:the )?(?P<day>{_CARDINAL})(?: of)? (?P<month>(?!may\b){MONTH})|"
    rf"(?P<first>(?!may\b){MONTH}) (?P<then>{_CARDINAL}))\b"
    r"(?! (?:nights?|people|persons|bags|rooms|days|weeks|o'clock))",
    re.IGNORECASE,
)
"""A day of a month by a plain number word ("six December")."""
_DAY_MONTH = re.compile(rf"\b(?:the )?(?P<day>{DAY_NUMBER})(?: of)? (?P<month>{MONTH})\b", re.IGNORECASE)
_WEEKDAY = re.compile(
    rf"\b(?:(?P<which>this|next|coming|a week (?:on|from))\s+)?(?P<name>{'|'.join(WEEKDAYS)})s?\b", re.IGNORECASE
)
_RELATIVE = re.compile(
    r"\b(?P<word>today|tonight|tomorrow|yesterday|this (?:morning|afternoon|evening))\b", re.IGNORECASE
)
_LAST = re.compile(rf"\blast (?P<name>{'|'.join(WEEKDAYS)}|week)\b", re.IGNORECASE)
_DAYS_AGO = re.compile(rf"\b(?P<count>{NUMBER}) (?P<unit>days?|weeks?) ago\b", re.IGNORECASE)
_WEEK_AFTER = re.compile(
    rf"\b(?P<name>{'|'.join(WEEKDAYS)}) (?:after next|week(?!-?end)|in (?:a week|two weeks))\b", re.IGNORECASE
)
_OF_NEXT_WEEK = re.compile(
    rf"\b(?P<name>{'|'.join(WEEKDAYS)}) (?:of )?next week\b|\bnext week(?: on)? (?P<after>{'|'.join(WEEKDAYS)})\b",
    re.IGNORECASE,
)
_HOLIDAY = re.compile(
    r"\b(?P<name>christmas eve|christmas(?: day)?|new year'?s? eve|new year'?s?(?: day)?|thanksgiving(?: day)?|"
    r"valentine'?s(?: day)?|halloween|independence day|labor day|memorial day)\b"
    r"(?! (?:presents?|gifts?|shopping|party|parties|dinner|market|sales?|tree|holidays?|break|season|time|period)\b)",
    re.IGNORECASE,
)
_RANGE = re.compile(
    rf"(?P<month>{MONTH}) (?:the )?(?P<first>{DAY_NUMBER}) (?:to|until|till|through|-) (?:the )?"
    rf"(?P<day>{DAY_NUMBER})\b",
    re.IGNORECASE,
)
_DAYS_BEFORE_MONTH = re.compile(
    rf"\b(?P<first>{DAY_NUMBER})\s*(?:to|until|till|through|-|,?(?: and)? (?:leaving|departing|out)(?: on)?)\s*"
    rf"(?:the )?(?P<day>{DAY_NUMBER})(?: of)? "
    rf"(?P<month>{MONTH})\b",
    re.IGNORECASE,
)
_NAMES_A_PART = r"morning|afternoon|evening|early|late|noon|night"
_BARE_ORDINAL = re.compile(
    rf"\b(?:on )?the (?P<day>(?!(?:first|second|third|[123](?:st|nd|rd)) nights?\b){ORDINAL})\b"
    rf"(?=\W*$|\s*[,.;:!?)-]|\s+\d{{4}}\b|"
    rf"\s+(?:of|in|at|and|to|or|but|then|please|for|from|until|"
    rf"till|through|instead|rather|not|on|with|by|if|when|is|was|are|works?|would|will|should|could|can|may|might|must|"
    rf"that|which|so|because|as|after|before|too|also|already|though|actually|now|thanks|thank|than|onwards|i'm|we|it|"
    rf"it's|we're|there|"
    rf"there's|won't|can't|cannot|isn't|wasn't|doesn't|does|wouldn't|couldn't|suits?|fits|falls|clashes|any ?more|"
    rf"either|around|about|the|my|our|an|no|sorry|same|[a-z]|[a-z]{{1,2}}\d+|{_NAMES_A_PART})\b)"
    r"(?! of (?:my|our|the|your|his|her|their)\b)",
    re.IGNORECASE,
)
"""A day of the month by its number alone: what follows is no noun that it counts ("the first piece of luggage", "the
first night"); it may be a code or a number said letter by letter."""
_LATE_ORDINAL = rf"(?!(?:first|second|third)\b){ORDINAL}"
_TO = r"(?:to|until|till|through)"
_LED_ORDINAL = re.compile(
    rf"(?:\b(?:on|from|{_TO}|of|than|not|leave|leaving|arrive|arriving) |"
    rf"\b(?=(?:{_LATE_ORDINAL}) {_TO} (?:the )?{ORDINAL}\b))(?P<day>{_LATE_ORDINAL})\b"
    r"(?=\W*$|\s*[,.;:!?)-]|\s+(?:in|at|and|to|or|but|then|please|for|from|until|till|through|instead|rather|not|on|"
    r"i|i'm|we|so|as|already)\b)",
    re.IGNORECASE,
)
"""The same without "the", where another word leads to it or a span begins with it ("eighteenth to twentieth")."""
_OF_NIGHTS = re.compile(r"\bnights?,? (?:(?:just|only|and|so|i mean)\s+)*$", re.IGNORECASE)
"""What stands before a number that counts nights ("one night, just the first")."""


_LONE_ORDINAL = re.compile(
    r"^(?:\W*(?:no|nope|um+|uh+|er+m?|oh|and|so|okay|ok|sorry|actually|then|what about|how about|make it|maybe|perhaps|"
    r"on|about|better|rather|to|for|i mean|i meant|let's say)\b)*\W*"
    rf"(?P<day>(?!first|second|third|fourth|fifth|[1-5](?:st|nd|rd|th)){ORDINAL})"
    r"(?:\W+(?:then|instead|please|maybe|perhaps|works|is (?:fine|better)|would be (?:fine|better)|rather|thanks|"
    r"thank you))*\W*$",
    re.IGNORECASE,
)
"""Hardly more than the number of a day ("no, what about nineteenth then"); a low one is rather a place in a list."""
_VERB_CARDINAL = re.compile(
    r"\b(?:arriv(?:e|ing)|com(?:e|ing)|leav(?:e|ing)|depart(?:ing)?|until|till|from|on) "
    rf"(?P<day>(?:twenty|thirty)[ -](?:{'|'.join(list(UNITS)[1:10])}))\b"
    r"(?! (?:dollars?|bucks|minutes?|hours?|nights?|days?|weeks?|people|persons|percent|pounds?|past|to)\b)",
    re.IGNORECASE,
)
"""A day of the month by a plain number ("arrive twenty seven, leave twenty eight")."""
_NAMES_WEEKDAY = re.compile(rf"(?:(?:this|coming|next)\s+)?(?:{'|'.join(WEEKDAYS)})$", re.IGNORECASE)
_ENDS_RANGE = re.compile(r"\b(?:until|till|to|through|-)\s*(?:the\s*)?$", re.IGNORECASE)
_ONE_BREATH = re.compile(
    r"(?: of (?:my|our|the|that|this) \w+)?,?\s*(?:(?:that's|that is|which is|being)\s+)?(?:the\s*|on\s*)?",
    re.IGNORECASE,
)
_SAME_DAY = re.compile(r",?\s*(?:so |that's |which is |from |on |a )*", re.IGNORECASE)
_OR = re.compile(r",?\s*or\s+(?:(?:maybe|perhaps|even|on|the)\s+)*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Day:
    """A day named at characters `start` to `end` of the utterance."""

    value: date
    start: int
    end: int


def days(text: str, today: date) -> tuple[Day, ...]:
    """Every day that `text` names, in order, seen from `today`. A day of the month already past means next
    month's; a day of a named month means this year's while it is less than `_JUST_PAST` ago, else the next one."""
    found: list[Day] = []
    taken: list[tuple[int, int]] = []

    def keep(match: re.Match[str], value: date | None) -> None:
        if value is None or any(match.start() < end and start < match.end() for start, end in taken):
            return
        taken.append(match.span())
        found.append(Day(value, match.start(), match.end()))

    def keep_at(match: re.Match[str], group: str, value: date) -> None:
        taken.append(match.span(group))
        found.append(Day(value, match.start(group), match.end(group)))

    for match in _ISO.finditer(text):
        keep(match, date_or_none(int(match[1]), int(match[2]), int(match[3])))
    for match in _SLASHED.finditer(text):
        year = int(match[3]) if match[3] else None
        keep(
            match,
            coming(today, int(match[1]), int(match[2]))
            if year is None
            else date_or_none(year, int(match[1]), int(match[2])),
        )
    for match in _DAYS_BEFORE_MONTH.finditer(text):  # "3 to 5 December"
        last = in_year(today, month_number(match["month"]), day_number(match["day"]))
        opening = None if last is None else date_or_none(last.year, last.month, day_number(match["first"]))
        if last is not None and opening is not None and opening < last:
            keep_at(match, "first", opening)
            keep_at(match, "day", last)
    for match in _RANGE.finditer(text):
        first = in_year(today, month_number(match["month"]), day_number(match["first"]))
        if first is not None:
            taken.append(match.span("day"))
            second = day_of_month(first, day_number(match["day"]))
            if second is not None:
                found.append(Day(second, match.start("day"), match.end("day")))
    for match in _AFTER_TOMORROW.finditer(text):
        keep(match, today + timedelta(days=2))
    for match in _WEEK_AFTER.finditer(text):
        keep(match, coming_weekday(today, WEEKDAYS.index(match["name"].lower()), "a week"))
    for match in _IN_WEEKS.finditer(text):
        about = today + timedelta(weeks=count_of(match["count"] or match["weeks"]))
        ahead = (WEEKDAYS.index((match["name"] or match["then"]).lower()) - about.weekday() + 3) % 7 - 3
        keep(match, about + timedelta(days=ahead))  # the nearest such day
    for match in (*_FROM_NOW.finditer(text), *_IN.finditer(text)):
        count = count_of(match["count"]) * (7 if match["unit"].lower().startswith("week") else 1)
        base = (match.groupdict().get("base") or "today").lower()
        keep(match, today + timedelta(days=count + (1 if base == "tomorrow" else 0)))
    for match in (*_MONTH_DAY.finditer(text), *_DAY_MONTH.finditer(text)):
        keep(match, in_year(today, month_number(match["month"]), day_number(match["day"])))
    for match in _CARDINAL_MONTH.finditer(text):
        number = number_at(tokens(match["day"] or match["then"]), 0)
        if number is not None:
            keep(match, in_year(today, month_number(match["month"] or match["first"]), number[0]))
    for match in _HOLIDAY.finditer(text):
        keep(match, holiday(today, match["name"].lower().replace("'", "")))
    for match in _DAYS_AGO.finditer(text):
        keep(
            match,
            today - timedelta(days=count_of(match["count"]) * (7 if match["unit"].lower().startswith("w") else 1)),
        )
    for match in _LAST.finditer(text):
        name = match["name"].lower()
        back = 7 if name == "week" else (today.weekday() - WEEKDAYS.index(name)) % 7 or 7
        keep(match, today - timedelta(days=back))
    for match in _OF_NEXT_WEEK.finditer(text):
        keep(match, coming_weekday(today, WEEKDAYS.index((match["name"] or match["after"]).lower()), "next"))
    for match in _WEEKDAY.finditer(text):
        keep(match, coming_weekday(today, WEEKDAYS.index(match["name"].lower()), (match["which"] or "").lower()))
    for match in _RELATIVE.finditer(text):
        keep(match, today + timedelta(days={"tomorrow": 1, "yesterday": -1}.get(match["word"].lower(), 0)))
    alone = [
        month for month in months(text) if not any(month.start < end and start < month.end for start, end in taken)
    ]
    for match in (*_BARE_ORDINAL.finditer(text), *_LED_ORDINAL.finditer(text)):
        of_nights = day_number(match["day"]) == 1 and _OF_NIGHTS.search(text[: match.start()])
        if of_nights or any(s < match.end("day") and match.start("day") < e for s, e in taken):
            continue
        before = [day for day in found if day.end <= match.start()]  # "January 3rd to the 5th"
        weekday = next((day for day in before if _is_weekday_of(text, day, match.start())), None)
        last_named = max((day for day in before if day is not weekday), key=lambda day: day.start, default=None)
        if last_named is None and len(alone) == 1:  # "in January, from the fifteenth"
            named = in_year(today, alone[0].value, day_number(match["day"]))
        else:
            named = _bare_day(text, match, last_named, today)
        if named is not None and weekday is not None:
            named = _next_on(weekday.value.weekday(), named)
        if named is not None:
            taken.append(match.span("day"))
            found.append(
                Day(named, match.start() if match.re is _BARE_ORDINAL else match.start("day"), match.end("day"))
            )
    for match in _VERB_CARDINAL.finditer(text):
        number = number_at(tokens(match["day"].replace("-", " ")), 0)
        value = day_of_month(today, number[0]) if number is not None else None
        if value is not None and not any(start <= match.start("day") < end for start, end in taken):
            keep_at(match, "day", value)
    if not found and (lone := _LONE_ORDINAL.search(text)) is not None:
        keep_at(lone, "day", day_of_month(today, day_number(lone["day"])) or today)
    return _together(text, _that_weekday(text, _beside(text, sorted(found, key=lambda day: day.start))))


def _beside(text: str, found: list[Day]) -> list[Day]:
    """`found` with days that are named by their place beside another in the place of both."""
    kept: list[Day] = []
    for day in found:
        match = _BESIDE_DAY.search(text[: day.start])
        if match is None:
            kept.append(day)
            continue
        kept = [one for one in kept if one.end <= match.start()]
        back, name = match["way"].lower() == "before", match["name"].lower()
        away = 1
        if name in WEEKDAYS:
            ahead = (WEEKDAYS.index(name) - day.value.weekday()) % 7
            away = (7 - ahead) if back else (ahead or 7)
        kept.append(Day(day.value + timedelta(days=-away if back else away), match.start(), day.end))
    return kept


def _that_weekday(text: str, found: list[Day]) -> list[Day]:
    """`found` with "that Sunday" as the first one from the day on that was named in full before it."""
    kept: list[Day] = []
    for day in found:
        named = kept[-1] if kept and text[kept[-1].start : kept[-1].end].lower() not in WEEKDAYS else None
        points = text[: day.start].lower().endswith("that ") and text[day.start : day.end].lower() in WEEKDAYS
        if named is not None and points:
            ahead = (day.value.weekday() - named.value.weekday()) % 7
            day = Day(named.value + timedelta(days=ahead), day.start - len("that "), day.end)
        kept.append(day)
    return kept


def either_day(text: str, named: tuple[Day, ...]) -> tuple[tuple[Day, ...], tuple[tuple[int, int], ...]]:
    """The days of `named` that stand by themselves, and the places where `text` leaves a choice of two days open
    ("Thursday or Friday")."""
    certain, undecided = list(named), list[tuple[int, int]]()
    for first, second in pairwise(named):
        if _OR.fullmatch(text[first.end : second.start]) is not None:
            undecided.append((first.start, second.end))
            certain = [day for day in certain if day not in (first, second)]
    return tuple(certain), tuple(undecided)


def _together(text: str, found: list[Day]) -> tuple[Day, ...]:
    """Days that were named in one breath: "Saturday the 5th of December" is one day, "from December 5th until Monday"
    ends on the Monday after."""
    kept: list[Day] = []
    for day in found:
        before = kept[-1] if kept else None
        between = text[before.end : day.start] if before is not None else ""
        one_breath = before is not None and _ONE_BREATH.fullmatch(between) is not None
        weekdays = [_NAMES_WEEKDAY.match(text[one.start : one.end]) is not None for one in (before or day, day)]
        if before is not None and one_breath and weekdays == [True, False] and _is_not(text, before, day):
            kept[-1] = day  # "not Tuesday, the 26th", which is a Thursday
            continue
        if before is not None and one_breath and weekdays == [True, False]:  # "Tuesday, Thursday" are two days
            kept[-1] = Day(day.value, before.start, day.end)
            continue
        its_day = before is not None and weekdays == [False, True] and before.value.weekday() == day.value.weekday()
        if before is not None and its_day and _SAME_DAY.fullmatch(between) is not None:
            day = Day(before.value, day.start, day.end)  # "the weekend of the 19th, Saturday to Monday"
        bare = before is not None and _BARE_ORDINAL.fullmatch(text[before.start : before.end]) is not None
        month = re.search(MONTH, text[day.start : day.end], re.IGNORECASE) is not None
        if before is not None and bare and month and _ENDS_RANGE.search(between) is not None:
            first = date_or_none(
                day.value.year, day.value.month, before.value.day
            )  # "the 24th to the 27th of December"
            if first is not None and first < day.value:
                before = kept[-1] = Day(first, before.start, before.end)
        later = _NAMES_WEEKDAY.match(text[day.start : day.end]) is not None and _ENDS_RANGE.search(between) is not None
        if before is not None and later and day.value <= before.value:
            ahead = (day.value.weekday() - before.value.weekday()) % 7 or 7
            day = Day(before.value + timedelta(days=ahead), day.start, day.end)
        kept.append(day)
    return tuple(kept)


def _is_not(text: str, named: Day, day: Day) -> bool:
    """Whether the weekday `named` right before a `day` is said not to be it, and is not."""
    denied = re.search(r"\bnot (?:on |the )*$", text[: named.start], re.IGNORECASE) is not None
    return denied and named.value.weekday() != day.value.weekday()


def _is_weekday_of(text: str, day: Day, number: int) -> bool:
    """Whether the `day` is a weekday's name, said in one breath with the number that begins at character `number`."""
    named = _NAMES_WEEKDAY.match(text[day.start : day.end]) is not None
    return named and _ONE_BREATH.fullmatch(text[day.end : number]) is not None


def _next_on(weekday: int, day: date) -> date:
    """`day`, or the day of the same number a month later where only that is a `weekday` ("Tuesday the 22nd" in a
    November in which the 22nd is a Sunday)."""
    if day.weekday() == weekday:
        return day
    later = day_of_month(day + timedelta(days=1), day.day)
    return later if later is not None and later.weekday() == weekday else day


def _bare_day(text: str, match: re.Match[str], before: Day | None, today: date) -> date | None:
    """The day of a bare number: the end of a span that begins with the day named `before`, else of that day's month
    ("the 15th rather than the 13th"), else the next one from today."""
    number = day_number(match["day"])
    if before is None:
        return day_of_month(today, number)
    if _ENDS_RANGE.search(text[before.end : match.start("day")]) is not None:
        return day_of_month(max(before.value, today), number)
    same = date_or_none(before.value.year, before.value.month, number)
    return same if same is not None and same >= today else day_of_month(today, number)
