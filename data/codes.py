"""Booking and reservation codes of six characters, like `K7M2QX`: letter, digit, letter, digit, letter, letter.

No character looks like another (no 0, O, 1, I). Reservations begin with H and bookings do not, so that no code
is both.
"""

from __future__ import annotations

from random import Random

LETTERS = "ABCDEFGJKLMNPQRSTUVWXYZ"
"""The letters of a code besides the H that marks a reservation."""
DIGITS = "23456789"
LENGTH = 6


def begins_a_code(text: str) -> bool:
    """Whether `text` is a beginning of what has a code's letters and digits in their places, if not its very ones: a
    code of another system, or one that was misheard, may have a 0 or an I."""
    digits = (False, True, False, True, False, False)
    right = (one.isdigit() if digit else one.isalpha() for one, digit in zip(text, digits, strict=False))
    return len(text) <= LENGTH and all(right)


def booking_code(draw: Random, taken: set[str]) -> str:
    """A new booking code, added to `taken`."""
    return _code(draw, LETTERS, taken)


def reservation_code(draw: Random, taken: set[str]) -> str:
    """A new reservation code, added to `taken`."""
    return _code(draw, "H", taken)


def spelled(text: str) -> str:
    """A code, flight number or seat as it is kept: capitals and digits, without spaces and dashes."""
    return "".join(c for c in text if c.isalnum()).upper()


def _code(draw: Random, first: str, taken: set[str]) -> str:
    while True:
        code = "".join(draw.choice(kind) for kind in (first, DIGITS, LETTERS, DIGITS, LETTERS, LETTERS))
        if code not in taken:
            taken.add(code)
            return code
