"""By how much a day is to be moved: "a day earlier", "back a week", "the next day"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from agents.understand.calendar_words import NUMBER, count_of

_SHIFT = re.compile(
    rf"\b(?:(?P<count>{NUMBER}) (?:(?:whole|full) )?(?P<unit>days?|weeks?) (?:more |too )?"
    r"(?P<way>later|longer|earlier|sooner|after|before|early|late|"
    r"on(?=\W*$|\W+(?:at|instead|the same|same|in the|please|then)\b))"
    rf"|(?P<to>back|forward|ahead|by) (?:by )?(?:exactly |just |only |about )?(?P<count2>{NUMBER}) (?:(?:whole|full) )?"
    r"(?P<unit2>days?|weeks?)"
    r"(?! (?:early|earlier|sooner|late|later|before|after)\b))\b",
    re.IGNORECASE,
)
_FORWARD = re.compile(r"\b(?:forward|ahead|earlier|sooner)\b[^.,;!?]*$", re.IGNORECASE)
"""What makes "by a day" an earlier one ("bring my stay forward by a day")."""
_NEXT_DAY = re.compile(
    r"\b(?:the )?(?:(?P<after>next|following) (?:day|morning|afternoon|evening|night)|"
    r"(?:day|morning|afternoon|evening|night) (?:after(?! tomorrow)|(?P<before>before)))\b(?! yesterday)|"
    r"\b(?:the )?(?:following (?P<week>week(?:end)?)|(?P<week2>week(?:end)?) (?:after|(?P<before2>before)))\b"
    r"(?=\W*$|\s+(?:please|instead|if|and|or|then|because|that|works|would|as)\b)",
    re.IGNORECASE,
)


def shifts(text: str) -> Iterator[tuple[int, int, int]]:
    """By how many days `text` wants days moved ("a day earlier": -1, "back a week": 7), each with its place."""
    moved = list(_SHIFT.finditer(text))
    for match in moved:
        count = count_of(match["count"] or match["count2"]) * (7 if (match["unit"] or match["unit2"])[0] in "wW" else 1)
        way = (match["way"] or match["to"]).lower()
        earlier = way in ("earlier", "sooner", "before", "forward", "ahead", "early")
        earlier = earlier or (way == "by" and _FORWARD.search(text, 0, match.start()) is not None)
        yield (-count if earlier else count), match.start(), match.end()
    for match in () if moved else islice(_NEXT_DAY.finditer(text), 1):
        by = 7 if match["week"] or match["week2"] else 1
        yield (-by if match["before"] or match["before2"] else by), match.start(), match.end()
