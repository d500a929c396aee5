"""What is wanted, what there is already, what is given up; and what is asked for."""

from __future__ import annotations

from datetime import date

import pytest

from agents.flow import Slot
from agents.planner.slots import candidates
from agents.sounding import clauses_of
from agents.understand.consent import consents
from agents.understand.cues import cues_in
from agents.understand.dates import days
from agents.understand.day_shifts import shifts
from agents.understand.lexicon import Lexicon
from agents.understand.requests import asked_act, asks_price, of_their_own
from agents.understand.roles import role
from agents.understand.understanding import understand

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("I'm booked on Monday, can I go on Wednesday", "2026-11-25"),
        ("my ticket is for the third of December but I need the fifth", "2026-12-05"),
        ("the 15th of December rather than the 13th", "2026-12-15"),
        ("my December 7th flight, could it be the 9th", "2026-12-09"),
        ("Tuesday night's plane isn't going, so I'd like Wednesday morning", "2026-11-25"),
        ("The wedding's on the 12th now, so get me there on the 11th", "2026-12-11"),
    ],
)
def test_a_day_that_says_how_things_are_is_not_the_one_wanted(words: str, wanted: str) -> None:
    heard = understand(words, lexicon=Lexicon([]), today=TODAY)
    found = candidates(Slot(type="date", wanted=True), heard, asked=False)
    assert [one.value for one in found] == [wanted]


@pytest.mark.parametrize(
    ("words", "wanted"), [("aisle instead of the window", "aisle"), ("they stuck me in a middle", "")]
)
def test_a_place_that_somebody_has_is_not_the_one_wanted(words: str, wanted: str) -> None:
    heard = understand(words, lexicon=Lexicon([]), today=TODAY)
    slot = Slot(type="choice", wanted=True, options={"window": (), "aisle": (), "middle": ()})
    assert [one.value for one in candidates(slot, heard, asked=False)] == [value for value in (wanted,) if value]


def test_a_wish_is_no_state() -> None:
    words = "I want to fly on Friday"
    start = words.index("Friday")
    assert role(words, start, len(words), "date").wanted > 0.5


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("six December", ["2026-12-06"]),
        ("Tuesday week", ["2026-12-01"]),
        ("the Saturday, that's the twelfth of December", ["2026-12-12"]),
        ("Friday the 18th of December rather than the 17th", ["2026-12-18", "2026-12-17"]),
        ("the first piece of luggage", []),
        ("one may ask", []),
        ("all those Christmas presents", []),
    ],
)
def test_days_in_more_words(words: str, meant: list[str]) -> None:
    assert [day.value.isoformat() for day in days(words, TODAY)] == meant


@pytest.mark.parametrize(("words", "moved"), [("the following day", 1), ("the day before", -1), ("slip by a day", 1)])
def test_a_shift_in_more_words(words: str, moved: int) -> None:
    assert [found[0] for found in shifts(words)] == [moved]


@pytest.mark.parametrize("words", ["yes do", "yes indeed", "proceed", "by all means", "right you are then yes"])
def test_a_yes_in_other_words_agrees(words: str) -> None:
    assert consents(words)


@pytest.mark.parametrize("words", ["yes if it's free", "ok but only the morning one", "do", "good enough?", "then no"])
def test_a_yes_with_a_condition_agrees_to_nothing(words: str) -> None:
    assert not consents(words)


def test_what_is_asked_to_be_done_is_found_behind_its_opening() -> None:
    assert asked_act("um, could you please scrap the flight") == "scrap the flight"
    assert cues_in(("scrap", "get rid of")).match("getting rid of it") is not None
    assert cues_in(("book",)).search("my hotel booking") is None


def test_a_question_for_a_price_is_told_from_a_wish() -> None:
    assert asks_price("what would two nights set us back")
    assert not asks_price("I want to add a bag")


def test_words_speak_of_what_the_customer_has() -> None:
    own = of_their_own(("flight", "ticket"))
    assert own.search("move my early Miami flight") is not None
    assert own.search("I've a ticket for the tenth") is not None
    assert own.search("I want a flight to Miami") is None


def test_a_wish_in_the_middle_is_a_clause_of_its_own() -> None:
    text = "my back is bad. could I have a seat on the aisle. thanks a lot for that"
    assert "could I have a seat on the aisle" in [text[start:end] for start, end in clauses_of(text)]
    assert list(clauses_of("could I have a seat")) == []
