"""Everyday words are put into those of house rules, and nothing else is touched."""

from __future__ import annotations

import pytest

from data.knowledge.everyday import in_written_words


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
