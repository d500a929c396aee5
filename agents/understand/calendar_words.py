"""The words of a calendar and what day they mean: weekdays, months, ordinals, holidays; always in the future."""

from __future__ import annotations

import re
from datetime import date, timedelta

from agents.understand.words import TENS, UNITS, number_at, tokens

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = [
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
ORDINALS = {
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

NUMBER = r"(?:\d{1,2}|" + "|".join([*UNITS, *TENS]) + r"|an?|couple of)"
ORDINAL = (
    r"(?:\d{1,2}(?:st|nd|rd|th)|(?:twenty|thirty)[ -](?:"
    + "|".join(word for word, value in ORDINALS.items() if value < 10)
    + r")|"
    + "|".join(ORDINALS)
    + r")"
)
DAY_NUMBER = rf"(?:{ORDINAL}|\d{{1,2}})"
MONTH = r"(?:" + "|".join(f"{month[:3]}(?:{month[3:]})?" if len(month) > 4 else month for month in MONTHS) + r")\.?"
_FIXED_HOLIDAYS = {
    "christmas eve": (12, 24), "christmas": (12, 25), "new years eve": (12, 31), "new years": (1, 1),
    "valentines": (2, 14), "halloween": (10, 31), "independence": (7, 4),
}  # fmt: skip
_MOVING_HOLIDAYS = {"thanksgiving": (11, 3, 4), "labor": (9, 0, 1), "memorial": (5, 0, -1)}
"""Holidays of the United States: month, weekday (Monday is 0), which of them (-1: the last)."""
_JUST_PAST = timedelta(days=60)
"""A day of a named month that was so short a time ago was meant, and is past."""


def coming_weekday(today: date, weekday: int, which: str) -> date:
    """The coming day with the number `weekday` (Monday is 0): `which` may be "next" or "a week" (after it)."""
    ahead = (weekday - today.weekday()) % 7
    if which == "next":
        ahead = weekday - today.weekday() + 7
    elif which.startswith("a week"):
        ahead += 7
    return today + timedelta(days=ahead)


def count_of(word: str) -> int:
    """The number that `word` says ("a", "couple of", "three"); 0 for none."""
    lower = word.lower()
    if lower in {"a", "an"}:
        return 1
    if lower == "couple of":
        return 2
    number = number_at(tokens(lower), 0)
    return number[0] if number is not None else 0


def day_number(word: str) -> int:
    """The day of a month that `word` names ("3rd", "twenty-first", "5")."""
    lower = word.lower().replace("-", " ")
    if lower[0].isdigit():
        return int(re.sub(r"\D", "", lower))
    first, _, second = lower.partition(" ")
    return _TENTH[first] + ORDINALS[second] if second else ORDINALS[first]


def date_or_none(year: int, month: int, day: int) -> date | None:
    """The date; None when there is no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def month_number(word: str) -> int:
    """The number of the month that begins with the letters of `word`, 1 to 12."""
    return next(i for i, name in enumerate(MONTHS, start=1) if name.startswith(word.lower()[:3]))


def in_year(today: date, month: int, day: int) -> date | None:
    """The day of a named month: the next one, unless it is only just past."""
    past = date_or_none(today.year, month, day)
    return past if past is not None and timedelta() < today - past <= _JUST_PAST else coming(today, month, day)


def holiday(today: date, name: str) -> date | None:
    """The next day of a holiday by its name in small letters without apostrophes; None when there is none soon."""
    name = name.removesuffix(" day").replace("new year", "new years").replace("new yearss", "new years")
    if name in _FIXED_HOLIDAYS:
        return coming(today, *_FIXED_HOLIDAYS[name])
    month, weekday, which = _MOVING_HOLIDAYS[name]
    for year in (today.year, today.year + 1):
        all_ = [
            day for d in range(1, 32) if (day := date_or_none(year, month, d)) is not None and day.weekday() == weekday
        ]
        day = all_[which - 1 if which > 0 else which]
        if day >= today:
            return day
    return None


def coming(today: date, month: int, day: int) -> date | None:
    """The next such day from `today` on; None when there is none."""
    this_year = date_or_none(today.year, month, day)
    if this_year is not None and this_year >= today:
        return this_year
    return date_or_none(today.year + 1, month, day)


def day_of_month(today: date, day: int) -> date | None:
    """The next day of that number from `today` on; None when no month has it."""
    year, month = today.year, today.month
    for _ in range(12):
        value = date_or_none(year, month, day)
        if value is not None and value >= today:
            return value
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return None


_ASKED_MONTH = re.compile(rf"\bin ({'|'.join(MONTHS)})\?\s*$", re.IGNORECASE)


def in_asked_month(day: date, question: str, today: date) -> date:
    """`day`, of which only the number was said, in the month that the `question` asks it of ("Which day exactly, in
    February?"), where it asks so."""
    asked = _ASKED_MONTH.search(question)
    if asked is None:
        return day
    month = month_number(asked[1])
    return date_or_none(today.year + (month < today.month), month, day.day) or day
