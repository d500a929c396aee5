"""What words name only to say that it is not wanted: "don't cancel anything", "I don't want any hotel", "Hotel? No".

Neither does what is denied begin, nor is its subject spoken of.
"""

from __future__ import annotations

import re
from functools import lru_cache

_BETWEEN = (
    r"(?:(?:just|even|really|actually|please|ever|you|me|us|to|want(?:ed|ing)?|wanna|wish(?:ing)?|need(?:ing)?|"
    r"going|trying|looking|planning|hoping|here|ask(?:ed|ing)?|say(?:ing)?|said|mean|meant|talk(?:ing)?|speak(?:ing)?|"
    r"call(?:ing)?(?= about)|about|for|a|an|any|another|anything|dare)\s+)*"
)
_BE_NOT = r"(?:am not|'m not|are not|'re not|aren't|is not|'s not|isn't|was not|wasn't|not)"
_LEADS = (
    r"(?:(?<!why )(?:do not|don't|dont|did not|didn't|was not|wasn't|am not|'m not|are not|'re not|is not|isn't|never|"
    rf"not)\s+{_BETWEEN}(?:(?<=about )the\s+)?|{_BE_NOT}\s+{_BETWEEN}(?:the|my|our)\s+|"
    r"nothing (?:to do with|about)\s+(?:(?:the|a|any|my)\s+)?|"
    r"(?:stop|enough|quit)\s+(?:it\s+)?(?:with\s+|of\s+)?(?:(?:the|this|all|your)\s+)*(?=\w+(?:ing|tion)\b)|"
    r"who said (?:anything|something) about\s+(?:(?:a|any|the)\s+)?)"
)
_SMALL = (
    r"(?:the|my|our|your|his|her|on|at|in|so|to|that|this|it|know|sure|have|had|only|too|much|very|bad|worry|mind|"
    r"need|want|want(?:ed)?|be|get|got|think|care|like|really)"
)
"""Words behind a denial that name nothing."""
_OBJECT = r"(?:\s+(?:it|that|this|them|any|one|more|anything|everything|nothing|(?:my|our) [a-z]+)\b)?"
_GIVEN_UP = r"(?!\w*\s+(?:\w+\s+){0,2}?(?:any ?more|any longer|after all)\b)"
"""Who does not want something any more gives it up, and speaks of it."""
_DENIED = re.compile(
    rf"\b{_LEADS}{_GIVEN_UP}(?P<what>(?!{_SMALL}\b)[a-z]+{_OBJECT})|"
    r"^\W*(?P<asked_back>[a-z]+)\W*\?\W*no\b|^\W*(?P<echoed>(?!no\b)[a-z]+) no,? (?:no\b|not\b|the\b)|"
    r"\b(?:the|my|our)\s+(?P<stays>[a-z]+)(?:(?:'s|\s+is)\s+(?:all\s+)?"
    r"(?:fine|okay|ok|good|alright|all\s+right|sorted|set)|"
    r"\s+(?:stays|can\s+stay|is\s+staying))\b(?=[^.?!]{0,20}\bbut\b|[.,;]\s*(?:it's|it\s+is|only|just)\b)|"
    rf"\b(?:instead of|rather than|without)\s+(?P<left>[a-z]+ing{_OBJECT})\b",
    re.IGNORECASE,
)
_ALL_OF_IT = re.compile(
    r" (?:it|that|this|them|any|one|more|anything|everything|nothing|(?:my|our) [a-z]+)$", re.IGNORECASE
)


@lru_cache(maxsize=256)
def denied(words: str) -> tuple[str, ...]:
    """What `words` name only to say that it is not wanted ("cancel anything", "hotel")."""
    return tuple(match[match.lastgroup or 0] for match in _DENIED.finditer(_plain(words)))


def denies_all(what: str) -> bool:
    """Whether what is denied is an act on whatever the customer has ("cancel anything"), not the manner of one ("sit",
    of "I don't want to sit in the back")."""
    return _ALL_OF_IT.search(what) is not None


@lru_cache(maxsize=256)
def affirmed(words: str) -> str:
    """`words` with blanks, as many as there were characters, in the place of what they deny, and of the denial."""
    for match in _DENIED.finditer(_plain(words)):
        start, end = match.span("left") if match["left"] else match.span()
        words = f"{words[:start]}{' ' * (end - start)}{words[end:]}"
    return words


def _plain(words: str) -> str:
    return words.replace("\u2019", "'")
