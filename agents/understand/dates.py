"""Days in an utterance: "today", "on Friday", "in three days", "a week from tomorrow", "November 24th".

Own patterns, not a general date parser: those read "may", "sat" or a bare "two" as dates and take milliseconds a
sentence; a desk needs the few dozen ways in which people name a travel day, always in the future.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from agents.understand.words import TENS, UNITS, number_at, tokens

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_ORDINALS = {
    word: value
    for value, word in enumerate(
        [
            "first",
            "second",
            "third",
            "fourth",
            "fifth",
            "sixth",
            "seventh",
            "eighth",
            "ninth",
            "tenth",
            "eleventh",
            "twelfth",
            "thirteenth",
            "fourteenth",
            "fifteenth",
            "sixteenth",
            "seventeenth",
            "eighteenth",
            "nineteenth",
            "twentieth",
        ],
        start=1,
    )
} | {"thirtieth": 30}
_TENTH = {"twenty": 20, "thirty": 30}

_NUMBER = r"(?:\d{1,2}|" + "|".join([*UNITS, *TENS]) + r"|an?|couple of)"
_ORDINAL = (
    r"(?:\d{1,2}(?:st|nd|rd|th)|(?:twenty|thirty)[ -](?:"
    + "|".join(word for word, value in _ORDINALS.items() if value < 10)
    + r")|"
    + "|".join(_ORDINALS)
    + r")"
)
_DAY_NUMBER = rf"(?:{_ORDINAL}|\d{{1,2}})"
_MONTH = r"(?:" + "|".join(f"{month[:3]}(?:{month[3:]})?" if len(month) > 4 else month for month in _MONTHS) + r")\.?"

_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_SLASHED = re.compile(r"\b(\d{1,2})/(\d{1,2})(?:/(\d{4}))?\b")
_AFTER_TOMORROW = re.compile(r"\b(?:the )?day after tomorrow\b", re.IGNORECASE)
_FROM_NOW = re.compile(
    rf"\b(?P<count>{_NUMBER}) (?P<unit>days?|weeks?) (?:from (?P<base>today|tomorrow|now)|ahead|later)\b",
    re.IGNORECASE,
)
_IN = re.compile(rf"\bin (?P<count>{_NUMBER}) (?P<unit>days?|weeks?)\b", re.IGNORECASE)
_MONTH_DAY = re.compile(rf"\b(?P<month>{_MONTH}) (?:the )?(?P<day>{_DAY_NUMBER})\b", re.IGNORECASE)
_DAY_MONTH = re.compile(rf"\b(?:the )?(?P<day>{_DAY_NUMBER})(?: of)? (?P<month>{_MONTH})\b", re.IGNORECASE)
_WEEKDAY = re.compile(
    rf"\b(?:(?P<which>this|next|coming|a week (?:on|from))\s+)?(?P<name>{'|'.join(_WEEKDAYS)})s?\b", re.IGNORECASE
)
_RELATIVE = re.compile(
    r"\b(?P<word>today|tonight|tomorrow|yesterday|this (?:morning|afternoon|evening))\b", re.IGNORECASE
)
_NEXT_WEEK = re.compile(r"\bnext week\b", re.IGNORECASE)
_BARE_ORDINAL = re.compile(
    rf"\b(?:on )?the (?P<day>{_ORDINAL})\b(?! (?:bag|one|room|night|flight|time|option))", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Day:
    """A day named at characters `start` to `end` of the utterance."""

    value: date
    start: int
    end: int


def days(text: str, today: date) -> tuple[Day, ...]:
    """Every day that `text` names, in order, seen from `today`. A day of the month already past means next
    month's (a named month: next year's)."""
    found: list[Day] = []
    taken: list[tuple[int, int]] = []

    def keep(match: re.Match[str], value: date | None) -> None:
        if value is None or any(match.start() < end and start < match.end() for start, end in taken):
            return
        taken.append(match.span())
        found.append(Day(value, match.start(), match.end()))

    for match in _ISO.finditer(text):
        keep(match, _date(int(match[1]), int(match[2]), int(match[3])))
    for match in _SLASHED.finditer(text):
        year = int(match[3]) if match[3] else None
        keep(
            match,
            _coming(today, int(match[1]), int(match[2])) if year is None else _date(year, int(match[1]), int(match[2])),
        )
    for match in _AFTER_TOMORROW.finditer(text):
        keep(match, today + timedelta(days=2))
    for match in (*_FROM_NOW.finditer(text), *_IN.finditer(text)):
        count = _count(match["count"]) * (7 if match["unit"].lower().startswith("week") else 1)
        base = (match.groupdict().get("base") or "today").lower()
        keep(match, today + timedelta(days=count + (1 if base == "tomorrow" else 0)))
    for match in (*_MONTH_DAY.finditer(text), *_DAY_MONTH.finditer(text)):
        month = next(i for i, name in enumerate(_MONTHS, start=1) if name.startswith(match["month"].lower()[:3]))
        keep(match, _coming(today, month, _day_number(match["day"])))
    for match in _WEEKDAY.finditer(text):
        keep(match, _weekday(today, _WEEKDAYS.index(match["name"].lower()), (match["which"] or "").lower()))
    for match in _RELATIVE.finditer(text):
        keep(match, today + timedelta(days={"tomorrow": 1, "yesterday": -1}.get(match["word"].lower(), 0)))
    for match in _NEXT_WEEK.finditer(text):
        keep(match, today + timedelta(days=7))
    for match in _BARE_ORDINAL.finditer(text):
        keep(match, _day_of_month(today, _day_number(match["day"])))
    return tuple(sorted(found, key=lambda day: day.start))


def _weekday(today: date, weekday: int, which: str) -> date:
    ahead = (weekday - today.weekday()) % 7
    if which == "next":
        ahead = weekday - today.weekday() + 7
    elif which.startswith("a week"):
        ahead += 7
    return today + timedelta(days=ahead)


def _count(word: str) -> int:
    lower = word.lower()
    if lower in {"a", "an"}:
        return 1
    if lower == "couple of":
        return 2
    number = number_at(tokens(lower), 0)
    return number[0] if number is not None else 0


def _day_number(word: str) -> int:
    lower = word.lower().replace("-", " ")
    if lower[0].isdigit():
        return int(re.sub(r"\D", "", lower))
    first, _, second = lower.partition(" ")
    return _TENTH[first] + _ORDINALS[second] if second else _ORDINALS[first]


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _coming(today: date, month: int, day: int) -> date | None:
    this_year = _date(today.year, month, day)
    if this_year is not None and this_year >= today:
        return this_year
    return _date(today.year + 1, month, day)


def _day_of_month(today: date, day: int) -> date | None:
    year, month = today.year, today.month
    for _ in range(12):
        value = _date(year, month, day)
        if value is not None and value >= today:
            return value
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return None
