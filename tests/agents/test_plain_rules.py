"""Questions for a rule: told to anybody, by the desk whose matter it is, and nobody is asked for a code first."""

from __future__ import annotations

import pytest

from agents.understand.questions import asks_rule
from tests.desk_tools import Talk


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("how long is my travel credit good for", "twelve months"),
        ("when does the credit run out", "twelve months"),
        ("can i check in online", "24 hours before departure"),
        ("can i check in on my phone", "24 hours before departure"),
        ("may i check in at the airport", "counters open three hours"),
        ("do i get my money back if i cancel my room", "until 6 PM on the day before arrival"),
        ("can i cancel my room for free", "until 6 PM on the day before arrival"),
        ("can i cancel my hotel room in san francisco without paying", "until 6 PM on the day before arrival"),
        ("if i cancel my stay do i get a refund", "until 6 PM on the day before arrival"),
        ("how much is it to change my hotel", "the dates or the room free of charge"),
        ("what does it cost to change my stay", "the dates or the room free of charge"),
        ("what do i need to bring to the airport", "valid passport"),
        ("what papers do i need", "valid passport"),
        ("where do i drop my bags", "bag drop"),
        ("what happens if i don't go", "the ticket loses its value"),
        ("how many bags can i take on board", "one carry-on bag"),
        ("i think i left my jacket in the airplane yesterday", "If you left something on board"),
        ("my umbrella is still in the airplane", "If you left something on board"),
        ("do i get my money back if you cancel the flight", "you get a full refund"),
        ("what if my flight is cancelled by the airline, do i get a refund", "you get a full refund"),
        ("do i have to pay if i cancel my flight", "as travel credit"),
        ("can i get my money back if i don't fly", "as travel credit"),
        ("can i change my seat for free", "Choosing a standard seat"),
        ("what do i have to pay if i change my flight", "Changing a flight costs $80"),
    ],
)
async def test_a_rule_is_told_before_anybody_is_asked_for_a_code(talk: Talk, words: str, told: str) -> None:
    assert told in await talk.say(words)


@pytest.mark.parametrize(
    "words",
    [
        "could you cancel my flight",
        "can i change my flight to friday",
        "can i check in for my flight",
        "can i cancel my room",
        "is it ok if i check in for my flight now",
        "can i get a window seat on my flight",
    ],
)
async def test_a_deed_asked_for_in_the_form_of_a_question_asks_who_it_is(talk: Talk, words: str) -> None:
    assert "your booking code or your customer number" in await talk.say(words)


@pytest.mark.parametrize(
    ("first", "told"),
    [
        ("how much is it to change a flight", "as travel credit"),
        ("how much is it to change my room", "until 6 PM on the day before arrival"),
    ],
)
async def test_and_if_i_cancel_is_about_what_was_spoken_of(talk: Talk, first: str, told: str) -> None:
    await talk.say(first)
    assert told in await talk.say("and if i cancel")


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("if i cancel my room what do i get back", True),
        ("am i allowed to bring a dog", True),
        ("could you cancel my flight if i am not too late", False),
        ("can you tell me if i am booked", False),
        ("i'd like to know if i can change my seat", False),
        ("would you mind if i take the later flight", False),
        ("i want to check in online", False),
    ],
)
def test_what_asks_for_a_rule(words: str, rule: bool) -> None:
    assert asks_rule(words) is rule


FIRST, SECOND, THIRD = "$35", "$45", "$120"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("how many bags are we allowed on the flight and what do they cost", (FIRST, SECOND, THIRD)),
        ("the suitcases, the ones you check on the plane, how much for each", (FIRST, SECOND, THIRD)),
        ("what does the first suitcase cost, and the second, and the third", (FIRST, SECOND, THIRD)),
        ("I'd like to take a suitcase along on my flight, how much will you charge me?", (FIRST,)),
        ("a third suitcase on the plane, what's it cost?", (THIRD,)),
        ("my plane is late, do I get a meal or something for that", ("$15 meal voucher",)),
        ("what do I pay if I turn up too late tonight for my plane", ("$80", "next flight")),
        ("you people cancelled my flight on Tuesday! what are you going to do about it", ("next one free of charge",)),
    ],
)
async def test_people_hear_the_rule_they_ask_for(talk: Talk, words: str, told: tuple[str, ...]) -> None:
    said = await talk.say(words)
    assert all(one in said for one in told) and "don't know" not in said


async def test_more_bags_lean_on_the_first(talk: Talk) -> None:
    await talk.say("what does a checked bag cost on the plane")
    assert SECOND in await talk.say("and the others? second, third?")
    assert THIRD in await talk.say("and if grandma brings a third?")


async def test_what_if_asked_after_a_status_is_no_status_of_another_day(talk: Talk) -> None:
    await talk.say("is flight LB204 on time tonight")
    assert "$80" in await talk.say("and if I don't make it, what then? can I take the one tomorrow?")
