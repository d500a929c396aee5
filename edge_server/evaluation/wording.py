"""Whether two texts say the same, however they are written: word errors, and codes character by character.

"204", "two oh four" and "two hundred and four" are the same words; so are "$40" and "forty dollars", "LB204" and
"L B 204", "7:30 a.m." and "seven thirty am". Hesitations ("um") are not words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from agents.understand.words import ZEROS, number_at, spell, tokens

HESITATIONS = frozenset({"um", "uh", "uhm", "er", "erm", "hm", "hmm", "mm", "ah"})
SAME = {"okay": "ok", "mr": "mister", "dr": "doctor", "alright": "all right"}
ORDINALS = {
    word: str(value)
    for value, word in enumerate(
        [
            *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"),
            *("eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth"),
            *("eighteenth", "nineteenth", "twentieth"),
        ],
        start=1,
    )
}
_REWRITTEN: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"[\u2019']"), ""),
    (re.compile(r"\$\s?(\d[\d,]*)(?:\.00)?"), r"\1 dollars"),
    (re.compile(r"(?<=\d),(?=\d{3}\b)"), ""),
    (re.compile(r"%"), " percent"),
    (re.compile(r"&"), " and "),
    (re.compile(r"\b([ap])\.?\s?m\b\.?", re.IGNORECASE), r"\1m"),
    (re.compile(r"\b(\d+)(?:st|nd|rd|th)\b", re.IGNORECASE), r"\1"),
    (re.compile(r"(?<=\d)(?=[ap]m\b)", re.IGNORECASE), " "),
    (re.compile(r"\b(\d+):00\b"), r"\1"),
)
_VOWELLESS = re.compile(r"[B-DF-HJ-NP-TV-XZ]{2,6}")


@dataclass(frozen=True, slots=True)
class WordErrors:
    """Words of the references, and how many of them were missed, added or taken for others (Levenshtein)."""

    words: int = 0
    errors: int = 0

    def __add__(self, other: WordErrors) -> WordErrors:
        return WordErrors(self.words + other.words, self.errors + other.errors)

    @property
    def rate(self) -> float | None:
        """Word error rate; None without words."""
        return self.errors / self.words if self.words else None


def word_errors(reference: str, heard: str) -> WordErrors:
    """How far `heard` is from `reference`, both in any spelling."""
    said = canonical(reference)
    return WordErrors(len(said), Levenshtein.distance(said, canonical(heard)))


def total(parts: Iterable[WordErrors]) -> WordErrors:
    """All of them together."""
    return sum(parts, WordErrors())


def canonical(text: str) -> list[str]:
    """The words of `text` in lower case, numbers digit by digit, letters and digits of codes one by one."""
    for pattern, instead in _REWRITTEN:
        text = pattern.sub(instead, text)
    words = tokens(text)
    said: list[str] = []
    at = 0
    while at < len(words):
        word = words[at].lower
        number = number_at(words, at)
        if number is not None:
            value, used = number
            said += words[at].text if words[at].text.isdigit() else str(value)
            at += used
            continue
        at += 1
        if word in ZEROS and (_digit(said[-1:]) or (at < len(words) and number_at(words, at) is not None)):
            said.append("0")
        elif word in ORDINALS:
            said += ORDINALS[word]
        elif any(map(str.isdigit, word)) or _VOWELLESS.fullmatch(words[at - 1].text):
            said += word
        elif word not in HESITATIONS:
            said += SAME.get(word, word).split()
    return said


def code(text: str) -> str:
    """The characters spelled in `text`, as the desk reads them: its longest run of letters and digits."""
    runs = ["".join(part.chars for part in run) for run in spell(tokens(text))]
    return max(runs, key=len, default="")


def characters_apart(reference: str, heard: str) -> int:
    """How many characters of the code in `reference` are missing, added or others in `heard`."""
    return Levenshtein.distance(code(reference), code(heard))


def _digit(last: Sequence[str]) -> bool:
    return bool(last) and last[0].isdigit()
