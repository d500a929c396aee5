"""What has the shape of a booking code."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from data.codes import LENGTH, begins_a_code, booking_code, reservation_code


@pytest.mark.parametrize("make", [booking_code, reservation_code])
def test_every_beginning_of_a_code_begins_one(make: Callable[[Random, set[str]], str]) -> None:
    code = make(Random(3), set())
    assert len(code) == LENGTH
    assert all(begins_a_code(code[:length]) for length in range(LENGTH + 1))


@pytest.mark.parametrize("text", ["7K", "KM", "K7M2Q4", "K7M2QXA", "K7 "])
def test_letters_and_digits_in_other_places_are_no_code(text: str) -> None:
    assert not begins_a_code(text)
