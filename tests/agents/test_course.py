"""The course of a conversation around a read-back: what takes its place, what is asked about it, what ends it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date

import pytest

from agents.understand.assent import ends_here
from agents.understand.consent import less_told
from agents.understand.dates import days
from agents.understand.day_shifts import shifts
from agents.understand.removal import takes_it_off, takes_off
from tests.desk_tools import Kept, Talk

TODAY = date(2026, 11, 22)
BAGS = ("bag", "suitcase")


async def _proven(customer: Talk, *words: str) -> str:
    reply = ""
    for one in (*words, "K7M2QX", "4071"):
        reply = await customer.say(one)
    return reply


def _wrote(customer: Talk) -> bool:
    return any(one.name == "confirm" for one in customer.tools)


@pytest.mark.parametrize(
    "words",
    [
        "take that bag off again",
        "great can you take that bag off i don't need it",
        "i don't want a bag any more",
        "one suitcase less please",
        "remove my second bag",
        "we won't be bringing the suitcase after all",
        "i have two bags, can you take one off",
    ],
)
def test_words_that_take_something_off_are_told(words: str) -> None:
    assert takes_off(words, BAGS)


@pytest.mark.parametrize(
    "words",
    [
        "add a bag please",
        "i don't have a bag yet",
        "what happens if i take one bag less",
        "take my bag to the gate",
        "i don't want breakfast",
        "one more bag",
    ],
)
def test_other_words_about_a_thing_do_not_take_it_off(words: str) -> None:
    assert not takes_off(words, BAGS)


def test_a_pronoun_takes_off_what_was_spoken_of() -> None:
    assert takes_it_off("no remove it not add") and takes_it_off("actually take it off again")
    assert not takes_it_off("take it to the gate")


async def test_the_opposite_of_adding_is_never_offered(talk: Talk) -> None:
    await _proven(talk, "add a checked bag to my flight")
    reply = await talk.say("no, I want less, not more")
    assert reply.startswith("All right, I've left everything as it was. I can't take a bag off here")
    for words in ("one bag less please", "I don't think I need a checked bag any more"):
        reply = await talk.say(words)
        assert reply == "I can't take a bag off here, but our staff can. Shall I call one of them?", words
    assert "Shall I add" not in reply and talk.state.pending is None


async def test_what_was_added_is_not_added_again_when_it_is_to_go(customer: Talk) -> None:
    await _proven(customer, "add a checked bag to my flight")
    assert "You have 1 checked bag" in await customer.say("yes")
    assert "I can't take a bag off here" in await customer.say("actually take it off again")


async def test_a_question_about_the_quote_is_answered_by_it_in_short(customer: Talk) -> None:
    quoted = await _proven(customer, "cancel my flight")
    assert "If you cancel, you get $164" in quoted
    for words in ("wait how much do i lose", "oh hang on what do i get back exactly", "hmm is it refundable"):
        reply = await customer.say(words)
        assert reply.startswith("If you cancel LB204 tomorrow, you get $164") and "yes or no" not in reply, words
    assert (await customer.say("yes please")).startswith("Done, LB204 tomorrow is cancelled.")


async def test_after_an_aside_the_read_back_is_short_and_its_yes_counts(customer: Talk) -> None:
    await _proven(customer, "add a checked bag to my flight")
    reply = await customer.say("hang on does it matter how heavy it is")
    assert "50 pounds" in reply and reply.endswith("1 more bag on LB204 costs $35. Shall I add it?")
    assert (await customer.say("alright then yeah go for it")).startswith("Done.")


async def test_a_cancelling_that_a_change_took_the_place_of_never_comes_back(
    customer: Talk, kept: Callable[[], Awaitable[Kept]]
) -> None:
    await _proven(customer, "cancel my flight")
    moved = await customer.say("ugh okay what if i move it instead to the twenty fifth")
    assert "November 25" in moved
    moved = await customer.say("no what about the twenty sixth then")
    assert "November 26" in moved
    done = await customer.say("yes please do that")
    assert done.startswith("Done. You are now on LB204") and "cancelling" not in done
    before = await kept()
    assert await customer.say("thanks that's it") == "Goodbye, and have a good trip."
    assert await kept() == before and customer.state.pending is None


@pytest.mark.parametrize("words", ["thanks that's it", "no thanks, that's all", "okay that was it then, bye"])
async def test_words_of_leave_are_no_yes_to_a_read_back(customer: Talk, words: str) -> None:
    await _proven(customer, "cancel my flight")
    reply = await customer.say(words)
    assert not _wrote(customer) and "I've left everything as it was" in reply


async def test_don_t_cancel_it_move_it_begins_the_move(talk: Talk) -> None:
    await _proven(talk, "cancel my flight")
    assert "Friday, November 27" in await talk.say("don't cancel it move it to friday")


@pytest.mark.parametrize(
    ("words", "agrees"),
    [
        ("yes and don't forget the hotel", True),
        ("ninety four dollars um okay yes", True),
        ("same flight on friday good yes", True),
        ("eighty dollars well okay yes", False),
        ("ninety dollars okay yes", False),
        ("yes but don't forget i want the morning one", False),
        ("yes and don't forget the morning flight", False),
        ("okay that's it", False),
        ("i said yes to thursday", False),
    ],
)
async def test_a_longer_yes_counts_when_it_repeats_what_was_read_back(customer: Talk, words: str, agrees: bool) -> None:
    assert "It costs $94" in await _proven(customer, "change my flight to friday")
    await customer.say(words)
    assert _wrote(customer) is agrees


@pytest.mark.parametrize(("words", "agrees"), [("three nights yes", True), ("four nights yes", False)])
async def test_a_number_beside_a_yes_must_be_one_that_was_read_back(customer: Talk, words: str, agrees: bool) -> None:
    assert "for 3 nights" in await _proven(customer, "stay one night longer at the inn")
    await customer.say(words)
    assert _wrote(customer) is agrees


async def test_two_wishes_for_two_desks_are_done_one_after_the_other(customer: Talk) -> None:
    first = await customer.say(
        "i'd like to add a bag to my denver flight and stay one more night at the inn, K7M2QX 4071"
    )
    assert "1 more checked bag" in first
    assert (await customer.say("yes")).endswith("I charged $35. Shall we go on with your hotel change?")
    second = await customer.say("yes please")
    assert "for 3 nights" in second and "$144 more" in second
    assert "Please say yes" in await customer.say("a hundred sixty dollars more okay yes") and not _wrote(customer)
    assert "for 3 nights" in await customer.say("a hundred forty four dollars more okay yes") and _wrote(customer)


async def test_a_code_that_only_proves_does_not_turn_the_wish_to_its_own_desk(talk: Talk) -> None:
    reply = await talk.say("one more night at the inn please, code K7M2QX, 4071")
    assert "At Front Range Inn you would have a queen room for 3 nights" in reply


async def test_breakfast_that_comes_with_the_room_is_told_before_anything_is_asked(talk: Talk) -> None:
    await talk.say("Put breakfast on my room at the Front Range Inn, please")
    await talk.say("H3C7MS")
    assert (await talk.say("4188")).endswith("Breakfast at Front Range Inn is included with your room.")


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("the Sunday before Christmas", ["2026-12-20"]),
        ("on the Friday after Thanksgiving", ["2026-11-27"]),
        ("the day after Christmas", ["2026-12-26"]),
        ("the Monday before the tenth of December", ["2026-12-07"]),
        ("no, nineteenth then", ["2026-12-19"]),
        ("the twenty fifth 4071", ["2026-11-25"]),
        ("the day after tomorrow", ["2026-11-24"]),
        ("arrive twenty seven leave twenty eight", ["2026-11-27", "2026-11-28"]),
        ("leave twenty five minutes later", []),
    ],
)
def test_days_are_named_by_others(words: str, named: list[str]) -> None:
    assert [day.value.isoformat() for day in days(words, TODAY)] == named


@pytest.mark.parametrize(
    ("words", "by"),
    [("the morning after", 1), ("the evening before", -1), ("a day longer", 1), ("could we go two days on at six", 2)],
)
def test_days_are_shifted(words: str, by: int) -> None:
    found = next(shifts(words), None)
    assert found is not None and found[0] == by


@pytest.mark.parametrize(
    ("code", "pin", "words", "told"),
    [
        ("R5V8AZ", "6546", "there's a brunch on the Monday, so I'd like to fly back to Denver the day after",
         "December 8"),
        ("R5V8AZ", "6546", "the wedding was moved to the tuesday so i want to fly home the day after", "December 9"),
        ("R5V8AZ", "6546", "i'd rather fly home the next day", "December 8"),
        ("X2Y2BJ", "2989", "my play is that Sunday, so the Miami one will have to wait until the day after",
         "November 30"),
        ("H9U9DX", "2790", "They've put the end of the course back a day. Can I stay on at Magnolia Court?",
         "from Tuesday, December 1 until Monday, December 7"),
        ("H9U9DX", "2790", "we'd like to stay a day longer at Magnolia Court", "until Monday, December 7"),
    ],
)  # fmt: skip
async def test_a_day_told_by_its_relation_counts_from_the_day_it_leans_on(
    talk: Talk, code: str, pin: str, words: str, told: str
) -> None:
    await talk.say(words)
    await talk.say(code)
    reply = await talk.say(pin)
    assert told in reply and "Shall I change it?" in reply


async def test_a_booking_named_by_its_place_is_read_and_no_search_begins(talk: Talk) -> None:
    await talk.say("What time does the Austin one go, the Sunday before Christmas?")
    await talk.say("P8W3RL")
    assert "LB651 from Dallas to Austin on Sunday, December 20 at 9:15 PM" in await talk.say("8062")
    assert "San Francisco" in await talk.say("and the san francisco one")


async def test_what_has_left_and_what_is_cancelled_is_named(talk: Talk) -> None:
    await talk.say("i missed the half past eight to los angeles so cancel it and let me have the credit")
    await talk.say("M9D4NK")
    assert "LB720 left today at 8:30 AM" in await talk.say("3660")


async def test_a_cancelled_stay_is_named(talk: Talk) -> None:
    await talk.say("add a second night to my room at the Bay Lantern on December 1st")
    await talk.say("H2E3JV")
    assert "The one at Bay Lantern Hotel from Tuesday, December 1 is cancelled." in await talk.say("0732")


def test_what_repeats_a_read_back_is_left_out_of_a_yes() -> None:
    told = "It costs $293 more than before, from Monday until Tuesday. Shall I change it?"
    assert less_told("two hundred ninety three dollars more okay yes", told) == "okay yes"
    assert less_told("not until tuesday", told) == "not until"
    assert less_told("three hundred dollars yes", told) == "three hundred yes"


def test_that_was_all() -> None:
    assert ends_here("okay that's it then thanks") and not ends_here("that's it i want the aisle")
