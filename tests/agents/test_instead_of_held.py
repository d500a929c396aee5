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


@pytest.mark.parametrize(
    "words",
    [
        "Put me on the afternoon plane to Seattle on December ninth. I'm on the one the morning before.",
        "I need the afternoon flight to Seattle on the ninth of December, my ticket is for the day before",
        "put me on the plane to Seattle on December 9th in the afternoon, please. I'm booked the day before.",
    ],
)
async def test_a_day_told_from_the_wanted_one_is_the_held_one(talk: Talk, words: str) -> None:
    await talk.say(words)
    await talk.say("2193")
    assert "on Wednesday, December 9, leaving at 4:35 PM" in await talk.say("0425")


@pytest.mark.parametrize(
    "words",
    [
        "Oh wait. My sister just wrote that Sunday suits her better. Could it be the sixth instead?",
        "Sunday would be better for her, so the sixth please",
        "no, that Sunday, the sixth of December",
    ],
)
async def test_of_two_names_of_one_day_at_a_read_back_none_is_the_held_one(talk: Talk, words: str) -> None:
    for said in ("move my flight from Miami on the fourth to the fifth of December", "2063", "5147"):
        await talk.say(said)
    assert "on Sunday, December 6" in await talk.say(words)


@pytest.mark.parametrize(
    "words",
    [
        "Miami on the fourth won't work. I want to go that Sunday evening.",
        "my flight on December 4th doesn't suit me, I need that Sunday evening instead",
        "The fourth can't be helped, I have a party. Put me on the plane to Miami that Sunday evening.",
    ],
)
async def test_that_sunday_is_the_one_after_the_day_that_was_named(talk: Talk, words: str) -> None:
    await talk.say(words)
    await talk.say("2076")
    assert "on Sunday, December 6" in await talk.say("6775")


@pytest.mark.parametrize(
    "words",
    [
        "I'd like to get to Seattle earlier than I booked, if that isn't too expensive.",
        "can I go to Seattle earlier than my ticket says",
        "I want to fly to Seattle sooner than planned",
    ],
)
async def test_earlier_than_booked_is_for_the_booking(talk: Talk, words: str) -> None:
    await talk.say(words)
    await talk.say("2052")
    assert "leaving at 10:20 AM" in await talk.say("0602")


@pytest.mark.parametrize(
    ("words", "asks"),
    [
        ("i would like to take some luggage on my flight to denver", True),
        ("add bags to my denver flight", True),
        ("can I bring suitcases to Denver, please add them", True),
        ("I want to check my suitcase in for the flight to Denver", False),
        ("add a bag please", False),
        ("two bags for Denver please", False),
    ],
)
async def test_some_or_several_bags_without_a_number_are_asked_for(talk: Talk, words: str, asks: bool) -> None:
    await talk.say(words)
    await talk.say("2209")
    assert ("How many bags shall I add?" in await talk.say("0967")) is asks


async def test_who_wants_a_past_flight_cancelled_is_offered_nothing_of_another_desk(talk: Talk) -> None:
    await talk.say("cancel my flight to new york from yesterday and give me the money")
    await talk.say("2120")
    reply = await talk.say("4045")
    assert "LB402 left yesterday" in reply and "Lakeshore" not in reply and talk.state.pending is None


@pytest.mark.parametrize(
    "words",
    [
        "I can't get out of bed before noon, put me on a later one to Miami that day",
        "move my Miami flight to one that doesn't leave before eleven",
        "I booked New York to Miami on the sixteenth but I'm never up before ten, can you put me on a later one",
    ],
)
async def test_not_before_an_hour_is_after_it(talk: Talk, words: str) -> None:
    await talk.say(words)
    assert "leaving at 2:25 PM" in await talk.say("Y3P5ZB 2739")


@pytest.mark.parametrize(
    "words",
    [
        "chicago to minneapolis i want tuesday december eighth instead",
        "from Denver to Seattle, the evening of the ninth instead please",
        "i fly denver to seattle on the evening of december tenth and would rather go that morning",
        "I'm flying from Miami to New York in December and I'd need a different day for it",
        "hello, we're flying to Boston on December eighth, and we'd like to leave later",
        "I take the noon plane to Denver on Friday but I need something earlier",
    ],
)
async def test_who_says_what_they_do_and_wants_it_otherwise_has_it_booked(talk: Talk, words: str) -> None:
    assert "First I need to know that it's you." in await talk.say(words)
    assert talk.state.parked[-1].name == "change_flight"


@pytest.mark.parametrize(
    "words",
    [
        "I'm flying to Boston on Friday from Denver, what flights are there",
        "my train was cancelled, I need a flight from Denver to Boston tomorrow instead",
        "which flights go from Denver to Boston on Saturday instead",
    ],
)
async def test_who_looks_for_something_has_nothing_booked(talk: Talk, words: str) -> None:
    assert "First I need to know" not in await talk.say(words)


async def test_instead_after_a_search_goes_on_with_it(talk: Talk) -> None:
    await talk.say("are there flights from Denver to Boston on Friday")
    assert "on Saturday" in await talk.say("and on Saturday instead?")


@pytest.mark.parametrize(
    "words",
    [
        "I can't make my plane from Chicago to Boston on December 12, I must take one in the evening on another day.",
        "move my flight to Boston on the twelfth to a different day, in the evening",
        "I need another day for my Boston flight on December 12, an evening one please",
    ],
)
async def test_another_day_that_is_not_named_is_asked_for_and_the_part_of_day_kept(talk: Talk, words: str) -> None:
    for said in (words, "2183"):
        await talk.say(said)
    assert (await talk.say("9671")).endswith("To which day would you like to move it?")
    assert "on Sunday, December 13, leaving at 7:20 PM" in await talk.say("Sunday the thirteenth")


@pytest.mark.parametrize(
    "words",
    [
        "I'm flying from Denver to Boston before Christmas and I'd need a different day for it.",
        "we fly from Denver to Boston around Christmas, and need another day for it",
    ],
)
async def test_a_day_near_which_the_trip_is_told_is_not_the_wanted_one(talk: Talk, words: str) -> None:
    for said in (words, "F4F8EM"):
        await talk.say(said)
    assert (await talk.say("5383")).endswith("To which day would you like to move it?")


@pytest.mark.parametrize(
    "words",
    [
        "I'm not flying from Phoenix to Denver on December 1 any more, and I want the $123 I paid back on my card.",
        "we won't be going to Denver on the first of December after all, I paid for the ticket",
        "I'm no longer travelling to Denver on December 1",
    ],
)
async def test_who_flies_no_more_cancels(talk: Talk, words: str) -> None:
    for said in (words, "B7L9ED"):
        await talk.say(said)
    assert (await talk.say("8464")).endswith("Shall I cancel it?")


@pytest.mark.parametrize(
    "words",
    [
        "Do people in Seattle really never use an umbrella?",
        "is it true that everybody in Portland rides a bicycle",
        "Does it ever stop raining in Miami in summer?",
    ],
)
async def test_a_question_in_between_says_nothing_of_what_waits_for_the_proof(talk: Talk, words: str) -> None:
    await talk.say("I'd like to check in a suitcase on my flight to Seattle on December 3 and pay for it right here.")
    reply = await talk.say(words)
    assert "First I need to know that it's you." in reply and "we fly to" not in reply
    await talk.say("2153")
    assert "LB121 to Seattle on Thursday, December 3 costs $35" in await talk.say("4656")


@pytest.mark.parametrize(
    "words",
    ["and can i get online during the flight", "is there internet up there", "can I use my laptop online on the plane"],
)
async def test_online_in_the_air_is_wi_fi(talk: Talk, words: str) -> None:
    assert "Wi-Fi on board costs $8" in await talk.say(words)


@pytest.mark.parametrize(
    "words", ["oh and how long can i use that", "and how long can I use that credit?", "until when is it valid"]
)
async def test_how_long_a_credit_lasts_is_told_from_the_quote(talk: Talk, words: str) -> None:
    for said in ("cancel my flight to San Francisco on December 8", "N2F9PT", "9574"):
        await talk.say(said)
    reply = await talk.say(words)
    assert "for a year, until Monday, November 22, 2027" in reply and reply.endswith("Shall I cancel it?")
