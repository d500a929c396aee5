"""A question in the same breath as a code, a PIN or another answer is answered together with the next step."""

from __future__ import annotations

import pytest

from tests.desk_tools import Talk

LONGER = ("I have a room with you in Austin and want one more night", "H9U9DX")
POOL = "The outdoor pool at Magnolia Court is open from April to October"
OFFER = "Shall I change it?"


async def told(talk: Talk, *words: str) -> str:
    """Say one thing after the other; the last reply."""
    reply = ""
    for one in words:
        reply = await talk.say(one)
    return reply


@pytest.mark.parametrize(
    "words",
    [
        "2790... oh before you do anything, is the pool open in December? My grandson would love that",
        "2790, and is the pool open then",
        "two seven nine oh and when is the pool open",
        "2790. And the pool?",
    ],
)
async def test_what_is_asked_beside_a_pin_is_told_before_the_offer(talk: Talk, words: str) -> None:
    reply = await told(talk, *LONGER, words)
    assert POOL in reply and reply.endswith(OFFER)
    assert reply.startswith("Thank you, Nora. ")


async def test_what_is_asked_beside_a_code_is_told_before_the_pin_is_asked_for(talk: Talk) -> None:
    reply = await told(
        talk, "my reservation in seattle needs changing to five nights", "h2g3pm. what time is breakfast?"
    )
    assert "served in the cafe from 7 to 11 AM" in reply and reply.endswith("your four-digit PIN?")


async def test_a_question_beside_another_value_at_a_read_back_is_told_with_the_new_offer(talk: Talk) -> None:
    reply = await told(talk, *LONGER, "2790", "till the ninth instead. And the pool?")
    assert POOL in reply and "until Wednesday, December 9" in reply and reply.endswith(OFFER)


async def test_a_plea_for_a_lower_fee_beside_a_proof_is_answered(talk: Talk) -> None:
    reply = await told(talk, "my flight to Atlanta must be a day earlier", "S8C8GY, 4608. Could you knock off the fee?")
    assert "can't do it for less" in reply and reply.endswith(OFFER)


@pytest.mark.parametrize("words", ["2790, what will that cost me", "2790, and is there a fee", "2790 please"])
async def test_what_the_offer_says_itself_is_not_said_to_be_unknown(talk: Talk, words: str) -> None:
    reply = await told(talk, *LONGER, words)
    assert "don't know" not in reply and reply.endswith(OFFER)


@pytest.mark.parametrize(
    "words", ["Can I not get money on my card?", "so is there no way to have the money on my card instead"]
)
async def test_a_question_about_what_is_read_back_stays_with_the_agent_who_read_it(talk: Talk, words: str) -> None:
    reply = await told(talk, "I want a refund for my ticket, B4C9CR 4836", words)
    assert talk.state.agent == "flight" and "deposit" not in reply
    assert reply.endswith("Shall I cancel it?")


async def test_a_question_that_names_another_agents_thing_goes_to_that_one(talk: Talk) -> None:
    reply = await told(talk, "I want a refund for my ticket, B4C9CR 4836", "does the hotel in Seattle have a pool?")
    assert "no swimming pool" in reply


async def test_the_airport_shuttle_is_asked_of_the_hotel(talk: Talk) -> None:
    reply = await told(
        talk, "H6G3BW 4981, late check-out please", "no leave it", "The shuttle to the airport. How often does it go?"
    )
    assert "every half hour" in reply


async def test_a_cheaper_departure_that_is_asked_about_is_of_the_trip_that_was_read_back(talk: Talk) -> None:
    reply = await told(
        talk,
        "I want to move my flight, L6Q7BE, PIN 5814",
        "no, the one to New York a day later",
        "Hm. Is the evening one cheaper maybe",
    )
    assert ("Seattle" not in reply and "New York" in reply) or "LB511" in reply


@pytest.mark.parametrize(
    ("words", "fact"),
    [
        ("8171 oh and parking what's that", "Parking at Lakeshore Grand costs $48"),
        ("8171, and could you tell me if there's a pool there", "indoor pool and a hot tub"),
    ],
)
async def test_a_question_is_told_however_it_is_asked(talk: Talk, words: str, fact: str) -> None:
    reply = await told(talk, "change my stay in chicago, one night more", "H5K3XP", words)
    assert fact in reply and reply.endswith(OFFER)


async def test_a_wish_on_a_condition_does_not_hide_the_question_behind_it(talk: Talk) -> None:
    reply = await told(
        talk, "K7P3ZY, my pin's 2113. I'd like an aisle seat if you have one, and is there food on that flight"
    )
    assert "snacks and sandwiches" in reply and reply.endswith("Shall I give it to you?")


async def test_what_a_stay_has_is_read_and_not_sold(talk: Talk) -> None:
    reply = await told(talk, "my stay in boston, it's H6G3BW, 4981. is breakfast on it already")
    assert "without breakfast" in reply
    reply = await talk.say("could i have the room until two instead, what does that cost")
    assert reply.startswith("Late check-out at Harbor House") and reply.endswith("Shall I add it?")


async def test_the_price_of_another_room_is_of_the_stay_that_is_changed(talk: Talk) -> None:
    reply = await told(talk, "i want to change my stay at pine street", "H2G3PM 7592", "what would a queen cost")
    assert "a queen room for 4 nights" in reply and reply.endswith(OFFER)


async def test_the_way_from_the_airport_is_asked_of_the_hotel_spoken_of(talk: Talk) -> None:
    reply = await told(
        talk,
        "where's my gate? flight's LB723",
        "how late can I check in at the hotel in san francisco",
        "how do i get there from the airport",
    )
    assert "Embarcadero" in reply


@pytest.mark.parametrize(
    "words",
    [
        "is there a gym at my hotel, code H2G3PM",
        "H2G3PM. do you have a gym at the hotel",
    ],
)
async def test_a_question_for_what_there_is_with_a_code_is_answered_for_that_house(talk: Talk, words: str) -> None:
    assert (await talk.say(words)).endswith("your four-digit PIN?")
    assert "Pine Street Hotel has a small fitness room" in await talk.say("7592")


async def test_a_value_for_what_waits_at_another_desk_goes_on_with_it_whatever_is_asked_behind(talk: Talk) -> None:
    await talk.say("i want two things, my seat on the miami flight and breakfast in the hotel. K7P3ZY 2113")
    reply = await talk.say("aisle please, what do you charge for it")
    assert talk.state.agent == "flight" and "charging" not in reply


async def test_none_of_the_own_bookings_is_picked_as_the_cheaper_one(talk: Talk) -> None:
    await told(talk, "I want to change a flight, L6Q7BE 5814", "no, the other booking, a day later")
    assert "the evening one" not in await talk.say("what about the evening that day, cheaper?")


async def test_who_keeps_the_room_until_an_hour_wants_a_late_check_out(talk: Talk) -> None:
    words = "I want to keep my room at Magnolia Court until two in the afternoon on the day I leave, it's H3G8CY."
    reply = await told(talk, words, "7775")
    assert "Late check-out at Magnolia Court" in reply and reply.endswith("Shall I add it?")


@pytest.mark.parametrize(
    "words",
    [
        "can you believe how cold it is today",
        "did you have a nice weekend",
        "isn't this weather awful",
        "so, how are your kids",
        "is it always this cold in boston in november?",
    ],
)
async def test_small_talk_in_place_of_a_code_is_told_nothing_of_the_house(talk: Talk, words: str) -> None:
    await talk.say("i'd like breakfast added to our night at harbor house")
    reply = await talk.say(words)
    assert talk.state.agent == "hotel"
    assert reply.endswith("What is your booking code or your customer number?")
    assert "Harbor House" not in reply


async def test_small_talk_at_a_read_back_agrees_to_nothing(customer: Talk) -> None:
    await customer.say("move my denver flight to wednesday, K7M2QX, 4071")
    reply = await customer.say("what a day, isn't it")
    assert reply.endswith("Shall I change it?")
    assert "departure" not in reply
    assert "Done." in await customer.say("yes")
