"""Questions about a stay: one of the customer's own, one that is being changed, the kinds of room."""

from __future__ import annotations

import pytest

from tests.desk_tools import Talk

AIKO = "H9C3VL, PIN 2280"
JACK = "H7R8AX, PIN 5216"


@pytest.mark.parametrize("words", ["do they allow dogs there", "until when is breakfast, by the way"])
async def test_a_question_before_the_proof_is_of_the_house_that_the_wish_names(talk: Talk, words: str) -> None:
    proof = await talk.say("add breakfast for two to our stay at the Pine Street Hotel")
    said = await talk.say(words)
    assert "Pine Street Hotel" in said
    assert said.endswith(proof)


async def test_a_question_at_the_read_back_is_of_what_is_added(talk: Talk) -> None:
    await talk.say("we'd like breakfast for two")
    await talk.say(JACK)
    said = await talk.say("and until when do they serve it")
    assert "from 7 to 11 AM" in said
    assert said.endswith("Shall I add it?")


async def test_a_few_words_before_the_proof_ask_of_what_was_wished(talk: Talk) -> None:
    await talk.say("can I get a late check out")
    for words in ("until what time", "how much is it"):
        assert "until 2 PM costs $40" in await talk.say(words)


@pytest.mark.parametrize(
    "words", ["until when can I cancel for free", "what does it cost if I cancel tomorrow instead"]
)
async def test_the_terms_of_a_change_are_told_at_its_read_back(talk: Talk, words: str) -> None:
    await talk.say("cancel my hotel")
    await talk.say(AIKO)
    said = await talk.say(words)
    assert "6 PM on the day before arrival" in said
    assert said.endswith("Shall I cancel it?")


@pytest.mark.parametrize(
    "words",
    [
        "could you tell me what I'm paying for my room in Boston, and whether I've got breakfast with it",
        "do I have breakfast with my room at the Harbor House",
        "my wife booked all this, which hotel have I got in Boston and what sort of bed",
    ],
)
async def test_what_is_asked_of_their_own_stay_is_read_from_it(talk: Talk, words: str) -> None:
    assert "Breakfast at" not in await talk.say(words)
    assert "without breakfast" in await talk.say(AIKO)


async def test_breakfast_that_the_house_includes_is_with_the_stay(talk: Talk) -> None:
    await talk.say("which room do I have")
    assert "with breakfast" in await talk.say("customer number 1001, PIN 4071")


async def test_the_end_of_a_bill_without_a_word_of_a_hotel(talk: Talk) -> None:
    await talk.say("what's Boston going to set us back at the end, with the breakfasts and everything")
    assert "costs $1,301 in all" in await talk.say(AIKO)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("how many people fit in the suite", "A suite is for 4 people."),
        ("which room is for three people", "A suite is for 4 people."),
        ("can three people sleep in a king", "A king room is for 2 people, and a suite is for 4 people."),
        ("can five of us stay in one room", "the largest is for 4 people"),
    ],
)
async def test_for_how_many_a_room_is(talk: Talk, words: str, told: str) -> None:
    assert told in await talk.say(words)


async def test_rooms_are_found_for_as_many_as_come(talk: Talk) -> None:
    said = await talk.say("is there a room for four in Boston on December 5th for two nights")
    assert "has a suite for" in said
    assert "the largest is for 4 people" in await talk.say("and for five people")


async def test_a_room_that_was_asked_about_is_taken_after_another_question(talk: Talk) -> None:
    await talk.say("what rooms do you have in Boston from December 5th for two nights")
    await talk.say("how much is the queen")
    await talk.say("when is breakfast there")
    await talk.say("then I'd like the queen please")
    said = await talk.say(AIKO)
    assert "from Saturday, December 5 until Monday, December 7" in said
    assert said.endswith("Shall I book it?")


async def test_a_code_takes_what_was_offered(talk: Talk) -> None:
    await talk.say("what rooms do you have in Boston from December 5th for two nights")
    await talk.say("how much is the queen")
    assert (await talk.say(AIKO)).endswith("Shall I book it?")


async def test_a_code_after_a_choice_of_two_goes_with_what_was_said_before(talk: Talk) -> None:
    assert (await talk.say("hey can u put me in a diffrent room bigger one")).startswith("Would you like to")
    assert "What would you like to change" in await talk.say(AIKO)


@pytest.mark.parametrize(
    "words",
    [
        "we have a king in Denver in January, what's the damage if we went for the suite instead",
        "how much more for a suite at the Front Range Inn, I've got a king there",
    ],
)
async def test_what_another_room_would_cost_is_said_by_its_quote_and_staying_ends_it(talk: Talk, words: str) -> None:
    await talk.say(words)
    assert "a suite for 2 nights" in await talk.say("H3C2ML, PIN 0733")
    assert (await talk.say("good grief, no, we'll stay in the king")).startswith("All right, I've left everything")


async def test_until_when_after_another_question_is_of_what_is_read_back(talk: Talk) -> None:
    await talk.say("I'd like to add breakfast for two to our stay at the Pine Street Hotel")
    await talk.say("do they allow dogs there, by the way")
    await talk.say(JACK)
    assert "from 7 to 11 AM" in await talk.say("until what time do they serve it?")


async def test_a_count_of_mornings_is_none_of_people(talk: Talk) -> None:
    await talk.say("breakfast at the Harbor House please, only for one morning")
    assert (await talk.say(AIKO)).endswith("For how many people?")


@pytest.mark.parametrize("words", ["we need a cot for our baby at Magnolia", "is there a microwave in the room"])
async def test_what_is_needed_in_a_room_is_a_question_for_the_house(talk: Talk, words: str) -> None:
    await talk.say(words)
    assert [call.name for call in talk.tools][:1] == ["policy"]


@pytest.mark.parametrize(
    "words", ["cancel the hotel, my flight's been cancelled", "the flight is off so cancel my room"]
)
async def test_what_is_to_be_cancelled_is_what_the_words_name(talk: Talk, words: str) -> None:
    await talk.say(words)
    assert talk.state.agent == "hotel"


async def test_another_question_s_house_is_known_once_the_stay_is(talk: Talk) -> None:
    assert (await talk.say("how far is it from the airport, and do you take dogs at the hotel")).endswith("mean?")
    assert "Harbor House" in await talk.say(AIKO)


async def test_a_room_before_check_in_time_is_no_late_check_out(talk: Talk) -> None:
    assert "check in from noon for $25" in await talk.say("can we get the room earlier, like at noon")
