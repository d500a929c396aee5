"""Which change is meant by plain words: of the day of a stay, of the room, of the cabin, of a seat; a check-in that is
the house's; days of the next week."""

from __future__ import annotations

from datetime import date

import pytest

from agents.understand.lexicon import Lexicon
from agents.understand.understanding import understand
from tests.desk_tools import Talk

H4N8TP = "code h four n eight t p pin four oh seven one"


@pytest.mark.parametrize(
    "words",
    [
        "i have a room at the inn in denver and want to come one day later",
        "hello i have a room with you in denver, i want to come a day later",
        "we have a reservation at the front range inn and would like to arrive a day later",
    ],
)
async def test_who_has_a_room_and_comes_later_changes_it(talk: Talk, words: str) -> None:
    reply = await talk.say(f"{words}, {H4N8TP}")
    assert "from Tuesday, November 24 until Wednesday, November 25, instead of" in reply


@pytest.mark.parametrize(
    "words",
    [
        "could i have a bigger room please",
        "i'd like a larger room",
        "can you upgrade my room",
        "a different room please",
    ],
)
async def test_who_names_the_room_is_asked_which(talk: Talk, words: str) -> None:
    assert "Which room would you like" in await talk.say(f"{words}, {H4N8TP}")


@pytest.mark.parametrize(
    "words",
    [
        "change my booking to business class",
        "can i move my ticket to business class",
        "i want to switch from economy to business",
        "i mean business class instead of economy",
        "upgrade me to business",
    ],
)
async def test_another_cabin_is_for_staff(talk: Talk, words: str) -> None:
    reply = await talk.say(words)
    assert "I can't do that here, but our staff can" in reply
    assert "$149" in reply


async def test_another_cabin_is_no_other_flight_in_the_same(talk: Talk) -> None:
    await talk.say("i want to change my flight, K7M2QX, 4071")
    reply = await talk.say("no the same day i mean business class instead of economy")
    assert "our staff can" in reply
    assert "Shall I change it" not in reply
    assert talk.state.flow is None


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("i'd like to check in at my hotel today, h six g three b w pin four nine eight one", "checked in already at"),
        (f"check in at my hotel please, {H4N8TP}", "You check in at Front Range Inn itself, tomorrow. Check-in at"),
        ("check in please, h4n8tp, pin 4071", "You check in at Front Range Inn itself, tomorrow. Check-in at"),
    ],
)
async def test_a_check_in_at_a_hotel_is_told_where_and_when(talk: Talk, words: str, told: str) -> None:
    assert told in await talk.say(words)


async def test_next_week_is_looked_through_and_kept_for_the_weekday_after_it(talk: Talk) -> None:
    reply = await talk.say("what's the cheapest flight to boston next week from chicago")
    assert "in the week from tomorrow" in reply
    assert talk.tools[-1].arguments["week"] == "2026-11-23"
    await talk.say("sunday")
    assert talk.tools[-1].arguments["date"] == "2026-11-29"


def test_the_next_week_begins_on_its_monday() -> None:
    heard = understand("a flight next week", lexicon=Lexicon(()), today=date(2026, 11, 25))
    assert [one.value for one in heard.of("week")] == ["2026-11-30"]


@pytest.mark.parametrize(
    ("words", "seat"),
    [
        ("give me seven a on the denver flight", "7A"),
        ("could you put me in two a on the denver flight", "2A"),
        ("two a on the flight please", "2A"),
        ("can i have seven a", "7A"),
    ],
)
async def test_a_seat_that_is_spelled_is_chosen(talk: Talk, words: str, seat: str) -> None:
    assert f"Seat {seat}" in await talk.say(f"{words}, K7M2QX, 4071")


async def test_a_number_and_an_article_are_no_seat(talk: Talk) -> None:
    await talk.say("K7M2QX, 4071, book me a table for two a bit later")
    assert not any(call.name == "quote_seat" for call in talk.tools)


async def test_the_same_question_for_another_city_behind_an_oh_well(talk: Talk) -> None:
    await talk.say("does the pine street hotel take dogs")
    assert "$40" in await talk.say("oh well and the one in san francisco")


async def test_a_long_correction_of_a_read_back_stays_with_what_was_read_back(talk: Talk) -> None:
    await talk.say("change my flight to the tenth, K7M2QX, 4071")
    reply = await talk.say("no, wrong day, i want to stay on the eighth but in the evening")
    assert "LB204 from Boston to Denver on Tuesday, December 8" in reply


async def test_a_correction_that_names_the_hotel_is_for_the_hotel(talk: Talk) -> None:
    await talk.say("change my flight to the tenth, K7M2QX, 4071")
    assert "Front Range Inn" in await talk.say("no, cancel my hotel on the eighth instead")


@pytest.mark.parametrize("words", ["can i check in earlier than three", "can i come at noon", "can i check in at noon"])
async def test_who_comes_early_is_not_sold_a_late_check_out(talk: Talk, words: str) -> None:
    await talk.say(f"what have i booked at the hotel, {H4N8TP}")
    assert "you may check in from noon" in await talk.say(words)


async def test_a_day_put_right_in_the_same_breath_is_the_one_that_counts(talk: Talk) -> None:
    await talk.say(
        "move my flight of the twenty third to the twenty sixth no sorry the twenty fifth same time in the evening"
    )
    await talk.say("K7M2QX")
    assert "on Wednesday, November 25" in await talk.say("4071")


@pytest.mark.parametrize(
    "words",
    [
        "I need to move my trip from Denver to San Francisco, the one on December 8th",
        "I'm flying from Seattle to Boston on the nineteenth, and I'm wondering about going on the twentieth instead",
        "Phoenix to Denver on the third of December, I need the fifth instead",
        "I might not need my flight to Denver on December 12th. I'd cancel it if I get most of the money back.",
    ],
)
async def test_a_flight_of_theirs_that_is_told_is_not_searched(talk: Talk, words: str) -> None:
    assert "booking code" in await talk.say(words)


@pytest.mark.parametrize(
    "words",
    [
        "I'm at Front Range Inn from tomorrow until Wednesday, but I need one more night",
        "I'm there until Wednesday but I want one night more",
    ],
)
async def test_a_night_more_than_the_stay_that_is_told(talk: Talk, words: str) -> None:
    assert "for 3 nights, from tomorrow until Thursday" in await talk.say(f"{words}, H4N8TP, 4071")


async def test_the_day_i_leave_is_no_farewell(talk: Talk) -> None:
    await talk.say("I want to change my stay at Front Range Inn, H4N8TP, 4071")
    assert "Goodbye" not in await talk.say("the day I leave")
    assert talk.state.flow is not None


@pytest.mark.parametrize(
    "words",
    [
        "instead of flying on the twenty third i need the evening flight on wednesday",
        "i need the evening flight on wednesday instead of the one on monday",
        "my meeting got moved, get me on the evening flight on wednesday",
        "rather than flying to denver tomorrow i want the evening plane on the twenty fifth",
        "i won't make monday, i need the evening flight on wednesday",
    ],
)
async def test_the_flight_that_is_needed_is_the_new_one(talk: Talk, words: str) -> None:
    reply = await talk.say(f"{words}, K7M2QX, 4071")
    assert "on Wednesday, November 25" in reply
    assert "instead of LB204" in reply


@pytest.mark.parametrize(
    "words",
    [
        "i've got a lucky seat and i don't have it on my denver flight. can i switch?",
        "the seat i always have is gone on my flight to denver. could i change?",
    ],
)
async def test_a_bare_verb_changes_what_is_spoken_of(talk: Talk, words: str) -> None:
    assert "Which seat would you like" in await talk.say(f"{words} K7M2QX, 4071")


@pytest.mark.parametrize(
    "words",
    [
        "i have to fly to denver a bit later than planned, and in the morning rather than the evening",
        "can i take a later flight to denver, but in the morning",
    ],
)
async def test_later_than_an_evening_and_in_the_morning_is_another_day(talk: Talk, words: str) -> None:
    assert await talk.say(f"{words}, K7M2QX, 4071") == "Thank you, Maria. To which day would you like to move it?"
    assert "on Wednesday, November 25, leaving at 7:05 AM" in await talk.say("wednesday")


async def test_a_code_with_an_order_beside_it_asks_nothing(customer: Talk) -> None:
    await customer.say("move my flight to denver to wednesday evening")
    assert await customer.say("1001, just do it") == "And what is your four-digit PIN?"
    assert "Shall I change it" in await customer.say("4071")
    assert "Done." in await customer.say("yes please, quick please")


@pytest.mark.parametrize(
    "words",
    [
        "what do you have from boston down to denver on wednesday, and what would a ticket cost?",
        "what goes from boston to denver on wednesday, what's the fare",
    ],
)
async def test_a_search_tells_its_fares_and_no_fee(talk: Talk, words: str) -> None:
    reply = await talk.say(words)
    assert reply.startswith("There are")
    assert "fee" not in reply
    assert "Changing" not in reply


@pytest.mark.parametrize(
    "words",
    [
        "what would it cost to fly home from denver on the fourth and not on the third",
        "i fly home from denver on the third, what would it cost to do that on the fourth",
    ],
)
async def test_what_another_day_would_cost_is_told_by_the_change(talk: Talk, words: str) -> None:
    assert (
        await talk.say(words)
        == "First I need to know that it's you. What is your booking code or your customer number?"
    )


async def test_who_left_something_on_a_numbered_flight_wants_no_seat(talk: Talk) -> None:
    assert "If you left something on board" in await talk.say("i left my ipad on LB118 yesterday, in the seat pocket")


LAURA = "I'm flying home from Chicago on the fifth, and need the sixth instead. X2Q8FV, PIN 4037"


@pytest.mark.parametrize(
    "words", ["the seven twenty", "Well, seven twenty, that's what I meant.", "the one at seven twenty in the evening"]
)
async def test_a_time_of_the_flights_told_is_no_number_of_another(talk: Talk, words: str) -> None:
    await talk.say(LAURA)
    assert "LB313 at 7:20 PM" in await talk.say("what else is there that day")
    assert "LB313 from Chicago to Boston" in await talk.say(words)


async def test_the_night_of_a_weekday_is_its_evening(talk: Talk) -> None:
    await talk.say(LAURA)
    reply = await talk.say("No, that's the morning one. I said Sunday night, the party's in the afternoon.")
    assert "LB313" in reply and "7:20 PM" in reply
