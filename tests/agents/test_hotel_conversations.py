"""Hotel customers as they talk: questions about the very thing that is read back, several in one breath, and what they
said a turn or two before."""

from __future__ import annotations

import pytest

from tests.desk_tools import Talk

RUTH = "H7L2LE, PIN 7144"
OFFER = "Shall I book it?"


@pytest.mark.parametrize(
    "words",
    [
        "but what about breakfast, is it in the three ninety-five",
        "I asked about breakfast, dear. Do they charge for it?",
        "does that include breakfast",
    ],
)
async def test_whether_breakfast_is_in_the_price_is_told_at_the_read_back(talk: Talk, words: str) -> None:
    await talk.say(f"book a twin at the Lakeshore Grand from December 11th for two nights, {RUTH}")
    said = await talk.say(words)
    assert "costs $27 for adults and $12 for children" in said
    assert said.endswith(OFFER)


async def test_a_question_behind_the_room_that_is_picked_is_answered_first(talk: Talk) -> None:
    await talk.say(f"book a queen at the Lakeshore Grand from December 11th for two nights, {RUTH}")
    said = await talk.say("I'll take the twin then, that's the cheapest. Is breakfast in that?")
    assert said.startswith("The breakfast buffet at Lakeshore Grand costs $27")
    assert "A twin room" in said
    assert said.endswith(OFFER)


async def test_a_pin_with_a_question_behind_it_is_taken_and_the_question_answered(talk: Talk) -> None:
    await talk.say("book a twin at the Lakeshore Grand from December 11th for two nights")
    await talk.say("H7L2LE")
    said = await talk.say("Seven one four four. Oh and what time can I get into the room?")
    assert "begins at 4 PM" in said
    assert said.endswith(OFFER)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("until when is it free? in case I decide tomorrow", "until 6 PM on the day before arrival"),
        ("and what if I just don't show up", "we charge the first night"),
        ("do I get the breakfast money back as well", "nothing has to come back"),
    ],
)
async def test_the_terms_of_cancelling_are_told_where_they_are_asked_for(talk: Talk, words: str, told: str) -> None:
    await talk.say("cancel my room at the Bay Lantern, X8F3KA, PIN 9586")
    said = await talk.say(words)
    assert told in said
    assert said.endswith("Shall I cancel it?")


@pytest.mark.parametrize(
    "words",
    [
        "I have the Denver inn over New Year's, how much would I lose if I don't come at all",
        "what do you charge me at the Front Range Inn if I just don't show up",
        "if I never arrive at the Front Range Inn, what's the charge",
    ],
)
async def test_what_a_no_show_costs_needs_no_code(talk: Talk, words: str) -> None:
    assert "we charge the first night" in await talk.say(words)
    assert talk.state.flow is None


async def test_two_questions_in_two_sentences_are_both_answered(talk: Talk) -> None:
    said = await talk.say("is the pool at Magnolia Court open in December? And breakfast is included, isn't it?")
    assert "open from April to October" in said
    assert "is included at Magnolia Court" in said
    assert "I don't know" not in said


async def test_a_question_that_its_answer_covers_leaves_no_rest_unknown(talk: Talk) -> None:
    said = await talk.say("do they do massages at the Lakeshore Grand? What's that cost?")
    assert "starts at $110" in said
    assert "don't know" not in said


async def test_a_refusal_names_the_house_and_the_thing(talk: Talk) -> None:
    said = await talk.say("do you have a pool at the Front Range Inn? And a gym?")
    assert "pool and gym at Front Range Inn" in said
    assert "I don't know" in said


async def test_a_house_named_at_another_desk_is_the_one_that_is_spoken_of(talk: Talk) -> None:
    await talk.say("is LB204 on time tonight? The hotel there is the Front Range Inn")
    assert "Front Range Inn" in await talk.say("and is there a shuttle to the hotel")


async def test_the_dates_of_a_search_are_kept_over_a_question_in_between(talk: Talk) -> None:
    await talk.say("I need a hotel in San Francisco for the night of December 5th")
    await talk.say("how many people can sleep in the suite")
    assert "has a suite for" in await talk.say("right, so how much would the suite be")
    await talk.say("no, that's too much. The king then, for the one night. My reference is H7L2LE")
    said = await talk.say("7144")
    assert "A king room at Bay Lantern Hotel" in said
    assert "December 5" in said
    assert said.endswith(OFFER)


@pytest.mark.parametrize(("words", "nights"), [("is the Lakeshore Grand full tomorrow", "1 night from tomorrow")])
async def test_whether_a_house_is_full_is_told_for_that_night(talk: Talk, words: str, nights: str) -> None:
    assert nights in await talk.say(words)
    await talk.say("the king please")
    assert "A king room" in await talk.say(RUTH)


async def test_everything_a_week_later_is_no_longer_stay(talk: Talk) -> None:
    await talk.say("I need to move my stay at the Magnolia Court. Everything shifts by exactly a week.")
    assert "for 2 nights, from Monday, December 7" in await talk.say("H4N4TP, PIN 9326")


async def test_who_comes_with_two_children_is_three_and_hears_what_they_pay(talk: Talk) -> None:
    await talk.say("add breakfast to my stay at Lakeshore Grand, H9V5XU, PIN 7856")
    said = await talk.say("Me and my two kids. They're seven and nine. Is it cheaper for them?")
    assert "$12 for children" in said
    assert "for 3 people" in said


async def test_four_people_are_offered_no_room_for_two(talk: Talk) -> None:
    said = await talk.say("four of us want to stay in Seattle from December 11th for two nights, what have you got")
    assert "king" not in said
    assert "4 people" in said


async def test_a_code_of_a_flight_that_proves_who_speaks_is_no_topic(talk: Talk) -> None:
    said = await talk.say("my hotel in Seattle, from when until when do I have it, B4C9CR, PIN 4836")
    assert "is your flight booking" not in said
    assert "Pine Street Hotel" in said


@pytest.mark.parametrize(
    ("words", "offer"),
    [
        ("my room is freezing, the heating doesn't work", "Our staff here can see to it. Shall I call one of them?"),
        ("there is no hot water in our room", "Our staff here can see to it. Shall I call one of them?"),
        ("I was at your Austin hotel on Thursday and left my charger there", "Shall I call one of our staff?"),
    ],
)
async def test_trouble_in_a_room_or_a_lost_thing_gets_a_person_and_no_question_for_a_code(
    talk: Talk, words: str, offer: str
) -> None:
    assert (await talk.say(words)).endswith(offer)
    assert "ticket number" in await talk.say("yes please")


async def test_a_stay_that_has_begun_is_for_a_person_to_lengthen(talk: Talk) -> None:
    await talk.say("I'm at the Lakeshore Grand right now, can I keep my room one more night")
    said = await talk.say("H8Z7GK, PIN 1461")
    assert "I can't change a stay that has begun" in said
    assert "ticket number" in await talk.say("yes")


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("and does that room have two beds", "king room"),
        ("is that still before New Year", "December 4"),
        ("is that room quiet", "king room"),
    ],
)
async def test_what_a_question_says_of_the_room_read_back_is_no_wish(talk: Talk, words: str, kept: str) -> None:
    await talk.say("I want to come to Boston a day earlier, H9C3VL, PIN 2280")
    said = await talk.say(words)
    assert kept in said
    assert "Saturday, November 28" in said
    assert said.endswith("Shall I change it?")


async def test_another_day_in_a_question_is_still_a_wish(talk: Talk) -> None:
    await talk.say("push my room back three days, H5R7LK, PIN 1171")
    assert "from Tuesday, December 29" in await talk.say("does Tuesday work too")


async def test_who_finds_the_room_asked_about_too_dear_hears_the_others(talk: Talk) -> None:
    await talk.say("what would a suite cost me at Front Range Inn from the tenth to the twelfth of December")
    said = await talk.say("that's a lot, what else have you got")
    assert "twin for" in said
    assert "queen for" in said
    await talk.say("the queen I guess")
    assert "A queen room at Front Range Inn" in await talk.say("H3L9LN, PIN 7648")


@pytest.mark.parametrize(
    "words",
    [
        "we've a king at harbor house from the eighteenth of december i'd rather have a queen room if that's cheaper",
        "the church roof leaks, so our room in Austin needs to be a week later as well, the same three nights",
    ],
)
async def test_a_change_of_a_stay_is_no_trouble_in_a_room(talk: Talk, words: str) -> None:
    assert "First I need to know" in await talk.say(words)


async def test_nights_at_the_end_of_a_stay_are_not_until_its_first_day(talk: Talk) -> None:
    await talk.say("Could you tack two extra nights on to the end of my Denver stay on the 28th?")
    said = await talk.say("H3M5FJ, PIN 9260")
    assert "for 3 nights, from Monday, December 28 until Thursday, December 31" in said


async def test_somebody_who_is_not_coming_to_breakfast_is_no_no_show(talk: Talk) -> None:
    await talk.say("breakfast for the two of us at Pine Street from the twenty-sixth")
    await talk.say("H5U5PV, PIN 1198")
    said = await talk.say("what am I saying, he's not coming, just one, just me")
    assert "for 1 person" in said and said.endswith("Shall I add it?")
