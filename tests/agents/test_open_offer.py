"""An offer that is open: what agrees to it, what is answered about it, and how customers come back to it."""

from __future__ import annotations

import pytest

from agents.understand.assent import unwanted
from agents.understand.consent import only_thanks
from agents.understand.requests import asks_for_later
from tests.desk_tools import Talk

MARIA = "K7M2QX and my PIN is 4071"


def wrote(talk: Talk) -> bool:
    """Whether the last turn wrote anything."""
    return any(call.wrote is not None for call in talk.tools)


@pytest.mark.parametrize(
    "words",
    ["okay thank you", "thanks", "that's fine, thank you", "ok great thanks a lot", "perfect, thank you so much"],
)
def test_thanks_with_what_may_only_say_that_it_was_heard(words: str) -> None:
    assert only_thanks(words)


@pytest.mark.parametrize(
    "words",
    [
        "yes thank you",
        "that's right, thank you",
        "okay thanks, do that",
        "thank you, go ahead",
        "sure, thanks",
        "thank you, I'll take it",
        "okay",
        "lovely, thanks, can you also tell me about parking",
    ],
)
def test_a_yes_with_thanks_is_more_than_thanks(words: str) -> None:
    assert not only_thanks(words)


@pytest.mark.parametrize(
    "words",
    [
        "can i still cancel that later",
        "could i cancel it afterwards if something comes up",
        "would i be able to change it again in case my plans change",
        "is it possible to still change the dates later",
        "and can i cancel any time",
    ],
)
def test_what_would_be_possible_later_asks_for_nothing(words: str) -> None:
    assert asks_for_later(words)


@pytest.mark.parametrize(
    "words",
    ["could i still get a later flight", "can you cancel it", "can i go a day later", "i want to cancel it later"],
)
def test_a_wish_for_something_later_is_a_wish(words: str) -> None:
    assert not asks_for_later(words)


def test_words_that_only_take_back_what_was_done() -> None:
    assert all(map(unwanted, ("no i didn't want that", "hey, I never asked for that", "please undo that")))
    assert not unwanted("no I didn't want that, I wanted the aisle seat")


async def test_thanks_are_no_yes_to_what_was_wished_and_end_it_the_second_time(talk: Talk) -> None:
    assert "Shall I cancel it?" in await talk.say(f"cancel my flight, {MARIA}")
    assert (await talk.say("okay thank you")).startswith("Please say yes or no.")
    assert not wrote(talk)
    assert "left everything as it was" in await talk.say("that's fine, thank you")
    assert not wrote(talk) and talk.state.flow is None


async def test_thanks_call_nobody(talk: Talk) -> None:
    await talk.say("can you tell me a joke about plumbers")
    assert "Shall I call one of our staff?" in await talk.say("what is the capital of france")
    assert "You're welcome" in await talk.say("okay thank you")
    assert not talk.tools


async def test_check_in_with_a_reservations_code_offers_nothing(talk: Talk) -> None:
    reply = await talk.say("can you check me in please my code is h nine t two c e pin three five seven eight")
    assert "You check in at the front desk" in reply and "Shall I" not in reply
    assert talk.state.flow is None and talk.state.pending is None


async def test_early_check_in_is_no_late_check_out(talk: Talk) -> None:
    await talk.say("which room do i have, H9T2CE, pin 3578")
    assert "check-out" not in await talk.say("can i check in earlier than three")
    assert talk.state.pending is None


async def test_whether_it_could_be_cancelled_later_cancels_nothing(talk: Talk) -> None:
    await talk.say("which room do i have, H9T2CE, pin 3578")
    assert "6 PM on the day before" in await talk.say("can i still cancel that later")
    assert talk.state.flow is None and talk.state.pending is None


async def test_what_was_done_and_not_wanted_is_for_a_person(customer: Talk) -> None:
    await customer.say("add a late check-out to H9T2CE, pin 3578")
    await customer.say("yes")
    assert wrote(customer)
    assert "I can't take that off your stay here" in await customer.say("no i didn't want that")
    await customer.say("no")
    await customer.say("make my room a suite")
    await customer.say("yes")
    assert wrote(customer)
    assert "can't take that back here" in await customer.say("wait, i never asked for that")
