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


@pytest.mark.parametrize(
    ("words", "span"),
    [
        ("one night less at the front please", "from Monday, November 30 until Friday, December 4"),
        ("add a night at the beginning of my stay", "from Saturday, November 28 until Friday, December 4"),
        ("drop the first night of my stay", "from Monday, November 30 until Friday, December 4"),
        ("drop the last night of my stay", "from Sunday, November 29 until Thursday, December 3"),
        ("I need to cancel one night of my stay", "from Sunday, November 29 until Thursday, December 3"),
        ("cancel the last night of my stay", "from Sunday, November 29 until Thursday, December 3"),
        ("take off the first two nights of my stay", "from Tuesday, December 1 until Friday, December 4"),
        (
            "the congress in Boston is over on the 3rd so we go home then, and not on the Friday",
            "from Sunday, November 29 until Thursday, December 3",
        ),
        (
            "I'm expected at work on the third, so I'd want to be out of my room in Boston that morning",
            "from Sunday, November 29 until Thursday, December 3",
        ),
        ("we'd rather arrive on the Monday, and stay the same number of nights", "from Monday, November 30 until Sat"),
        ("I'm at Harbor House for five nights and want to go home a night early", "until Thursday, December 3"),
        ("what does it cost to stay a night longer", "until Saturday, December 5"),
        ("can I keep my room an extra day", "until Saturday, December 5"),
        ("could we hold on to the room for another night", "until Saturday, December 5"),
        ("I'd like to leave the hotel on the third not the fourth", "until Thursday, December 3"),
        ("we'd like to come a day earlier and leave a day earlier", "from Saturday, November 28 until Thursday, Dec"),
        ("my flight got moved so I get in a day later, can the hotel be moved as well", "from Monday, November 30"),
    ],
)
async def test_what_the_words_take_off_add_or_point_at_is_at_the_end_that_they_name(
    talk: Talk, words: str, span: str
) -> None:
    await talk.say(words)
    assert span in await talk.say(AIKO)


async def test_by_how_much_a_stay_is_shorter_and_at_which_end(talk: Talk) -> None:
    await talk.say("I'd like my stay to be shorter")
    await talk.say(AIKO)
    assert "from Sunday, November 29 until Wednesday, December 2" in await talk.say("by two nights")
    assert "from Tuesday, December 1 until Friday, December 4" in await talk.say("from the beginning")


async def test_another_room_at_the_read_back_leaves_the_days(talk: Talk) -> None:
    await talk.say("I'd like to extend my stay until Saturday")
    await talk.say(AIKO)
    said = await talk.say("hmm that's dear. and with a twin?")
    assert "a twin room for 6 nights" in said


async def test_a_wish_is_put_right_before_the_proof(talk: Talk) -> None:
    proof = await talk.say("book me a room in Boston on the 31st of November")
    assert await talk.say("the 30th I mean, one night, a queen") == proof
    assert "A queen room at Harbor House in Boston for 1 night, from Monday, November 30" in await talk.say(AIKO)


async def test_the_same_nights_elsewhere_after_a_stay_was_cancelled(customer: Talk) -> None:
    await customer.say("I need to cancel my room in Boston and book one in Denver for the same nights")
    await customer.say(AIKO)
    assert "Which room would you like" in await customer.say("yes")
    said = await customer.say("a queen")
    assert "Front Range Inn in Denver for 5 nights, from Sunday, November 29 until Friday, December 4" in said


@pytest.mark.parametrize("words", ["ok then no", "no, we'll leave it as it is, thanks", "alright then no thank you"])
async def test_a_change_is_declined_in_other_words(talk: Talk, words: str) -> None:
    await talk.say("one night more please, at the Harbor House")
    await talk.say(AIKO)
    assert (await talk.say(words)).startswith("All right")
    assert talk.state.flow is None


async def test_a_day_of_leaving_before_the_day_of_arrival_is_asked_for_again(talk: Talk) -> None:
    said = await talk.say("what rooms have you in Austin from the 5th of December until the 3rd of December")
    assert said.endswith("Until which day would you like the room?")
    assert "for 2 nights from Saturday, December 5" in await talk.say("the 7th")


async def test_a_weekday_of_leaving_is_the_one_after_the_arrival(talk: Talk) -> None:
    await talk.say("do you have a room at Harbor House")
    await talk.say("from the 18th of December")
    assert "for 2 nights from Friday, December 18" in await talk.say("until Sunday")


async def test_the_number_of_a_day_is_of_the_month_of_a_stay_that_is_far_off(talk: Talk) -> None:
    await talk.say("change my hotel stay")
    await talk.say("H7L7YK, PIN 2940")
    assert "from Monday, December 28 until Saturday, January 2" in await talk.say("the 28th")


@pytest.mark.parametrize(
    "words",
    [
        "I'm flying out to Chicago on December fourth and need a hotel there for two nights.",
        "we fly to Chicago on the 4th of December for two nights, do you have a room there",
        "do you have rooms in Chicago, I land on December 4th, for two nights",
    ],
)
async def test_the_day_a_guest_flies_in_is_the_arrival(talk: Talk, words: str) -> None:
    assert "for 2 nights from Friday, December 4" in await talk.say(words)


@pytest.mark.parametrize(
    ("words", "code", "span"),
    [
        ("bring forward my stay in Denver by a day", "H9J6CZ 6903", "from Thursday, December 17 until"),
        ("I'd like my room in Denver brought forward by a day", "H9J6CZ 6903", "from Thursday, December 17 until"),
        ("one more night at Lakeshore Grand, the one over new year", "2058 7856", "from Saturday, December 26 until"),
        ("add a night to our Chicago stay around New Year", "2058 7856", "from Saturday, December 26 until"),
    ],
)
async def test_forward_is_earlier_and_a_day_said_roughly_is_no_wish(
    talk: Talk, words: str, code: str, span: str
) -> None:
    await talk.say(words)
    assert span in await talk.say(code)


@pytest.mark.parametrize(
    ("words", "span"),
    [
        ("could we make it just the one night, the Wednesday", "from Wednesday, December 2 until Thursday, December 3"),
        ("move my arrival to November 30th", "from Monday, November 30 until Friday, December 4"),
        ("I want to arrive on the thirtieth instead of the 29th", "from Monday, November 30 until Friday, December 4"),
        ("add the night of December 4th on top, so I leave on the 5th", "from Sunday, November 29 until Saturday"),
    ],
)
async def test_a_weekday_within_a_stay_is_the_one_in_it_and_a_day_to_arrive_on_moves_its_beginning(
    talk: Talk, words: str, span: str
) -> None:
    await talk.say(f"{AIKO}, it's about my hotel stay")
    assert span in await talk.say(words)


async def test_a_day_put_right_at_the_read_back_is_quoted_anew(talk: Talk) -> None:
    await talk.say("change my hotel stay")
    await talk.say(AIKO)
    assert "December 9" in await talk.say("only one night, from December 9th")
    right = "December? No, no, the Wednesday of our stay, the second of December. One night."
    assert "from Wednesday, December 2 until Thursday, December 3" in await talk.say(right)
    other = await talk.say("well, no then. I want it from Tuesday December first to Thursday the third.")
    assert "from Tuesday, December 1 until Thursday, December 3" in other


@pytest.mark.parametrize(
    "words",
    [
        "I need a room in Boston from the second to the fifth of December, what've you got and what's it cost?",
        "a room in boston arriving the second leaving the fifth of december",
        "a room in boston, in on the second and out on the fifth of december",
        "I need a room in Boston from the second to the fifth of December, what does it cost?",
    ],
)
async def test_the_month_behind_both_days_is_of_both(talk: Talk, words: str) -> None:
    assert "for 3 nights from Wednesday, December 2" in await talk.say(words)
