"""Parts of a day as people name them, and flights by them; a time that no flight has is said, never dropped."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from agents.understand.day_parts import of_part, parts_of_day
from tests.desk_tools import Talk

MIDNIGHT = datetime(2026, 12, 5)
MOMENTS = [MIDNIGHT + timedelta(hours=h, minutes=m) for h, m in ((7, 5), (11, 50), (14, 0), (18, 30))]


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ("on the one before noon", "morning"),
        ("something before lunch", "morning"),
        ("around lunchtime", "midday"),
        ("at noon would be best", "midday"),
        ("after lunch please", "afternoon"),
        ("the last one", "last"),
        ("the latest flight of the day", "last"),
        ("the first flight out", "first"),
        ("the late one", "evening"),
        ("after work", "evening"),
    ],
)
def test_people_name_a_part_of_a_day(words: str, part: str) -> None:
    assert [value for value, _, _ in parts_of_day(words)] == [part]


@pytest.mark.parametrize(
    "words",
    [
        "after two nights",
        "before the fifth",
        "after 3 days",
        "after one of the bags",
        "before five december",
        "my last flight was late",
        "good evening",
        "the first one",
        "ten past four",
        "a quarter after five",
        "twenty before six",
    ],
)
def test_other_words_name_none(words: str) -> None:
    assert list(parts_of_day(words)) == []


@pytest.mark.parametrize(
    ("part", "places"),
    [(None, [0, 1, 2, 3]), ("morning", [0, 1]), ("midday", [1, 2]),
     ("first", [0]), ("last", [3])],
)  # fmt: skip
def test_what_leaves_in_a_part_of_the_day(part: str | None, places: list[int]) -> None:
    assert of_part(MOMENTS, part, lambda moment: moment) == [MOMENTS[at] for at in places]
    assert of_part([], part, lambda moment: moment) == []


async def test_of_two_parts_of_the_day_the_one_not_held_is_wanted(talk: Talk) -> None:
    await talk.say(
        "I'm booked from Miami to New York on Friday evening, December 4th, and I'd like to go on Saturday the 5th "
        "instead, on the one before noon. My code is P3M5ST"
    )
    assert "LB511 from Miami to New York on Saturday, December 5, leaving at 11:50 AM" in await talk.say("5147")


@pytest.mark.parametrize(
    "words", ["around lunchtime", "before ten in the morning", "at three in the afternoon", "at ten o'clock"]
)
async def test_a_time_that_no_flight_has_is_said(talk: Talk, words: str) -> None:
    reply = await talk.say(f"move my flight to Friday {words}, K7M2QX, PIN 4071")
    assert "There is none at that time of day." in reply
    assert "LB204 at 6:40 PM" in reply


async def test_a_time_of_day_after_the_read_back_is_quoted_or_said_to_be_none(talk: Talk) -> None:
    await talk.say("move my flight to Friday, K7M2QX, PIN 4071")
    assert "There is none at that time of day." in await talk.say("actually something before noon")
    assert "leaving at 6:40 PM" in await talk.say("the last one then")
