"""Words of time that wish for nothing: "so many questions today!", "goodness, you're strict tonight. 4071"."""

from __future__ import annotations

import re

_NOW = re.compile(r"today|tonight|now|this (?:morning|afternoon|evening)", re.IGNORECASE)
_EXCLAIMS = re.compile(
    r"\b(?:so|too|that|such) (?:many|much)\b|\b(?:what|such) an?\b(?! time\b)|\bhow (?:are|is|'s)\b|"
    r"\b(?:you're|you are|it's|it is|everybody's|everyone's|i'm|i am|we're)(?: \w+)? (?:a bit |very |so |rather |"
    r"quite |really )*(?:strict|busy|curious|nosy|slow|quick|chatty|grumpy|cheerful|tired|forgetful|lost|"
    r"hopeless|cold|hot|lovely|nice|awful|freezing|crowded|loud|quiet)\b",
    re.IGNORECASE,
)
"""What people say of things as they are."""
_WISHES = re.compile(
    r"\b(?:want|need|like|prefer|please|can|could|make|instead|rather|from|until|till|for|on|by|change|move|not)\b",
    re.IGNORECASE,
)
_ENDS = re.compile(r"[.!?;]\s+|$")
_FEWEST_WORDS = 3
"""Fewer words are hardly more than the day."""


def said_in_passing(text: str, start: int, end: int, *, proving: bool) -> bool:
    """Whether the word for now at `start` to `end` in `text` is part of a remark, and no day that is wished for; while
    a proof of identity is asked for (`proving`) it is in any sentence that tells no wish."""
    if _NOW.fullmatch(text, start, end) is None:
        return False
    first = max(
        (match.end() for match in _ENDS.finditer(text, 0, start) if match.end() <= start and match[0]), default=0
    )
    last = next(match.start() for match in _ENDS.finditer(text, end))
    sentence = text[first:last]
    if len(sentence.split()) < _FEWEST_WORDS or _WISHES.search(sentence) is not None:
        return False
    return proving or _EXCLAIMS.search(sentence) is not None
