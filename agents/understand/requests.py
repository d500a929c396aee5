"""Requests: what is asked to be done, whether a price is asked for, whether words speak of what the customer has."""

from __future__ import annotations

import re
from functools import lru_cache

_FILLERS = (
    r"(?:\W*(?:oh|well|um+|uh+|er+m?|hm+|ok|okay|so|ah|actually|hey|hi|hello|hiya|sorry|please|kindly|just|yeah|"
    r"yes|right|"
    r"now|look|listen|good (?:morning|afternoon|evening|day)|there|see|then|and|also|but|dear|sir|madam|quickly)\b)*\W*"
)
_ASKED = re.compile(
    rf"^{_FILLERS}(?:(?:(?:i|we)(?:'d| would|'ll| will)?\s+(?:{_FILLERS})?(?:like|want|need|wish|love|prefer|"
    rf"have|got|rather|hope|must|"
    rf"wanna|gotta)\s*(?:to|2|two|too)?|(?:i|we)(?:'m| am|'re| are) (?:looking |trying |wanting |hoping |going |"
    rf"here )?(?:to|for)?|"
    rf"(?:can|could|would|will|may|might) (?:you|i|we)|let(?:'s| us| me)|any chance (?:of|you could|i could)|"
    rf"is it possible to|would it be possible to|do you think you could|would you mind|help me(?: to)?|i wanna|"
    rf"you (?:can|may|could))"
    rf"{_FILLERS})?",
    re.IGNORECASE,
)
"""How words begin that ask for something to be done, up to its verb."""
_PRICE = re.compile(
    r"\bhow (?:much|dear|expensive)\b|\bwhat(?:'s|'ll| is| are| do| does| did| would| will|"
    r" might)?\b(?:\W+\w+){0,6}?\W+"
    r"(?:costs?|charges?|charged|prices?|fees?|fares?|rates?|damage|set (?:me|us|you) back|sting|pay|owe)\b|"
    r"\bwhat(?:'s| does| do| will| would) (?:it|that|this|they|everything|all (?:of )?(?:it|that))"
    r"(?: all)? (?:come|comes|add up|amount) to\b|"
    r"\bprice-?wise\b|\b(?:is|are) (?:it|there|they|that)\b(?:\W+\w+){0,3}\W+(?:charge|fee|cost)\b|"
    r"\b(?:do(?:es)?|will|would)\b(?:\W+\w+){1,5}?\W+(?:cost|be extra)\b|"
    r"\b(?:run|cost|charge) (?:me|us|you)\b.*\?|(?<!when )(?<!where )(?<!how )\bdo (?:i|we) (?:have to )?pay\b|"
    r"\bwhat(?:'s| is) the total\b|\bball ?park\b",
    re.IGNORECASE,
)

_AT_SOME_TIME = re.compile(
    r"^(?=.{0,60}\b(?:(?:can|could|may|might|will|would) (?:i|we|you|they|it|this|that|the|my|our)|"
    r"what if|(?:is|would) it|am i|are we|do i|do we)\b).*"
    r"\b(?:later on|afterwards?|any ?time|at any point|at the last minute|in case|"
    r"if (?:needed|necessary|something|anything|(?:my|our|the) plans|"
    r"(?:i|we) (?:have to|had to|get (?:sick|ill|hurt|stuck|delayed)|fall|can't|cannot))|"
    r"(?:cancel|remove|undo|return) (?:it|that|this|them) (?:\w+ )?later|"
    r"(?:still|always) (?:\w+ ){0,6}(?:later|then|after(?! \d))(?! (?:flight|one|time|plane|train|day|check)))\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=64)
def asked_act(text: str) -> str:
    """What is asked to be done, from its verb on ("scrap the flight" of "um, could you please scrap the flight"); ""
    when nothing is asked for."""
    head = _ASKED.match(text)
    return text[head.end() :] if head is not None else ""


@lru_cache(maxsize=64)
def asks_price(text: str) -> bool:
    """Whether `text` asks what something costs."""
    return _PRICE.search(text) is not None


@lru_cache(maxsize=64)
def asks_for_later(text: str) -> bool:
    """Whether `text` asks what would be possible at some later time ("can I still cancel that later"): it asks for
    nothing to be done."""
    return _AT_SOME_TIME.search(text) is not None


@lru_cache(maxsize=64)
def of_their_own(things: tuple[str, ...]) -> re.Pattern[str]:
    """Finds words that speak of one of `things` as the customer's: "my Miami flight", "I've a ticket", "booked on"."""
    thing = "|".join(map(re.escape, things))
    return re.compile(
        rf"\b(?:my|our)\s+(?:[\w'-]+\s+){{0,4}}?(?:{thing})\b|"
        rf"\b(?:i|we)(?:'ve| have| hold| had|'m having| am having|'re having| are having|'m holding)(?: already|"
        rf" currently| got)*"
        rf"\s+(?:an?|the|two|our)?\s*(?:\w+\s+){{0,2}}?(?:{thing})\b(?= (?:to|for|on|from|with|booked|already|"
        rf"at|in|of|and)\b)|"
        r"\b(?:i|we)(?:'m|'re| am| are)(?: already| currently| supposed to be| meant to be)* (?:booked|down for|"
        r"on the|on (?=\w*\d))|"
        rf"\b(?:{thing})\b(?: (?:in|at|to) \w+)?(?: that)? (?:i|we)(?:'ve|'d| have| had)? "
        r"(?:booked|bought|reserved|got|have)\b|"
        rf"\b(?:my|our) booking\b|"
        r"\b(?:i|we)(?:'ve| have| had)?(?: already| originally| first| just)* (?:booked|bought|reserved)"
        r" (?!an?\b|the\b|my\b|our\b|one\b|two\b|it\b|this\b|that\b|with\b)\w|"
        rf"\bthan (?:(?:i|we)(?:'m|'re|'ve|'d| am| are| have| had)?(?: originally| first| already)* (?:booked|planned|"
        rf"reserved|bought|paid for)|(?:my|our|the) (?:{thing}) says|(?:planned|booked|reserved))\b",
        re.IGNORECASE,
    )


@lru_cache(maxsize=64)
def speaks_of_own(words: str, things: tuple[str, ...]) -> bool:
    """Whether `words` speak of one of `things` (at least one) as the customer's."""
    return of_their_own(things).search(words) is not None


_BESIDE = re.compile(
    r"\b(?:as well|too|also|in addition|besides|back|home|return(?:ing)?|for my \w+|for (?:him|her|them))\b",
    re.IGNORECASE,
)
_ANOTHER = re.compile(r"\b(?:another|second|additional|new)\b", re.IGNORECASE)


def goes_beside(words: str) -> bool:
    """Whether `words` have a word with which a wish goes beside what is held, not in its place."""
    return _BESIDE.search(words) is not None


def of_another(words: str) -> bool:
    """Whether `words` speak of another thing than the one that is held ("a second room")."""
    return _ANOTHER.search(words) is not None
