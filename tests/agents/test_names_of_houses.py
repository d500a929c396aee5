"""A house is named by its city or by one word of its name, in a question and in the answer to "Which hotel?"."""

from __future__ import annotations

import pytest

from agents.understand.lexicon import Entry, Lexicon, Names
from agents.understand.words import spell, tokens
from tests.desk_tools import Talk

CHICAGO = "Parking at Lakeshore Grand costs"
AUSTIN = "Parking at Magnolia Court costs"


@pytest.mark.parametrize(
    ("house", "told"),
    [
        ("the one in chicago", CHICAGO),
        ("the chicago one", CHICAGO),
        ("chicago", CHICAGO),
        ("the hotel in chicago please", CHICAGO),
        ("your chicago house", CHICAGO),
        ("um the lakeshore", CHICAGO),
        ("lake shore", CHICAGO),
        ("lakeshore i think", CHICAGO),
        ("in austin", AUSTIN),
        ("the magnolia", AUSTIN),
        ("magnolia", AUSTIN),
    ],
)
async def test_the_house_answers_the_question_that_is_open(talk: Talk, house: str, told: str) -> None:
    assert "Which hotel do you mean?" in await talk.say("is there parking")
    assert (await talk.say(house)).startswith(told)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("can i park at the magnolia", AUSTIN),
        ("what time do i have to be out of the room at the magnolia", "Check-out at Magnolia Court is until"),
        ("what's check out time at the lakeshore", "Check-out at Lakeshore Grand is until"),
        ("is there parking at the chicago hotel", CHICAGO),
        ("is there parking at your hotel in austin", AUSTIN),
        ("does the magnolia allow dogs", "Magnolia Court takes dogs"),
    ],
)
async def test_a_question_names_the_house_in_short(talk: Talk, question: str, told: str) -> None:
    assert told in await talk.say(question)


async def test_another_wish_is_no_answer_to_which_hotel(talk: Talk) -> None:
    await talk.say("is there parking")
    await talk.say("I'd like a room in Chicago tomorrow for one night")
    assert talk.state.flow is not None and talk.state.flow.name != "policy"


SHORT = Lexicon([Names("hotel", (Entry("Harbor House", ("Harbor House",), short=("Harbor",)),))])


@pytest.mark.parametrize(
    ("words", "asking", "named"),
    [
        ("at the harbor", None, True),
        ("at harbor", None, True),
        ("harbor", "hotel", True),
        ("a view of a harbor", None, False),
        ("harbor", None, False),
        ("harbor", "hotel_city", False),
        ("the barber", None, False),
    ],
)
def test_one_word_is_a_name_behind_an_article_or_when_asked_for(words: str, asking: str | None, named: bool) -> None:
    said = tokens(words)
    assert bool(SHORT.find(said, spell(said), asking=asking)) is named
