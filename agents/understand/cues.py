"""Whether patterns and cues of a flow are in what was said: expressions are made, and words looked through, once."""

from __future__ import annotations

import re
from functools import lru_cache


@lru_cache(maxsize=4096)
def compiled_pattern(pattern: str) -> re.Pattern[str]:
    """The regular expression of `pattern`, whatever the case. Raises re.error when it is malformed."""
    return re.compile(pattern, re.IGNORECASE)


@lru_cache(maxsize=2048)
def has_any(patterns: tuple[str, ...], words: str) -> bool:
    """Whether one of `patterns` is in `words`."""
    return any(compiled_pattern(pattern).search(words) is not None for pattern in patterns)


_PARTICLES = frozenset({"off", "back", "forward", "out"})
"""Words behind a verb that its object may part from it."""


def _cue_pattern(cue: str) -> str:
    """The regular expression of a cue, whose first word may have an ending ("swapping", "puts off")."""
    first, *more = cue.split(" ")
    if not first.isalpha() or len(first) < 3:
        return re.escape(cue)
    stem = re.escape(first.removesuffix("e")) if first.endswith("e") else re.escape(first)
    noun = "".join(rf"(?<!\b{word} )" for word in ("a", "my", "the", "our", "this", "that", "hotel", "room", "flight"))
    whole = rf"(?:{re.escape(first)}s?|{noun}{stem}{re.escape(first[-1])}?ing)"
    if len(more) == 1 and more[0] in _PARTICLES:  # "put that flight off"
        return rf"{whole}(?: (?:my|our|the|that|this|it|them)(?: [a-z]+){{0,2}})? {more[0]}"
    return " ".join((whole, *map(re.escape, more)))


@lru_cache(maxsize=512)
def cues_in(cues: tuple[str, ...]) -> re.Pattern[str]:
    """Finds any of `cues` (at least one) in words, with the endings of its first word."""
    return re.compile(rf"\b(?:{'|'.join(_cue_pattern(cue) for cue in cues)})\b", re.IGNORECASE)


@lru_cache(maxsize=512)
def is_cued(cues: tuple[str, ...], words: str) -> bool:
    """Whether one of `cues` (at least one) is in `words`."""
    return cues_in(cues).search(words) is not None
