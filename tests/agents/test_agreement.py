"""What counts as a yes to a change that was read back, and what replies do to the desk's last words."""

from __future__ import annotations

import pytest

from agents.planner.agreement import agrees_to
from agents.understand.consent import ends_in_yes, hedges
from tests.desk_tools import Talk

PROOF = "K7M2QX 4071"


async def read_back(customer: Talk) -> None:
    await customer.say("I want to cancel my flight")
    assert (await customer.say(PROOF)).endswith("Shall I cancel it?")


@pytest.mark.parametrize(
    "words",
    [
        "it's a shame, but yes",
        "we won't make it to Denver, so please cancel it",
        "That's right, be rid of it, yes please.",
        "well, it is better than nothing, go ahead",
        "yes, cancel LB204",
    ],
)
async def test_a_yes_in_words_of_its_own_is_carried_out(customer: Talk, words: str) -> None:
    await read_back(customer)
    assert (await customer.say(words)).startswith("Done, LB204")


@pytest.mark.parametrize(
    "words",
    [
        "sure, if I were made of money",
        "do it. No, stop, don't do it",
        "yes, but only if I get all of it back",
        "okay, then I'd rather leave it",
        "yes, cancel the one on Friday",
        "yes, LB205 please",
        "yes mum I'm at the counter, what did you say",
        "is that the full amount, yes or no?",
        "cancel it",
        "great, one two three four",
    ],
)
async def test_what_may_be_meant_otherwise_writes_nothing(customer: Talk, words: str) -> None:
    await read_back(customer)
    assert "Done" not in await customer.say(words)
    told = await customer.say("which flights have I booked with you")
    assert "LB204" in told


async def test_without_a_read_back_nothing_is_a_yes(customer: Talk) -> None:
    heard = customer.desk.listening.hear(customer.state, "it's a shame, but yes")
    persona = customer.desk.registry.personas["flight"]
    assert not agrees_to(persona, customer.state, heard)


@pytest.mark.parametrize("words", ["yes?", "yes, unless it rains", "no, yes", "I guess so, yes", "yes or no"])
def test_a_hedged_yes_is_seen(words: str) -> None:
    assert hedges(words)


@pytest.mark.parametrize("words", ["no problem, go ahead", "why not, do it", "that's not bad, yes"])
def test_turns_of_speech_are_no_hedges(words: str) -> None:
    assert not hedges(words)


def test_the_last_thing_said_decides_whether_words_end_in_a_yes() -> None:
    assert ends_in_yes("I'd have liked to go, but yes")
    assert not ends_in_yes("yes, but I'd have liked to go")


async def test_a_person_is_called_in_the_middle_of_a_question(customer: Talk) -> None:
    await customer.say("I want to change my flight")
    assert "staff" in await customer.say("can I not just talk to one of your people about this")


async def test_whoever_did_not_hear_is_asked_again_without_a_failed_try(customer: Talk) -> None:
    await customer.say("I want to change my flight")
    for _ in range(4):
        assert "booking code" in await customer.say("sorry, what was that, it's so loud in here")
    assert customer.state.flow is not None and customer.state.flow.tries == 0
