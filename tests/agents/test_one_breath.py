"""Code, PIN and wish in one sentence, in any order; a PIN put right; people who cannot prove who they are."""

from __future__ import annotations

from datetime import date

import pytest

from agents.understand.heard import Heard
from agents.understand.lexicon import Lexicon
from agents.understand.understanding import understand
from tests.desk_tools import TODAY, Talk


def hear(words: str, **more: object) -> Heard:
    return understand(words, lexicon=Lexicon([]), today=TODAY, **more)  # type: ignore[arg-type]


async def told(talk: Talk, *words: str) -> str:
    """Say one thing after the other; the last reply."""
    reply = ""
    for one in words:
        reply = await talk.say(one)
    return reply


@pytest.mark.parametrize(
    ("words", "wish"),
    [
        ("need to move a six k three t s to the ninth pin two six five eight", "need to move to the ninth"),
        ("w seven s four d c seven eight seven five cancel", "cancel"),
        ("g eight k three q s two five three five what seat am i in", "what seat am i in"),
        ("4071 is my pin and K7M2QX the code, which gate do i go to", "which gate do i go to"),
        ("I'd like to cancel, my booking code is K7M2QX and the PIN is 4071, please", "I'd like to cancel, please"),
        ("customer number two one one one pin seven one four four i need my bookings", "i need my bookings"),
        ("it's K7M2QX, and the pin would be 4071", ""),
        ("four o seven one kilo seven mike two quebec x-ray change my seat", "change my seat"),
        ("sorry, K7M2QX, 4072, no, 4071", ""),
    ],
)
def test_a_wish_is_what_is_left_without_the_proof(words: str, wish: str) -> None:
    heard = hear(words)
    assert heard.wish == wish
    assert heard.pin is not None
    assert heard.pin not in heard.words


def test_words_without_a_proof_are_all_wish() -> None:
    assert hear("move my flight to Friday, please").wish == "move my flight to Friday, please"


def test_a_day_before_a_pin_is_a_day() -> None:
    heard = hear("need to move a six k three t s to the fifth pin two six five eight")
    assert [one.value for one in heard.of("date")] == [date(2026, 12, 5).isoformat()]


@pytest.mark.parametrize(
    "words",
    [
        "j three g four b u",
        "a window seat please d four f two t l, pin eight five seven eight",
        "a six j two a n eight three four three",
        "mm thirty nine okay i guess",
    ],
)
def test_neither_a_code_nor_an_okay_holds_a_seat(words: str) -> None:
    assert not any(str(one.value)[-1:] in "ABCDEFK" for one in hear(words).of("spelled"))


def test_a_code_that_was_begun_is_no_seat_and_a_seat_is_one() -> None:
    begun = hear("d four f", asking="booking_code").of("spelled")
    assert not any(str(one.value)[0].isdigit() for one in begun)
    assert [one.value for one in hear("fourteen charlie", asking="spelled").of("spelled")] == ["14C"]
    assert "4B" in [one.value for one in hear("four b please").of("spelled")]


def test_of_two_pins_the_one_that_puts_right_the_other_counts_and_neither_is_kept() -> None:
    heard = hear("4072, no sorry, 4071", asking="pin")
    assert heard.pin == "4071"
    assert "407" not in heard.words


@pytest.mark.parametrize("words", ["oh sorry 4071", "no it's 4071", "the pin is 4071", "I meant four zero seven one"])
def test_after_a_failed_proof_a_pin_put_right_is_a_pin(words: str) -> None:
    assert hear(words, asking="booking_code", failed=True).pin == "4071"


def test_after_a_failed_proof_a_customer_number_is_none() -> None:
    heard = hear("sorry, my customer number is 2111", asking="booking_code", failed=True)
    assert heard.pin is None
    assert [one.value for one in heard.of("customer_id")] == [2111]


@pytest.mark.parametrize("words", ["2111 is my customer number", "my customer number is two one one one"])
def test_a_customer_number_is_found_before_and_after_its_name(words: str) -> None:
    assert [one.value for one in hear(words).of("customer_id")] == [2111]


@pytest.mark.parametrize(
    ("words", "reply"),
    [
        ("need to move a six k three t s to the ninth pin two six five eight", "Wednesday, December 9"),
        ("w seven s four d c seven eight seven five cancel", "Shall I cancel it?"),
        ("g eight k three q s two five three five what seat am i in", "seat 28E"),
        ("K7M2QX PIN 4071, need to move to the 27th", "Friday, November 27"),
        (
            "is my flight on time a six j two a n eight three four three",
            "LB722 from San Francisco to Los Angeles is on time",
        ),
        ("a six j two a n pin eight three four three can i get a window seat", "a window seat"),
    ],
)
async def test_a_wish_said_with_code_and_pin_is_gone_on_with(talk: Talk, words: str, reply: str) -> None:
    said = await talk.say(words)
    assert said.startswith("Thank you, ")
    assert reply in said
    assert talk.state.identity is not None


async def test_a_question_with_a_code_asks_for_the_pin_and_is_answered(talk: Talk) -> None:
    assert "PIN" in await talk.say("can you tell me my gate k seven m two q x")
    assert "LB204 to Denver" in await talk.say("four zero seven one")


async def test_a_code_said_hesitantly_is_a_code(talk: Talk) -> None:
    assert "PIN" in await told(talk, "cancel my flight", "hmm let me think uh the code is k 7 m 2 q x")


async def test_without_a_wish_it_is_asked_for(talk: Talk) -> None:
    reply = await told(talk, "K7M2QX and my PIN is 4071")
    assert "Maria" in reply


async def test_a_pin_put_right_goes_with_the_code_that_was_said(talk: Talk) -> None:
    reply = await told(talk, "cancel my flight", "K7M2QX", "four zero seven two", "oh no sorry four zero seven one")
    assert reply.startswith("Thank you, Maria.")
    assert reply.endswith("Shall I cancel it?")


async def test_pins_put_right_are_counted_all_the_same(talk: Talk) -> None:
    reply = await told(talk, "cancel my flight", "K7M2QX 4072", "sorry, 4073", "no, 4074")
    assert "can't try again for fifteen minutes" in reply
    assert talk.state.identity is None


@pytest.mark.parametrize(
    "words",
    [
        "no i don't know it",
        "i forgot my pin",
        "I've no idea",
        "I'm new",
        "oh i don't have a booking yet",
        "i'm a new guest",
    ],
)
async def test_who_cannot_prove_who_they_are_is_offered_staff(talk: Talk, words: str) -> None:
    reply = await told(talk, "book a room in Boston for Friday, two nights", words)
    assert reply.endswith("Shall I call one of them?")
    assert "booking code or your customer number?" not in reply
    assert "I've called our staff" in await talk.say("yes please")


async def test_a_second_time_without_a_code_is_answered_with_staff(talk: Talk) -> None:
    reply = await told(talk, "change my flight", "I don't know my code", "I don't have a code either")
    assert reply.endswith("Shall I call one of them?")


@pytest.mark.parametrize(
    "words", ["no code just a human please", "representative", "can you get me somebody", "yeah okay get me someone"]
)
async def test_a_person_is_called_and_no_code_asked_for_in_the_same_breath(talk: Talk, words: str) -> None:
    reply = await told(talk, "change my flight", words)
    assert "I've called our staff" in reply
    assert "code" not in reply


async def test_the_code_that_was_asked_for_still_counts_after_a_person_was_called(talk: Talk) -> None:
    reply = await told(talk, "cancel my flight", "representative", "K7M2QX 4071")
    assert reply.endswith("Shall I cancel it?")


@pytest.mark.parametrize("words", ["is anybody there", "hello can you hear me", "are you still there"])
async def test_who_asks_whether_anybody_is_there_gets_an_answer_and_no_staff(talk: Talk, words: str) -> None:
    assert (await talk.say(words)).startswith("Yes, I'm here.")
    assert not talk.tools


async def test_an_unclear_wish_with_a_code_is_weighed_again_after_the_proof(talk: Talk) -> None:
    assert "PIN" in await talk.say("need to move to the fifth of december, my code is K7M2QX")
    reply = await talk.say("4071")
    assert "on Saturday, December 5" in reply
    assert reply.endswith("Shall I change it?")


async def test_a_wish_put_right_beside_the_code_takes_the_place_of_the_first(talk: Talk) -> None:
    reply = await told(talk, "cancel my flight", "actually I'd rather move it to Saturday, K7M2QX, 4071")
    assert "on Saturday, November 28" in reply
    assert talk.state.parked == ()


async def test_a_second_wish_beside_the_code_comes_after_the_first(talk: Talk) -> None:
    reply = await told(talk, "move my flight to Saturday", "K7M2QX and I want a window seat", "4071")
    assert "on Saturday, November 28" in reply
    assert [flow.name for flow in talk.state.parked] == ["choose_seat"]


async def test_a_question_said_after_code_and_pin_reaches_the_tool_and_the_rules_whole(talk: Talk) -> None:
    reply = await talk.say("K7M2QX and 4071 what seat am I in and is there a meal")
    assert "seat 14C" in reply
    assert "hot meal" in reply


async def test_a_question_without_a_code_asks_which_flight_and_takes_a_code_for_it(talk: Talk) -> None:
    assert "Which flight is it?" in await talk.say("is my flight on time")
    assert "LB204 to Denver" in await told(talk, "K7M2QX", "4071")


async def test_a_rule_asked_for_with_code_and_pin_is_told(talk: Talk) -> None:
    assert "$45" in await talk.say("what are the fees for a second bag, code K7M2QX pin 4071")


@pytest.mark.parametrize("words", ["H4N8TP 4071 one night longer", "H4N8TP four zero seven one one night longer"])
async def test_a_count_right_after_the_pin_is_a_count(talk: Talk, words: str) -> None:
    assert "for 3 nights" in await talk.say(words)


async def test_a_new_guest_who_says_so_again_is_not_asked_for_a_code(talk: Talk) -> None:
    await told(talk, "book a room in Boston for Friday, two nights", "I'm new")
    assert "Shall I call one of them?" in await talk.say("i don't have a booking i am a new customer")


@pytest.mark.parametrize(
    "words", ["customer number two one nine six", "hello I'm customer number two zero eight eight"]
)
async def test_a_customer_number_calls_nobody(talk: Talk, words: str) -> None:
    await talk.say("cancel my flight")
    assert "staff" not in await talk.say(words)


async def test_a_number_of_people_calls_nobody(talk: Talk) -> None:
    await talk.say("add breakfast to my stay")
    assert "called our staff" not in await talk.say("yes two persons my husband and me")
