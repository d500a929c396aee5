"""Words of an utterance with their places, and what each stands for when it is spelled out.

Recognisers write "K-7-M-2-Q-X", "K7M 2QX" or "kay seven em two", people say "K as in kilo": `spell` turns any of
these into the characters meant.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_TOKEN = re.compile(r"[A-Za-z0-9]+(?:'[A-Za-z]+)?")

UNITS: Mapping[str, int] = {
    word: value
    for value, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
}
TENS: Mapping[str, int] = {
    word: value * 10
    for value, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2
    )
}
ZEROS = frozenset({"oh", "o", "nought", "naught", "nil", "zero"})
_TIMES = {"double": 2, "triple": 3}

NATO: Mapping[str, str] = {
    word: word[0].upper()
    for word in [
        "alpha",
        "alfa",
        "bravo",
        "charlie",
        "delta",
        "echo",
        "foxtrot",
        "golf",
        "hotel",
        "india",
        "juliet",
        "juliett",
        "kilo",
        "lima",
        "mike",
        "november",
        "oscar",
        "papa",
        "quebec",
        "romeo",
        "sierra",
        "tango",
        "uniform",
        "victor",
        "whiskey",
        "whisky",
        "xray",
        "yankee",
        "zulu",
    ]
}
"""The spelling alphabet of the International Civil Aviation Organization, with common other spellings."""

SOUNDS: Mapping[str, tuple[str, ...]] = {
    "A": ("a", "ay", "eh"), "B": ("b", "be", "bee", "bi", "by", "bie"), "C": ("c", "see", "sea", "cee"),
    "D": ("d", "dee"), "E": ("e", "ee"), "F": ("f", "ef", "eff"), "G": ("g", "gee", "jee"),
    "H": ("h", "aitch", "age", "haitch"), "I": ("i", "eye"), "J": ("j", "jay"), "K": ("k", "kay", "okay", "cay"),
    "L": ("l", "el", "ell", "al"), "M": ("m", "em"), "N": ("n", "en"), "O": ("o",), "P": ("p", "pee"),
    "Q": ("q", "queue", "cue", "kew"), "R": ("r", "are", "ar"), "S": ("s", "es", "ess"), "T": ("t", "tee", "tea"),
    "U": ("u", "you"), "V": ("v", "vee"), "W": ("w", "doubleyou"), "X": ("x", "ex"), "Y": ("y", "why"),
    "Z": ("z", "zee", "zed"),
}  # fmt: skip
"""How the names of the letters come out of a recogniser as words."""

_LETTER_OF_SOUND = {sound: letter for letter, sounds in SOUNDS.items() for sound in sounds}
_EVERYDAY = frozenset(
    {
        "a",
        "i",
        "ay",
        "eh",
        "be",
        "by",
        "bee",
        "see",
        "sea",
        "eye",
        "are",
        "ar",
        "you",
        "why",
        "tea",
        "age",
        "okay",
        "al",
    }
)
"""Sounds of letters that are more often just words."""
_ORDINAL = re.compile(r"\d{1,2}(?:st|nd|rd|th)")
_SPELLING_LEADS = frozenset({"as", "in", "for", "like"})
_PAUSES = frozenset({"dash", "hyphen", "space", "then", "uh", "um", "er"})


@dataclass(frozen=True, slots=True)
class Token:
    """One word as written; `start` and `end` are character positions in the utterance."""

    text: str
    start: int
    end: int

    @property
    def lower(self) -> str:
        """The word in lower case."""
        return self.text.lower()


@dataclass(frozen=True, slots=True)
class Spelled:
    """Characters that one word (or a few, "double seven") stands for. `sure` is False for a word that is more
    often just a word ("a", "you", "see")."""

    chars: str
    start: int
    end: int
    sure: bool


def tokens(text: str) -> tuple[Token, ...]:
    """The words and numbers of `text`, in order."""
    return tuple(Token(m.group(), m.start(), m.end()) for m in _TOKEN.finditer(text))


_REPAIR = re.compile(
    r"^(?P<before>.+?)[\s,.]+(?:(?:sorry|no|oh|wait|uh|um)[\s,.]+)*i mean(?:t)?[\s,]+(?P<after>.+)$",
    re.IGNORECASE | re.DOTALL,
)

_HUM = r"(?:um+|uh+|er+m?|h+m+|mm+|well|oh|ah|so|ok|okay|right|please|now|sorry|just)"
_HESITATES = re.compile(
    rf"^(?:\W*{_HUM}\b)*\W*(?:let me (?:just )?think (?:about (?:it|that|this)|it over|on (?:it|that))"
    r"(?=\W+(?:yes|yeah|yep|no|nope)\b|\W+(?:ok|okay|all right|alright|right|sure|fine)\W+(?!thanks|thank)\w)|"
    r"let me (?:just )?(?:think|see|check|look|have a (?:think|look))|let's see|"
    r"(?:just )?(?:give me |wait |hold on |hang on )?(?:a|one) (?:moment|second|sec|minute)|bear with me)\b"
    rf"(?:\W*\b(?:{_HUM}|please|for me|here|a|one|moment|second|sec|minute|wait|hold on|hang on|"
    r"let me (?:think|see|check)|let's see)\b)*"
    r"(?P<then>\s*[,.;:!-]+\s*|\s+(?=(?:yes|yeah|yep|no|nope|it's|its|it is|that's|that is|i|i'd|i'm|\w*\d\w*|"
    r"(?:zero|one|two|three|four|five|six|seven|eight|nine))\b))",
    re.IGNORECASE,
)
"""How words begin of somebody who thinks aloud before they answer."""
_OPENER = re.compile(r"(?:my|the|a|an|to|on|for|from|at|in|of)\b", re.IGNORECASE)


_UNMARKED = re.compile(
    r"\b(?:(?P<verb>is|are|was|were|do|does|did|could|would|should|has|have|had|ca|wo)nt|"
    r"(?P<who>that|what|where|there|how|who|when|here)s(?= (?:the|a|an|my|your|it|is|that|not|no|all|what|how|this|in|"
    r"on|for|fine|ok|okay|right|good|great|too|more|why)\b))\b",
    re.IGNORECASE,
)
"""Short forms as people type them, and some recognisers write them, without their apostrophe."""


def with_apostrophes(text: str) -> str:
    """`text` with the apostrophes that its short forms lack ("isnt", "thats right")."""
    return _UNMARKED.sub(lambda match: f"{match['verb']}n't" if match["verb"] else f"{match['who']}'s", text)


def repaired(text: str) -> str:
    """`text` without what its speaker took back: "cancel my flight, sorry, I mean my hotel" is "cancel my hotel"; and
    without the thinking aloud before an answer ("hmm let me think uh yes" is "yes")."""
    thinking = _HESITATES.match(text)
    if thinking is not None and tokens(text[thinking.end() :]):
        text = text[thinking.end() :]
    said = _REPAIR.match(text)
    if said is None:
        return text
    begins = _OPENER.match(said["after"])
    if begins is None:
        return text
    places = [match.start() for match in re.finditer(rf"\b{begins[0]}\b", said["before"], re.IGNORECASE)]
    return f"{said['before'][: places[-1]]}{said['after']}" if places else text


def number_at(words: Sequence[Token], at: int) -> tuple[int, int] | None:
    """The number that begins at word `at` ("twenty one", "two hundred four", "7"), with how many words it takes."""
    first = words[at].lower
    if first.isdigit():
        return int(first), 1
    if first in TENS:
        if at + 1 < len(words) and 1 <= UNITS.get(words[at + 1].lower, 0) <= 9:
            return TENS[first] + UNITS[words[at + 1].lower], 2
        return TENS[first], 1
    scaled = first == "a" and at + 1 < len(words) and words[at + 1].lower in ("hundred", "thousand")
    if first not in UNITS and not scaled:
        return None
    value, used = UNITS.get(first, 1), 1
    for scale_word, scale in (("thousand", 1000), ("hundred", 100)):
        if value and at + used < len(words) and words[at + used].lower == scale_word:
            value, used = value * scale, used + 1
            if at + used < len(words) and words[at + used].lower == "and":
                used += 1
            rest = number_at(words, at + used) if at + used < len(words) else None
            if rest is not None and rest[0] < scale:
                value, used = value + rest[0], used + rest[1]
            break
    return value, used


def spell(words: Sequence[Token]) -> tuple[tuple[Spelled, ...], ...]:
    """Runs of neighbouring words that can be read as characters, each run in order.

    "my code is K as in kilo seven M two Q X please" gives one run: K, 7, M, 2, Q, X.
    """
    runs: list[tuple[Spelled, ...]] = []
    run: list[Spelled] = []
    at = 0
    while at < len(words):
        word = words[at]
        after = at + 1
        spelled: Spelled | None = None
        if word.lower == "double" and after < len(words) and words[after].lower in ("u", "you"):
            spelled = Spelled("W", word.start, words[after].end, True)
            after += 1
        elif word.lower == "x" and after < len(words) and words[after].lower == "ray":
            spelled = Spelled("X", word.start, words[after].end, True)
            after += 1
        elif word.lower in _TIMES and after < len(words) and (one := _characters(words[after])) and len(one[0]) == 1:
            spelled = Spelled(one[0] * _TIMES[word.lower], word.start, words[after].end, True)
            after += 1
        elif (number := number_at(words, at)) is not None:
            value, used = number
            digits = word.text if word.text.isdigit() else str(value)
            after = at + used
            spelled = Spelled(digits, word.start, words[after - 1].end, True)
        elif (one := _characters(word)) is not None:
            spelled = Spelled(one[0], word.start, word.end, one[1])
        if spelled is not None:
            run.append(spelled)
            after = _past_example(words, after, spelled.chars)
        elif word.lower not in _PAUSES or not run:
            if run:
                runs.append(tuple(run))
            run = []
        at = after
    if run:
        runs.append(tuple(run))
    return tuple(runs)


_NAMES_A_PROOF = frozenset({"pin", "code", "and"})
"""Words written in capitals that are no part of a code ("Q M, PIN eight eight")."""


def _characters(word: Token) -> tuple[str, bool] | None:
    lower = word.lower
    if lower in ZEROS:
        return ("0", lower != "o") if lower != "o" else ("0", False)
    if lower in UNITS:
        return str(UNITS[lower]), True
    if lower in NATO:
        return NATO[lower], lower not in {"hotel", "golf", "november", "india", "mike", "charlie"}
    if len(lower) == 1 and lower.isalpha():
        return lower.upper(), lower not in "ai"
    if lower in _LETTER_OF_SOUND:
        return _LETTER_OF_SOUND[lower], lower not in _EVERYDAY
    if lower.isalnum() and any(c.isdigit() for c in lower) and _ORDINAL.fullmatch(lower) is None:
        return lower.upper(), True
    if word.text.isalpha() and word.text.isupper() and len(word.text) <= 6 and lower not in _NAMES_A_PROOF:
        return word.text, len(word.text) > 1
    return None


def _past_example(words: Sequence[Token], at: int, chars: str) -> int:
    """Where the spelling goes on after "K" when the customer adds "as in kilo" or "like kangaroo"."""
    end = at
    while end < len(words) and words[end].lower in _SPELLING_LEADS:
        end += 1
    if len(chars) == 1 and end > at and end < len(words) and words[end].text[0].upper() == chars:
        return end + 1
    return at


def counts_in(words: Sequence[Token]) -> list[tuple[int, int, int]]:
    """The numbers among `words` ("a" and "another" are one), each with its place."""
    counts: list[tuple[int, int, int]] = []
    at = 0
    while at < len(words):
        number = number_at(words, at)
        if number is None and words[at].lower in {"a", "an", "another", "single"}:
            number = 1, 1
        if number is None:
            at += 1
            continue
        counts.append((number[0], words[at].start, words[at + number[1] - 1].end))
        at += number[1]
    return counts
