"""What words ask: the questions in an utterance, one by one, and whether they lean on what was asked before.

People put several questions into one breath and a story before them, and a recogniser writes no full stops. A question
begins where its words have the order of one ("what time can", "is there", "do you").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

_AUX = (
    r"(?:is|are|was|were|do(?! (?:it|that|this)\b)|does|did|can|could|may|will|would|should|shall|must|"
    r"have(?= (?:i|we|you|they)\b)|am|isn't|aren't|don't|doesn't|can't|couldn't|won't)"
)
_SUBJECT = r"(?:i|we|you|they|he|she|it|there|that|this|the|my|our|your|his|her|their|any|anyone|anybody|a|an|all)"
_WH = (
    r"(?:whats(?= the\b)|(?:what(?:'s|s)?|when(?:'s|s)?|where(?:'s|s)?|which|who(?:'s|s|m)?|whose|how(?:'s|s)?|why)\b"
    r"(?! (?:i|we|you|they|he|she|it|there|my|our|your|the|about|if|else|an? (?:\w+ )?(?:pity|shame|relief|surprise|"
    r"nuisance|bother|mess|day|week|story|palaver|laugh|joke))\b))"
)
_FRAME = (
    r"(?:(?:can|could|would) you (?:please |also |just )?(?:tell|inform) (?:me|us)|do you (?:happen to |also )?know|"
    r"(?:i|we)(?:'d| would)? (?:just |only |also |really )?(?:want(?:ed)?|need(?:ed)?|like|have) (?:to )?"
    r"(?:know|ask|find out|hear)(?: about)?|(?:i|we)(?:'m|'ve| was| am| have)?(?: just| only)* (?:asking|"
    r"wondering|asked|(?:meant|mean)(?!\W*$|,)|curious)(?: about)?|"
    r"(?:please |also )?(?:tell (?:me|us)|say)|any idea|another question|one more (?:thing|question)|"
    r"(?:just|only) (?:asking|wondering|curious)|(?:quick|one|a|two|second|small) questions?)"
)
_OPENING = rf"(?:{_WH}|{_AUX} {_SUBJECT}\b)"
_FIRST = (
    r"(?:(?:^|[.?!]\s)\W*(?:(?:and|so|but|ok(?:ay)?|um+|uh+|oh|well|hi|hello|no|yes|sorry|also|then)\W+)*"
    rf"(?={_AUX} \w))"
)
"""Where an utterance or a sentence begins as a question does."""
_ASKS = re.compile(rf"\b{_OPENING}|{_FIRST}", re.IGNORECASE)
_FRAMED = re.compile(rf"\b{_FRAME}\b(?:\W+(?:if|whether))?\W*", re.IGNORECASE)
_ALSO = re.compile(
    rf"(?:[.?!,;]+\s*(?:and\s+)?|\s+(?:and|also|plus)\s+)(?:(?:also|then|please|um|uh|so)\s+)*"
    rf"(?={_FRAME}\b|{_OPENING}|(?:is|are|do|does|did) (?!not\b)\w)|[.?!]+\s+(?={_AUX} \w)|"
    r"[.?!]+\s+(?:(?:and|also|so|oh|then)\W+)*(?=(?:what|how) about\b)|\?\s+(?=[^.?!]*\?)",
    re.IGNORECASE,
)
"""What stands between one question and the next."""
_ALSO_FRAMED = re.compile(
    r"[,;]?\s+(?:and|or)\s+(?:also\s+)?(?:whether\s+(?!(?:or )?not\b)|if\s+(?=(?:there|you|they|it|the)\b)|"
    r"(?=(?:when|where|how (?:much|many|long|far)|what(?: time)?) (?:i|we|you|they|it|there|the|my|our|your)\b))",
    re.IGNORECASE,
)
"""The same within words that ask to be told ("can you tell me when we can come and whether there's a pool")."""
_IF_THERE_IS = re.compile(
    r"\bif (?:possible|(?:you|they)(?:'ve| have)(?: got)? (?:one|any|it|some)|there(?:'s| is| are) (?:one|any|some)|"
    r"(?:it|that)(?:'s| is) (?:ok|okay|possible|alright|all right|free))\b",
    re.IGNORECASE,
)
"""A condition of a wish that says nothing of what comes behind it."""
_IS_THERE = re.compile(r"\b(?:(?:is|are) there|(?:do|does) (?:you|they|it) have)\b", re.IGNORECASE)
_JOINT = re.compile(r"(?:[\s,;]+(?:and|also|plus|or|then|whether|if))+\s*$", re.IGNORECASE)
_FEWEST_WORDS = 3
"""Fewer words are no question by themselves ("and how")."""
_PRICE_ALONE = (
    r"(?:how much|how expensive|how early|how late|how long|how far|how many|how|why|when|where|what|what time|"
    r"what(?:'s| is| are| does| do)(?: the)? (?:total |whole )?(?:prices?|costs?|fees?|fares?|charges?|total|hours?)|"
    r"what(?: does| do| would| will|'s| is|s) (?:it|that|they|those|all of it) costs?|what do i pay|"
    r"do i (?:have to )?pay (?:anything|something|for (?:it|that))|is it free|is that free|free)"
)

_POINTS_BACK = re.compile(
    rf"^\W*(?:(?:ok(?:ay)?|oh|so|well|and|but|um+|uh+|sorry|right|all right|alright|yes|hm+|then)\W+)*"
    rf"(?:(?:(?:until|till|from|by|at) )?{_PRICE_ALONE}"
    rf"(?:\W+(?:is|are|was|were|does|do|did|would|will|can|for|cost|costs|that|this|it|they|them|those|"
    rf"these|be|i|we|you|pay|to|have|charge|in total|altogether|then|again|exactly|please|each|way|a|one|per|night|"
    rf"day|person|both|ways?|two|three|four|us|me|all|the|of|people|persons?|guests?|adults?|kids|children))*"
    rf"|(?:and |but )?for (?:two|three|four|both|one|a|the|my|our|us|each|all)\b(?: \w+){{0,3}}"
    rf"|(?:is|are|was|does|do|can|will|would) (?:that|this|it|they|those|these)\b"
    rf"(?! (?:\w+ly |always |often |ever |still )?(?:this|that) \w)(?: \w+){{0,5}}"
    rf"|(?:what|how) about (?:it|that|both|two|three)\b(?: \w+){{0,3}})\W*$",
    re.IGNORECASE,
)
"""Questions that say nothing of what they ask about ("how much is that", "and for two")."""


_RULE = re.compile(
    r"\bwhat(?:'s| is| will| would|'ll)? (?:happens?|going to happen)\b|\b(?:until|till|by|from) when\b|"
    r"\b(?:do|would|will) (?:i|we) (?:still |also |always |then |really |even )*"
    r"(?:get|need|lose|owe|receive|have to|(?:need to )?pay|be (?:charged|refunded))\b|"
    r"\b(?:am i|are we|is it|is that|are they) (?:even |still |always |actually )?allowed\b|"
    r"\b(?:can|could|may|might|am|are|is it possible)\b(?: \w+){1,12}? (?:for free|free of charge|"
    r"without (?:paying|any|a|the|extra|charge|charges|cost|costs|penalty|fees?)|at no (?:\w+ )?(?:cost|charge)|online|"
    r"on line|on (?:your|the) (?:app|website|site|web)|(?:on|with|from|in) (?:my|the|an|your) (?:phone|mobile|app)|"
    r"from home|at (?:the|an) (?:airport|counter|kiosk))\b",
    re.IGNORECASE,
)
"""Words that ask how things are in general: on what terms, by which way, what follows."""
_IN_CASE = re.compile(r"(?:\b(\w+) )?\b(?:if|in case) (?:i|we|you|they)\b(?!'d\b| could\b| can\b)", re.IGNORECASE)
"""A case that is asked about; with the word before it, by which it may be none ("tell me if I am booked")."""
_ASKS_US = re.compile(r"\b(?:can|could|would|will) you\b", re.IGNORECASE)
"""Words of a request, whatever its condition."""
_NO_CASE = frozenset(
    {"know", "me", "us", "see", "ask", "check", "wonder", "wondering", "sure", "ok", "okay", "fine", "right", "alright"}
    | {"mind", "possible", "better", "great", "nice", "it", "say", "about", "remember", "out", "forgot", "tell"}
)
_WISHES = re.compile(
    r"\b(?:(?:i|we)(?:'d| would)? (?:want|need|like|love)|please|let (?:me|us)|(?:i'm|we're) looking)\b", re.IGNORECASE
)
"""Words that wish for something to be done."""
_MORE = re.compile(
    r"\b(?:and|what about|how about) ((?:(?:for|with|without|in|at|on|as to) )?"
    r"(?:the|a|an|your|my|our|any|some) \w+(?: \w+)?)\W*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Question:
    """A question in words: `whole` with what was said before it, `alone` from its first word on."""

    whole: str
    alone: str


@lru_cache(maxsize=256)
def questions_in(words: str) -> tuple[Question, ...]:
    """The questions in `words`, in order; without any that can be told, all of the words as one."""
    cuts = [0, *_begins(words), len(words)]
    parts = [_JOINT.sub("", words[start:end]).strip(" ,;") for start, end in pairwise(cuts)]
    return tuple(Question(part, _alone(part)) for part in parts if part) or (Question(words, words),)


def _begins(words: str) -> list[int]:
    """Where a further question begins in `words`: behind one before it, and with words enough."""
    begins: list[int] = []
    framed = _FRAMED.search(words)
    more = _ALSO_FRAMED.finditer(words, framed.end()) if framed is not None else ()
    for match in sorted((*_ALSO.finditer(words), *more), key=lambda one: one.start()):
        before = words[begins[-1] if begins else 0 : match.start()]
        behind = words[match.end() :]
        long = len(behind.split()) >= _FEWEST_WORDS and len(before.split()) >= _FEWEST_WORDS
        if (
            long
            and (asks_anything(before) or match[0].startswith("?") or _WISHES.search(before))
            and not _continues(before)
            and not points_back(behind)
            and match.start() >= (begins[-1] if begins else 0)
        ):
            begins.append(match.end())
    return begins


def _continues(before: str) -> bool:
    """Whether words before a joint go on behind it ("what time do I arrive and ...", "if I come late, can I")."""
    said = _IF_THERE_IS.sub(" ", before)
    return re.search(r"\b(?:if|when|because|since|unless|in case)\b[^.?!]*$", said, re.IGNORECASE) is not None and (
        _ASKS.search(said) is None
    )


def asks_anything(words: str) -> bool:
    """Whether a question can be told in `words`, wherever it begins."""
    return _ASKS.search(words) is not None or _FRAMED.search(words) is not None


def asks_from(words: str) -> int | None:
    """Where the first question in `words` begins; None: none can be told."""
    found = [match for match in (_ASKS.search(words), _FRAMED.search(words)) if match is not None]
    return min((match.start() for match in found), default=None)


def _alone(part: str) -> str:
    """A question without what was said before it."""
    frames = list(_FRAMED.finditer(part))
    start = frames[-1].end() if frames and len(part[frames[-1].end() :].split()) >= _FEWEST_WORDS - 1 else 0
    asks = [match.start() for match in _ASKS.finditer(part, start)]
    if not asks and not frames and (more := _MORE.search(part)) is not None:
        return more[1]
    said = _leading(part, asks)
    return part[start if said is None else said :].lstrip(".!?").strip()


def _leading(part: str, asks: list[int]) -> int | None:
    """Where the last question of `part` begins; a verb belongs to the question word before it ("what time do you")."""
    if not asks:
        return None
    chosen = asks[0]
    for at in asks[1:]:
        between = part[chosen:at]
        led = re.match(rf"\b{_WH}", between, re.IGNORECASE) is not None
        if not (led and re.search(rf"\b{_AUX}\b", between, re.IGNORECASE) is None) and len(between.split()) > 2:
            chosen = at
    return chosen if len(part[chosen:].split()) >= _FEWEST_WORDS else asks[0]


def informs(words: str) -> bool:
    """Whether the question in `words` begins with a question word, and so asks to be told something."""
    return re.match(_WH, questions_in(words)[-1].alone, re.IGNORECASE) is not None


def asks_rule(words: str) -> bool:
    """Whether `words` ask how things are in general, or in a case that is only supposed ("do I get my money back if I
    cancel", "can I check in online"): they want to know, and nothing to be done."""
    if _RULE.search(words) is not None:
        return True
    case = _IN_CASE.search(words)
    if case is None or (case[1] or "").lower() in _NO_CASE or _ASKS_US.search(words) is not None:
        return False
    return asks_anything(f"{words[: case.start()]} {words[case.end() :]}")


def asks_what_is_there(words: str) -> bool:
    """Whether `words` ask for a thing that a place may have ("is there a gym")."""
    return _IS_THERE.search(words) is not None


def names_more(words: str) -> bool:
    """Whether `words` end in another thing to be told of ("he's too big then, and the hot tub")."""
    return _MORE.search(words) is not None


def points_back(words: str) -> bool:
    """Whether `words` are a question that says nothing of what it asks about."""
    return _POINTS_BACK.match(words) is not None
