"""What of a read-back the customer heard, what a question about it asks, and whether a value was told in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pydantic import JsonValue

from agents.understand.heard import Found
from agents.understand.requests import asks_price
from sync.session import PendingWrite, SessionState

_LAST_QUESTION = re.compile(r"(?<=[.!?:])\s+[^.!?]*\?$")
_FEW_WORDS = 12
"""A longer question asks about more than what was read back."""
_MONEY = re.compile(
    r"\b(?:how much|refund(?:s|ed|able)?|money|price|cost(?:s|ing)?|fees?|charged?|charges|free|paid|pay(?:ing)?|"
    r"expensive|dear|lose|get back|(?:get|have|see) (?:\w+ ){0,3}back|credit|in (?:all|total)|altogether|"
    r"total|extra|dollars)\b",
    re.IGNORECASE,
)
_DOES = re.compile(
    r"\b(?:pay|paying|paid|charged?) (?:\w+ ){0,2}(?:at|by|with|in|on)\b|"
    r"\b(?:how|when|where) (?:do|can|could|would|should|will|must) (?:i|we) (?:\w+ )?(?:pay|be charged)\b|"
    r"\b(?:do|would|will|should|must|shall) (?:i|we) (?:have to|need to|be|arrive|come|check)\b|"
    r"\b(?:should|must) (?:i|we)\b",
    re.IGNORECASE,
)
_DAY = re.compile(
    r"\b(?:(?:what|which) (?:day|date|time|one|flight|room|seat|booking|reservation|hotel|house)|what(?:'s| is) that|"
    r"[ap]\.?m\b|"
    r"when (?:is|was|does|do|would|will)|how (?:long|many))\b",
    re.IGNORECASE,
)
_TERMS = re.compile(
    r"\b(?:until|till|by|from) (?:when|what time|which day)\b|\bhow late (?:can|could|may|might)\b|"
    r"\bif (?:i|we) (?:\w+ ){1,4}(?:later|tomorrow|next|on|instead|then|after)\b",
    re.IGNORECASE,
)
"""Words that ask on what terms a change is made, which no read-back says ("until when can I cancel for free")."""
_SUBJECT = re.compile(
    r"\b(?:how much|what time|when|how long|what|which)\b(?: \w+)?? (?:is|are|does|do|would|will) (?:the |a |an )?"
    r"(?!(?:it|that|this|they|those|these|i|we|you|there|he|she|all|both|my|our|your|one|two|three|four|five|six|everything|the|a|an|price|total|"
    r"cost|costs|fee|charge|refund|money|difference|rest|change|new|old|next|first|last|later|earlier|other)\b)([a-z]{3,})\b",
    re.IGNORECASE,
)
"""What a question asks something of."""


_OF_IT = re.compile(
    r"^\W*(?:(?:and|so|but|oh|ok|okay|um+|uh+|wait|sorry|hm+|well|right)\W+)*(?:is|was|are|does|do|did|has|have|will) "
    r"(?:that|it|this|they|those|these|(?:that|this|the) (?:room|one|flight|seat|hotel|house|stay|plane))\b"
    r"(?!.*\b(?:possible|ok|okay|alright|all right|cheaper|cheapest|lowest|best|earlier|later|"
    r"instead|rather|available|free on|any better|work|works|less|more expensive)\b)",
    re.IGNORECASE,
)


def asks_of_it(words: str) -> bool:
    """Whether a question only asks how the thing read back is ("does that room have two beds", "is that still before
    New Year"): what it names is no wish."""
    return _OF_IT.search(words) is not None


def read_back_heard(state: SessionState) -> bool:
    """Whether the last reply, as far as it was heard, holds all of the read-back but its closing question."""
    if state.pending is None or not state.history or state.history[-1].role != "agent":
        return False
    facts = _LAST_QUESTION.sub("", state.pending.read_back)
    return bool(facts) and facts in " ".join(state.history[-1].text.split())


def statement(reply: str) -> str:
    """A reply without the question at its end, to be followed by another question; "" when it is only a question."""
    return "" if re.fullmatch(r"[^.!?]*\?", reply) else _LAST_QUESTION.sub("", reply)


def asks_terms(words: str) -> bool:
    """Whether a question is about the terms of a change, at another time than now: a text knows them, no quote."""
    return _TERMS.search(words) is not None


def asks_its_price(words: str) -> bool:
    """Whether a short question is about the money of what was read back ("what do I get back", "is it refundable")."""
    return len(words.split()) <= _FEW_WORDS and (asks_price(words) or _MONEY.search(words) is not None)


def asks_how(words: str) -> bool:
    """Whether a question is about what there is to do about it, and not what it is: how or where it is paid, when to be
    there ("can I pay at the airport")."""
    return _DOES.search(words) is not None and not asks_price(words)


def asks_of_another(words: str, told: str, ours: Sequence[str]) -> bool:
    """Whether a question asks something of a thing that is neither in what was `told` nor among `ours` ("what time does
    the pool close", "how much is parking")."""
    match = _SUBJECT.search(words)
    if match is None:
        return False
    thing = match[1].lower().removesuffix("s")
    known = {*re.findall(r"[a-z]+", " ".join((told, *ours)).lower())}
    return not any(word.startswith(thing) or thing.startswith(word) for word in known if len(word) > 2)


def asks_its_rest(words: str) -> bool:
    """Whether a short question is about its day, its time or which thing it is ("when is that", "which flight")."""
    return len(words.split()) <= _FEW_WORDS and _DAY.search(words) is not None


def is_told(one: Found, pending: PendingWrite, slots: Iterable[JsonValue] = ()) -> bool:
    """Whether a value in the words is among those that were quoted, or in the flow's `slots`; a number is told where it
    was said in the read-back."""
    known = list(slots)
    if isinstance(one.value, int):
        return one.value in known or str(one.value) in re.findall(r"\d+", pending.read_back.replace(",", ""))
    told = " ".join(str(value).lower() for value in (*known, *pending.quote.values()))
    values = one.value if isinstance(one.value, list) else [one.value]
    return any(re.search(rf"(?<!\d){re.escape(str(value).lower())}(?:00)?(?!\d)", told) for value in values)
