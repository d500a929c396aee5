"""Cuts the first clause of a reply into phrases for synthesis, so that the first sound is there early.

Synthesis takes time in proportion to what it speaks; a short first phrase is heard while the rest is made. A cut is
made only where speakers may pause: before a word that begins a new phrase, or at a comma.
"""

from __future__ import annotations

import re

LONGEST_UNCUT = 26
"""A clause of so many characters (about 1.6 s of speech) is spoken in one."""
SHORTEST_FIRST, LONGEST_FIRST = 10, 38
"""Characters of the first phrase: enough to be heard while the rest is made, and few enough to be made quickly."""
SHORTEST_REST = 8

_PHRASE = re.compile(
    r"(?<=[,;:])\s+"
    r"|\s+(?=(?:from|to|on|at|in|is|are|was|were|has|have|costs?|leaves?|may|can|could|will|would|should|but|for|"
    r"with|without|by|until|before|after|that|which|who|when|if|because|today|tomorrow|goes|comes|lies|belongs)\b)"
)


def phrases(clause: str) -> tuple[str, ...]:
    """The pieces of `clause` to be synthesised one after the other; one for a short clause. Joined with a space they
    are the clause with its white space made single."""
    text = " ".join(clause.split())
    if len(text) <= LONGEST_UNCUT:
        return (text,) if text else ()
    cuts = [
        cut
        for cut in _PHRASE.finditer(text)
        if cut.start() >= SHORTEST_FIRST and len(text) - cut.end() >= SHORTEST_REST
    ]
    if not cuts or cuts[0].start() > LONGEST_FIRST:
        return (text,)
    return text[: cuts[0].start()], text[cuts[0].end() :]
