"""Loops that a recogniser falls into ("stop stop stop stop ..."): found and cut."""

from __future__ import annotations

from collections.abc import Sequence

SHORT_PERIOD, SHORT_TIMES = 2, 6
"""A period of one or two tokens is a loop when it comes this often: people say "nine nine nine nine"."""
LONG_TIMES = 3
"""A longer period is a loop when it comes this often: people do say a number twice."""


def before_loop(tokens: Sequence[int]) -> int:
    """How many of `tokens` come before they only repeat themselves to the end (all of them, when they do not).

    The first round of a loop counts as said: `[5, 7, 8, 7, 8, 7, 8, 7, 8, 7, 8, 7, 8]` gives 3.
    """
    for period in range(1, len(tokens) // LONG_TIMES + 1):
        repeated = 0
        while repeated < len(tokens) - period and tokens[-1 - repeated] == tokens[-1 - repeated - period]:
            repeated += 1
        times = (repeated + period) // period
        if times >= (SHORT_TIMES if period <= SHORT_PERIOD else LONG_TIMES):
            return len(tokens) - repeated
    return len(tokens)


def without_echoes(segments: Sequence[str]) -> str:
    """`segments` in one line, leaving out a sentence that the recogniser wrote twice in a row.

    Short segments (fewer than 4 words) stay: "no. no." and "nine. nine." are said.
    """
    kept: list[str] = []
    for segment in segments:
        if len(segment.split()) < 4 or not kept or segment.lower() != kept[-1].lower():
            kept.append(segment)
    return " ".join(kept)
