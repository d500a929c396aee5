"""Of the two ends of a stay the words tell which one a day is for, also where the other one was asked for."""

from __future__ import annotations

import pytest

from tests.desk_tools import Talk

AIKO = "H9C3VL, PIN 2280"


@pytest.mark.parametrize(
    "leaving",
    ["we leave on December 6th", "check-out is December 6th", "the day we leave: December 6th", "out on December 6th"],
)
@pytest.mark.parametrize(
    "coming", ["we come on the 3rd", "check in on the 3rd", "the 3rd is when we arrive", "the 3rd"]
)
async def test_a_day_of_leaving_answers_no_question_for_the_day_of_arrival(
    talk: Talk, leaving: str, coming: str
) -> None:
    assert await talk.say("do you have a room at Harbor House") == "From which day?"
    assert await talk.say(leaving) == "From which day?"
    assert "for 3 nights from Thursday, December 3" in await talk.say(coming)


@pytest.mark.parametrize(
    ("words", "span"),
    [
        ("we leave on the 6th", "from Sunday, November 29 until Sunday, December 6"),
        ("the day we leave, to December 6th", "from Sunday, November 29 until Sunday, December 6"),
        ("the checkout, to the 5th", "from Sunday, November 29 until Saturday, December 5"),
        ("the day we arrive, to December 1st", "from Tuesday, December 1 until Friday, December 4"),
        ("our arrival, to the 30th", "from Monday, November 30 until Friday, December 4"),
        ("to the 30th", "from Monday, November 30 until Saturday, December 5"),
    ],
)
async def test_the_end_that_is_named_is_the_one_that_changes(talk: Talk, words: str, span: str) -> None:
    await talk.say("change my hotel stay")
    assert "What would you like to change" in await talk.say(AIKO)
    assert span in await talk.say(words)


async def test_the_number_of_a_day_is_of_the_month_of_the_other_end(talk: Talk) -> None:
    await talk.say("do you have a room at Harbor House")
    await talk.say("we're leaving on January 2nd")
    assert "for 4 nights from Tuesday, December 29" in await talk.say("we arrive on the 29th")


async def test_both_ends_in_one_breath_are_told_apart_in_any_order(talk: Talk) -> None:
    await talk.say("do you have a room at Harbor House")
    assert "for 5 nights from Monday, December 28" in await talk.say("we leave on the 2nd and come on December 28th")
