"""Cuts a reply into pieces that can be spoken by themselves, the first one short so that speech begins early."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

_SENTENCE_END = re.compile(
    r"(?<=[.!?])(?<!\b[A-Z]\.)(?<!\bSt\.)(?<!\bMr\.)(?<!\bMs\.)(?<!\bDr\.)(?<!\bNo\.)\s+(?=[\"'(]?[A-Z0-9])"
)
_CLAUSE_END = re.compile(r"(?<=[,;:])\s+")
SHORT_FIRST = 60
"""A first sentence longer than this many characters (about four seconds of speech) is cut at a comma."""
_SHORTEST = 12
"""No piece shorter than this many characters is cut off: synthesis needs a little to go by."""


def clauses(text: str) -> tuple[str, ...]:
    """The pieces of `text` in order; joined with one space they are `text` with its white space made single."""
    sentences = [piece for piece in _SENTENCE_END.split(" ".join(text.split())) if piece]
    if not sentences:
        return ()
    return (*_first(sentences[0]), *sentences[1:])


def _first(sentence: str) -> tuple[str, ...]:
    if len(sentence) <= SHORT_FIRST:
        return (sentence,)
    for cut in _CLAUSE_END.finditer(sentence):
        head, tail = sentence[: cut.start()], sentence[cut.end() :]
        if len(head) >= _SHORTEST and len(tail) >= _SHORTEST:
            return head, tail
    return (sentence,)


async def spoken(texts: AsyncIterator[str]) -> AsyncIterator[str]:
    """Pieces of a reply that arrives bit by bit (`texts`), each as soon as its sentence is whole."""
    rest, first = "", True
    async for text in texts:
        rest += text
        *whole, rest = _SENTENCE_END.split(rest)
        for sentence in whole:
            for piece in clauses(sentence) if first else (sentence.strip(),):
                yield piece
            first = False
    for piece in clauses(rest) if first else (" ".join(rest.split()),):
        if piece:
            yield piece
