"""Customers who tell of a situation are asked for what they may want; nothing begins before they say so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.understand.assent import accepts, declines, only_declines
from agents.understand.consent import consents
from tests.desk_tools import Talk

WRONG_DAY = "it's the wrong day"
WRONG_DATE = "it's the wrong date"


@pytest.mark.parametrize(
    ("situation", "flow"),
    [
        ("my meeting got moved to Thursday and I'm booked for Wednesday", "change_flight"),
        ("our little one gets hungry in the mornings", "add_breakfast"),
        ("our plane leaves at eight at night, what do we do with the room until then", "late_check_out"),
        ("the room is too small for us", "change_stay"),
        ("Remind me, when am I off to Denver?", "my_bookings"),
    ],
)
async def test_what_a_situation_surely_means_begins(talk: Talk, situation: str, flow: str) -> None:
    assert "First I need to know" in await talk.say(situation)
    assert talk.state.parked[-1].name == flow


@pytest.mark.parametrize(
    ("situation", "wish"),
    [
        (WRONG_DAY, "change your flight"),
        (WRONG_DATE, "change your flight, or to change your hotel stay"),
        ("I'm not sure the hotel suits us", "cancel your hotel stay, or to "),
    ],
)
async def test_what_a_situation_may_mean_is_asked_about(talk: Talk, situation: str, wish: str) -> None:
    reply = await talk.say(situation)
    assert reply.startswith("Would you like to ") and wish in reply and reply.endswith("?")
    assert talk.state.flow is None and not talk.state.parked


@pytest.mark.parametrize(
    "elsewhere", ["what's the capital of Peru", "my card was declined at the shop", "the sink in my kitchen is leaking"]
)
async def test_what_no_agent_does_gets_no_guess(talk: Talk, elsewhere: str) -> None:
    reply = await talk.say(elsewhere)
    assert "I don't know" in reply and talk.state.guess is None


async def test_a_question_without_an_answer_gets_no_guess_that_has_nothing_to_do_with_it(talk: Talk) -> None:
    reply = await talk.say("Does Harbor House have a sauna?")
    assert "I don't know" in reply and talk.state.guess is None


@pytest.mark.parametrize("assent", ["yes", "er, well, yes please do", "go on then", "I guess so"])
async def test_a_yes_begins_the_guess_with_what_was_said_before_it(talk: Talk, assent: str) -> None:
    await talk.say(WRONG_DAY)
    reply = await talk.say(assent)
    assert "First I need to know" in reply
    waiting = talk.state.parked[-1]
    assert waiting.name == "change_flight" and waiting.words.startswith(WRONG_DAY)


async def test_a_guess_that_was_taken_up_is_carried_out_after_its_read_back(customer: Talk) -> None:
    await customer.say("we'd like a better spot")
    await customer.say("the seat, a window")
    await customer.say("K7M2QX")
    read_back = await customer.say("4071")
    assert "a window seat, in place of 14C" in read_back
    assert "Done." in await customer.say("yes please")


async def test_a_no_is_followed_by_an_open_question_and_the_same_is_not_asked_again(talk: Talk) -> None:
    await talk.say(WRONG_DAY)
    assert "What can I do for you?" in await talk.say("no, not really")
    again = await talk.say(WRONG_DAY)
    assert "change your flight" not in again


async def test_a_no_with_the_wish_behind_it_begins_that(talk: Talk) -> None:
    await talk.say(WRONG_DAY)
    reply = await talk.say("no, cancel my flight")
    assert "First I need to know" in reply and talk.state.parked[-1].name == "cancel_flight"


async def test_of_two_guesses_the_customer_says_which(talk: Talk) -> None:
    reply = await talk.say(WRONG_DATE)
    assert ", or to " in reply and talk.state.guess is not None
    first = talk.state.guess.choices[0]
    await talk.say("the first one")
    assert (talk.state.agent, talk.state.parked[-1].name) == first


@pytest.mark.parametrize(
    ("answer", "place"),
    [("the first", 0), ("the second one please", 1), ("either", 0), ("oh, I don't mind", 0), ("the latter", 1)],
)
async def test_a_yes_to_a_choice_of_two_is_asked_once_more_which(talk: Talk, answer: str, place: int) -> None:
    await talk.say(WRONG_DATE)
    assert talk.state.guess is not None
    choices = talk.state.guess.choices
    which = await talk.say("yes please")
    assert which == "Which of the two would you like: to change your flight, or to change your hotel stay?"
    await talk.say(answer)
    assert (talk.state.agent, talk.state.parked[-1].name) == choices[place]


async def test_what_is_said_in_passing_before_the_choice_is_no_part_of_the_wish(talk: Talk) -> None:
    await talk.say(WRONG_DATE)
    await talk.say("Goodness, so many questions today! The flight, please")
    waiting = talk.state.parked[-1]
    assert waiting.name == "change_flight" and "date" not in waiting.slots and "today" not in waiting.words


async def test_of_both_that_are_wanted_the_second_is_offered_after_the_first(customer: Talk) -> None:
    await customer.say(WRONG_DATE)
    assert (await customer.say("both please")).startswith("One thing after the other, please. First I need to know")
    await customer.say("K7M2QX")
    assert "To which day would you like to move it?" in await customer.say("4071")
    assert "Shall I change it?" in await customer.say("Friday")
    assert (await customer.say("yes")).endswith("Shall we go on with your hotel change?")
    assert "What would you like to change: the day, the nights or the room?" in await customer.say("yes please")
    assert customer.state.agent == "hotel"


async def test_neither_of_two_is_a_no(talk: Talk) -> None:
    await talk.say(WRONG_DATE)
    await talk.say("yes")
    assert "What can I do for you?" in await talk.say("neither")


async def test_a_second_yes_to_two_guesses_gets_the_nearer_one_alone(talk: Talk) -> None:
    await talk.say(WRONG_DATE)
    assert talk.state.guess is not None and len({agent for agent, _ in talk.state.guess.choices}) == 2
    nearer = talk.state.guess.choices[0]
    await talk.say("yes please")
    assert ", or to " not in await talk.say("yes please")
    await talk.say("yes please")
    assert (talk.state.agent, talk.state.parked[-1].name) == nearer


async def test_what_is_wanted_instead_of_the_guesses_goes_with_what_was_said_before(talk: Talk) -> None:
    assert ", or to " in await talk.say(WRONG_DATE)
    await talk.say("please cancel that flight")
    assert (talk.state.agent, talk.state.parked[-1].name) == ("flight", "cancel_flight")
    assert talk.state.parked[-1].words == f"{WRONG_DATE}. please cancel that flight"


async def test_a_loose_yes_to_two_guesses_of_one_desk_is_asked_which_too(talk: Talk) -> None:
    assert "cancel your hotel stay, or to " in await talk.say("I'm not sure the hotel suits us")
    assert (await talk.say("yes")).startswith("Which of the two would you like: to cancel your hotel stay, or to ")
    await talk.say("the first one")
    assert talk.state.parked[-1].name == "cancel_stay"


async def test_a_request_is_never_met_with_a_guess(talk: Talk) -> None:
    for wish in ("give me a room", "change my flight to Friday", "cancel my hotel reservation", "add a bag"):
        talk.state = type(talk.state)(key="test")
        assert "Would you like to" not in await talk.say(wish)


async def test_no_guess_comes_while_a_question_is_open(talk: Talk) -> None:
    await talk.say("I want to change my seat")
    reply = await talk.say("our little one gets hungry in the mornings")
    assert talk.state.guess is None and "Would you like to" not in reply


async def test_a_doubtful_yes_to_a_read_back_writes_nothing_and_is_asked_once_more(customer: Talk) -> None:
    await customer.say("change my flight to Wednesday")
    await customer.say("K7M2QX")
    read_back = await customer.say("4071")
    assert "on Wednesday, November 25" in read_back and "instead of LB204 tomorrow" in read_back
    again = await customer.say("I guess so")
    assert again.startswith("Please say yes or no.") and not any(one.name == "confirm" for one in customer.tools)
    assert "left everything as it was" in await customer.say("not really")


@pytest.mark.parametrize("words", ["nah leave it", "not really", "no thanks", "I don't think so", "rather not"])
def test_a_loose_no_is_a_no(words: str) -> None:
    assert declines(words) and only_declines(words) and not accepts(words)


@pytest.mark.parametrize("words", ["er, well, yes please do", "go on then", "hm okay then", "I suppose so", "why not"])
def test_a_loose_yes_is_a_yes(words: str) -> None:
    assert accepts(words) and not declines(words)


@pytest.mark.parametrize("words", ["yes but on Friday", "yes?", "no, cancel it", "what does it cost"])
def test_a_yes_with_something_else_in_it_takes_nothing_up(words: str) -> None:
    assert not accepts(words) and not only_declines(words)


SAID = [
    "yes",
    "no",
    "i guess so",
    "well",
    "er",
    "please",
    "not really",
    "leave it",
    "?",
    "friday",
    "go on",
    "but",
    "ok",
]


@given(st.lists(st.sampled_from(SAID), min_size=1, max_size=6))
def test_nothing_is_a_yes_and_a_no_at_once_and_what_may_write_is_always_a_yes(said: list[str]) -> None:
    words = " ".join(said)
    assert not (accepts(words) and declines(words))
    assert accepts(words) or not consents(words)


async def test_a_stays_code_for_words_that_name_no_flight_changes_the_stay(talk: Talk) -> None:
    await talk.say("can you put me on something earlier")
    await talk.say("H4N8TP")
    reply = await talk.say("4071")
    assert "H4N8TP is your hotel reservation" in reply and "LB204" not in reply


async def test_a_stays_code_proves_who_asks_for_a_flight_by_name(talk: Talk) -> None:
    await talk.say("I want to change my flight to Friday")
    await talk.say("H4N8TP")
    assert "LB204" in await talk.say("4071")
