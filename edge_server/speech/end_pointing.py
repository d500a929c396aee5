"""End-pointing that knows what was asked: how long a silence ends the customer's turn, by the words before it.

Pure: words and expectation in, a wait and its reason out. Waits are ms of silence as voice activity detection sees
it, which is about 70 ms after the sound itself ended.

| evidence, the first that holds | reason | wait |
|---|---|---|
| the words are not known yet | `listening` | `listening_ms` |
| there were none, where no code was asked for | `no words` | `answer_ms` |
| they end in a filler, a conjunction, a preposition, a comma | `trailing` | `trailing_ms` |
| they end in the midst of a code | `unfinished code` | `spelling_ms` |
| they begin a way, a stay or a list ("a flight from Boston", "I could fly to Denver") | `begun` | `begun_ms` |
| a yes or no was asked for, and is all that they say | `answer` | `answer_ms` |
| a code was asked for, and is whole | `complete` | `complete_ms` |
| what was asked for is there, though more may come | `filled` | `filled_ms` |
| a code was asked for, and nothing else is said | `code awaited` | `spelling_ms` |
| they end without a full stop | `open sentence` | `open_ms` |
| the desk has an answer for which they are enough | `enough` | `enough_ms` |
| they ask, and the desk could make nothing of it | `nothing yet` | `statement_ms` |
| they ask | `question` | `question_ms` |
| they are a wish in a few words: its details may follow ("I want to change my flight.") | `wish` | `wish_ms` |
| otherwise | `statement` | `statement_ms` |
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from agents.turn import CODES, Expectation
from sync.session import CONFIRM

TRAILING = frozenset((
    "a", "about", "after", "also", "am", "an", "and", "any", "are", "around", "as", "at", "because", "before",
    "between", "but", "by", "can", "could", "do", "does", "during", "end", "eh", "er", "erm", "for", "from", "hmm",
    "how", "i", "i'd", "i'll", "i'm", "if", "in", "into", "is", "it's", "like", "maybe", "mm", "my", "near",
    "need", "of", "on", "or", "our", "so", "than", "that's", "the", "their", "then", "there's",
    "these", "this", "to", "uh", "uhm", "um", "until", "want", "was", "we'd", "we'll", "what", "what's", "when",
    "where", "which", "who", "will", "with", "without", "would", "your",
))  # fmt: skip
"""Words that do not end a sentence that a customer means to end ("end" and "n" is how "and" is heard there)."""
_LAST_WORD = re.compile(r"([a-z']+)\W*$")
_OPEN_END = re.compile(r"(?:\.\.\.|\u2026|,|;|:|-|\u2013|\u2014)\s*$")
_GOING_ON = re.compile(
    r"(?:(?:like|want|wanted|love) to know|wondering|tell me|let me (?:see|think|check|look)|(?:is|are) there|"
    r"do you have|looking for|i mean|you know|i think|i guess|i was|let's see)\W*$",
    re.IGNORECASE,
)
"""Beginnings of a sentence that a customer stops after to think."""
_WHOLE = re.compile(r"(?:as|that|it|how|who|what|where|when) (?:it |that |that's )?(?:is|was|are)\W*$", re.IGNORECASE)
"""Ends that look unfinished by their last word only: "leave it as it is"."""
_JOINING = frozenset(
    ("and", "but", "or", "because", "if", "um", "uh", "er", "of", "until", "till", "from", "at", "the")
)
"""Words after which people go on even when what was asked for is there."""
_HEARD_FOR_AND = ("end", "n")
"""How "and" is heard at the end of a question."""
_FROM_A_PLACE = re.compile(r"\b[Ff]rom (?:[A-Z][\w']*\s?){1,2}\W*$")
_FROM_A_DAY = re.compile(r"^\W*from\b(?!.*\b(?:to|until|till|through|for|and)\b)", re.IGNORECASE)
_ALTERNATIVES = re.compile(r"\b(?:could|might|either|maybe|perhaps)\b.*\bor\b[^?]*$", re.IGNORECASE)
_MUSING = re.compile(r"^\W*(?:well\W+|so\W+|maybe\W+)?(?:I|we) (?:could|might)\b[^?]*$", re.IGNORECASE)
"""Beginnings without an end: of a way, of a stay that was asked about, of a list, and of thinking aloud."""
_WISH = re.compile(
    r"\b(?:I|we)(?:(?:['\u2019]d| would)? (?:like|love|prefer|want|wanted|need|could|might)|"
    r"['\u2019](?:m|re) looking)\b",
    re.IGNORECASE,
)
_FEW_WORDS = 4
_FEW_LONG_WORDS, _LONG = 2, 3
"""An answer of so few words, or with so few of more than three letters, to a question for a code is not a sentence
about something else."""
_SHORT_WISH = 7
"""A wish of so many words seldom says when, where and how many."""


@dataclass(frozen=True, slots=True)
class Waits:
    """How much silence (ms) ends a turn, by what was said before it."""

    listening_ms: int = 1_200
    answer_ms: int = 260
    complete_ms: int = 320
    filled_ms: int = 460
    begun_ms: int = 900
    enough_ms: int = 320
    question_ms: int = 320
    statement_ms: int = 460
    wish_ms: int = 650
    open_ms: int = 800
    trailing_ms: int = 1_350
    spelling_ms: int = 1_500


@dataclass(frozen=True, slots=True)
class Wait:
    """A decision: `ms` of silence end the turn, and why."""

    ms: int
    reason: str


def wait(
    words: str | None,
    expected: Expectation,
    waits: Waits,
    *,
    enough: bool | None = None,
    eagerness: float = 1.0,
) -> Wait:
    """How long to wait in a silence after `words` (None: not known yet).

    `enough` is what a rehearsed answer tells of them (`agents.turn.Desk.enough`; None: nothing, or not yet),
    `eagerness` the client's factor on the waits, beside the persona's `patience`.
    """
    ms, reason = _decide(words, expected, waits, enough)
    return Wait(round(ms * expected.patience * eagerness), reason)


def _decide(words: str | None, expected: Expectation, waits: Waits, enough: bool | None) -> tuple[int, str]:
    if words is None:
        return waits.listening_ms, "listening"
    if not words.strip():  # a letter alone is often not understood
        return waits.open_ms if expected.asked in CODES else waits.answer_ms, "no words"
    if expected.unfinished:
        return waits.spelling_ms, "unfinished code"
    if trails(words, answered=expected.filled):
        return waits.trailing_ms, "trailing"
    if _begins_only(words, expected):
        return waits.begun_ms, "begun"
    if expected.filled:
        if expected.asked == CONFIRM:
            return waits.answer_ms, "answer"
        if expected.asked in CODES:
            return waits.complete_ms, "complete"
        return waits.filled_ms, "filled"
    if expected.asked in CODES and _only_code(words):
        return waits.spelling_ms, "code awaited"
    if not words.rstrip().endswith((".", "?", "!")):
        return waits.open_ms, "open sentence"
    if enough:
        return waits.enough_ms, "enough"
    if words.rstrip().endswith("?"):
        return (waits.statement_ms, "nothing yet") if enough is False else (waits.question_ms, "question")
    if _WISH.search(words) and len(words.split()) <= _SHORT_WISH:
        return waits.wish_ms, "wish"
    return waits.statement_ms, "statement"


def _begins_only(words: str, expected: Expectation) -> bool:
    asked_day = expected.filled and expected.asked == "date"
    from_a_day = asked_day and _FROM_A_DAY.search(words) is not None
    patterns = (_FROM_A_PLACE, _ALTERNATIVES, _MUSING)
    return from_a_day or any(pattern.search(words) is not None for pattern in patterns)


def _only_code(words: str) -> bool:
    long = [word for word in re.findall(r"[\w']+", words) if len(word) > _LONG]
    few = len(words.split()) <= _FEW_WORDS or len(long) <= _FEW_LONG_WORDS
    return few and not words.rstrip().endswith("?")


def trails(words: str, *, answered: bool = False) -> bool:
    """Whether `words` end as people do who are going on; `answered`: what they were asked for is there."""
    last = _LAST_WORD.search(words.lower().replace("\u2019", "'"))
    if answered:
        return last is not None and last[1] in _JOINING
    if _OPEN_END.search(words) or _GOING_ON.search(words):
        return True
    if last is None or words.rstrip().endswith("?") or _WHOLE.search(words):
        return last is not None and last[1] in _HEARD_FOR_AND
    return last[1] in TRAILING
