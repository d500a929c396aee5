"""Booking codes, PINs and customer ids in an utterance, however they are spelled."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agents.understand.words import Spelled, Token

CODE_LENGTH = 6
PIN_LENGTH = 4
_PIN_CUE = re.compile(r"\b(?:pin|pins|passcode|pass code|secret (?:number|code))\b", re.IGNORECASE)
_ID_CUE = re.compile(
    r"\b(?:customer|member|client|account)\b(?:\s+(?:id|number|no))?|\bid\b|\bmy number\b", re.IGNORECASE
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
            if unsure > CODE_LENGTH // 2 and not spelled_out:
                continue
            left = sum(len(part.chars) for part in run[last:] if part.sure)
            score = unsure + first * 0.5 + (0.0 if left in (0, PIN_LENGTH) else 1.0)
            if best is None or score < best[0]:
                best = score, Code(chars, run[first].start, run[last - 1].end)
        if best is not None:
            return best[1]
    return None


def short_codes(runs: tuple[tuple[Spelled, ...], ...]) -> tuple[tuple[str, int, int], ...]:
    """Two to four letters and digits said in a row ("fourteen C"), with their places; longest first."""
    found: list[tuple[str, int, int]] = []
    for run in runs:
        for first in range(len(run)):
            for last in range(first + 1, min(len(run), first + 4) + 1):
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
    if len(parts) == 2 * PIN_LENGTH and all(len(part.chars) == 1 for part in parts):
        return [*_numbers(parts[:PIN_LENGTH]), *_numbers(parts[PIN_LENGTH:])]
    return [Code("".join(part.chars for part in parts), parts[0].start, parts[-1].end)]


def pin(text: str, runs: tuple[tuple[Spelled, ...], ...], *, asked: bool, code: Code | None) -> Code | None:
    """The four digits of a PIN: when it was `asked` for, named ("my PIN is ...") or said along with a code."""
    numbers = [number for number in digits(runs, apart_from=code) if len(number.value) == PIN_LENGTH]
    cue = _PIN_CUE.search(text)
    if cue is not None:
        numbers.sort(key=lambda number: (number.start < cue.end(), abs(number.start - cue.end())))
    elif not asked and code is None:
        return None
    return numbers[0] if numbers else None


def customer_id(text: str, runs: tuple[tuple[Spelled, ...], ...], *, asked: bool) -> Code | None:
    """A customer number: digits after a word such as "customer number", or any digits when it was `asked` for."""
    cue = _ID_CUE.search(text)
    if cue is None and not asked:
        return None
    after = cue.end() if cue is not None else 0
    pin_cue = _PIN_CUE.search(text)
    for number in digits(runs):
        if number.start < after or len(number.value) < PIN_LENGTH:
            continue
        if pin_cue is not None and after <= pin_cue.start() < number.start:
            return None
        return number
    return None


def names_a_pin(text: str) -> bool:
    """Whether `text` speaks of a PIN."""
    return _PIN_CUE.search(text) is not None


def masked(text: str, places: tuple[tuple[int, int], ...]) -> str:
    """`text` with the characters at `places` (start, end) replaced by a mask."""
    for start, end in sorted(places, reverse=True):
        text = text[:start] + MASK + text[end:]
    return text


def number_places(words: tuple[Token, ...], runs: tuple[tuple[Spelled, ...], ...]) -> tuple[tuple[int, int], ...]:
    """Every place of `words` where digits are said, for masking when it is not clear which are the secret ones."""
    return tuple((code.start, code.end) for code in digits(runs))
