"""What a customer holds, as evidence for what their words mean.

"I'm out on the 21st, a day before would suit": that the 21st is the day of the booking says what it is said for. A
value that the customer holds is seldom wanted; one that they do not hold is seldom how things are. `weighed` adds that
to what the words around a value say by themselves.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from pydantic import JsonValue

from agents.understand.calendar_words import date_or_none
from agents.understand.roles import Role

HELD_IF = Role(wanted=0.03, held=0.95, given_up=0.75, other=0.1)
"""How likely a value is the one that is held, by the part that it plays."""
NAMES = Role(wanted=0.15, held=0.8, given_up=0.0, other=0.05)
"""The part of a name or a place, which tells which booking is meant."""
SAID = math.log(30.0)
"""How much it tells of a record that its code was said."""
SURE = math.log(4.0)
"""How much likelier than the next one a record must be to be meant."""
_ISO, _WEEK = len("2026-11-22"), 7


@dataclass(frozen=True, slots=True)
class Held:
    """A record that a customer holds. `told` maps its fields by which it is told to the slot types of their values."""

    record: Mapping[str, JsonValue]
    told: Mapping[str, str]

    def values(self, type_: str, only: str | None = None) -> tuple[JsonValue, ...]:
        """What the fields of a slot type hold, or the field `only`."""
        fields = (name for name, told in self.told.items() if told == type_ and only in (None, name))
        return tuple(value for name in fields if (value := self.record.get(name)) is not None)

    def day(self, field: str | None) -> date | None:
        """The day in a field; None when there is none."""
        value = self.record.get(field or "")
        return date.fromisoformat(value[:_ISO]) if isinstance(value, str) and len(value) >= _ISO else None


def says(type_: str, said: JsonValue, held: JsonValue, *, weekday: bool = False, number: bool = False) -> bool:
    """Whether the value `said` is the one that is `held`. A day named by its `weekday`, or its `number` in a month,
    alone is any such day."""
    if type_ == "date" and isinstance(said, str) and isinstance(held, str):
        one, other = date.fromisoformat(said), date.fromisoformat(held[:_ISO])
        return one == other or (weekday and one.weekday() == other.weekday()) or (number and one.day == other.day)
    if type_ == "time" and isinstance(said, list) and isinstance(held, str):
        return held[_ISO + 1 : _ISO + 6] in said
    if isinstance(said, str) and isinstance(held, str):
        return said.lower() == held.lower()
    return said == held


def weighed(role: Role, *, is_held: bool) -> Role:
    """The part that a value plays, given that it is what the customer holds, or is not."""
    odds = [part * (met if is_held else 1 - met) for part, met in zip(role, HELD_IF, strict=True)]
    whole = sum(odds)
    return Role(*(one / whole for one in odds)) if whole else role


def evidence(role: Role, *, is_held: bool) -> float:
    """How much a value (log likelihood) tells of a record in which it is held, or is not."""
    return math.log(sum(part * (met if is_held else 1 - met) for part, met in zip(role, HELD_IF, strict=True)))


def nearest(about: date, named: date, today: date, *, weekday: bool, after: date | None = None) -> date:
    """Of the days with the weekday of `named`, or else its number in a month, the one nearest to the day `about`, from
    `today` on and `after` another where that is given; `named` when there is none."""
    if weekday:
        ahead = (named.weekday() - about.weekday()) % _WEEK
        days = [about + timedelta(days=ahead + weeks * _WEEK) for weeks in (-2, -1, 0, 1)]
    else:
        months = [about.year * 12 + about.month - 1 + step for step in (-1, 0, 1)]
        days = [day for m in months if (day := date_or_none(m // 12, m % 12 + 1, named.day)) is not None]
    open_ = [day for day in days if day >= today and (after is None or day > after)]
    return min(open_, key=lambda day: abs((day - about).days), default=named)


def night_of(held: Held, named: date) -> date | None:
    """The day with the weekday of `named` among those from the first held day to the one before the last (the nights of
    a stay); None where there is none, or where what is held has no two days."""
    days = sorted(day for name, type_ in held.told.items() if type_ == "date" and (day := held.day(name)) is not None)
    if not days:
        return None
    ahead = timedelta(days=(named.weekday() - days[0].weekday()) % _WEEK)
    return days[0] + ahead if days[0] + ahead < days[-1] else None
