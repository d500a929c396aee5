"""What a recogniser writes twice though it was said once: loops and echoes, found and cut."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

SHORT_PERIOD, SHORT_TIMES = 2, 6
"""A period of one or two tokens is a loop when it comes this often: people say "nine nine nine nine"."""
LONG_TIMES = 3
"""A longer period is a loop when it comes this often: people do say a number twice."""
ECHO_WORDS, ECHO_ALIKE = 4, 0.75
"""A sentence of at least so many words is an echo of the one before when so much of it is the same (0..1); of one
word less, when all of it is ("It's K-7M2. It's K-7M2.")."""


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


def without_echoes(text: str) -> str:
    """`text` without sentences that say almost the same as one before.

    A cut-off echo at the end goes, too ("4, 0, 7. 4" for "four, oh, seven"), also in the midst of a word. Short
    sentences stay: "No. No." and "Nine. Nine." are said.
    """
    kept: list[str] = []
    for sentence in re.split(r"(?<=[.?!])\s+", text):
        words, before = _words(sentence), _words(kept[-1]) if kept else []
        cut_off = sentence[-1:] not in ".?!" and len(before) >= ECHO_WORDS - 1 and _begins(before, words)
        if not cut_off and not any(_echoes(words, _words(earlier)) for earlier in kept):
            kept.append(sentence)
    return " ".join(kept)


def _begins(sentence: list[str], beginning: list[str]) -> bool:
    """Whether `sentence` begins with the words of `beginning`, the last of which may be cut off."""
    whole, count = beginning[:-1], len(beginning)
    if not beginning or count > len(sentence):
        return False
    return sentence[: count - 1] == whole and sentence[count - 1].startswith(beginning[-1])


def _echoes(words: list[str], before: list[str]) -> bool:
    if len(words) < ECHO_WORDS:
        return len(words) == ECHO_WORDS - 1 and words == before
    return SequenceMatcher(None, words, before[: len(words)], autojunk=False).ratio() >= ECHO_ALIKE


def _words(sentence: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", sentence.lower())
