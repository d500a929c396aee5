"""Makes what a chat model writes speakable: no thoughts, no Markdown."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

_THOUGHTS = ("<think>", "</think>")
"""Reasoning models at local servers write their thoughts into the answer, between these."""
_MARKDOWN = re.compile(r"[*_`#]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}|^\s*(?:[-•]|#+)\s+", re.MULTILINE)


async def without_thoughts(texts: AsyncIterator[str]) -> AsyncIterator[str]:
    """`texts` without what stands between thought marks, however these are cut into pieces."""
    rest, thinking = "", False
    async for text in texts:
        rest += text
        while (mark := _THOUGHTS[thinking]) in rest:
            before, _, rest = rest.partition(mark)
            if not thinking and before:
                yield before
            thinking = not thinking
        keep = _begun(rest, mark)
        free, rest = rest[: len(rest) - keep], rest[len(rest) - keep :]
        if free and not thinking:
            yield free
    if rest and not thinking:
        yield rest


def _begun(text: str, mark: str) -> int:
    """How many letters at the end of `text` may be the beginning of `mark`."""
    return next(
        (length for length in range(min(len(text), len(mark) - 1), 0, -1) if mark.startswith(text[-length:])), 0
    )


def speakable(text: str) -> str:
    """`text` without the signs of Markdown, white space made single."""
    return " ".join(_MARKDOWN.sub("", text).split())
