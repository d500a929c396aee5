"""What only proves who speaks, and the rest: people say their code, their PIN and their wish in one sentence.

"K7M2QX, PIN 4071, cancel it" asks for what "cancel it" asks for; the characters of a code say nothing about a wish.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from agents.understand.codes import MASK

Places = tuple[tuple[int, int], ...]
"""Where something stands in words: characters from and to, in order."""
_MASKS = re.compile(re.escape(MASK))
_CALLED = (
    r"(?:(?:my|the|our|a|an|your|his|her|their)\W+)?(?:(?:booking|reservation|confirmation|customer|member|record|secret)\W+)?"
    r"(?:code|reference|pin|p i n|passcode|number|id|locator)\b"
)
_LEADS_TO_PROOF = re.compile(
    rf"(?:\b(?:and|with|under|for|it's|it is|this is|that's|here is|here's|here are|use|using|um|uh)\W+)*"
    rf"(?:\b{_CALLED}(?:'s\b)?\W*(?:\b(?:number|code|is|was|it's|here|would be|that's)\b\W*)*)?$",
    re.IGNORECASE,
)
_WISHED = re.compile(
    r"\b(?:see|cancel|change|check|move|show me|look at|hear|about)\s+(?:my|the|our)\s+(?:booking|reservation)\b",
    re.IGNORECASE,
)
"""What is wished done with a booking, though its number follows ("cancel my booking number ...")."""
_FOLLOWS_PROOF = re.compile(
    rf"\W*(?:(?:(?:is|was|for|as)\W+)?{_CALLED}|(?:is|'s) it\b)(?:\W+(?:and|so)\b)?", re.IGNORECASE
)
"""What people say around a code or a PIN that is no part of a wish."""
_ONLY_MANNERS = re.compile(
    r"(?:\W*\b(?:hi|hello|hey|hiya|good|morning|afternoon|evening|day|there|yes|yeah|yep|sure|okay|ok|right|well|so|and|"
    r"uh|um|er|hm+|oh|it's|its|it|is|that's|thanks|thank|you|please|sorry|no|here|go|we|then|now|i|have|got|a|the|my|"
    r"i've|i'm|this|of course|certainly|let|me|see|would|be|again|actually|meant|mean|not|think|look|find|wait)\b)*\W*",
    re.IGNORECASE,
)
"""Words that ask for nothing."""
_TAKES_BACK_PIN = re.compile(
    r"\b(?:no|not|sorry|oops|whoops|wait|i mean|i meant|actually|rather|wrong|correction|mistake|mistyped|misspoke|"
    r"should (?:be|have been)|let me try|try)\b",
    re.IGNORECASE,
)
"""Words that put right a number said before."""


def masks(words: str) -> Places:
    """Where PINs are masked in `words`."""
    return tuple(match.span() for match in _MASKS.finditer(words))


def takes_back(words: str) -> bool:
    """Whether `words` put right a number that was said before ("no, sorry, 4071")."""
    return _TAKES_BACK_PIN.search(words) is not None


@lru_cache(maxsize=64)
def without_proof(words: str, spans: tuple[tuple[int, int], ...]) -> str:
    """`words` without the `spans` that prove who speaks and what is said around them; "" when no wish is left."""
    left = words
    for start, end in reversed(around_proof(words, spans)):
        left = f"{left[:start]} {left[end:]}"
    left = re.sub(r"\s*([,;])(?:\s*[,;])*", r"\1", " ".join(left.split())).strip(" ,;:-.")
    return "" if spans and _ONLY_MANNERS.fullmatch(left) is not None else left if spans else words


def set_apart(text: str, proofs: tuple[tuple[int, int], ...]) -> str:
    """`text`, all places as they are, with a comma for each of the `proofs` and what is said around it: "the ninth, pin
    ..." is a day."""
    for start, end in around_proof(text, proofs):
        parts = re.search(r"[\w'*]\s*$", text[:start]) is not None and re.match(r"\s*\w", text[end:]) is not None
        text = f"{text[:start]}{',' if parts else ' '}{' ' * (end - start - 1)}{text[end:]}"
    return text


def around_proof(words: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The places of codes and PINs at `spans` (in order), each with what is said around it ("my code is ...")."""
    wide, last = list[tuple[int, int]](), 0
    for at, (start, end) in enumerate(spans):
        lead = _LEADS_TO_PROOF.search(words, last, start)
        after = _FOLLOWS_PROOF.match(words, end)
        begins = start if lead is None else lead.start()
        if (thing := _WISHED.search(words, last, start)) is not None:
            begins = max(begins, thing.end())
        ends = end if after is None else after.end()
        follows = spans[at + 1][0] if at + 1 < len(spans) else None
        if follows is not None and (of_next := _LEADS_TO_PROOF.search(words, end, follows)) is not None:
            ends = max(end, min(ends, of_next.start()))  # "2196, pin is ..."
        wide.append((begins, ends))
        last = ends
    return wide
