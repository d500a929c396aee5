"""Templates of what personas say: sandboxed Jinja2, filled with tool results and slots only.

A name that a result does not hold raises instead of leaving a gap, so a reply never says less than its template
promises. Filters write times, days and money as a clerk would.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache

from jinja2 import StrictUndefined, Template, TemplateRuntimeError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from pydantic import JsonValue


class TemplateError(ValueError):
    """A template that cannot be read or filled; the message names the template's text and what is wrong."""


def clock_time(moment: str) -> str:
    """An ISO date and time as a clock says it: "7:15 PM", "3 PM"."""
    at = datetime.fromisoformat(moment)
    minutes = f":{at.minute:02d}" if at.minute else ""
    return f"{at.hour % 12 or 12}{minutes} {'AM' if at.hour < 12 else 'PM'}"


def day(when: str, today: str) -> str:
    """An ISO date (or date and time) as a day seen from `today`: "today", "tomorrow", "Friday, November 27"."""
    value, base = date.fromisoformat(when[:10]), date.fromisoformat(today)
    away = (value - base).days
    if away in (-1, 0, 1):
        return ("yesterday", "today", "tomorrow")[away + 1]
    year = f", {value.year}" if value.year != base.year and abs(away) > 300 else ""
    return f"{value:%A, %B} {value.day}{year}"


def weekday(when: str) -> str:
    """An ISO date (or date and time) in full: "Sunday, November 22"."""
    value = date.fromisoformat(when[:10])
    return f"{value:%A, %B} {value.day}"


def on_day(when: str, today: str) -> str:
    """Like `day`, with the "on" that a weekday needs: "tomorrow", "on Friday, November 27"."""
    spoken = day(when, today)
    return spoken if spoken in ("yesterday", "today", "tomorrow") else f"on {spoken}"


def money(cents: int) -> str:
    """Whole cents as dollars: "$45", "$45.50"."""
    dollars, rest = divmod(cents, 100)
    return f"${dollars:,}.{rest:02d}" if rest else f"${dollars:,}"


def listed(names: Sequence[str], last: str = "and") -> str:
    """Names as a list is said: "A", "A and B", "A, B and C"."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {last} {names[-1]}"


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: "1 night", "2 nights"."""
    return f"{number} {one if number == 1 else many or one + 's'}"


_ENVIRONMENT = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, trim_blocks=True)
_ENVIRONMENT.filters |= {
    "clock_time": clock_time,
    "day": day,
    "on_day": on_day,
    "weekday": weekday,
    "money": money,
    "listed": listed,
    "counted": counted,
}


@lru_cache(maxsize=1024)
def compiled(text: str) -> Template:
    """The template of `text`. Raises TemplateError when it is malformed or uses an unknown filter."""
    try:
        return _ENVIRONMENT.from_string(text)
    except TemplateSyntaxError as error:
        raise TemplateError(f"template {text!r} cannot be read: {error.message}") from error


def render(text: str, values: Mapping[str, JsonValue]) -> str:
    """`text` filled with `values`, as one line. Raises TemplateError when it uses a value that is not there."""
    try:
        filled = compiled(text).render(values)
    except (TemplateRuntimeError, TypeError, ValueError) as error:
        raise TemplateError(f"template {text!r} cannot be filled: {error}") from error
    return re.sub(r"\s+", " ", filled).strip()
