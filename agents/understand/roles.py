"""What part a value plays in what is said: what is wanted, what there is already, what is given up, or a story.

"I'm on Monday's flight, can I go on Wednesday": Monday is how things are, and says which booking is meant.

The words around a value are weighed by one small linear model. It knows nothing of any one domain but the words that
people used in the sentences it was fitted to (`bench/roles.jsonl`, by `bench/roles.py`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from agents.understand.calendar_words import MONTHS, WEEKDAYS

ROLES = "WHGO"
"""Wanted, held (how things are), given up, other: the order of the weights."""
KINDS: Mapping[str, str] = {"vague_date": "date"}
"""Slot types that are weighed as another one."""

_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)?|\d[\w:.]*|[,.;!?]")
_NUMBERS = re.compile(
    r"one|two|three|(?:four|five|six|seven|eight|nine)(?:teen|ty)?|ten|eleven|twelve|(?:thir|fif|eigh)(?:teen|ty)|twenty"
)
_ORDINALS = re.compile(
    r"first|second|third|fifth|eighth|ninth|twelfth|twentieth|thirtieth|(?:four|six|seven|ten|eleven|nineteen)th|"
    r"(?:thir|four|fif|six|seven|eigh)teenth"
)
_STANDS_FOR = (
    (re.compile("|".join((*WEEKDAYS, "today", "tomorrow", "tonight"))), "DAY"),
    (re.compile("|".join(MONTHS)), "MONTH"),
    (_NUMBERS, "NUMBER"),
    (_ORDINALS, "NTH"),
)
_VALUES = frozenset({"DAY", "DAY's", "MONTH", "NUMBER", "NTH", "#"})
_PARTS = frozenset({",", ".", ";", "!", "?", "but", "so", "because", "and", "which", "as", "since"})
"""What parts one clause from the next."""
_NEAR, _FAR, _AFTER = 3, 10, 8
"""Words whose place counts exactly, and how many are looked at before and after a value."""
_TAKES_BACK = re.compile(
    r"(?:\b(?:no|sorry|wait|actually|rather|i mean|i meant|scratch that|make (?:it|that)|or rather|correction)\b\W*)+"
    r"(?:(?:make (?:it|that)|on|to|from|for|the|it's|that's)\s+)*$",
    re.IGNORECASE,
)


class Role(NamedTuple):
    """The probabilities of each part that a value may play; they add up to 1."""

    wanted: float
    held: float
    given_up: float
    other: float

    @property
    def is_given_up(self) -> bool:
        """Whether another value takes its place, or it will not do."""
        return self.given_up >= max(0.5, self.wanted)

    @property
    def tells(self) -> bool:
        """Whether it says how things are or were, and so which thing is meant."""
        return self.held + self.given_up >= 0.5


WEIGHED = frozenset({"date", "vague_date", "time", "part_of_day", "choice", "spelled", "count"})
"""Slot types of the values in the sentences that the model was fitted to."""
UNKNOWN = Role(wanted=0.6, held=0.2, given_up=0.1, other=0.1)
TOLD = Role(wanted=0.02, held=0.9, given_up=0.06, other=0.02)
"""The part of a value that says how it is, where another one is to be instead."""
TAKEN_BACK = Role(wanted=0.01, held=0.01, given_up=0.97, other=0.01)
"""The part of a value that its speaker put right with the next word."""
POINTED_AT = Role(wanted=0.9, held=0.04, given_up=0.02, other=0.04)
"""The part of a value that was told, and that a wish then points back at."""
CORRECTED = frozenset({"date", "time", "choice"})
"""Types of which two values one after the other are never both wanted where words take the first back."""
"""The part of a value of any other type, as far as is known."""


@lru_cache(maxsize=4096)
def role(text: str, start: int, end: int, type_: str) -> Role:
    """The part that the value of the slot type `type_` at characters `start` to `end` plays in `text`."""
    rows = _weights()
    sums = rows[""].copy()
    for feature in set(features(text, start, end, type_)):
        if (row := rows.get(feature)) is not None:
            sums += row
    odds = np.exp(sums - sums.max())
    return Role(*(odds / odds.sum()).tolist())


def takes_back(text: str, before: int, start: int) -> bool:
    """Whether the value at `start` is said in the place of one that ends at `before` ("the 3rd, no wait, the 2nd")."""
    return _TAKES_BACK.search(text[before:start]) is not None


def only_takes_back(between: str) -> bool:
    """Whether what stands between two values does nothing but put the second in the place of the first."""
    found = _TAKES_BACK.search(between)
    return found is not None and not between[: found.start()].strip(" ,.;-\u2013\u2014")


def features(text: str, start: int, end: int, type_: str) -> Iterator[str]:
    """The evidence around a value: words by their distance, pairs of words, its clause, other values."""
    before, after = _tokens(text[:start]), _tokens(text[end:])
    yield f"kind:{KINDS.get(type_, type_)}"
    for distance, word in enumerate(reversed(before[-_FAR:]), 1):
        yield f"before{_place(distance)}:{word}"
        yield f"before:{word}"
    led = ["^", *before]
    for distance in range(1, min(5, len(led))):
        yield f"pair{min(distance, _NEAR)}:{led[-distance - 1]} {led[-distance]}"
    if len(led) >= _NEAR:
        yield f"three:{' '.join(led[-_NEAR:])}"
    for distance, word in enumerate(after[:_AFTER], 1):
        yield f"after{_place(distance)}:{word}"
    followed = [*after, "$"]
    for distance in range(min(_NEAR, len(followed) - 1)):
        yield f"then{distance}:{followed[distance]} {followed[distance + 1]}"
    clause, opened = _until_part(list(reversed(before)))
    clause.reverse()
    yield f"opened:{opened or '^'}"
    for word in clause:
        yield f"clause:{word}"
    if clause:
        yield f"begins:{' '.join(clause[:2])}"
        yield f"begins3:{' '.join(clause[:3])}"
    rest, closed = _until_part(after)
    if closed:
        yield f"closed:{closed}"
    for word in rest:
        yield f"rest:{word}"
    earlier, later = sum(word in _VALUES for word in before), sum(word in _VALUES for word in after)
    yield f"earlier:{min(earlier, _NEAR)}"
    yield f"later:{min(later, _NEAR)}"
    yield f"among:{min(earlier, 2)} {min(later, 2)}"
    for word in _tokens(text[start:end])[:1]:
        yield f"value:{word}"


def _tokens(text: str) -> list[str]:
    return [_general(word) for word in _TOKEN.findall(text.lower().replace("\u2019", "'"))]


def _general(word: str) -> str:
    if word[0].isdigit():
        return "#"
    stem = word.removesuffix("'s")
    return next((name + word[len(stem) :] for words, name in _STANDS_FOR if words.fullmatch(stem)), word)


def _place(distance: int) -> str:
    return str(distance) if distance <= _NEAR else "near" if distance <= 2 * _NEAR else "far"


def _until_part(words: list[str]) -> tuple[list[str], str | None]:
    """The words up to the first that parts clauses, and that word."""
    at = next((index for index, word in enumerate(words) if word in _PARTS), None)
    return (words, None) if at is None else (words[:at], words[at])


@cache
def _weights() -> Mapping[str, NDArray[np.float64]]:
    told = json.loads((files("agents.understand") / "roles.json").read_text("utf-8"))
    return {feature: np.array(row, dtype=np.float64) for feature, row in told.items()}
