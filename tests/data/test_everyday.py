"""Everyday words are put into those of house rules, and nothing else is touched."""

from __future__ import annotations

import pytest

from data.knowledge.everyday import in_written_words
from data.knowledge.words import measure_missing


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("Does the pushchair cost anything?", "Does the stroller cost anything?"),
        ("Can my Dachshund come along?", "Can my small dog come along?"),
        ("What will parking set me back?", "What will parking cost?"),
        ("Is there a pool?", "Is there a pool?"),
        ("The prammy thing", "The prammy thing"),
    ],
)
def test_everyday_words_become_written_ones(asked: str, written: str) -> None:
    assert in_written_words(asked) == written


@pytest.mark.parametrize(
    ("asked", "told", "missing"),
    [
        ("How fast is the Wi-Fi?", "Wi-Fi costs $8 for each flight.", True),
        ("How fast is the Wi-Fi?", "A faster connection costs $9 a day.", False),
        ("Which floor is the gym on?", "The gym is open day and night.", True),
        ("Which floor is the gym on?", "There is a gym on the third floor.", False),
        ("Is there a gym?", "The gym is open day and night.", False),
    ],
)
def test_a_measure_that_is_asked_for_and_not_told_is_missing(asked: str, told: str, missing: bool) -> None:
    assert measure_missing(asked, told) is missing
