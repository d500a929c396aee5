"""Customer numbers and PINs in free or corrected words, and who has no PIN at first."""

from __future__ import annotations

from datetime import date

import pytest

from agents.understand.heard import Heard
from agents.understand.lexicon import Lexicon
from agents.understand.understanding import understand
from tests.desk_tools import Talk


def hear(words: str, asking: str | None = None, last: str = "") -> Heard:
    return understand(words, lexicon=Lexicon(()), today=date(2026, 11, 22), asking=asking, last_reply=last)


@pytest.mark.parametrize(
    ("words", "number", "pin"),
    [
        ("two one eight three no wait two two zero one and pin three six one seven", 2201, "3617"),
        ("it is 2183, no wait, 2201 is the number and the pin is 3617", 2201, "3617"),
        ("customer number one one two two sorry two two one zero and the pin is four oh seven one", 2210, "4071"),
        ("one seven three two, sorry two one one seven, pin one seven three two", 2117, "1732"),
        ("my number is 2196 and the pin is 6286 no sorry 6288", 2196, "6288"),
        ("two one nine six pin is six two eight eight i want to fly a day later", 2196, "6288"),
        ("one one two two sorry two two one zero", 2210, None),
        ("2196, sorry, 2169", 2169, None),
        ("two two zero one and the pin is three six one seven two persons", 2201, "3617"),
    ],
)
def test_of_a_number_put_right_the_later_one_counts(words: str, number: int, pin: str | None) -> None:
    heard = hear(words, asking="booking_code")
    assert [one.value for one in heard.of("customer_id")] == [number]
    assert heard.pin == pin
    assert pin is None or pin not in heard.words


@pytest.mark.parametrize(
    "words",
    [
        "i want to see what i have booked. two one nine six, six two eight eight",
        "show me my flights 2196 6288",
        "cancel my flight two one nine six six two eight eight",
        "it's two one nine six and six two eight eight, a window seat please",
    ],
)
def test_two_numbers_in_a_row_are_a_customer_number_and_a_pin(words: str) -> None:
    heard = hear(words)
    assert ([one.value for one in heard.of("customer_id")], heard.pin) == ([2196], "6288")


@pytest.mark.parametrize(
    "words",
    [
        "is there a flight between 1130 and 1245",
        "rooms 1201 and 1203 are noisy",
        "can i leave at 1015 or 1130",
        "flight number two zero four four please",
        "the phone number is two one nine six",
        "my phone is six one seven five five five one two",
        "you can reach me on my cell at two one nine six six two eight eight",
    ],
)
def test_other_numbers_are_no_proof(words: str) -> None:
    heard = hear(words)
    assert (heard.of("customer_id"), heard.pin) == ((), None)


def test_a_number_without_the_word_customer_is_one() -> None:
    heard = hear("i booked a hotel in chicago, number two two three zero, what did i book")
    assert [one.value for one in heard.of("customer_id")] == [2230]
    assert hear("hi i want to see my booking number two two three zero").wish == "hi i want to see my booking"


async def test_number_pin_and_wish_in_one_answer(talk: Talk) -> None:
    await talk.say("i need to change my flight")
    reply = await talk.say("two one nine six pin is six two eight eight i want to fly a day later")
    assert reply.startswith("Thank you,")


@pytest.mark.parametrize(
    "words",
    [
        "i forgot my pin what can i do",
        "hello i can't remember my pin",
        "i want to cancel my flight but i lost my pin number",
        "my pin has slipped my mind",
        "what if i don't have my pin",
    ],
)
async def test_who_forgot_the_pin_is_helped_at_once(talk: Talk, words: str) -> None:
    assert "Shall I call one of them?" in await talk.say(words)


async def test_a_pin_found_after_staff_were_offered_is_tried_with_the_code_said_before(talk: Talk) -> None:
    await talk.say("i want to cancel my flight, K7M2QX")
    assert "Our staff here can check your ID" in await talk.say("i don't have my pin here")
    reply = await talk.say("wait my husband knows it it's four zero seven one i think")
    assert reply.startswith("Thank you, Maria. That's LB204")


async def test_a_number_and_a_pin_found_after_staff_were_offered(talk: Talk) -> None:
    await talk.say("i'd like to change my room")
    await talk.say("i don't have my pin here")
    reply = await talk.say("no wait. customer number two one nine six it's six two eight eight")
    assert reply.startswith("Thank you,")


@pytest.mark.parametrize(
    "words",
    [
        "it's 2128, and thanks so much for your patience.",
        "That's very kind of you. it's 2128",
        "i told you two one two eight",
        "as I said, 2128",
        "i see, two one two eight",
        "you just asked me that, it's 2128",
        "hurry up, it's two one two eight",
        "let me see, uh, two one two eight",
        "no worries, 2128",
    ],
)
async def test_a_number_beside_manners_or_complaint_is_the_number(talk: Talk, words: str) -> None:
    await talk.say("change my flight")
    assert await talk.say(words) == "And what is your four-digit PIN?"
    assert talk.state.flow is not None and talk.state.flow.slots["customer_number"] == 2128


@pytest.mark.parametrize("words", ["H3N8FS as I told you", "like I said, h three n eight f s", "I see, it is h3n8fs"])
def test_a_code_beside_words_that_it_was_said_is_the_code(words: str) -> None:
    assert [one.value for one in hear(words, asking="booking_code").of("booking_code")] == ["H3N8FS"]


async def test_a_number_said_again_after_a_wrong_pin_is_no_pin(talk: Talk) -> None:
    for words in ("change my flight", "2128", "8809"):
        await talk.say(words)
    assert await talk.say("two one two eight") == "And what is your four-digit PIN?"
    assert not talk.tools
    assert "Thank you, Mei." in await talk.say("8808")


@pytest.mark.parametrize(
    "words",
    [
        "5216? no sorry that's my pin, 2026",
        "2026, and 5216 that's my pin",
        "my pin is 5216, number 2026",
        "5216 is my pin and 2026 the number",
    ],
)
def test_a_number_is_called_by_the_words_behind_it_too(words: str) -> None:
    heard = hear(words, asking="booking_code")
    assert ([one.value for one in heard.of("customer_id")], heard.pin) == ([2026], "5216")


@pytest.mark.parametrize(
    ("words", "pin"),
    [
        ("Nine three five six. Oh and what time can I get into the room?", "9356"),
        ("nine three five six oh and what time can i get into the room", "9356"),
        ("nine three five oh", "9350"),
        ("oh nine three five", "0935"),
        ("nine three oh six, oh, and is there a pool", "9306"),
        ("twenty-one oh one. Oh, and do you pick people up at the airport?", "2101"),
    ],
)
def test_an_oh_behind_four_digits_is_a_sigh(words: str, pin: str) -> None:
    heard = hear(words, asking="pin", last="And what is your four-digit PIN?")
    assert heard.pin == pin
    assert not any(digit in heard.words for digit in ("nine", "three"))


@pytest.mark.parametrize(
    "words",
    [
        "cancel my flight to Austin on December 8. Julia Baker, Y four A seven Q M, PIN eight eight four five",
        "Y four A seven Q M, PIN eight eight four five, i want to cancel my flight",
        "I WANT TO CANCEL MY FLIGHT, CODE Y4A7QM AND PIN 8845",
    ],
)
async def test_the_word_pin_in_capitals_is_no_part_of_a_code(talk: Talk, words: str) -> None:
    reply = await talk.say(words)
    assert reply.startswith("Thank you, Julia.") and "LB630" in reply
