"""Cuts clauses of a reply into phrases for synthesis, so that the first sound is there early and none comes late.

Synthesis takes time in proportion to what it speaks; a short first phrase is heard while the rest is made. A cut is
made only where speakers may pause: before a word that begins a new phrase, or at a comma.
"""

from __future__ import annotations

import re

LONGEST_UNCUT = 26
"""A first clause of so many characters (about 1.6 s of speech) is spoken in one."""
SHORTEST_FIRST, LONGEST_FIRST = 10, 38
"""Characters of the first phrase: enough to be heard while the next is made, and few enough to be made quickly."""
SHORTEST_PIECE, LONGEST_PIECE = 8, 90
"""Characters of the later ones: 90 are about 6 s of speech, made in half a second."""

_PHRASE = re.compile(
    r"(?<=[,;:])\s+"
    r"|\s+(?=(?:from|to|on|at|in|is|are|was|were|has|have|costs?|leaves?|may|can|could|will|would|should|but|for|"
    r"with|without|by|until|before|after|that|which|who|when|if|because|today|tomorrow|goes|comes|lies|belongs)\b)"
)


def phrases(clause: str, *, first: bool = True) -> tuple[str, ...]:
    """The pieces of `clause` to be synthesised one after the other; one for a short clause. Joined with a space they
    are the clause with its white space made single. `first`: nothing of the reply has been heard yet."""
    text = " ".join(clause.split())
    pieces: list[str] = []
    if first and len(text) > LONGEST_UNCUT:
        cut = _cut(text, SHORTEST_FIRST, LONGEST_FIRST, earliest=True)
        if cut is not None:
            pieces.append(text[: cut.start()])
            text = text[cut.end() :]
    while len(text) > LONGEST_PIECE and (cut := _cut(text, SHORTEST_PIECE, LONGEST_PIECE)) is not None:
        pieces.append(text[: cut.start()])
        text = text[cut.end() :]
    return (*pieces, text) if text else tuple(pieces)


def _cut(text: str, shortest: int, longest: int, *, earliest: bool = False) -> re.Match[str] | None:
    """Where to cut off a piece of `shortest` to `longest` characters: at the last comma, else at the last phrase."""
    cuts = [
        cut
        for cut in _PHRASE.finditer(text)
        if shortest <= cut.start() <= longest and len(text) - cut.end() >= SHORTEST_PIECE
    ]
    if earliest:
        return next(iter(cuts), None)
    commas = [cut for cut in cuts if text[cut.start() - 1] in ",;:"]
    return next(reversed(commas or cuts), None)
