"""A check of its own for facts that nothing gave: it shares no code with the desk's grounding.

From every reply it reads amounts, times, days, codes and numbers (in digits or words), and looks for each in what the
tools returned, in the customer's own words and in the fixed texts of the personas.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta

from pydantic import JsonValue

_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_MONTHS = [name.lower() for name in calendar.month_name[1:]]
_DAYS = [name.lower() for name in calendar.day_name]
_MONEY = re.compile(r"\$\s*([\d,]+)(?:\.(\d\d))?|([\d,]+)(?:\.(\d\d))? dollars?", re.IGNORECASE)
_TIME = re.compile(r"\b(\d{1,2})(?::(\d\d))?\s*(am|pm|a\.m|p\.m|o'clock)\b|\b(\d{1,2}):(\d\d)\b", re.IGNORECASE)
_ON = re.compile(rf"\b({'|'.join(_MONTHS)})\s+(\d{{1,2}})\b", re.IGNORECASE)
_CODE = re.compile(r"\b(?=[A-Z0-9]*\d)(?=[A-Z0-9]*[A-Z])[A-Z0-9]{2,}\b")
_ISO = re.compile(r"\b\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?)?")
_WORD = re.compile(r"[a-z]+|\d[\d,]*", re.IGNORECASE)


class Given:
    """What a conversation has been given so far."""

    def __init__(self, fixed: Iterable[str], today: date) -> None:
        self._facts: set[str] = set()
        for text in fixed:
            self.add_text(text)
        for days in (0, 1):
            self._facts.update(_of_day(today + timedelta(days=days)))

    def add_text(self, text: str) -> None:
        """Take in words: a customer's, a passage's."""
        self._facts.update(facts(text))
        self._facts.update(f"number {word}" for word in re.findall(r"\d+", text))

    def add_value(self, value: JsonValue, key: str = "") -> None:
        """Take in what a tool returned."""
        if isinstance(value, Mapping):
            for name, one in value.items():
                self.add_value(one, name)
        elif isinstance(value, list):
            for one in value:
                self.add_value(one, key)
        elif isinstance(value, bool) or value is None:
            return
        elif isinstance(value, int):
            self._facts.add(f"money {abs(value)}" if key.endswith("_cents") else f"number {value}")
        elif isinstance(value, str):
            self.add_text(value)

    def lacks(self, reply: str) -> list[str]:
        """The facts of a reply that nothing gave."""
        return sorted(fact for fact in facts(reply) if fact not in self._facts)


def facts(text: str) -> set[str]:
    """The facts that a text states, as `money 8000`, `time 18:40`, `day 11-23`, `weekday friday`, `code LB204` and
    `number 35`."""
    return set(_facts(text))


def _facts(text: str) -> Iterator[str]:
    for match in _ISO.finditer(text):
        moment = datetime.fromisoformat(match[0])
        yield from _of_day(moment.date())
        if "T" in match[0]:
            yield f"time {moment:%H:%M}"
    text = _ISO.sub(" ", text)
    for match in _MONEY.finditer(text):
        whole, cents = (match[1], match[2]) if match[1] else (match[3], match[4])
        yield f"money {int(whole.replace(',', '') or 0) * 100 + int(cents or 0)}"
    text = _MONEY.sub(" ", text)
    for match in _TIME.finditer(text):
        hour, minute = int(match[1] or match[4]), int(match[2] or match[5] or 0)
        half = (match[3] or "").lower()[:1]
        if half in ("a", "p"):
            hour = hour % 12 + (12 if half == "p" else 0)
        yield f"time {hour:02d}:{minute:02d}"
    text = _TIME.sub(" ", text)
    for match in _ON.finditer(text):
        yield f"day {_MONTHS.index(match[1].lower()) + 1:02d}-{int(match[2]):02d}"
    text = _ON.sub(" ", text)
    for match in _CODE.finditer(text):
        yield f"code {match[0]}"
    text = _CODE.sub(" ", text)
    for word in re.findall(r"[a-z]+", text.lower()):
        if word.removesuffix("s") in _DAYS:
            yield f"weekday {word.removesuffix('s')}"
    yield from (f"number {number}" for number in _numbers(text) if number > 1)


def _of_day(day: date) -> Iterator[str]:
    yield f"day {day:%m-%d}"
    yield f"weekday {_DAYS[day.weekday()]}"
    yield f"number {day.day}"
    yield f"number {day.year}"


def _numbers(text: str) -> Iterator[int]:
    words = [word.lower() for word in _WORD.findall(text)]
    at = 0
    while at < len(words):
        word, after = words[at], words[at + 1] if at + 1 < len(words) else ""
        at += 1
        if word[0].isdigit():
            yield int(word.replace(",", ""))
        elif word in _TENS:
            unit = _ONES.index(after) if after in _ONES[1:10] else 0
            at += unit > 0
            yield 20 + 10 * _TENS.index(word) + unit
        elif word in _ONES:
            number = _ONES.index(word)
            if after in ("hundred", "thousand"):
                number *= 100 if after == "hundred" else 1000
                at += 1
            yield number
