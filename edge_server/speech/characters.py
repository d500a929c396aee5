"""Letters and digits spelled one by one, where a recogniser wrote ordinary words for some of them."""

from __future__ import annotations

import re

from agents.understand.words import NATO, UNITS, ZEROS, spell, tokens

SHARE = 0.5
"""So much of the words must be characters for the rest to be taken for misheard ones."""
LONGEST_WORD = 4
"""A longer word than this is no misheard character but a word ("Boston")."""
_EXPLAINING = frozenset({"as", "like", "is", "my", "it's", "not", "no", "yes", "don't"})
"""Words that nobody says for a character: they explain one ("B as in Boston") or answer otherwise."""


def half_spelled(text: str) -> bool:
    """Whether `text` is a run of letters and digits some of which came out as short words ("H, bar, N, at, T")."""
    words = _words(text)
    plain = [word for word in words if not _character(word)]
    if not plain or len(plain) > (1 - SHARE) * len(words):
        return False
    return not any(len(word) > LONGEST_WORD or word in _EXPLAINING for word in plain)


def only_characters(text: str) -> bool:
    """Whether `text` is nothing but letters and digits, or words that stand for them."""
    return all(map(_character, _words(text)))


def spelling_words(text: str) -> int:
    """How many words of the spelling alphabet ("Bravo") are in `text`."""
    return sum(word in NATO for word in _words(text))


def _words(text: str) -> list[str]:
    return [word.lower() for word in re.findall(r"[A-Za-z0-9']+", text)]


def _character(word: str) -> bool:
    mixed = any(map(str.isdigit, word)) or not re.search(r"[aeiou]", word)
    return len(word) == 1 or mixed or word == "ray" or word in NATO or word in UNITS or word in ZEROS


def is_character_token(token: str) -> bool:
    """Whether a token of text ("K", " 7") is one capital or digit."""
    sign = token.removeprefix(" ")
    return len(sign) == 1 and sign.isascii() and (sign.isdigit() or sign.isupper())


def explained(text: str) -> bool:
    """Whether characters of `text` are told by words that begin with them ("Kilo seven", "B as in Boston")."""
    return spelling_words(text) > 1 or not {"as", "like"}.isdisjoint(_words(text))


def with_signs(text: str, signs: str) -> str:
    """`text` with the letters and digits `signs` in place of the longest run of them in it that has a digit, unless it
    says the same; `signs` alone where there is none, or nothing but misheard ones."""
    runs = [run for run in spell(tokens(text)) if any(part.chars.isdigit() for part in run)]
    longest = max(runs, key=lambda run: sum(len(part.chars) for part in run), default=())
    if longest and "".join(part.chars for part in longest) == signs:
        return text
    if not longest or only_characters(text) or half_spelled(text):
        return signs
    return f"{text[: longest[0].start]}{signs}{text[longest[-1].end :]}"


def character_runs(text: str) -> list[str]:
    """The letters and digits that stand one after another in `text`, each run in one piece."""
    return ["".join(part.chars for part in run) for run in spell(tokens(text))]
