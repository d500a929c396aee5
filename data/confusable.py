"""How far a code that was heard is from a code that exists, when its letters were spelled aloud.

The families are letters and digits whose spoken names share their vowel or differ in one weak consonant, as
recognisers of telephone speech mix them up ("B" and "D", "F" and "S", "eight" and "A"). What was measured with them is
in `docs/quality.md`.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from data.codes import spelled

FAMILIES = ("BCDEGPTVZ3", "MN", "FSX", "AHJK8", "IY59", "QU2W", "OR04", "X6", "LM", "EHY")
"""Characters that sound alike."""
ALIKE, OTHER = 0.4, 1.2
"""Cost of one character heard as another of its family, and as any other."""
MISSED, EXTRA, DOUBLED = 1.0, 1.0, 0.5
"""Cost of a character that was not heard, of one too many, and of one that was only heard twice."""
BOUND = 1.7
"""Codes further away than this were not meant: a missed character and one alike, or four alike, are nearer."""
BOUND_OF_TWO = 2.1
"""The bound for a code that was heard twice, to each of the hearings."""

Floats = NDArray[np.float32]

_SIGNS = 128


def _costs() -> Floats:
    table = np.full((_SIGNS, _SIGNS), OTHER, dtype=np.float32)
    for family in FAMILIES:
        for one, other in itertools.product(family, repeat=2):
            table[ord(one), ord(other)] = ALIKE
    np.fill_diagonal(table, 0.0)
    return table


_COSTS = _costs()


def distances(heard: str, codes: Sequence[str]) -> Floats:
    """How far `heard` is from each of `codes` (capitals and digits, all of one length): float32[codes], 0.0 for the
    same code. A weighted edit distance (Wagner and Fischer, 1974), computed for all codes at once."""
    signs = np.array([[min(ord(c), _SIGNS - 1) for c in code] for code in codes], dtype=np.intp)
    count, length = signs.shape
    missed = np.arange(length + 1, dtype=np.float32) * np.float32(MISSED)
    before: Floats = np.tile(missed, (count, 1))
    for at, char in enumerate(heard):
        extra = DOUBLED if at and heard[at - 1] == char else EXTRA
        now = np.empty_like(before)
        now[:, 0] = before[:, 0] + extra
        substituted = before[:, :-1] + _COSTS[min(ord(char), _SIGNS - 1)][signs]
        for place in range(1, length + 1):
            now[:, place] = np.minimum(
                np.minimum(substituted[:, place - 1], before[:, place] + extra), now[:, place - 1] + MISSED
            )
        before = now
    return before[:, -1]


def near(heard: str, codes: Sequence[str], *, bound: float = BOUND) -> tuple[tuple[str, float], ...]:
    """Those of `codes` within `bound` of `heard`, each with its distance; the nearest first, equals by the alphabet."""
    found: list[tuple[float, str]] = []
    for length in {len(code) for code in codes}:
        alike = [code for code in codes if len(code) == length]
        if length:
            found += [(float(d), c) for d, c in zip(distances(heard, alike), alike, strict=True) if d <= bound]
    return tuple((code, apart) for apart, code in sorted(found))


def nearest(heard: str, codes: Sequence[str]) -> str | None:
    """The one of a customer's own `codes` that was meant by `heard`, however far it is; None when there are none."""
    found = near(spelled(heard), codes, bound=float("inf"))
    return found[0][0] if found else None


def differ(one: str, other: str) -> int | None:
    """The first place (from 0) where two codes of one length differ; None when they do not, or their lengths do."""
    if len(one) != len(other):
        return None
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=True)) if a != b), None)
