from __future__ import annotations

import pytest

from agents.understand.consent import agreement, agrees, consents, only_names
from agents.understand.times import times


@pytest.mark.parametrize(
    "words",
    [
        "yes",
        "Yes, please.",
        "yeah go ahead",
        "sure, do it",
        "okay",
        "that's right, thank you",
        "yes, I'd like that",
        "Sounds good",
        "please do",
        "yes, book it",
        "yes, both",
        "yes, put it on the bill",
    ],
)
def test_an_explicit_yes_consents(words: str) -> None:
    assert consents(words)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "no",
        "yes?",
        "okay but on Friday",
        "yes for two nights",
        "I guess so",
        "maybe",
        "not yet",
        "yes or no",
        "don't do it",
        "do I say yes",
        "sure if it is cheap",
        "yes wait",
        "yes, cancel it",
        "no, that's right",
    ],
)
def test_anything_else_does_not(words: str) -> None:
    assert not consents(words)


def test_what_is_agreed_to_may_be_named() -> None:
    assert consents("yes, cancel it", ["cancel"])
    assert not consents("cancel it", ["cancel"])


@pytest.mark.parametrize(
    ("words", "readings"),
    [
        ("the 6:40 PM one", [("18:40",)]),
        ("at seven fifteen", [("07:15", "19:15")]),
        ("six o'clock", [("06:00", "18:00")]),
        ("9 in the evening", [("21:00",)]),
        ("18:40 please", [("18:40",)]),
        ("half past six", [("06:30", "18:30")]),
        ("the ten to four in the afternoon", [("15:50",)]),
        ("at a quarter to nine, not ten past eight", [("08:45", "20:45"), ("08:10", "20:10")]),
        ("five to six people, from ten to four", []),
        ("flight two oh four for 2 people", []),
        ("the seven oh five please", [("07:05", "19:05")]),
    ],
)
def test_times_of_day_are_read(words: str, readings: list[tuple[str, ...]]) -> None:
    assert [clock.readings for clock in times(words)] == readings


@pytest.mark.parametrize(
    "words",
    [
        "yes please",
        "sure, call them",
        "yeah tell me",
        "ok",
        "please",
        "let me see, it's in here somewhere, ah, yes please",
    ],
)
def test_an_offer_that_writes_nothing_is_taken_with_less(words: str) -> None:
    assert agrees(words)


@pytest.mark.parametrize("words", ["ok the later one", "no thanks", "yes but later", "what?", "is it far", ""])
def test_what_is_no_yes_takes_no_offer(words: str) -> None:
    assert not agrees(words)


def test_naming_what_was_read_back_is_no_yes() -> None:
    assert only_names("cancel it please", ["cancel"])
    assert not only_names("yes, cancel it", ["cancel"]) and not only_names("never mind", ["cancel"])


@pytest.mark.parametrize("words", ["go on then", "hm okay then", "sure, why not", "ok, I take it", "fine by me"])
def test_a_grudging_yes_consents(words: str) -> None:
    assert consents(words)


@pytest.mark.parametrize(
    "words", ["go on", "why not Friday?", "go on then, but on Friday", "take Friday", "that'll do for now, no"]
)
def test_words_that_may_mean_something_else_are_no_yes(words: str) -> None:
    assert not consents(words)


def test_of_chatter_before_a_yes_to_an_offer_only_the_yes_counts() -> None:
    words = "So many questions today! Go on then"
    assert agrees(words) and words[slice(*agreement(words))] == "Go on then"
    assert agreement("yes, for Friday") == (0, 15)
