"""How customers say things: each in their own words, the same way in every run."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

from edge_server.evaluation.dialogues.script import Asked, Manner

_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_ALPHABET = (
    *("Alpha", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf", "Hotel", "India", "Juliet", "Kilo", "Lima"),
    *("Mike", "November", "Oscar", "Papa", "Quebec", "Romeo", "Sierra", "Tango", "Uniform", "Victor", "Whiskey"),
    *("X-ray", "Yankee", "Zulu"),
)
_CODE = re.compile(r"\b(?=[A-Z0-9]*\d)(?=[A-Z0-9]*[A-Z])[A-Z0-9]{3,}\b")
_LONG_NUMBER = re.compile(r"\b\d{4,}\b")

_YES = ("yes", "yes please", "yeah, go ahead", "yes, that's right", "yep, do it", "yes, please do", "ok, yes")
_CODE_LINES = ("{}", "it's {}", "my code is {}", "sure, {}", "{}, I think", "the code is {}")
_PIN_LINES = ("{}", "it's {}", "{}", "my PIN is {}", "that would be {}")
_DONT_KNOW = ("I don't know", "hm, I don't know", "no idea, sorry")

_BEFORE: dict[Manner, tuple[str, ...]] = {
    "chatty": (
        "Oh, let me see, I have it right here somewhere, ah yes,",
        "Well you know, my husband usually does these things, but",
        "That's very kind of you.",
        "Goodness, so many questions today!",
    ),
    "impatient": ("I'm in a hurry,", "yes yes,", "come on,", "I told you,"),
    "hesitant": ("um, uh,", "hmm, let me think, uh,", "er, well,", "uh I guess"),
}
_AFTER: dict[Manner, tuple[str, ...]] = {
    "chatty": ("if I'm not mistaken, dear.", "and thanks so much for your patience.", "bless you.", "isn't it lovely?"),
    "impatient": ("quick please", "can we speed this up", "hurry", "just do it"),
}
ASIDES = (
    "by the way, is it going to rain there tomorrow?",
    "oh wait, what's a good restaurant around here?",
    "sorry, who won the game last night?",
    "before that, do you have a bathroom here?",
)


def chosen(options: Sequence[str], who: str, about: str = "") -> str:
    """One of `options`, always the same for the same customer and matter."""
    return options[zlib.crc32(f"{who}:{about}".encode()) % len(options)]


def says(what: Asked, value: str, who: str) -> str:
    """A known value, in this customer's way."""
    if what == "code":
        spoken = chosen((value, " ".join(value), nato(value), spelled(value)), who, "code")
        return chosen(_CODE_LINES, who, "code line").format(spoken)
    if what in ("pin", "customer_number"):
        spoken = chosen((value, value, " ".join(value), " ".join(_DIGITS[int(c)] for c in value)), who, what)
        return chosen(_PIN_LINES if what == "pin" else ("{}", "it's {}"), who, "number line").format(spoken)
    return value


def yes(who: str, again: bool) -> str:
    """An agreement; a plain one when it is asked for once more."""
    return "yes" if again else chosen(_YES, who)


def dont_know(turn: int) -> str:
    """For a question that the script has no line for."""
    return _DONT_KNOW[turn % len(_DONT_KNOW)]


def in_manner(line: str, manner: Manner, who: str, turn: int) -> str:
    """An answer with what this manner puts around it; every other time only before or only after it."""
    before, after = _BEFORE.get(manner, ()), _AFTER.get(manner, ())
    number = turn + zlib.crc32(who.encode())
    if before and (number % 2 == 0 or not after):
        return f"{before[number // 2 % len(before)]} {line}"
    return f"{line}, {after[number // 2 % len(after)]}" if after else line


def as_heard(line: str) -> str:
    """A line as a recogniser writes it: codes and long numbers in words, small letters, no punctuation."""
    line = _CODE.sub(lambda match: spelled(match[0]), line)
    line = _LONG_NUMBER.sub(lambda match: " ".join(_DIGITS[int(c)] for c in match[0]), line)
    return " ".join(re.sub(r"[^\w\s'$:]", " ", line).lower().split())


def spelled(code: str) -> str:
    """`K7M2QX`: "k seven m two q x"."""
    return " ".join(_DIGITS[int(c)] if c.isdigit() else c.lower() for c in code)


def nato(code: str) -> str:
    """`K7M2QX`: "Kilo seven Mike two Quebec X-ray"."""
    return " ".join(_DIGITS[int(c)] if c.isdigit() else _ALPHABET[ord(c.upper()) - ord("A")] for c in code)
