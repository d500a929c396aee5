"""Stays that customers have: told by their own words, changed and not booked anew, and the same as what is held."""

from __future__ import annotations

import pytest

from data.branch import Branch
from tests.desk_tools import Talk, written

LEO, FATIMA, KENJI, VICTOR = "2102, PIN 6866", "2155, PIN 4427", "2189, PIN 3227", "H5A6AT, PIN 2660"


@pytest.mark.parametrize(
    "words",
    [
        "oh wait, no, a queen is enough for me",
        "hang on, a queen would do me just as well",
        "no hold on, my back prefers a queen bed, so a queen",
        "hmm, the queen then, and not the king",
        "actually I'd like a queen instead of the king",
    ],
)
async def test_another_room_at_the_read_back_of_a_booking_is_quoted_anew(talk: Talk, words: str) -> None:
    await talk.say("I need a king room in Seattle for two nights from Saturday the fifth of December")
    await talk.say("yes")
    assert "A king room at Pine Street Hotel" in await talk.say(LEO)
    said = await talk.say(words)
    assert talk.state.agent == "hotel"
    assert said.startswith("A queen room at Pine Street Hotel") and said.endswith("Shall I book it?")


async def test_the_room_that_was_read_back_said_once_more_is_read_back_again(talk: Talk) -> None:
    await talk.say("I need a king room in Seattle for two nights from Saturday the fifth of December")
    await talk.say("yes")
    await talk.say(LEO)
    said = await talk.say("so a king room rather than a queen")
    assert "A king room at Pine Street Hotel" in said and said.endswith("Shall I book it?")


@pytest.mark.parametrize(
    "words",
    [
        "i have a room at magnolia court in austin from the sixteenth to the eighteenth of december and we would like "
        "to stay until saturday the nineteenth",
        "we've got a room in Austin from December 16th to the 18th and want to stay until Saturday the 19th",
        "I have a room at Magnolia Court from the 16th of December until the 18th, and I need it till the 19th",
    ],
)
async def test_who_has_a_room_and_wants_it_for_longer_changes_it(customer: Talk, office: Branch, words: str) -> None:
    await customer.say(words)
    read_back = await customer.say(FATIMA)
    assert "until Saturday, December 19, instead of" in read_back and read_back.endswith("Shall I change it?")
    await customer.say("yes")
    assert str((await written(office, "H8Y8TT"))["depart"]) == "2026-12-19"


@pytest.mark.parametrize("words", ["the same room", "same as we have already", "just like ours, the same"])
async def test_the_same_room_is_the_one_that_is_held(talk: Talk, words: str) -> None:
    await talk.say("I need a room in Austin on the tenth of December for two nights")
    await talk.say("yes")
    assert "Which room would you like" in await talk.say(FATIMA)
    assert (await talk.say(words)).startswith("A king room at Magnolia Court in Austin for 2 nights")


async def test_no_question_comes_a_third_time_in_the_same_words(talk: Talk) -> None:
    await talk.say("I need a room in Austin on the tenth of December for two nights")
    await talk.say("yes")
    await talk.say(FATIMA)
    said = [await talk.say("what have I booked with you") for _ in range(3)]
    assert said[0].endswith("Which room would you like: queen, king, twin or a suite?")
    assert said[-1].endswith("Shall I call one of our staff?")


@pytest.mark.parametrize(
    "words",
    [
        "I took a king room at Harbor House for the night of December 16, but now my wife and both boys are coming "
        "along, so we'd better have a suite.",
        "my sister joins me at the hotel in Boston, so we'd rather have a suite",
        "there's one more person coming with us to the hotel now, give us a suite",
    ],
)
async def test_a_room_that_is_wanted_is_quoted_whatever_is_said_of_people(talk: Talk, words: str) -> None:
    await talk.say(words)
    assert "you would have a suite for 1 night" in await talk.say(KENJI)


@pytest.mark.parametrize(
    "words",
    ["my wife and both boys are coming along to the hotel", "my husband and two boys are coming along to the hotel"],
)
async def test_a_family_is_counted_with_who_speaks(talk: Talk, words: str) -> None:
    await talk.say(words)
    assert "A suite at Harbor House is for 4 people" in await talk.say(KENJI)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            "I have a room in Chicago before Christmas. What will I pay for it in all, and is breakfast already on it?",
            "costs $506 in all, without breakfast",
        ),
        ("we've got a room in Chicago, how much is it going to cost us and is breakfast on it", "$506 in all"),
        ("we've got a room in Chicago, is breakfast included?", "without breakfast, $506 in all"),
    ],
)
async def test_price_and_extras_of_a_room_they_have_are_read_from_it(talk: Talk, words: str, told: str) -> None:
    assert (await talk.say(words)).startswith("First I need to know")
    assert told in await talk.say(VICTOR)


@pytest.mark.parametrize(
    "words", ["do not need my boston room anymore scrap it", "I won't need the room in Boston any more"]
)
async def test_a_room_no_longer_needed_is_cancelled(talk: Talk, words: str) -> None:
    await talk.say("H9C3VL, PIN 2280")
    assert "Shall I cancel it?" in await talk.say(words)


async def test_who_wants_no_second_room_cancels_none(talk: Talk) -> None:
    await talk.say("H9C3VL, PIN 2280")
    await talk.say("I need something at Harbor House")
    assert "cancel" not in (await talk.say("no, I don't want another room")).lower()


@pytest.mark.parametrize("wish", ["a late check-out if you do that", "a late check-out too"])
async def test_a_second_wish_comes_next_where_the_first_has_come_to_nothing(customer: Talk, wish: str) -> None:
    await customer.say("H9C3VL, PIN 2280")
    await customer.say("add breakfast for one person to my stay")
    assert (await customer.say("yes")).startswith("Done.")
    told = await customer.say(f"I'd like to add breakfast to my stay please, and {wish}.")
    assert told.startswith("You have breakfast with that stay already. ") and "ate check-out" in told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            "no wait, she says could we keep it but make it just the one night, the Saturday?",
            "from Saturday, December 19",
        ),
        ("no, don't, make it one night only", "for 1 night, from Friday, December 18"),
        ("no, keep it as it is", "left everything as it was"),
    ],
)
async def test_who_would_keep_it_otherwise_than_held_cancels_nothing_and_hears_that(
    talk: Talk, words: str, told: str
) -> None:
    assert (await talk.say(f"Please cancel my stay at the Lakeshore. {VICTOR}")).endswith("Shall I cancel it?")
    assert told in await talk.say(words)
