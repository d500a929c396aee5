"""How conversations begin, and go on from one wish to the next: what people say first, and in what pieces."""

from __future__ import annotations

import pytest

from tests.desk_tools import Talk

PROOF = "K7M2QX, PIN 4071"


async def told(talk: Talk, *lines: str) -> str:
    """Say one thing after the other; the last reply."""
    reply = ""
    for one in lines:
        reply = await talk.say(one)
    return reply


@pytest.mark.parametrize("then", ["and on Saturday instead", "and Saturday", "what about Saturday then"])
async def test_another_day_after_a_search_is_searched_and_changes_nothing(talk: Talk, then: str) -> None:
    reply = await told(talk, "what flights do you have from Boston to Denver tomorrow", then)
    assert "from Boston to Denver on Saturday, November 28" in reply


@pytest.mark.parametrize(
    ("words", "quoted"),
    [
        (
            "Hello, S4W8DP, PIN 2989. I need to go home to Boston on the ninth of December, the morning plane again",
            "LB203 from Denver to Boston on Wednesday, December 9",
        ),
        (
            f"my mother is ill so I have to get to Denver earlier than Monday, my code is {PROOF}",
            "LB202 from Boston to Denver tomorrow",
        ),
        ("A6K3TS, 2658, I have to be in Seattle on the ninth", "LB119 from San Francisco to Seattle on Wednesday"),
    ],
)
async def test_where_the_booking_goes_that_was_named_is_no_search(talk: Talk, words: str, quoted: str) -> None:
    reply = await talk.say(words)
    assert quoted in reply and reply.endswith("Shall I change it?")


@pytest.mark.parametrize(
    ("asked", "quoted"),
    [
        ("do I pay anything if I cancel now", "you get $164 as travel credit"),
        ("what would it cost me to change to Tuesday", "LB204 from Boston to Denver on Tuesday, November 24"),
        ("how much is a checked bag", "1 more checked bag on LB204 to Denver tomorrow costs $35"),
    ],
)
async def test_a_proof_after_a_question_is_given_for_what_was_asked(talk: Talk, asked: str, quoted: str) -> None:
    assert quoted in await told(talk, asked, "K7M2QX", "4071")
    assert talk.state.pending is not None


@pytest.mark.parametrize(
    ("told_first", "code", "pin", "quoted"),
    [
        (
            "I'm due to fly Seattle to San Francisco on Wednesday, but they've asked me to come on Thursday",
            "R3W9ZD",
            "9356",
            "on Thursday, November 26",
        ),
        ("flights from Boston to Denver on Tuesday", "K7M2QX", "4071", "on Tuesday, November 24"),
    ],
)
async def test_a_code_after_a_search_is_for_the_change(
    talk: Talk, told_first: str, code: str, pin: str, quoted: str
) -> None:
    reply = await told(talk, told_first, code, pin)
    assert quoted in reply and reply.endswith("Shall I change it?")


async def test_a_search_of_another_place_stays_one_though_a_code_is_said(talk: Talk) -> None:
    reply = await told(talk, "what flights are there from Chicago to Atlanta on Friday, my code is K7M2QX", "4071")
    assert "from Chicago to Atlanta on Friday" in reply and talk.state.pending is None


async def test_when_one_gets_there_is_told_of_the_flight_spoken_of(talk: Talk) -> None:
    reply = await told(talk, "J3G4BU, PIN 3555, is my plane delayed tonight", "so when do I get there")
    assert "arrives at 10:50 PM" in reply


async def test_a_proof_after_a_question_of_no_change_tells_the_booking(talk: Talk) -> None:
    assert "You are booked on LB204" in await told(talk, "how early should I be at the airport", "K7M2QX", "4071")


@pytest.mark.parametrize(
    "words",
    [
        "I want to add two bags, how much is that",
        "They want me in Denver a day early. Can that be done?",
        "can I bring my flight forward?",
        "I thought a backpack would do on Friday to Denver, but what with the presents I need one suitcase in the hold",
        "What seat did they give me for Denver again, and what time do I have to leave?",
    ],
)
async def test_a_wish_beside_a_question_asks_who_it_is_for(talk: Talk, words: str) -> None:
    assert "First I need to know that it's you" in await talk.say(words)


@pytest.mark.parametrize(
    ("done", "back"),
    [
        (f"move my flight to Tuesday, {PROOF}", "LB204 from Boston to Denver tomorrow"),
        (f"window seat please, {PROOF}", "Seat 14C on LB204 tomorrow is free"),
    ],
)
@pytest.mark.parametrize("words", ["oh no, put it back as it was", "can you change it back", "undo that please"])
async def test_what_was_changed_is_quoted_back(customer: Talk, done: str, back: str, words: str) -> None:
    reply = await told(customer, done, "yes", words)
    assert back in reply
    assert customer.state.pending is not None


@pytest.mark.parametrize("done", [f"cancel my flight, {PROOF}", f"add a bag, {PROOF}"])
async def test_what_cannot_be_put_back_is_for_a_person(customer: Talk, done: str) -> None:
    reply = await told(customer, done, "yes", "put it back as it was")
    assert "our staff can" in reply and customer.state.pending is None


async def test_a_greeting_names_no_part_of_the_day(talk: Talk) -> None:
    reply = await talk.say("Morning. K7M2QX, 4071. Tuesday's flight please, same time")
    assert "LB204 from Boston to Denver on Tuesday, November 24, leaving at 6:40 PM" in reply


async def test_why_a_flight_is_late_is_not_known(talk: Talk) -> None:
    assert "not the reason" in await told(talk, "is flight LB723 on time tonight", "why is it late")


async def test_whether_there_are_no_flights_needs_no_proof(talk: Talk) -> None:
    assert "LB204 at 7:15 PM" in await told(talk, "no flights today?", "from Boston to Denver")


@pytest.mark.parametrize("words", ["do I have bags", "have I got a suitcase on my booking"])
async def test_what_is_not_on_a_booking_is_told(talk: Talk, words: str) -> None:
    assert "without checked bags" in await told(talk, words, PROOF)


async def test_a_repeated_reply_is_introduced_once(talk: Talk) -> None:
    first = await talk.say("how much is a bag")
    assert await told(talk, "slower please", "louder please") == f"Of course. {first}"


async def test_who_has_no_code_hears_what_else_will_do(talk: Talk) -> None:
    assert "Your customer number will do as well" in await talk.say("I don't have my booking code with me")


@pytest.mark.parametrize("words", ["her code is K7M2QX and the pin 4071", "my pin is 4071 and the code's K7M2QX"])
async def test_words_around_a_proof_are_no_wish(talk: Talk, words: str) -> None:
    assert await talk.say(words) == "Thank you, Maria. What can I do for you?"


async def test_a_route_whose_booking_was_cancelled_is_no_other_booking(talk: Talk) -> None:
    words = "I've got a Chicago to Atlanta on the tenth of December and I'd like it to be the eleventh please"
    assert "cancelled already" in await told(talk, words, "Q2T4ND", "1622")


async def test_the_same_is_done_for_the_flight_as_for_the_room(customer: Talk) -> None:
    reply = await told(customer, f"cancel my room, {PROOF}", "and my flight too")
    assert "LB204 from Boston to Denver tomorrow" in reply and reply.endswith("Shall I cancel it?")


async def test_a_question_for_rooms_leaves_the_flight_that_waits_for_a_proof(talk: Talk) -> None:
    assert "nights" in await told(talk, "move my flight to Tuesday", "do you have rooms in Denver on Tuesday")
    assert talk.state.agent == "hotel"


async def test_a_day_and_an_hour_share_the_word_that_leads_to_both(talk: Talk) -> None:
    reply = await talk.say("I need to be in Miami by Thursday noon, coming from New York")
    assert "LB510 at 7:40 AM, arriving at 10:55 AM" in reply and "LB512" not in reply


async def test_cities_are_known_by_their_initials(talk: Talk) -> None:
    assert "from Los Angeles to San Francisco" in await talk.say("flights from LA to SF tomorrow")


async def test_another_part_of_the_day_is_another_flight(talk: Talk) -> None:
    reply = await told(talk, "what time does the evening flight from Boston to Denver arrive", "and the morning one")
    assert "LB202" in reply


async def test_a_question_that_is_the_search_is_not_left_open(talk: Talk) -> None:
    reply = await talk.say("I need to get to Atlanta for a funeral tomorrow, what have you got from Miami")
    assert reply.startswith("There are 2 flights from Miami to Atlanta tomorrow")


async def test_a_place_that_tells_which_booking_begins_no_search(talk: Talk) -> None:
    reply = await told(talk, "change my flight, N2F9PT 9574", "San Francisco")
    assert "day" in reply and "go to" not in reply
    assert "LB622" in await told(talk, "the tenth", "in the late afternoon")


async def test_the_number_of_a_day_is_near_the_day_of_the_booking(talk: Talk) -> None:
    words = "we're staying till the twenty-third, so what would it be to fly home to Atlanta a day later, around noon"
    assert "on Wednesday, December 23" in await told(talk, words, "G5V7VD", "9926")


async def test_the_booked_day_may_take_the_place_of_the_one_read_back(talk: Talk) -> None:
    reply = await told(
        talk,
        "could you move my Seattle trip to the ninth in the morning, T3B4PK, 0425",
        "no, wrong day, I want to stay on the eighth but in the afternoon",
    )
    assert "LB121 from San Francisco to Seattle on Tuesday, December 8" in reply


async def test_what_somebody_is_doing_is_no_second_wish(customer: Talk) -> None:
    words = "I'm moving in with my boyfriend in Miami, so I need two suitcases checked in on that flight"
    assert (await told(customer, words, "Y7L3XD", "3480", "yes, fine")).endswith("I charged $80.")


async def test_the_hour_of_a_story_is_not_wished_for(talk: Talk) -> None:
    words = (
        "They've pushed the closing on our condo to Wednesday at one, which is when I'd be sitting in your plane. "
        "The day after at the same time would do."
    )
    assert "LB521 from Miami to Atlanta on Thursday, November 26" in await told(talk, words, "K7P3ZY", "2113")


@pytest.mark.parametrize("words", ["well, go on, I'll take it", "okay, I'll have it after all", "I've changed my mind"])
async def test_what_was_turned_down_is_quoted_again_for_who_takes_it_after_all(customer: Talk, words: str) -> None:
    reply = await told(customer, f"can I have seat 12A, {PROOF}", "no, too expensive", words)
    assert "Seat 12A on LB204" in reply and customer.state.pending is not None


async def test_what_was_turned_down_is_past_once_something_else_was_done(customer: Talk) -> None:
    reply = await told(customer, f"can I have seat 12A, {PROOF}", "no", "add a bag", "yes", "go on")
    assert "12A" not in reply
    assert customer.state.pending is None


async def test_as_many_as_are_counted_after_a_price_are_priced(talk: Talk) -> None:
    assert "A second checked bag costs $45" in await told(talk, "what does a bag cost", "two suitcases")
    assert "First I need to know that it's you" in await talk.say("okay, then add two suitcases")


async def test_a_question_that_is_announced_is_listened_to(talk: Talk) -> None:
    assert await talk.say("I have a hotel question") == "Of course. What would you like to know?"
    assert "indoor pool" in await talk.say("is there a pool at the Lakeshore")


async def test_a_question_of_a_house_is_answered_though_a_proof_is_waited_for(talk: Talk) -> None:
    reply = await told(talk, "cancel my room", "is there a pool at the Lakeshore")
    assert "indoor pool" in reply and "First I need to know that it's you" in reply
