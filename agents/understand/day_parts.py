"""Parts of a day, as people name them: "in the morning", "before noon", "around lunch", "the last one".

The value of the slot type `part_of_day` is `morning`, `afternoon`, `late afternoon`, `evening` or `midday`, or `first`
or `last`, of those of that day. "After five" is a time (`times.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeVar

Item = TypeVar("Item")
HOURS: Final[Mapping[str, range]] = {
    "morning": range(12),
    "afternoon": range(12, 17),
    "evening": range(17, 24),
    "midday": range(11, 15),
    "late afternoon": range(15, 20),
}
"""The hours that a part of the day means; the last two lie across others."""
FIRST, LAST = "first", "last"
_NOON = r"(?:noon|midday|mid-day|lunch(?:[ -]?time)?)"
_THING = r"(?:flight|plane|one|departure|connection)"
_NOT_OURS = r"(?<!\bmy )(?<!\bour )(?<!\bthe other )"
_NAMED = {
    "late afternoon": re.compile(r"\b(?:late(?:r)? (?:in the )?|end of the )afternoons?\b", re.IGNORECASE),
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
        r"(?<!good )\bevenings?\b|\btonight\b|\bnight (?:flights?|planes?|ones?)\b|\bat night\b|(?<=day )nights?\b|"
        r"\bafter (?:work|dinner|supper)\b|"
        rf"\blate in the day\b|\bend of the day\b|\blate {_THING}\b",
        re.IGNORECASE,
    ),
    FIRST: re.compile(
        rf"{_NOT_OURS}\b(?:(?:very )?first|earliest)(?: possible| available)? "
        r"(?:flight|plane|departure|one (?:out|of the day|in the morning|on \w+day))\b",
        re.IGNORECASE,
    ),
    LAST: re.compile(
        rf"{_NOT_OURS}\b(?:(?:very )?last|latest)(?: possible| available)? "
        r"(?:flight|plane|departure|one(?= (?:out|of|that|on|in|at|to|from|home)\b|\W*$|,))",
        re.IGNORECASE,
    ),
}


_GREETS = re.compile(
    r"^\W*(?:(?:hi|hello|hey|oh|and|a|very|good)\W+)*(?:morning|afternoon|evening)\b"
    r"(?=[.!]\s*\w|,? (?:all|there|everyone|everybody|folks|sir|madam|ma'am|dear|to you)\b|"
    r",? (?:i|i'm|i've|i'd|it's|this is|my|we|we're|can|could|would|is|are|do|hi|hello|sorry|just)\b)",
    re.IGNORECASE,
)
"""A greeting, which says no part of a day."""


_DENIED = re.compile(
    r"\bnot (?:too |so |that |very |quite |really |terribly |in the |at |the |a |an )*$", re.IGNORECASE
)
"""What stands before a part of the day that is not wanted ("not too early")."""


def parts_of_day(text: str) -> Iterator[tuple[str, int, int]]:
    """The parts of a day that `text` names, each with its place."""
    greets = _GREETS.match(text)
    taken: list[tuple[int, int]] = [] if greets is None else [greets.span()]
    for part, pattern in _NAMED.items():
        found = (match for match in pattern.finditer(text))
        found = (match for match in found if _DENIED.search(text, 0, match.start()) is None)
        free = (m for m in found if not any(m.start() < end and start < m.end() for start, end in taken))
        if (named := next(free, None)) is not None:
            taken.append(named.span())
            yield part, named.start(), named.end()


def of_part(items: Sequence[Item], part: str | None, leaves: Callable[[Item], datetime]) -> list[Item]:
    """Those of `items` that leave in that part of the day, in their order; all of them for None or an unknown part."""
    if part in (FIRST, LAST) and items:
        return [min(items, key=leaves) if part == FIRST else max(items, key=leaves)]
    hours = HOURS.get(part or "", range(24))
    return [one for one in items if leaves(one).hour in hours]


def lies_apart(part: str | None, sooner: str | None, than: datetime) -> bool:
    """Whether nothing in that part of the day can be `sooner` (earlier, later) than a time of the same day: later
    than an afternoon, and in the morning."""
    hours = HOURS.get(part or "")
    if hours is None:
        return False
    return hours[-1] < than.hour if sooner == "later" else sooner == "earlier" and hours[0] > than.hour
