"""What was said of a wish stays: said once more, in the midst of a proof, beside dates, with other flows near."""

from __future__ import annotations

from datetime import date

import pytest

from agents.desk import AgentDesk
from agents.turn import Choice
from agents.understand.consent import consents
from agents.understand.heard import Heard
from agents.understand.roles import role
from agents.understand.understanding import understand
from sync.session import CONFIRM
from tests.desk_tools import Talk

SUNDAY = date(2026, 11, 22)
YES_NO = (Choice("Yes", "yes"), Choice("No", "no"))


def heard(desk: AgentDesk, words: str) -> Heard:
    return understand(words, lexicon=desk.lexicon, today=SUNDAY)


@pytest.mark.parametrize(
    ("words", "counts"),
    [
        ("two nights from November 27", [2]),
        ("from the 27 of November for three nights", [3]),
        ("2 nights from 11/27", [2]),
        ("on 5 December at 7:15 PM for 2 people", [2]),
        ("two beds, my code is H9M7EZ", [2]),
    ],
)
def test_a_number_inside_a_day_a_time_or_a_code_is_no_count(desk: AgentDesk, words: str, counts: list[int]) -> None:
    assert [one.value for one in heard(desk, words).of("count")] == counts


async def test_the_wish_said_again_with_the_pin_keeps_its_nights(talk: Talk) -> None:
    await talk.say("book a queen room at Harbor House")
    await talk.say("K7M2QX")
    read_back = await talk.say("a queen at Harbor House for two nights from November 27, and my PIN is 4071")
    assert "for 2 nights, from Friday, November 27" in read_back


async def test_the_wish_said_again_before_the_code_is_no_new_one(talk: Talk) -> None:
    await talk.say("I want to change my flight to Friday")
    assert "booking code" in await talk.say("I want to change my flight to Denver to Friday")
    assert [flow.name for flow in talk.state.parked] == ["change_flight"]
    assert talk.state.parked[0].slots["date"] == "2026-11-27"


async def test_small_talk_beside_the_pin_does_not_overwrite_the_day(talk: Talk) -> None:
    await talk.say("move my Denver flight to Friday")
    await talk.say("K7M2QX")
    assert "on Friday, November 27" in await talk.say("4071, goodness, so many questions today")


async def test_a_conversation_goes_on_elsewhere_from_every_agent(talk: Talk) -> None:
    for opening in ("what is the status of LB204", "change my flight to Friday", "book a room at Harbor House"):
        talk.state = type(talk.state)(key="test")
        await talk.say(opening)
        speaker = talk.state.agent
        await talk.say("can I carry on with this on my phone")
        assert [tool.name for tool in talk.tools] == ["code"], speaker


async def test_after_an_offer_to_go_on_the_choices_are_yes_and_no(talk: Talk) -> None:
    await talk.say("book a room at Harbor House from Friday for two nights")
    await talk.say("K7M2QX, PIN 4071")
    assert talk.asked.asks == "choice" and len(talk.asked.choices) == 4
    reply = await talk.say("actually, is flight LB204 on time")
    assert "Shall we go on with" in reply
    offered = talk.asked
    assert offered.asks == CONFIRM
    assert offered.choices == YES_NO
    assert talk.desk.expectation(talk.state, "").asked == CONFIRM


async def test_what_is_sold_out_is_not_offered_again(talk: Talk) -> None:
    await talk.say("book a twin room at Harbor House from November 25 for two nights")
    reply = await talk.say("K7M2QX, PIN 4071")
    assert "no twin room left" in reply
    labels = [choice.label for choice in talk.asked.choices]
    assert labels and not any("twin" in label.lower() for label in labels)


async def test_a_seat_that_somebody_has_is_not_the_one_they_want(talk: Talk) -> None:
    await talk.say("They've stuck me in 14C going to Denver, I'd far sooner be on the aisle")
    assert talk.state.parked[-1].slots["position"] == "aisle" and "seat" not in talk.state.parked[-1].slots
    talk.state = type(talk.state)(key="test")
    await talk.say("could you put me in seat 14C on my flight")
    assert talk.state.parked[-1].slots["seat"] == "14C"


async def test_of_two_days_the_one_that_is_wished_for_is_taken(talk: Talk) -> None:
    await talk.say("change my flight, I have jury duty on the 16th of December so I'll have to fly on the 19th")
    assert talk.state.parked[-1].slots["date"] == "2026-12-19"


async def test_a_weekday_said_again_agrees_to_the_day_that_was_read_back(customer: Talk) -> None:
    await customer.say("change my flight to Monday the 7th of December")
    assert "Monday, December 7" in await customer.say("K7M2QX, PIN 4071")
    assert "Done" in await customer.say("yes, Monday")


async def test_another_weekday_is_the_one_near_the_day_that_was_read_back(talk: Talk) -> None:
    await talk.say("change my flight to December 19th")
    await talk.say("K7M2QX, PIN 4071")
    assert "Monday, December 21" in await talk.say("no, Monday please")


@pytest.mark.parametrize(
    "words",
    [
        "fair enough, yes",
        "okay, that's fair, do it",
        "yes I'll have that",
        "yes, put it on",
        "ooh yes please",
        "yes we'd like that",
    ],
)
def test_more_ways_of_an_explicit_yes(words: str) -> None:
    assert consents(words)


@pytest.mark.parametrize("words", ["fair enough", "put it on Friday, yes", "have that changed", "okay if it's free"])
def test_and_what_still_is_none(words: str) -> None:
    assert not consents(words)


@pytest.mark.parametrize(
    ("words", "value", "kind", "given_up"),
    [
        ("I can't sleep in a queen any more", "queen", "choice", True),
        ("I don't want the eighth but the tenth", "eighth", "date", True),
        ("I don't want the eighth but the tenth", "tenth", "date", False),
        ("we won't get there before the eighth", "eighth", "date", False),
        ("can't you make it a king", "king", "choice", False),
    ],
)
def test_what_will_not_do_is_given_up(words: str, value: str, kind: str, given_up: bool) -> None:
    start = words.index(value)
    assert role(words, start, start + len(value), kind).is_given_up is given_up
