"""Whether words want something taken off again that was added, or less of it: the opposite of adding it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from agents.understand.naming import one_or_more

_WHICH = (
    r"(?:(?:the|that|this|those|these|my|our|an?|any|one|two|of|all|both|second|third|other|extra|additional|more)"
    r"\s+)*"
)
_REMOVE = (
    r"(?:remov(?:e|ing)|delet(?:e|ing)|drop(?:ping)?|scrap(?:ping)?|ditch(?:ing)?|cancel(?:l?ing)?|undo(?:ing)?|skip|lose|"
    r"get(?:ting)? rid of|tak(?:e|ing) (?:off|out|away|back)|(?:leave|cross) (?:off|out)|"
    r"strike(?: off| out)?|do without|go without)"
)
_NOT = r"(?:don'?t|do not|doesn'?t|didn'?t|won'?t|will not|shan'?t|no longer|never|not going to|not gonna|not)"
_NEED = (
    r"(?:be (?:having|taking|needing|bringing|using|eating)|need|want|require|take|bring|use|taking|bringing|needing|"
    r"having|wanting|fancy)"
)
_SOFTLY = (
    r"(?:(?:(?:think|believe|suppose) (?:that )?(?:i|we)(?:'ll| will)?|really|actually|even|all|now|still|be|after all|"
    r"to|have)\s+)*"
)
_FIRST = re.compile(
    r"^\W*(?:(?:and|so|but|hi|hello|um|uh|okay|ok|oh|well|yes|yeah|please|thanks|thank you|great|then|sorry)\W+)*"
    r"(?:what|how|when|where|which|why|(?:will|would|do|am) (?:i|we)|should i|is|are|does|if)\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=64)
def _pattern(things: tuple[str, ...]) -> re.Pattern[str]:
    thing = rf"(?:{'|'.join(map(re.escape, things))})s?\b(?!\s+(?:fees?|charges?|price|costs?)\b)"
    return re.compile(
        rf"\b{_REMOVE}\s+{_WHICH}{thing}\b|"
        rf"\b(?:take|taking|leave|strike|get|cross|have|want)\s+{_WHICH}{thing}\s+(?:back |right )?"
        r"(?:off|out|away|removed|taken (?:off|out)|cancell?ed|deleted)\b|"
        rf"\b(?:(?:one|two|three|an?|\d)\s+)?{thing}\s+(?:less|fewer|too many)\b|"
        rf"\b(?:less|fewer)\s+(?:of (?:the )?)?{thing}\b|"
        rf"\b{_NOT}\s+{_SOFTLY}{_NEED}\s+{_WHICH}{thing}\b|"
        rf"\b{thing}\s+(?:is|are|isn'?t|aren'?t|'s)\s+(?:not |no longer )?(?:needed|wanted|necessary)(?<!are needed)\b",
        re.IGNORECASE,
    )


_IT = r"(?:it|that|this|them|those|one|the (?:second|last|other|first) one|that one|those two|both)"
_POINTS = re.compile(
    rf"\b(?:remove|delete|drop|scrap|undo|get rid of|take (?:off|out|away|back))\s+{_IT}\b(?! off\b)|"
    rf"\btake\s+{_IT}\s+(?:back |right )?(?:off|out|away)\b|"
    r"\b(?:one|two|three|want|need|have)\s+(?:less|fewer)\b|\bless\b(?=.*\bnot more\b)|\bnot add\b|\boff,? not on\b|"
    rf"\b{_NOT}\s+{_SOFTLY}{_NEED}\s+{_IT}\s+(?:any ?more|any longer|after all|more)\b|"
    r"\btake (?:out|away)\W*(?:$|\b(?:please|from|again)\b)",
    re.IGNORECASE,
)


def takes_off(words: str, things: Sequence[str]) -> bool:
    """Whether `words` want one of `things` (at least one) taken off, or less of it ("take that bag off again")."""
    if _FIRST.search(words) is not None:
        return False
    named = any(one_or_more(thing).search(words) is not None for thing in things)
    return named and (_pattern(tuple(things)).search(words) is not None or _POINTS.search(words) is not None)


def takes_it_off(words: str) -> bool:
    """Whether `words` want what was spoken of last taken off, or less of it ("no, remove it", "one less")."""
    return _FIRST.search(words) is None and _POINTS.search(words) is not None
