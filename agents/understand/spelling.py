"""A code that was spelled and heard almost right: the characters as near as they can be told.

`codes.booking_code` reads what is heard well. This reads the rest, where a code is expected: words that stand for
their first letter ("Boston", "B is in Boston" for "B as in Boston", "Vick or" for "Victor"), names of characters that
came out as other words ("tune" for 2), the same code said over and over. What comes out may be a character short or
long; `data.confusable` says which code it may have been.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from agents.understand.codes import CODE_LENGTH, Code, only_a_number
from agents.understand.words import NATO, SOUNDS, UNITS, ZEROS, Token, spell, tokens

SHORTEST, LONGEST = 5, 8
"""How many characters may have been heard of a code of six."""
_PIN_DIGITS = 4
_NEAR_NATO = 66.0
"""How much a word must be like one of the spelling alphabet (rapidfuzz ratio, 0 to 100) to stand for it."""
_CARRIER = re.compile(
    r"^.*\b(?:code|reference|confirmation|reservation|booking|book in code)\b(?:\s+(?:number|code))?"
    r"(?:\W+(?:is|it's|its|in|was))*\b",
    re.IGNORECASE | re.DOTALL,
)
_NAMED = re.compile(r"\b(?:code|book in code|reference)(?: number)?(?: is|'s| in|,)", re.IGNORECASE)
_AS_SAID = re.compile(
    r"^.*\b(?:told|said|say|saying|gave|given|asked|asking|mentioned|repeat|repeating)\b"
    r"(?:\W+(?:you|that|me|it|this|already|just|now|twice|before|again|is|was|it's|for|once|more))*\W*",
    re.IGNORECASE | re.DOTALL,
)
"""Words that speak of saying it ("I told you"), none of which is a character."""
_PIN_CUE = re.compile(r"\b(?:and\s+)?(?:my\s+|the\s+)?(?:pin|passcode)\b", re.IGNORECASE)
_NUMBER_CUE = re.compile(r"\b(?:customer|member|client|account|flight)\b", re.IGNORECASE)
_LEADS = frozenset({"as", "is", "in", "an", "and", "for", "like", "s", "us", "has", "was"})
"""What stands, or is heard, between a letter and its word."""
_SKIPPED = frozenset(
    {"it", "it's", "its", "the", "my", "uh", "um", "er", "dash", "hyphen", "space", "then", "so", "ok", "okay", "yes",
     "please", "or", "capital", "letter", "number", "sorry", "that's", "thanks", "again"}
)  # fmt: skip
_HEARD_AS = {
    "for": "4", "fore": "4", "to": "2", "too": "2", "tune": "2", "two": "2", "won": "1", "ate": "8", "free": "3",
    "tree": "3", "sick": "6", "sicks": "6", "heaven": "7",
    "hive": "5", "he": "E", "me": "E", "exit": "X", "fox": "F",
    "julie": "J", "oscars": "O", "vic": "V", "vick": "V",
}  # fmt: skip
"""Other words that recognisers write for the name of a character."""
_LETTER_OF = {sound: letter for letter, sounds in SOUNDS.items() for sound in sounds}


@dataclass(frozen=True, slots=True)
class _Sign:
    """Characters that were heard, with their place. `told` is False for a guess at a word that nothing explains."""

    chars: str
    start: int
    end: int
    told: bool


def example_for(letter: str) -> str | None:
    """The word of the spelling alphabet for a letter, as it is written ("Bravo"); None for a digit."""
    return next((word.capitalize() for word, stands_for in NATO.items() if stands_for == letter), None)


def names_its_code(text: str) -> bool:
    """Whether `text` says that a code comes ("my booking code is ...")."""
    return _NAMED.search(text) is not None


_PART_CUE = re.compile(
    r"\b(?:starts?|begins?|beginning|ends) with\b|\bthe (?:first|last) (?:part|half|three|two)\b", re.IGNORECASE
)
"""Words that announce a part of a code."""


def spelled_roughly(text: str) -> Code | None:
    """The code that `text` spells, as near as can be told (5 to 8 capitals and digits); None when it spells none.

    For utterances in which a code is expected: at least two of its letters and one of its digits must be sure.
    """
    if _PART_CUE.search(text) is not None:
        return None
    carrier = _CARRIER.match(text)
    begins = carrier.end() if carrier is not None else 0
    said = _AS_SAID.match(text)
    if said is not None and any(sign.chars.isdigit() for sign in _signs(tokens(text[said.end() :]))):
        begins = max(begins, said.end())
    if _NUMBER_CUE.search(text, begins) is not None:
        return None
    ends = cue.start() if (cue := _PIN_CUE.search(text, begins)) is not None else len(text)
    words = [word for word in tokens(text) if begins <= word.start and word.end <= ends]
    whole = _signs(words)
    told = [sign for sign in whole if sign.told]
    if len(told) < len(whole) and sum(len(sign.chars) for sign in told) == CODE_LENGTH:  # a story before it
        words = [word for word in words if word.start >= told[0].start]
        whole = told
    signs = _without_pin(_once(whole))
    value = "".join(sign.chars for sign in signs)
    if only_a_number(value, (part for run in spell(words) for part in run)):
        return None
    sure = [c for sign in signs if sign.told for c in sign.chars]
    guessed = sum(not sign.told for sign in signs)
    enough = sum(c.isalpha() for c in sure) >= 2 and any(c.isdigit() for c in sure) and guessed <= 2
    if not SHORTEST <= len(value) <= LONGEST or not enough or _unexplained(words, whole) > len(value) // 3:
        return None
    return Code(value, signs[0].start, signs[-1].end)


def _signs(words: Sequence[Token]) -> list[_Sign]:
    signs: list[_Sign] = []
    at = 0
    while at < len(words):
        word = words[at]
        example = _example(words, at)
        if example is not None:
            signs.append(_Sign(words[example].text.lower().removeprefix("in")[0].upper(), word.start,
                               words[example].end, True))  # fmt: skip
            at = example + 1
            continue
        if word.lower in ("double", "doubleyou") and at + 1 < len(words) and words[at + 1].lower in ("u", "you"):
            signs.append(_Sign("W", word.start, words[at + 1].end, True))
            at += 2
            continue
        if word.lower == "x" and at + 1 < len(words) and words[at + 1].lower == "ray":
            signs.append(_Sign("X", word.start, words[at + 1].end, True))
            at += 2
            continue
        chars = _characters(word)
        if chars:
            signs.append(_Sign(chars, word.start, word.end, True))
        elif word.lower not in _SKIPPED and word.lower not in _LEADS and len(word.text) > 2 and not _echo(words, at):
            signs.append(_Sign(word.text[0].upper(), word.start, word.end, False))
        at += 1
    return signs


def _example(words: Sequence[Token], at: int) -> int | None:
    """The place of the word that explains the letter at `at` ("B as in Boston"); None when none does."""
    if words[at].text.isdigit() or words[at].lower in UNITS:
        return None
    if words[at].lower in NATO and words[at + 1 : at + 2] and words[at + 1].lower == "for":  # "hotel four november"
        return None
    after = at + 1
    while after < len(words) and after - at <= 3 and words[after].lower in _LEADS:
        after += 1
    if at + 1 < after < len(words) and words[after].lower in ("a", "he"):  # "why is a Yankee"
        after += 1
    if after == at + 1 or after >= len(words):
        return None
    word = words[after].text
    named = word.isalpha() and len(word) > 2 and words[after].lower not in UNITS
    if words[after].lower == "x" and after + 1 < len(words) and words[after + 1].lower == "ray":
        return after + 1 if words[at].lower == "x" else None
    strong = any(word.lower in _LEADS - {"and", "an", "for"} for word in words[at + 1 : after])
    return after if named and (strong or word[0].upper() == words[at].text[0].upper() or word[0].isupper()) else None


def _echo(words: Sequence[Token], at: int) -> bool:
    """Whether the next word begins with the same letter: "Kayan Kilo" is one letter and its word."""
    return at + 1 < len(words) and words[at + 1].text[0].lower() == words[at].text[0].lower()


def _characters(word: Token) -> str:
    """The characters that a word stands for; "" when it is only a word."""
    lower = word.lower
    if lower in ZEROS:
        return "0"
    if lower in UNITS:
        return str(UNITS[lower])
    if lower in NATO:
        return NATO[lower]
    if lower in _HEARD_AS:
        return _HEARD_AS[lower]
    if lower in _LETTER_OF:
        return _LETTER_OF[lower]
    if any(c.isdigit() for c in word.text):
        return word.text.upper()
    capitals = re.match(r"[A-Z]{2,6}(?=[a-z]*$)", word.text)
    if capitals is not None:
        return capitals[0]
    if len(lower) > 3 and (like := process.extractOne(lower, NATO.keys(), scorer=fuzz.ratio, score_cutoff=_NEAR_NATO)):
        return NATO[like[0]]
    return ""


def _once(signs: list[_Sign]) -> list[_Sign]:
    """The code once, when it was written over and over or said twice."""
    value = "".join(sign.chars for sign in signs)
    for period in range(SHORTEST, LONGEST):
        if len(value) >= period * 3 // 2 + 2 and all(value[i] == value[i - period] for i in range(period, len(value))):
            return _first(signs, period)
    return signs


def _first(signs: list[_Sign], length: int) -> list[_Sign]:
    kept: list[_Sign] = []
    for sign in signs:
        left = length - sum(len(one.chars) for one in kept)
        if left > 0:
            kept.append(_Sign(sign.chars[:left], sign.start, sign.end, sign.told))
    return kept


def _without_pin(signs: list[_Sign]) -> list[_Sign]:
    """The signs without the four digits of a PIN said after a code."""
    value = "".join(sign.chars for sign in signs)
    if len(value) < SHORTEST + _PIN_DIGITS or not value[-_PIN_DIGITS:].isdigit():
        return signs
    left = len(value) - _PIN_DIGITS
    kept = _first(signs, left)
    return kept if sum(len(sign.chars) for sign in signs[: len(kept)]) == left else signs


def _unexplained(words: Sequence[Token], signs: Sequence[_Sign]) -> int:
    """How many words stand for no character and are none of those that people put around a code."""
    return sum(
        not any(sign.start <= word.start < sign.end for sign in signs) and word.lower not in _SKIPPED | _LEADS
        for word in words
    )
