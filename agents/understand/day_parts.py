"""Parts of a day, as people name them: "in the morning", "before noon", "around lunch", "after five", "the last one".

The value of the slot type `part_of_day` is `morning`, `afternoon`, `evening` or `midday`, `after HH:MM` or `before
HH:MM` (24 hours), or `first` or `last`, of those of that day.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, time
from typing import Final, TypeVar

from agents.understand.words import number_at, tokens

Item = TypeVar("Item")
HOURS: Final[Mapping[str, range]] = {
    "morning": range(12),
    "afternoon": range(12, 17),
    "evening": range(17, 24),
    "midday": range(11, 15),
}
"""The hours that a part of the day means."""
FIRST, LAST = "first", "last"
_NOON = r"(?:noon|midday|mid-day|lunch(?:[ -]?time)?)"
_THING = r"(?:flight|plane|one|departure|connection)"
_NOT_OURS = r"(?<!\bmy )(?<!\bour )(?<!\bthe other )"
_NAMED = {
    "morning": re.compile(
        rf"(?<!good )\bmornings?\b|\bearly\b|\b(?:before|ahead of) (?:{_NOON}|twelve|12)\b(?!:)|\bfirst thing\b",
        re.IGNORECASE,
    ),
    "midday": re.compile(
        rf"(?<!before )(?<!after )(?<!past )(?:\b(?:around|about|at|round|near|towards|over) )?\b{_NOON}\b",
        re.IGNORECASE,
    ),
    "afternoon": re.compile(rf"(?<!good )\bafternoons?\b|\b(?:after|past) {_NOON}\b", re.IGNORECASE),
    "evening": re.compile(
        r"(?<!good )\bevenings?\b|\btonight\b|\bnight flights?\b|\bat night\b|\bafter (?:work|dinner|supper)\b|"
        rf"\blate in the day\b|\bend of the day\b|\blate {_THING}\b",
        re.IGNORECASE,
    ),
    FIRST: re.compile(
        rf"{_NOT_OURS}\b(?:(?:very )?first|earliest)(?: possible| available)? "
        r"(?:flight|plane|departure|one (?:out|of the day|in the morning))\b",
        re.IGNORECASE,
    ),
    LAST: re.compile(
        rf"{_NOT_OURS}\b(?:(?:very )?last|latest)(?: possible| available)? "
        r"(?:flight|plane|departure|one(?= (?:out|of|that|on|in|at|to|from|back|home)\b|\W*$|,))",
        re.IGNORECASE,
    ),
}
_BOUND = re.compile(
    r"\b(?P<way>not before|no earlier than|any ?time after|after|past|later than|not after|no later than|before|"
    r"any ?time before|earlier than) (?:about |around |like )?(?P<hour>\d{1,2}|[a-z]+)"
    r"(?:(?::|\s+)(?P<minutes>\d\d|fifteen|thirty|forty-?five))?"
    r"(?P<half>\s*(?:[ap]\.?\s?m\b\.?|in the (?:morning|afternoon|evening)|o'?clock))?"
    r"(?!\s*(?:st|nd|rd|th|nights?|days?|weeks?|months?|years?|hours?|minutes?|people|persons?|bags?|rooms?|of|"
    r"jan\w*|feb\w*|mar\w*|apr\w*|may|june?|july?|aug\w*|sep\w*|oct\w*|nov\w*|dec\w*|percent|dollars?)\b)",
    re.IGNORECASE,
)
_MINUTES_BEFORE = re.compile(
    r"\b(?:half|quarter|five|ten|twenty(?:[ -]five)?|\d{1,2})\s*(?:minutes?\s*)?$", re.IGNORECASE
)
"""What makes the hour a time ("ten past four")."""
_LATER = ("not before", "no earlier", "any time after", "anytime after", "after", "past", "later")
_MINUTES = {"fifteen": 15, "thirty": 30, "fortyfive": 45}
_LATEST_OF_AFTERNOON = 6
"""A bare hour up to this one is taken to be after noon."""


def parts_of_day(text: str) -> Iterator[tuple[str, int, int]]:
    """The parts of a day that `text` names, each with its place."""
    taken: list[tuple[int, int]] = []
    for match in _BOUND.finditer(text):
        hour = number_at(tokens(match["hour"]), 0)
        if hour is None or not 1 <= hour[0] <= 12 or _MINUTES_BEFORE.search(text, 0, match.start()) is not None:
            continue
        way = "after" if match["way"].lower().startswith(_LATER) else "before"
        said = (match["minutes"] or "").lower().replace("-", "")
        minute = _MINUTES.get(said) or (int(said) if said.isdigit() else 0)
        yield (
            f"{way} {_hour(hour[0], (match['half'] or '').lower().strip()):02d}:{minute:02d}",
            match.start(),
            match.end(),
        )
        taken.append(match.span())
    for part, pattern in _NAMED.items():
        found = (match for match in pattern.finditer(text))
        free = (m for m in found if not any(m.start() < end and start < m.end() for start, end in taken))
        if (named := next(free, None)) is not None:
            taken.append(named.span())
            yield part, named.start(), named.end()


def _hour(hour: int, half: str) -> int:
    """An hour of twelve as one of 24, by the half of the day that is said, or the likelier one."""
    if half.startswith("a") or "morning" in half:
        return hour % 12
    if half.startswith("p") or "afternoon" in half or "evening" in half:
        return hour % 12 + 12
    return hour + 12 if hour <= _LATEST_OF_AFTERNOON else hour


def of_part(items: Sequence[Item], part: str | None, leaves: Callable[[Item], datetime]) -> list[Item]:
    """Those of `items` that leave in that part of the day, in their order; all of them for None or an unknown part."""
    if part in (FIRST, LAST) and items:
        return [min(items, key=leaves) if part == FIRST else max(items, key=leaves)]
    way, _, bound = (part or "").partition(" ")
    if bound:
        at = time.fromisoformat(bound)
        return [one for one in items if (leaves(one).time() >= at if way == "after" else leaves(one).time() <= at)]
    hours = HOURS.get(part or "", range(24))
    return [one for one in items if leaves(one).hour in hours]
