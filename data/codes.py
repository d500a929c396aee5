"""Booking and reservation codes of six characters, like `K7M2QX`: letter, digit, letter, digit, letter, letter.

No character looks like another (no 0, O, 1, I). Reservations begin with H and bookings do not, so that no code
is both.
"""

from __future__ import annotations

from random import Random

LETTERS = "ABCDEFGJKLMNPQRSTUVWXYZ"
"""The letters of a code besides the H that marks a reservation."""
DIGITS = "23456789"


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
