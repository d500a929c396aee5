"""What is said of a passage: its own sentences, those that answer, at most two."""

from __future__ import annotations

import re

from data.knowledge.evidence import Candidate
from data.knowledge.words import sentences

_MOST = 2
_LEANING = re.compile(
    r"(it|its|they|them|their|this|that|these|those|there|he|she|both|but|and|or|so|then|however|otherwise|also"
    r"|after that|before that|in that case|if so|if not|the (first|second|latter|former))\b",
    re.IGNORECASE,
)
_CONDITION = re.compile(r"(but|however|otherwise|unless|except|only|if not|not)\b", re.IGNORECASE)


def shortened(candidate: Candidate) -> str:
    """The sentences of the passage's body nearest to the question, in their order and unchanged, at most two.

    A sentence that leans on the one before ("It closes at nine.") brings that one along; one that takes something
    back ("But not on Sundays.") is never left behind. A body of two sentences is told whole.
    """
    told = sentences(candidate.passage.body)
    if len(told) <= _MOST:
        return candidate.passage.body
    likeness = candidate.by_sentence
    if len(likeness) != len(told):  # the body without the entity's name falls into other sentences
        return " ".join(told[:_MOST])
    first = max(range(len(told)), key=likeness.__getitem__)
    if first > 0 and _LEANING.match(told[first]):
        chosen = [first - 1, first]
    elif first + 1 < len(told) and (_CONDITION.match(told[first + 1]) or _LEANING.match(told[first + 1])):
        chosen = [first, first + 1]
    else:
        others = sorted((index for index in range(len(told)) if index != first), key=lambda index: -likeness[index])
        fit = [index for index in others if not _LEANING.match(told[index]) or index - 1 == first]
        near = [index for index in fit if likeness[index] >= 0.75 * likeness[first]]
        chosen = sorted([first, *near[:1]])
    return " ".join(told[index] for index in chosen)
