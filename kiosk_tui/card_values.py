"""Values of a tool's result or a quote, as people read them: money, times, texts; empty where there is none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import JsonValue

Fields = Mapping[str, "JsonValue"]
Row = tuple[str, str]
LONGEST_VALUE = 60


def dollars(amount: int) -> str:
    """Whole cents as "$94" or "$94.50"."""
    return f"${amount / 100:,.2f}".removesuffix(".00")


def clock(moment: str) -> str:
    """The time of day of an ISO time: "6:40 PM"; empty where it is none."""
    try:
        at = dt.datetime.fromisoformat(moment)
    except ValueError:
        return ""
    return f"{at.hour % 12 or 12}:{at.minute:02} {'AM' if at.hour < 12 else 'PM'}"


def day(moment: str) -> str:
    """The day of an ISO date or time: "Fri, Nov 27"; the text itself where it is none."""
    try:
        on = dt.datetime.fromisoformat(moment)
    except ValueError:
        return moment
    return f"{on:%a, %b} {on.day}"


def when(moment: str) -> str:
    """Day and time of an ISO time: "Fri, Nov 27, 6:40 PM"."""
    return f"{day(moment)}, {clock(moment)}" if "T" in moment else day(moment)


def text(fields: Fields, name: str) -> str:
    """A text or number as text; empty where there is none."""
    value = fields.get(name)
    return "" if value is None or isinstance(value, bool | dict | list) else str(value)[:LONGEST_VALUE]


def cents(fields: Fields, name: str) -> int:
    """A whole number, of cents or minutes; 0 where there is none."""
    value = fields.get(name)
    return round(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0


def rows(*given: Row) -> tuple[Row, ...]:
    """Those that have a value."""
    return tuple(row for row in given if row[1])
