"""Who says what they hold and what they want in its place wants a change, also before it is known who they are."""

from __future__ import annotations

import pytest

from tests.desk_tools import Talk

JAMES = "R3W9ZD, PIN 9356"


@pytest.mark.parametrize(
    "words",
    [
        "I'm on the seven o'clock to Boston tomorrow and need the one after lunch",
        "I've got a seat on the nine am to Denver tomorrow and I'd need something in the evening",
        "I hold a ticket to Chicago on Friday morning, I need a flight on Saturday",
        "I'm down for the early plane to Seattle on Wednesday, need an afternoon one",
        "I'm booked on LB204 tomorrow and I'm looking for something on Tuesday to Denver",
    ],
)
async def test_what_is_held_and_what_is_wanted_instead_is_a_change_and_needs_the_proof(talk: Talk, words: str) -> None:
    assert "First I need to know that it's you." in await talk.say(words)
    assert talk.state.parked[-1].name == "change_flight"


async def test_the_flight_that_is_held_tells_which_booking_is_meant_and_the_other_is_quoted(talk: Talk) -> None:
    await talk.say("I'm on the seven fifteen to San Francisco on Wednesday and need the one after lunch")
    reply = await talk.say(JAMES)
    assert "instead of LB118 on Wednesday, November 25" in reply and reply.endswith("Shall I change it?")
    assert "LB120" in reply


@pytest.mark.parametrize(
    ("words", "flow"),
    [
        ("I need a flight from Boston to Denver tomorrow after lunch", "find_flights"),
        ("I'm booked to Denver tomorrow, what flights are there from Denver to Boston", "find_flights"),
        ("I have a meeting in Boston tomorrow at seven and need a flight from Denver in the morning", "find_flights"),
    ],
)
async def test_a_search_stays_a_search(talk: Talk, words: str, flow: str) -> None:
    assert "First I need to know" not in await talk.say(words)
    assert any(call.name == flow for call in talk.tools)
