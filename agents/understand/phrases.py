"""Small patterns of what people say: yes and no, their own name, how many they are, one night, a vague day."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pydantic import JsonValue

from agents.understand.day_parts import parts_of_day

Answer = Literal["yes", "no"]

_OPENS = (
    r"^\W*(?:(?:gosh|blimey|heavens|goodness|crikey|lol|haha|wow|yikes|ouch|god|jeez|mate|oh|well|um+|uh+|er|"
    r"hm+|ok|okay|so|ah|actually|hey|sorry|please|dear|my|then|in that case)\b\W*)*"
)
_YES = re.compile(
    rf"{_OPENS}(?:yes|yeah|yep|yup|ya|sure|certainly|of course|correct|exactly|absolutely|definitely|please do|"
    r"go ahead|do it|that'?s (?:right|correct|fine|it)|that is (?:right|correct|fine)|sounds good|i do|affirmative|"
    r"(?:right|fine|perfect|great|deal)(?=\W*(?:please|thanks|thank you)?\W*$))\b|"
    r"^\W*(?:ok|okay|alright|all right|please)\W*(?:please|thanks|thank you|then|sure)?\W*$",
    re.IGNORECASE,
)
_NO = re.compile(
    rf"{_OPENS}(?:no(?! (?:problem|worries|idea|matter|luck))|nope|nah|none(?! of)|not (?:really|now|yet|that)|"
    rf"don'?t|do not|wrong|"
    r"incorrect|negative|never mind|nevermind|i don'?t(?! (?:know|have|remember|understand|see))|"
    r"i'?d rather not|rather not|i changed my mind|stop)\b|"
    r"^\W*(?:[\w$'-]+ ){0,3}[\w$'-]+\?\s*(?:no|nope|nah)\b|"  # "Forty? No, then not."
    r"^(?!.*\byes\b).*(?:\bno (?:way|thanks|thank you)\W*$|[,.!?]\s*(?:no|nah|nope)\W*$)",
    re.IGNORECASE,
)
_TAKES_YES_BACK = re.compile(
    rf"{_OPENS}(?:(?:yes|yeah|yep|yup|sure|ok|okay|right|fine)\b\W*)+"
    r"(?:(?:oh|wait|um+|uh+|er|hang on|hold on|actually|sorry|well|i mean|or rather)\b\W*)*(?:no|nope|nah)\b"
    r"(?=\W*$|[,.;!]+(?! *(?:that'?s|that is|it'?s|sounds|looks|all) (?:\w+ )?(?:fine|good|great|right|"
    r"ok|okay|perfect))|"
    r" (?:i|i'll|i'd|i'm|we|wait|thanks|thank|sorry|actually|not|don't|do not|leave|forget|never|let's|maybe|no)\b)",
    re.IGNORECASE,
)
"""A yes that is taken back in the same breath ("yes yes, no, I'll come back")."""
_QUESTION = re.compile(
    r"\?\s*$|^(?:\W*(?:wait|hang on|hold on|one (?:moment|second)|ugh|um+|uh+|oh|hm+|sorry|but|and|so|okay|ok)\b)*\W*"
    r"(?:(?:whats?|whens?|wheres?|which|whos?|why|hows?|can|could|may|do|does|is|are|will|would|should)\b|"
    r"(?:am|was|were|did|have) (?:i|we|my|our|he|she|they|it)\b)",
    re.IGNORECASE,
)
_OWN_NAME = re.compile(
    r"\b(?i:my name is|my name's|this is|i am|i'm|it's)\s+((?:[A-Z][a-z'\u2019]+\s+){1,2}[A-Z][a-z'\u2019]+)\b"
)
_NAME_CUE = re.compile(
    r"\b(?:my name is|my name's|(?:i am|i'm) (?:called|named))\s+([a-z'\u2019]+(?: [a-z'\u2019]+)?)", re.I
)
_ONE_WEEK = re.compile(
    r"(?<!in )(?<!back )(?<!forward )(?<!by )(?<!by exactly )(?<!by just )\b(?:a|one) (?:whole |full )?week\b"
    r"(?! (?:later|earlier|sooner|from|ago|after|before|on))",
    re.IGNORECASE,
)
_ONE_NIGHT = re.compile(
    r"^(?!.*\b(?:until|till|through)\b).*(\b(?:(?:tomorrow|today|(?:mon|tues|wednes|thurs|fri|satur|sun)day) night|"
    r"tonight|for the night)\b)",
    re.IGNORECASE,
)
_YOUNG = r"(?:boys|girls|kids|children|sons|daughters)"
_MANY = rf"(?:two|three|four|five|[2-5]|{_YOUNG}|friends|parents|family|grandchildren|grandkids)\b"
_ADULT = (
    r"(?:wife|husband|partner|friend|girlfriend|boyfriend|mother|father|mom|dad|sister|brother|grandma|grandmother|"
    r"grandpa|grandfather)"
)
_PARTY = re.compile(
    rf"\b(?P<we>(?:(?:me|myself|i|my {_ADULT})(?:,? and |, | plus | with )){{1,2}})(?:(?:my|our|the) )?"
    rf"(?P<more>both|two|three|four|[2-4])(?: of)?(?: my| our| the)? (?:\w+ )?"
    rf"(?:{_YOUNG}|friends|grandchildren|grandkids)\b",
    re.IGNORECASE,
)
"""Who speaks, and whom they bring along, one by one and by a number."""
_NUMBERS = {"both": 2, "two": 2, "three": 3, "four": 4}
_PEOPLE = {
    1: re.compile(
        r"\b(?:(?:just|only) (?:for )?(?:(?:me|myself)(?! and\b)|one(?! (?:night|morning|day|week|hour)))|"
        r"for myself|by myself|i'?m alone|on my own)\b",
        re.IGNORECASE,
    ),
    2: re.compile(
        rf"\b(?:(?:the )?both(?: of us|(?! (?:of )?(?:my |our |the )?{_YOUNG}))|a couple|me and my (?!{_MANY})\w+|"
        rf"my (?:{_ADULT}|son|daughter) and (?:me|i|myself)|two of us)\b",
        re.IGNORECASE,
    ),
}
"""How many people some words for a party are, with who speaks."""
_VAGUE_DAY = re.compile(
    r"\b(?:(?:this|next|the|on the|over the|coming|some time|sometime|early|late)\s+)*"
    r"(?:weekend|next week|this week|next month|this month|end of the (?:week|month))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A value of a slot type that a phrase says, at characters `start` to `end`. `follow` is its unit."""

    type: str
    value: JsonValue
    start: int
    end: int
    follow: str = ""


def answer_in(text: str) -> Answer | None:
    """Whether `text` begins as a yes or a no; None: neither."""
    return "no" if _NO.match(text) or takes_yes_back(text) else "yes" if _YES.match(text) else None


def takes_yes_back(text: str) -> bool:
    """Whether `text` begins with a yes and takes it back ("yeah, no, leave it")."""
    return _TAKES_YES_BACK.match(text) is not None


def asks_something(text: str) -> bool:
    """Whether `text` has the form of a question."""
    return _QUESTION.search(text) is not None


def phrases(text: str) -> Iterator[Phrase]:
    """The values that phrases in `text` say: `part_of_day`, `count` (of people, of one night), `vague_date`, and
    `own_name`, the name that the customer says is theirs."""
    for part, start, end in parts_of_day(text):
        yield Phrase("part_of_day", part, start, end)
    if (week := _ONE_WEEK.search(text)) is not None:
        yield Phrase("count", 7, week.start(), week.end(), "night")
    if (night := _ONE_NIGHT.search(text)) is not None:
        yield Phrase("count", 1, night.start(1), night.end(1), "night")
    for people, pattern in _PEOPLE.items():
        if (match := pattern.search(text)) is not None:
            yield Phrase("count", people, match.start(), match.end(), "people")
    if (party := _PARTY.search(text)) is not None:
        brought = len(re.findall(rf"\bmy {_ADULT}", party["we"], re.IGNORECASE))
        more = _NUMBERS.get(party["more"].lower()) or int(party["more"])
        yield Phrase("count", 1 + brought + more, party.start(), party.end(), "people")
    if (vague := _VAGUE_DAY.search(text)) is not None:
        yield Phrase("vague_date", vague[0].lower(), vague.start(), vague.end())
    if (name := _OWN_NAME.search(text) or _NAME_CUE.search(text)) is not None:
        yield Phrase("own_name", name[1], name.start(1), name.end(1))
