from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_server.evaluation.wording import WordErrors, canonical, characters_apart, code, total, word_errors


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("204", "two oh four"),
        ("204", "two hundred and four"),
        ("$40", "forty dollars"),
        ("$1,250", "one thousand two hundred fifty dollars"),
        ("flight LB204", "flight L B two oh four"),
        ("7:30 a.m.", "seven thirty AM"),
        ("8 AM", "eight a m"),
        ("10:00 PM", "ten p.m."),
        ("June 3rd", "june third"),
        ("It's, um, late", "its late"),
        ("Okay, Dr. Lee", "ok doctor lee"),
    ],
)
def test_the_same_words_in_another_spelling_have_no_errors(one: str, other: str) -> None:
    assert word_errors(one, other).errors == 0
    assert word_errors(other, one).errors == 0


@pytest.mark.parametrize(
    ("said", "heard", "errors"),
    [
        ("a room for two nights", "a room for three nights", 1),
        ("a room for two nights", "room two nights", 2),
        ("yes", "yes yes yes", 2),
        ("no", "", 1),
        ("the flight at 204", "the flight at 205", 1),
    ],
)
def test_words_missed_added_or_taken_for_others_are_errors(said: str, heard: str, errors: int) -> None:
    assert word_errors(said, heard).errors == errors


def test_an_oh_that_is_no_number_is_a_word() -> None:
    assert canonical("Oh, I see") == ["oh", "i", "see"]


@given(st.text(max_size=60))
def test_any_text_agrees_with_itself(text: str) -> None:
    assert word_errors(text, text).errors == 0
    assert characters_apart(text, text) == 0


def test_rates_are_taken_over_all_words_together() -> None:
    assert total([WordErrors(3, 3), WordErrors(97, 0)]).rate == 0.03
    assert total([]).rate is None


@pytest.mark.parametrize(
    "heard",
    ["K7M 2QX", "K-7-M-2-Q-X.", "My code is K7M2QX, please.", "kay seven em two queue ex", "K as in kilo 7 M 2 Q X"],
)
def test_a_code_is_read_as_the_desk_reads_it(heard: str) -> None:
    assert code(heard) == "K7M2QX"
    assert characters_apart("K7M2QX", heard) == 0


def test_a_wrong_character_is_one_off() -> None:
    assert characters_apart("K7M2QX", "K 7 N 2 Q X") == 1
