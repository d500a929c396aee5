"""Small patterns of what people say: yes and no, their own name, how many they are, one night, a vague day."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from pydantic import JsonValue

Answer = Literal["yes", "no"]

_OPENS = r"^(?:\W*(?:oh|well|um+|uh+|er|hm+|ok|okay|so|ah|actually|hey|sorry|please)\b\W*)*"
_YES = re.compile(
    rf"{_OPENS}(?:yes|yeah|yep|yup|ya|sure|certainly|of course|correct|exactly|absolutely|definitely|please do|"
    r"go ahead|do it|that'?s (?:right|correct|fine|it)|that is (?:right|correct|fine)|sounds good|i do|affirmative|"
    r"(?:right|fine|perfect|great|deal)(?=\W*(?:please|thanks|thank you)?\W*$))\b|"
    r"^\W*(?:ok|okay|alright|all right|please)\W*(?:please|thanks|thank you|then|sure)?\W*$",
    re.IGNORECASE,
)
_NO = re.compile(
    rf"{_OPENS}(?:no(?! (?:problem|worries|idea|matter|luck))|nope|nah|not (?:really|now|yet|that)|don'?t|do not|wrong|"
    r"incorrect|negative|never mind|nevermind|i don'?t(?! (?:know|have|remember|understand|see))|"
    r"i'?d rather not|rather not|i changed my mind|stop)\b",
    re.IGNORECASE,
)
_QUESTION = re.compile(
    r"\?\s*$|^(?:whats?|whens?|wheres?|which|whos?|why|hows?|can|could|may|do|does|is|are|will|would|should)\b",
    re.IGNORECASE,
)
_FILLERS = (
    r"(?:\W*(?:oh|well|um+|uh+|er+m?|hm+|ok|okay|so|ah|actually|hey|hi|hello|hiya|sorry|please|kindly|just|yeah|yes|right|"
    r"now|look|listen|good (?:morning|afternoon|evening|day)|there|see|then|and|also|but|dear|sir|madam|quickly)\b)*\W*"
)
_ASKED = re.compile(
    rf"^{_FILLERS}(?:(?:(?:i|we)(?:'d| would|'ll| will)?\s+(?:{_FILLERS})?(?:like|want|need|wish|love|prefer|have|got|rather|hope|must|"
    rf"wanna|gotta)\s*(?:to|2|two|too)?|(?:i|we)(?:'m| am|'re| are) (?:looking |trying |wanting |hoping |going |here )?(?:to|for)?|"
    rf"(?:can|could|would|will|may|might) (?:you|i|we)|let(?:'s| us| me)|any chance (?:of|you could|i could)|"
    rf"is it possible to|would it be possible to|do you think you could|would you mind|help me(?: to)?|i wanna|you (?:can|may|could))"
    rf"{_FILLERS})?",
    re.IGNORECASE,
)
"""How words begin that ask for something to be done, up to its verb."""
_PRICE = re.compile(
    r"\bhow (?:much|dear|expensive)\b|\bwhat(?:'s|'ll| is| are| do| does| did| would| will| might)?\b(?:\W+\w+){0,6}?\W+"
    r"(?:costs?|charges?|charged|prices?|fees?|fares?|rates?|damage|set (?:me|us|you) back|sting|pay|owe)\b|"
    r"\bprice-?wise\b|\b(?:is|are) (?:it|there|they|that)\b(?:\W+\w+){0,3}\W+(?:charge|fee|cost)\b|"
    r"\bdo(?:es)?\b(?:\W+\w+){1,5}?\W+cost\b",
    re.IGNORECASE,
)
_OWN_NAME = re.compile(
    r"\b(?i:my name is|my name's|this is|i am|i'm|it's)\s+((?:[A-Z][a-z'\u2019]+\s+){1,2}[A-Z][a-z'\u2019]+)\b"
)
_NAME_CUE = re.compile(
    r"\b(?:my name is|my name's|(?:i am|i'm) (?:called|named))\s+([a-z'\u2019]+(?: [a-z'\u2019]+)?)", re.I
)
_ONE_WEEK = re.compile(
    r"(?<!in )(?<!back )(?<!forward )(?<!by )\b(?:a|one) (?:whole )?week\b"
    r"(?! (?:later|earlier|sooner|from|ago|after|before|on))",
    re.IGNORECASE,
)
_ONE_NIGHT = re.compile(
    r"^(?!.*\b(?:until|till|through)\b).*(\b(?:(?:tomorrow|today|(?:mon|tues|wednes|thurs|fri|satur|sun)day) night|"
    r"tonight|for the night)\b)",
    re.IGNORECASE,
)
_PEOPLE = {
    1: re.compile(
        r"\b(?:(?:just|only) (?:for )?(?:me|myself|one)|for myself|by myself|i'?m alone|on my own)\b", re.IGNORECASE
    ),
    2: re.compile(
        r"\b(?:(?:the )?both(?: of us)?|a couple|me and my \w+|my (?:wife|husband|partner|friend|girlfriend|boyfriend|"
        r"mother|father|son|daughter) and (?:me|i|myself)|two of us)\b",
        re.IGNORECASE,
    ),
}
_VAGUE_DAY = re.compile(
    r"\b(?:(?:this|next|the|on the|over the|coming|some time|sometime|early|late)\s+)*"
    r"(?:weekend|next week|this week|next month|this month|end of the (?:week|month))\b",
    re.IGNORECASE,
)
_PARTS_OF_DAY = {
    "morning": re.compile(r"\bmornings?\b|\bearly\b", re.IGNORECASE),
    "afternoon": re.compile(r"\bafternoons?\b|\bmidday\b", re.IGNORECASE),
    "evening": re.compile(r"\bevenings?\b|\btonight\b|\bnight flights?\b", re.IGNORECASE),
}


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
    return "no" if _NO.match(text) else "yes" if _YES.match(text) else None


def asks_something(text: str) -> bool:
    """Whether `text` has the form of a question."""
    return _QUESTION.search(text) is not None


@lru_cache(maxsize=64)
def of_their_own(things: tuple[str, ...]) -> re.Pattern[str]:
    """Finds words that speak of one of `things` as the customer's: "my Miami flight", "I've a ticket", "booked on"."""
    thing = "|".join(map(re.escape, things))
    return re.compile(
        rf"\b(?:my|our)\s+(?:[\w'-]+\s+){{0,4}}?(?:{thing})\b|"
        rf"\b(?:i|we)(?:'ve|'m| am| have| hold| had| are|'re)?(?: already| currently| got| having| holding)*"
        rf"\s+(?:an?|the|two|our)?\s*(?:\w+\s+){{0,2}}?(?:{thing})\b(?= (?:to|for|on|from|with|booked|already|at|of|and)\b)|"
        r"\b(?:i|we)(?:'m|'re| am| are)(?: already| currently| supposed to be| meant to be)* (?:booked|down for|on the|on (?=\w*\d))|"
        rf"\b(?:{thing})\b(?: that)? (?:i|we)(?:'ve| have)? (?:booked|bought|reserved|got|have)\b|"
        rf"\b(?:my|our) booking\b",
        re.IGNORECASE,
    )


def asked_act(text: str) -> str:
    """What is asked to be done, from its verb on ("scrap the flight" of "um, could you please scrap the flight"); ""
    when nothing is asked for."""
    head = _ASKED.match(text)
    return text[head.end() :] if head is not None else ""


def asks_price(text: str) -> bool:
    """Whether `text` asks what something costs."""
    return _PRICE.search(text) is not None


def phrases(text: str) -> Iterator[Phrase]:
    """The values that phrases in `text` say: `part_of_day`, `count` (of people, of one night), `vague_date`, and
    `own_name`, the name that the customer says is theirs."""
    for part, pattern in _PARTS_OF_DAY.items():
        if (match := pattern.search(text)) is not None:
            yield Phrase("part_of_day", part, match.start(), match.end())
    if (week := _ONE_WEEK.search(text)) is not None:
        yield Phrase("count", 7, week.start(), week.end(), "night")
    if (night := _ONE_NIGHT.search(text)) is not None:
        yield Phrase("count", 1, night.start(1), night.end(1), "night")
    for people, pattern in _PEOPLE.items():
        if (match := pattern.search(text)) is not None:
            yield Phrase("count", people, match.start(), match.end(), "people")
    if (vague := _VAGUE_DAY.search(text)) is not None:
        yield Phrase("vague_date", vague[0].lower(), vague.start(), vague.end())
    if (name := _OWN_NAME.search(text) or _NAME_CUE.search(text)) is not None:
        yield Phrase("own_name", name[1], name.start(1), name.end(1))
