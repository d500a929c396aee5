"""A few words about the thing just spoken of are answered from it: a text's entity and question, a lookup's values."""

from __future__ import annotations

import pytest

from data.embeddings import Embedder
from data.knowledge.in_place import put_in_place
from tests.desk_tools import Talk

PROOF = "K7M2QX, PIN 4071"


async def _told(talk: Talk, first: str, then: str) -> str:
    await talk.say(first)
    return await talk.say(then)


@pytest.mark.parametrize(
    ("first", "then", "said"),
    [
        ("is wifi free at harbor house", "and parking", "Parking at Harbor House is $28 a night"),
        ("is wifi free at harbor house", "and breakfast", "Breakfast at Harbor House costs $22"),
        ("is there wifi at the magnolia court", "what about parking", "Parking at Magnolia Court costs $15"),
        ("what time is breakfast at harbor house", "and checkout", "Check-out at Harbor House is until 11 AM"),
        ("does the lakeshore grand have a gym", "does it have parking", "Parking at Lakeshore Grand costs $48"),
        ("how much is parking at pine street", "and is there a pool", "Pine Street Hotel has no swimming pool"),
        ("how much is a bag", "and the second one", "A second checked bag costs $45"),
        ("how much is a second bag", "and a third", "Each bag from the third one on costs $120"),
        ("how much does a checked bag cost", "is the first one free", "The first checked bag costs $35"),
        ("how much does a checked bag cost", "and in business", "is free in business"),
        ("how much is it to change a flight", "and if i cancel", "If you cancel an economy ticket before departure"),
        ("can i bring my dog on the plane", "he's about twenty pounds", "together may weigh up to 20 pounds"),
    ],
)
async def test_a_text_answers_for_the_next_thing_named(talk: Talk, first: str, then: str, said: str) -> None:
    reply = await _told(talk, first, then)
    assert said in reply and "don't know" not in reply


async def test_a_thing_that_no_text_has_asks_for_no_proof(talk: Talk) -> None:
    await talk.say("what are the opening hours of the pool at the lakeshore grand")
    assert "don't know" in await talk.say("and the restaurant")


async def test_the_first_bag_is_told_before_the_second(talk: Talk) -> None:
    assert "The first checked bag costs $35" in await talk.say("how much is a bag")
    assert "The first checked bag costs $35" in await talk.say("and the first bag")


@pytest.mark.parametrize(
    ("first", "then", "said"),
    [
        (
            "is flight lb two oh four on time tomorrow",
            "and what gate does it go from",
            "leaves tomorrow at 6:40 PM from",
        ),
        ("is flight lb two oh four on time tomorrow", "when do we land", "tomorrow at 6:40 PM"),
        ("is flight lb two oh four on time tomorrow", "what does it cost", "tomorrow has seats from $244"),
        (
            "what time does the flight from boston to new york leave tonight",
            "is it delayed",
            "LB404 from Boston to New York is on time",
        ),
        (
            "what flights are there from boston to denver tomorrow morning",
            "which gate",
            "tomorrow at 7:05 AM from gate D11",
        ),
        ("what flights are there from boston to denver tomorrow morning", "when do i get in", "arriving at 9:50 AM"),
        ("do you have flights to new york from boston tomorrow", "and what's the fare", "from $87 and LB404"),
        ("do you have flights to new york from boston tomorrow", "which gate", "Which one do you mean"),
        ("do you fly to miami", "from new york, on wednesday", "flights from New York to Miami on Wednesday"),
        (
            "do you fly from boston to seattle",
            "okay and to denver then tomorrow morning how much",
            "LB202 at 7:05 AM from $263",
        ),
        ("i want to book a flight from boston to denver", "tomorrow morning", "LB202 at 7:05 AM from $263"),
        ("i'd like to buy a ticket to miami", "tomorrow", "Where would you like to fly from"),
    ],
)
async def test_what_was_looked_up_stands_in(talk: Talk, first: str, then: str, said: str) -> None:
    assert said in await _told(talk, first, then)


@pytest.mark.parametrize("then", ["okay and when does it arrive", "when do i land", "and what time does it get in"])
async def test_the_arrival_of_the_flight_they_hold(talk: Talk, then: str) -> None:
    await _told(talk, "do i have a flight booked with you", PROOF)
    assert "arrives at 9:25 PM" in await talk.say(then)


@pytest.mark.parametrize(
    ("first", "then", "said"),
    [
        ("flights from boston to denver tomorrow", "is my flight on time", "Which flight is it"),
        ("flights from boston to denver tomorrow", "how much is it to change my flight", "Changing a flight costs $80"),
        ("flights from boston to denver tomorrow", "when does boarding begin", "Boarding begins 35 minutes before"),
        ("is lb204 on time tomorrow", "and what does it cost to change", "Changing a flight costs $80"),
    ],
)
async def test_another_thing_is_not_what_was_told(talk: Talk, first: str, then: str, said: str) -> None:
    assert said in await _told(talk, first, then)


async def test_a_flight_by_one_city_is_told_where_it_is_the_only_one(talk: Talk) -> None:
    assert "LB723 from Los Angeles to San Francisco is delayed" in await talk.say(
        "is the flight from los angeles tonight delayed"
    )


@pytest.mark.parametrize(
    ("before", "words", "asked"),
    [
        ("is wifi free", "parking", "is parking free"),
        ("how much is it to change a flight", "if i cancel", "how much is it to cancel a flight"),
        ("how much is a second bag", "a third", "how much is a third bag"),
        ("what time is breakfast", "on sundays", "what time is breakfast on sundays"),
        ("do you have a pool", "here", None),
    ],
)
def test_a_thing_takes_the_place_of_its_like(embedder: Embedder, before: str, words: str, asked: str | None) -> None:
    assert put_in_place(before, words, embedder) == asked


async def _booked(customer: Talk) -> str:
    await customer.say("book a queen room at Harbor House for two nights from Friday, K7M2QX, 4071")
    done = await customer.say("yes please")
    assert "Your reservation code is" in done
    return done.split("reservation code is ")[1].split(":")[0]


@pytest.mark.parametrize(
    "words", ["can i have the confirmation number again", "what was the reservation code", "what's my code"]
)
async def test_the_code_of_what_was_just_booked(customer: Talk, words: str) -> None:
    code = await _booked(customer)
    assert f"Your reservation code is {code}" in await customer.say(words)


@pytest.mark.parametrize("words", ["how much is it in total", "how much is that", "what's the total", "what do i pay"])
async def test_the_bill_of_what_was_just_booked(customer: Talk, words: str) -> None:
    await _booked(customer)
    assert (
        "Your stay at Harbor House in Boston, 2 nights from Friday, November 27 until Sunday, November 29, costs"
        in await customer.say(words)
    )


async def test_what_was_just_booked_is_meant_by_it(customer: Talk) -> None:
    await _booked(customer)
    assert "check in from noon for $25" in await customer.say("can i come at noon")
    assert "Harbor House from Friday" in await customer.say("cancel it again")
    assert "left everything" in await customer.say("no leave it")
    assert "You have 2 reservations" in await customer.say("what reservations do i have")


async def test_the_flight_that_was_just_moved(customer: Talk) -> None:
    await customer.say("move my flight to wednesday, K7M2QX, 4071")
    await customer.say("yes")
    assert "on Wednesday, November 25 at 6:40 PM" in await customer.say("and when does it arrive")
    assert "Your booking code is K7M2QX" in await customer.say("what's my booking code")


async def test_a_code_is_told_only_to_whom_it_belongs(talk: Talk) -> None:
    assert "First I need to know that it's you" in await talk.say("what is my booking code")


@pytest.mark.parametrize("words", ["can i come at noon", "can you check me in please", "can i check in before three"])
async def test_coming_early_sells_no_late_check_out(talk: Talk, words: str) -> None:
    await talk.say("what have i booked at the hotel, H4N8TP, 4071")
    assert "Late check-out" not in await talk.say(words)


async def test_the_cheapest_house(talk: Talk) -> None:
    await talk.say("what hotels do you have")
    assert "The lowest price tonight is at" in await talk.say("which one is cheapest")
    assert "The lowest price tonight is at Front Range Inn in Denver" in await talk.say("and in denver")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("which one is cheapest", "has a queen room for $146"),
        ("how much is the king", "has a king room for $169"),
        ("does it have breakfast", "A hot breakfast is included in every rate at Front Range Inn"),
    ],
)
async def test_a_question_about_the_rooms_told_books_nothing(talk: Talk, words: str, said: str) -> None:
    await talk.say("what rooms do you have in denver tomorrow for one night")
    assert said in await talk.say(words)


@pytest.mark.parametrize(
    ("first", "then", "said"),
    [
        ("how much is it to change a flight", "can i do that here", "To which day would you like to move it"),
        ("when does online check in open", "and can i do it here", "Check-in for that flight opens"),
    ],
)
async def test_what_was_asked_about_is_done_on_request(talk: Talk, first: str, then: str, said: str) -> None:
    await talk.say(first)
    assert "First I need to know that it's you" in await talk.say(then)
    assert said in await talk.say(PROOF)


async def test_a_seat_by_its_end_of_the_cabin(talk: Talk) -> None:
    assert "Seat 7A" in await talk.say(f"can i have a seat further forward, {PROOF}")
    assert "Seat 30" in await talk.say("no, at the back")


async def test_what_a_stay_has_is_told_of_it(customer: Talk) -> None:
    await _booked(customer)
    await customer.say("add breakfast for two")
    await customer.say("yes")
    assert "You have breakfast with your stay there" in await customer.say("is breakfast still included")
    assert "Late check-out" not in await customer.say("do i have late check-out")


@pytest.mark.parametrize(
    ("words", "reply"),
    [
        ("I would like to book a queen room at Front Range Inn from December 5 for two nights. My code is K7M2QX.",
         "Shall I book it?"),
        ("can you cancel my flight, my booking code is k seven m two q x", "Shall I cancel it?"),
        ("can you give me my confirmation number again, please, K7M2QX", "Your booking code is K7M2QX"),
    ],
)  # fmt: skip
async def test_a_code_that_is_said_is_not_asked_for(talk: Talk, words: str, reply: str) -> None:
    await talk.say(words)
    assert reply in await talk.say("4071")
