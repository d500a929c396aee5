"""The seat map: which seats a cabin has, and what their numbers and letters say.

Every aircraft of the airline is laid out alike: business in rows 1 to 4 (A C, aisle, D F), economy in rows 7 to 30
(A B C, aisle, D E F). Rows 10 to 12 have extra legroom (`lobby-air.md`, extra-legroom).
"""

from __future__ import annotations

from collections.abc import Set
from typing import Literal

from data.records import Cabin

Position = Literal["window", "aisle", "middle"]

ROWS: dict[Cabin, range] = {"business": range(1, 5), "economy": range(7, 31)}
LETTERS: dict[Cabin, str] = {"business": "ACDF", "economy": "ABCDEF"}
EXTRA_LEGROOM_ROWS = range(10, 13)
_POSITIONS: dict[str, Position] = {"A": "window", "F": "window", "C": "aisle", "D": "aisle"}


def seats_of(cabin: Cabin) -> tuple[str, ...]:
    """Every seat of a cabin, from the front: `7A`, `7B` ..."""
    return tuple(f"{row}{letter}" for row in ROWS[cabin] for letter in LETTERS[cabin])


def cabin_of(seat: str) -> Cabin | None:
    """The cabin that has this seat; None when there is no such seat."""
    row, letter = seat[:-1], seat[-1:]
    if len(row) <= 2 and row.isascii() and row.isdigit() and letter and row == str(int(row)):
        for cabin, rows in ROWS.items():
            if int(row) in rows and letter in LETTERS[cabin]:
                return cabin
    return None


def position_of(seat: str) -> Position:
    """Where in its row a seat is."""
    return _POSITIONS.get(seat[-1], "middle")


def has_extra_legroom(seat: str) -> bool:
    """Whether the seat's row has extra legroom."""
    return int(seat[:-1]) in EXTRA_LEGROOM_ROWS


def seat_like(wanted: str | None, cabin: Cabin, taken: Set[str]) -> str | None:
    """A free seat for somebody who sat on `wanted` (another flight's seat; None: nowhere): the same one, else one of
    the same position, else any; None when the cabin is full. Extra legroom is paid for each flight, so it is only
    given when nothing else is free."""
    free = [seat for seat in seats_of(cabin) if seat not in taken]
    position = None if wanted is None else position_of(wanted)
    return min(
        free,
        key=lambda seat: (
            has_extra_legroom(seat),
            seat != wanted,
            position is not None and position_of(seat) != position,
        ),
        default=None,
    )
