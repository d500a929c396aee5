"""Booking codes, PINs and customer ids in an utterance, however they are spelled."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from agents.understand.words import Spelled, Token

CODE_LENGTH = 6
PIN_LENGTH = 4
_FOUR_DIGITS = re.compile(rf"[0-9]{{{PIN_LENGTH}}}")
_OKAY = "K"
"""What "okay" is heard for within a code; in a short one it is only a word."""
_SIGH = "oh"
"""A word for a zero that also opens what is said next."""
_PIN_CUE = re.compile(r"\b(?:pin|pins|p i n|passcode|pass code|secret (?:number|code))\b", re.IGNORECASE)
_ID_CUE = re.compile(
    r"\b(?:customer|member|client|account)\b(?:\s+(?:id|number|no))?|\bid\b|\bmy number\b", re.IGNORECASE
)
_INSTEAD = re.compile(r"\b(?:no|not|sorry|i mean|i meant|actually|rather|wait|oops|correction)\b", re.IGNORECASE)
_IS_ID = re.compile(r"\W*(?:is|as|for)\s+(?:my|the|his|her|our)\s+(?:customer|member|client|account)\b", re.IGNORECASE)
_CALLED_AFTER = re.compile(
    r"\W*(?:(?:no|oh|sorry|wait|hang on|hold on|oops|um|uh)\W+)*(?:(?:that|this)(?:'s| is| was)|is|was)\W+(?:my|the)\W+"
    r"(?:pin|passcode|customer number|number)\b",
    re.IGNORECASE,
)
"""Words behind a number that say which it was."""
_NUMBERED = re.compile(r"(?:(\w+)\W+)?\bnumber(?:\W+(?:is|it's|was))?\W*$", re.IGNORECASE)
_OTHER_NUMBERS = frozenset(
    {"flight", "room", "seat", "gate", "phone", "telephone", "mobile", "cell", "contact", "ticket", "card", "house"}
    | {"street", "floor", "terminal", "bus", "train", "credit", "passport", "tracking", "bag", "tag", "row", "pin"}
)
"""Before "number", words for a number that is no customer's."""
_SAID_BEFORE = 40
"""How many characters before a number tell what it is the number of."""
_LEADS_TO_ANOTHER = re.compile(
    r"\b(?:between|from|at|after|before|until|till|to|by|around|about|room|rooms|flight|gate|year)\W*$", re.IGNORECASE
)
"""Before two numbers in a row, words by which they are hours, years or names of other things."""
_OF_A_LINE = re.compile(
    r"\b(?:phone|telephone|mobile|cell|card|passport|fax|call me)\b(?:\W+\w+){0,4}\W*$", re.IGNORECASE
)
"""Before digits in a row, words by which they are the number of a telephone, a card or a passport."""
_IN_A_ROW = re.compile(r"\W+(?:(?:and|with)\W+)?", re.IGNORECASE)
_COUNTS = re.compile(
    r"\s+(?:(?:more|extra|other|further|checked|additional)\s+)*"
    r"(?:nights?|bags?|days?|weeks?|people|persons?|guests?|pieces?|suitcases?|rooms?|of us)\b",
    re.IGNORECASE,
)
MASK = "****"


@dataclass(frozen=True, slots=True)
class Code:
    """A code with the place in the utterance where it was said."""

    value: str
    start: int
    end: int


def booking_code(runs: tuple[tuple[Spelled, ...], ...], *, letters_only: bool = False) -> Code | None:
    """The first six-character code of letters and digits. `letters_only` also takes six spelled letters."""
    for run in runs:
        best: tuple[float, Code] | None = None
        for first in range(len(run)):
            length, last = 0, first
            while last < len(run) and length < CODE_LENGTH:
                length += len(run[last].chars)
                last += 1
            if length != CODE_LENGTH:
                continue
            chars = "".join(part.chars for part in run[first:last])
            digits = sum(c.isdigit() for c in chars)
            spelled_out = letters_only and last - first >= CODE_LENGTH
            if digits == CODE_LENGTH or (digits == 0 and not spelled_out):
                continue
            unsure = sum(not part.sure for part in run[first:last])
            if only_a_number(chars, run[first:last]):
                continue
            if unsure > CODE_LENGTH // 2 and not spelled_out:
                continue
            left = "".join(part.chars for part in run[last:] if part.sure)
            before = "".join(part.chars for part in run[:first])
            begun = 0.0 if len(before) == PIN_LENGTH and before.isdigit() else first * 0.5
            rest = 0.0 if not left or (len(left) == PIN_LENGTH and left.isdigit()) else 1.0
            score = unsure + begun + rest
            if best is None or score < best[0]:
                best = score, Code(chars, run[first].start, run[last - 1].end)
        if best is not None:
            return best[1]
    return None


def only_a_number(chars: str, parts: Iterable[Spelled]) -> bool:
    """Whether what looks like the code `chars` is a number behind words that only sound like letters, by the `parts`
    that were spelled ("i see, two one two zero")."""
    return _FOUR_DIGITS.search(chars) is not None and not any(one.sure and one.chars.isalpha() for one in parts)


def short_codes(runs: tuple[tuple[Spelled, ...], ...], *, whole: bool = False) -> tuple[tuple[str, int, int], ...]:
    """Two to four letters and digits said in a row ("fourteen C"), with their places; longest first. `whole`: only
    those that nothing spelled stands before, where a longer code may have been begun."""
    found: list[tuple[str, int, int]] = []
    begun = False
    for run in runs:
        for first in range(len(run)):
            begun = begun or (first > 0 and run[first - 1].sure)
            if whole and begun:
                return tuple(sorted(found, key=lambda one: -len(one[0])))
            for last in range(first + 1, min(len(run), first + 4) + 1):
                if any(part.chars == _OKAY and not part.sure for part in run[first:last]):
                    continue  # "thirty-nine, okay" is no 39K
                chars = "".join(part.chars for part in run[first:last])
                if len(chars) <= 4 and any(c.isdigit() for c in chars) and any(c.isalpha() for c in chars):
                    found.append((chars, run[first].start, run[last - 1].end))
    return tuple(sorted(found, key=lambda one: -len(one[0])))


def digits(runs: tuple[tuple[Spelled, ...], ...], apart_from: Code | None = None) -> tuple[Code, ...]:
    """Digits said one after another, joined ("four oh seven one", "40 71"), without those of `apart_from`."""
    found: list[Code] = []
    for run in runs:
        current: list[Spelled] = []
        for part in (*run, None):
            inside = part is not None and apart_from is not None and apart_from.start <= part.start < apart_from.end
            if part is not None and part.chars.isdigit() and not inside:
                current.append(part)
            elif current:
                found += _numbers(current)
                current = []
    return tuple(found)


def _numbers(parts: list[Spelled]) -> list[Code]:
    """Digits in a row as one number, or as those they were written as when each is as long as a PIN."""
    if len(parts) > 1 and all(len(part.chars) == PIN_LENGTH for part in parts):
        return [Code(part.chars, part.start, part.end) for part in parts]
    written = next((at for at, part in enumerate(parts) if len(part.chars) == PIN_LENGTH), None)
    if written is not None and len(parts) > 1:  # "4071 one night longer"
        pieces = (parts[:written], parts[written : written + 1], parts[written + 1 :])
        return [number for piece in pieces if piece for number in _numbers(piece)]
    if len(parts) == 2 * PIN_LENGTH and all(len(part.chars) == 1 for part in parts):
        return [*_numbers(parts[:PIN_LENGTH]), *_numbers(parts[PIN_LENGTH:])]
    sighs = parts[-1].chars == "0" and parts[-1].end - parts[-1].start == len(_SIGH)
    if sighs and sum(len(part.chars) for part in parts) == PIN_LENGTH + 1:
        return _numbers(parts[:-1])  # "nine three five six. Oh, and what time ..."
    return [Code("".join(part.chars for part in parts), parts[0].start, parts[-1].end)]


@dataclass(frozen=True, slots=True)
class _Said:
    """A number as long as a PIN: whether words before it call it a PIN or a customer number, and whether another one
    was said in its place."""

    number: Code
    called: Literal["pin", "id"] | None
    taken_back: bool


def _said(
    text: str, runs: tuple[tuple[Spelled, ...], ...], *, expected: Literal["pin", "id"], code: Code | None = None
) -> list[_Said]:
    """The numbers as long as a PIN, in order ("two one eight three, no, two two oh one, and the pin is ..."). One that
    nothing calls otherwise is what was `expected`; one said in the place of another is what that one was."""
    numbers = [number for number in digits(runs, apart_from=code) if len(number.value) == PIN_LENGTH]
    numbers = sorted([*numbers, *_before_a_count(text, runs, code)], key=lambda number: number.start)
    said: list[_Said] = []
    last = 0
    for number in numbers:
        between = text[last : number.start]
        named = _CALLED_AFTER.match(text, number.end)  # "5216, no, that's my PIN"
        called = _called(named[0]) if named is not None else _called(between)
        if said and _INSTEAD.search(between) is not None:
            before = said[-1].called or expected
            if called in (None, before):
                called = said[-1].called
                said[-1] = replace(said[-1], taken_back=True)
        said.append(_Said(number, called, taken_back=False))
        last = number.end if named is None else named.end()
    return said


def _called(words: str) -> Literal["pin", "id"] | None:
    """What `words` call the number behind them: by the last of them that do."""
    pins, ids = list(_PIN_CUE.finditer(words)), list(_ID_CUE.finditer(words))
    if not pins and not ids:
        return None
    return "pin" if pins and (not ids or pins[-1].start() > ids[-1].start()) else "id"


def pin(text: str, runs: tuple[tuple[Spelled, ...], ...], *, asked: bool, code: Code | None) -> Code | None:
    """The four digits of a PIN: when it was `asked` for, named ("my PIN is ...") or said along with a code."""
    cue = _PIN_CUE.search(text)
    if cue is None and not asked and code is None:
        return None
    expected: Literal["pin", "id"] = "pin" if asked or code is not None else "id"
    said = _said(text, runs, expected=expected, code=code)
    left = [one for one in said if not one.taken_back]
    numbers = [one.number for one in left if one.called != "id"] or [one.number for one in left]
    called = [one.number for one in said if one.called == "pin" and not one.taken_back]
    if called:
        return called[0]
    if cue is not None:
        numbers.sort(key=lambda number: (number.start < cue.end(), abs(number.start - cue.end())))
    return numbers[0] if numbers else None


def number_and_pin(text: str, runs: tuple[tuple[Spelled, ...], ...], *, asked: bool) -> tuple[Code, Code] | None:
    """A customer number and a PIN that nothing calls so: the only two numbers as long as a PIN, where a code was
    `asked` for; else two in a row that are no hours or years ("my bookings, 2196, 6288"). None: there are none."""
    said = [one.number for one in _said(text, runs, expected="id") if not one.taken_back]
    if asked:
        return (said[0], said[1]) if len(said) == 2 else None
    for first, second in pairwise(said):
        row = _IN_A_ROW.fullmatch(text, first.end, second.start) is not None
        led = _LEADS_TO_ANOTHER.search(text, max(0, first.start - _SAID_BEFORE), first.start) is not None
        led = led and len(text[first.start : first.end].split()) < PIN_LENGTH  # digit by digit nobody says an hour
        led = led or _OF_A_LINE.search(text, max(0, first.start - _SAID_BEFORE), first.start) is not None
        if row and not led and _COUNTS.match(text, second.end) is None:
            return first, second
    return None


def number_beside(text: str, runs: tuple[tuple[Spelled, ...], ...], pin: Code) -> Code | None:
    """The customer number said with a `pin` in the place of a code: the only other number as long as one."""
    said = (one for one in _said(text, runs, expected="id") if not one.taken_back and one.called != "pin")
    others = [one.number for one in said if one.number.start != pin.start]
    return others[0] if len(others) == 1 else None


def _before_a_count(text: str, runs: tuple[tuple[Spelled, ...], ...], code: Code | None) -> list[Code]:
    """Four digits said one by one, of a row that ends in a count of something ("four zero seven one two nights")."""
    for run in runs:
        said = [part for part in run if code is None or not code.start <= part.start < code.end]
        said = [part for part in said if part.chars.isdigit() and len(part.chars) == 1]
        counted = len(said) == PIN_LENGTH + 1 and _COUNTS.match(text, said[-1].end) is not None
        if counted:
            first = said[:PIN_LENGTH]
            return [Code("".join(part.chars for part in first), first[0].start, first[-1].end)]
    return []


def taken_back(
    text: str, runs: tuple[tuple[Spelled, ...], ...], *, asked: bool, code: Code | None
) -> tuple[tuple[int, int], ...]:
    """The places of the numbers as long as a PIN in whose place another one was said; `asked`: a PIN was."""
    said = _said(text, runs, expected="pin" if asked or code is not None else "id", code=code)
    return tuple((one.number.start, one.number.end) for one in said if one.taken_back)


def customer_id(text: str, runs: tuple[tuple[Spelled, ...], ...], *, asked: bool) -> Code | None:
    """A customer number: digits after a word such as "customer number", or any digits when it was `asked` for."""
    cue = _ID_CUE.search(text)
    if cue is None and not asked:
        return _numbered(text, runs)
    if (named := _IS_ID.search(text)) is not None:  # "2111 is my customer number"
        before = [number for number in digits(runs) if len(number.value) >= PIN_LENGTH and number.end == named.start()]
        if before:
            return before[0]
    after = cue.end() if cue is not None else 0
    pin_cue = _PIN_CUE.search(text)
    put_right = taken_back(text, runs, asked=False, code=None)
    for number in digits(runs):
        if number.start < after or len(number.value) < PIN_LENGTH or (number.start, number.end) in put_right:
            continue
        if ":" in text[number.start : number.end]:  # "at 10:20"
            continue
        if pin_cue is not None and after <= pin_cue.start() < number.start:
            return None
        return number
    return None


def _numbered(text: str, runs: tuple[tuple[Spelled, ...], ...]) -> Code | None:
    """The customer number in "my bookings, number 2230": as long as one, and the number of nothing else."""
    for one in _said(text, runs, expected="id"):
        lead = _NUMBERED.search(text, max(0, one.number.start - _SAID_BEFORE), one.number.start)
        if lead is not None and not one.taken_back and (lead[1] or "").lower() not in _OTHER_NUMBERS:
            return one.number
    return None


def names_a_pin(text: str) -> bool:
    """Whether `text` speaks of a PIN."""
    return _PIN_CUE.search(text) is not None


def names_an_id(text: str) -> bool:
    """Whether `text` speaks of a customer number."""
    return _ID_CUE.search(text) is not None


def only_an_id(text: str, runs: tuple[tuple[Spelled, ...], ...]) -> bool:
    """Whether the only number in `text` is a customer number by its words."""
    if names_a_pin(text):
        return False
    put_right = len(taken_back(text, runs, asked=False, code=None))
    return (names_an_id(text) or _numbered(text, runs) is not None) and len(digits(runs)) - put_right == 1


def masked(text: str, places: tuple[tuple[int, int], ...]) -> str:
    """`text` with the characters at `places` (start, end) replaced by a mask."""
    for start, end in sorted(places, reverse=True):
        text = text[:start] + MASK + text[end:]
    return text


def number_places(words: tuple[Token, ...], runs: tuple[tuple[Spelled, ...], ...]) -> tuple[tuple[int, int], ...]:
    """Every place of `words` where digits are said, for masking when it is not clear which are the secret ones."""
    return tuple((code.start, code.end) for code in digits(runs))
