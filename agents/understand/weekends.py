"""Months named without a day, and weekends told by one or by a day: "the first weekend of June", "the weekend before
the 24th"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from agents.understand.calendar_words import MONTHS, date_or_none, in_year, month_number

_FRIDAY, _SATURDAY, _WEEK = 4, 5, 7
_MONTH = re.compile(
    rf"\b(?:{'|'.join(month for month in MONTHS if month not in ('march', 'may'))}|"
    r"(?<=\bin )(?:march|may)|(?<=\bof )(?:march|may)|(?<=\bmean )(?:march|may))\b(?!'s)",
    re.IGNORECASE,
)
_BY_DAY = re.compile(r"\b(?:the )?weekend (?P<way>before|after|of|around)\s+(?:the\s+)?$", re.IGNORECASE)
_OF_MONTH = re.compile(
    rf"\b(?:the )?(?P<which>first|second|third|fourth|last) weekend (?:of|in) (?P<month>{'|'.join(MONTHS)})\b",
    re.IGNORECASE,
)
_WHICH = ("first", "second", "third", "fourth")


@dataclass(frozen=True, slots=True)
class Named:
    """A month (1 to 12) named without a day at characters `start` to `end`."""

    value: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Weekend:
    """A weekend, by its Friday, at characters `start` to `end`."""

    friday: date
    start: int
    end: int


class _Day(Protocol):
    @property
    def value(self) -> date: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


def months(text: str) -> Iterator[Named]:
    """The months that `text` names, whether a day of them is named or not."""
    for match in _MONTH.finditer(text):
        yield Named(month_number(match[0]), match.start(), match.end())


def weekends(text: str, named: Sequence[_Day], today: date) -> Iterator[Weekend]:
    """The weekends that `text` tells by one of the days `named` in it, or by their place in a month."""
    for day in named:
        if (match := _BY_DAY.search(text[: day.start])) is not None:
            yield Weekend(_by_day(match["way"].lower(), day.value), match.start(), day.end)
    for match in _OF_MONTH.finditer(text):
        first = in_year(today, month_number(match["month"]), 1)
        if first is not None:
            yield Weekend(_of_month(match["which"].lower(), first), match.start(), match.end())


def _by_day(way: str, day: date) -> date:
    """The Friday of the weekend before, after or of `day`."""
    back = (day.weekday() - _FRIDAY) % _WEEK
    own = day - timedelta(days=back)
    if way == "before":
        return own - timedelta(days=_WEEK) if back <= 2 else own
    if way == "after":
        return own + timedelta(days=_WEEK)
    return own if back <= 3 else own + timedelta(days=_WEEK)


def _of_month(which: str, first: date) -> date:
    """The Friday of a weekend of the month that begins on `first`, counted by its Saturdays."""
    saturdays = [
        day
        for number in range(1, 32)
        if (day := date_or_none(first.year, first.month, number)) is not None and day.weekday() == _SATURDAY
    ]
    return saturdays[-1 if which == "last" else _WHICH.index(which)] - timedelta(days=1)
