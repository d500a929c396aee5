"""Which hearings are a spelled code with misheard characters in it."""

from __future__ import annotations

import pytest

from edge_server.speech.characters import half_spelled, is_character_token, spelling_words, with_signs


@pytest.mark.parametrize("text", ["h bar n at t", "H, 4, N, ate, T, P.", "for 071", "The 2C5ST", "D, 9, T, 3, and P."])
def test_a_short_word_among_characters_is_a_misheard_one(text: str) -> None:
    assert half_spelled(text)


@pytest.mark.parametrize("text", ["K7M2QX", "4, 0, 7, 1.", "Kilo seven mike two quebec X-ray", "nine, zero, oh, five"])
def test_where_all_are_characters_nothing_is_misheard(text: str) -> None:
    assert not half_spelled(text)


@pytest.mark.parametrize(
    "text",
    ["", "I don't have it.", "No, I want a room.", "B as in Boston, 7, M as in Mike", "It's 4, I think.", "Yes, 4"],
)
def test_sentences_and_explained_letters_are_left_alone(text: str) -> None:
    assert not half_spelled(text)


def test_tokens_of_one_capital_or_digit_are_characters() -> None:
    assert all(map(is_character_token, ("K", " K", "7", " 7")))
    assert not any(map(is_character_token, ("k", "KM", " 17", "", " ", ",", "  K", "\u00c9")))


def test_words_of_the_spelling_alphabet_are_counted() -> None:
    assert spelling_words("Kilo, 7, Mike. 2 quebec") == 3
    assert spelling_words("My booking code is K7M2QX.") == 0


@pytest.mark.parametrize(
    ("text", "digits", "wanted"),
    [
        ("My PIN is 330404.", "330304", "My PIN is 330304."),
        ("Nine, three, five, six.", "9356", "Nine, three, five, six."),
        ("It is time, time, free time.", "5535", "5535"),
        ("", "4071", "4071"),
        ("for 071.", "4071", "4071"),
        ("The number is 8, 9, 6, 9, 1, thank you.", "859691", "The number is 859691, thank you."),
    ],
)
def test_digits_take_the_place_of_those_that_were_misheard(text: str, digits: str, wanted: str) -> None:
    assert with_signs(text, digits) == wanted
