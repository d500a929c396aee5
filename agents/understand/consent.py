"""Whether words are an explicit yes and nothing else. Only such words let a change be written."""

from __future__ import annotations

import re
from collections.abc import Sequence

_YES = (
    r"yes|yeah|yep|yup|sure|certainly|of course|correct|right|exactly|absolutely|definitely|affirmative|"
    r"ok|okay|fine|go ahead|go for it|do it|do that|please do|sounds good|sounds great|that works|"
    r"that'?s (?:right|correct|fine|good)|"
    r"i agree|i confirm|confirmed|confirm|all right|alright|perfect|great"
)
_WITH_IT = (
    r"please|thanks|thank you|that|it|this|and|then|so|uh|um|oh|well|i do|i would|i'd|like|want|to|"
    r"very much|now|for me|is|it is|book|proceed|with|let'?s|that'?s|just|good|"
    r"do so|you can|you may|with that|works for me|my|the|me|change"
)
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+|\?")


def consents(words: str, agree: Sequence[str] = ()) -> bool:
    """Whether `words` say yes and nothing that could mean anything else.

    "Yes please, go ahead" does; "okay, but on Friday", "yes?", "I guess" and "not yet" do not. `agree` are further
    words that may stand beside the yes.
    """
    said = " ".join(_WORD.findall(words.lower().replace("\u2019", "'")))
    beside = "|".join((_YES, _WITH_IT, *(re.escape(word.lower()) for word in agree)))
    if re.search(rf"\b(?:{_YES})\b", said) is None:
        return False
    return re.fullmatch(rf"(?:(?:{beside})(?: |$))+", said) is not None
