"""An offer that is open: what agrees to it, what is answered about it, and how customers come back to it."""

from __future__ import annotations

import re

import pytest

from agents.understand.assent import unwanted
from agents.understand.consent import only_thanks
from agents.understand.offers import bargains
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
    assert "You check in at Harbor House itself" in reply and "Shall I" not in reply
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
    reply = await customer.say("wait, i never asked for that")
    assert "instead of a suite" in reply and reply.endswith("Shall I change it?")
    assert not wrote(customer)


async def test_a_question_that_sounds_like_another_change_is_answered_and_the_offer_stays(talk: Talk) -> None:
    await talk.say("a king at the Pine Street Hotel from friday to sunday, my customer number is 2210 and my pin 1813")
    assert "Shall I book it?" in talk.state.history[-1].text
    for asked in ("does that have breakfast in it", "is there breakfast with that", "could i cancel it afterwards"):
        reply = await talk.say(asked)
        assert "costs $" in reply and reply.endswith("Shall I book it?"), asked
        assert talk.state.pending is not None


@pytest.mark.parametrize(
    "words",
    [
        "two hundred for one night that's a bit steep is there nothing cheaper",
        "that's quite expensive",
        "is there anything less expensive",
        "could you give me a better price",
    ],
)
async def test_who_bargains_hears_that_there_is_no_better_price_and_keeps_the_offer(talk: Talk, words: str) -> None:
    await talk.say("can i stay one night longer, customer number 2191, pin 1936")
    reply = await talk.say(words)
    assert reply.startswith("I have no better price") and reply.endswith("Shall I change it?")
    assert talk.state.flow is not None and talk.state.flow.slots["more_nights"] == 1


async def test_what_else_there_is_is_told_with_its_prices_and_picked(talk: Talk) -> None:
    await talk.say("i'd like to book a room in austin for tomorrow two nights, customer number 2193, pin 0425")
    assert "twin room" in await talk.say("the cheapest one")
    reply = await talk.say("what's the price difference between queen and king")
    assert "queen for $295, king for $328 and suite" in reply and reply.endswith("Shall I book it?")
    assert "A queen room" in await talk.say("the queen then")
    assert "A twin room" in await talk.say("is there anything cheaper")
    assert (await talk.say("nothing cheaper?")).startswith("I have no better price")


async def test_whether_it_is_done_is_answered(talk: Talk) -> None:
    await talk.say("cancel my flight to Denver, K7M2QX, 4071")
    assert (await talk.say("is it done then")).startswith("Not yet.")


async def test_an_offer_that_was_left_is_read_back_anew_when_they_come_back_to_it(talk: Talk) -> None:
    await talk.say("can i stay one night longer, customer number 2191, pin 1936")
    offered = talk.state.history[-1].text
    await talk.say("do you have a room in Denver")
    assert talk.state.flow is not None and talk.state.flow.name == "find_rooms"
    again = await talk.say("sorry, just the extra night as you offered")
    assert again.endswith("Shall I change it?") and "$" in again and again in offered
    assert not wrote(talk)


async def test_it_is_wanted_whatever_the_words_begin_with(talk: Talk) -> None:
    await talk.say(f"i'd like a window seat, {MARIA}")
    assert "Shall I give it to you?" in await talk.say("no i want it now i pay the twelve")


async def test_an_item_told_before_a_question_is_booked(talk: Talk) -> None:
    await talk.say("do you have a room in seattle from the third to the fifth of december")
    assert "$18" in await talk.say("how much is breakfast")
    await talk.say("the queen please")
    assert [flow.name for flow in talk.state.parked] == ["book_room"]


async def test_what_was_told_is_told_again_for_its_price(talk: Talk) -> None:
    await talk.say("is there a room free in chicago on saturday for one night")
    told = talk.state.history[-1].text
    for asked in ("can you tell me the price", "how much is that altogether", "and what does that cost"):
        assert await talk.say(asked) == told, asked


async def test_of_two_wishes_the_one_spoken_of_goes_on_and_the_other_waits(customer: Talk) -> None:
    await customer.say("cancel my hotel in denver and the flight too customer number 2224 pin 3682")
    assert "Front Range Inn" in await customer.say("the hotel on saturday yes")
    assert "Shall we go on with cancelling your flight?" in await customer.say("yes")
    assert "LB651" in await customer.say("and now the flight please the one to austin")


async def test_what_comes_first_is_read_back(talk: Talk) -> None:
    await talk.say("i want to cancel my flight and my hotel code K7P3ZY and the pin is 2113")
    assert (await talk.say("the flight first")).endswith("Shall I cancel it?")
    assert [flow.name for flow in talk.state.parked] == ["cancel_stay"]


async def test_more_for_the_booking_spoken_of_is_for_that_one(talk: Talk) -> None:
    await talk.say("i want to check in, code T9S5BK, pin 1725")
    await talk.say("can i change my seat too")
    assert "LB711" in await talk.say("aisle please")


async def test_a_second_wish_named_after_the_first_goes_on(customer: Talk) -> None:
    await customer.say("add a bag to my flight and also give me a window seat, W5C5TE, 1240")
    assert "a window seat" in await customer.say("yes")
    assert "Done" in await customer.say("yes")


async def test_a_yes_with_a_harmless_question_writes_and_is_answered(customer: Talk) -> None:
    await customer.say(f"move my flight to wednesday, {MARIA}")
    reply = await customer.say("yes, and which gate is it?")
    assert wrote(customer) and "Done." in reply and "gate B12" in reply


@pytest.mark.parametrize(
    "words",
    [
        "yes, and do i get my money back",
        "yes, and how much was that again",
        "yes, and is it refundable",
        "yes if it's free",
        "yes and what time does it leave",
        "yes, can i rebook if something comes up",
    ],
)
async def test_a_yes_with_a_question_that_may_mean_doubt_writes_nothing_and_keeps_the_offer(
    talk: Talk, words: str
) -> None:
    await talk.say(f"cancel my flight, {MARIA}")
    assert (await talk.say(words)).endswith("Shall I cancel it?")
    assert not wrote(talk)


async def test_what_is_asked_behind_a_yes_is_told_and_not_put_off(talk: Talk) -> None:
    await talk.say("add a bag to my flight to Denver, W5C5TE, 1240")
    reply = await talk.say("yes and what does it weigh")
    assert "50 pounds" in reply and reply.endswith("Shall I add it?") and not talk.state.parked


async def test_where_a_bag_is_dropped_off_takes_none_off(talk: Talk) -> None:
    await talk.say("add a bag to my flight to Denver, W5C5TE, 1240")
    assert (await talk.say("and where do i drop it off")).endswith("Shall I add it?")


async def test_questions_of_the_house_are_told_and_the_offer_stays(talk: Talk) -> None:
    await talk.say("a king at the Pine Street Hotel from friday to sunday, my customer number is 2210 and my pin 1813")
    for asked, told in (
        ("what time does the pool close", "swimming pool"),
        ("how much is parking", "parking"),
        ("where is the hotel", "512 Pine Street"),
        ("how much is it in total", "costs $"),
    ):
        reply = await talk.say(asked)
        assert told in reply and reply.endswith("Shall I book it?"), asked


async def test_an_offer_stays_where_there_is_nothing_else_or_cheaper(talk: Talk) -> None:
    await talk.say(f"i want to go a bit earlier on that flight, {MARIA}")
    for asked, told in (("what other times are there", "no other flight"), ("nothing cheaper?", "no cheaper flight")):
        reply = await talk.say(asked)
        assert told in reply and "LB202" in reply and reply.endswith("Shall I change it?"), asked


async def test_what_says_more_about_the_rooms_told_tells_them_again(talk: Talk) -> None:
    await talk.say("is there a room free in chicago this weekend")
    told = await talk.say("saturday night")
    assert await talk.say("just one night for two people") == told


async def test_who_spoke_of_a_flight_is_not_told_of_hotels(talk: Talk) -> None:
    await talk.say("i have to cancel my flight to atlanta, code X6F9PT, pin 5055")
    await talk.say("no, leave it")
    assert "hotel" not in await talk.say("can i change it to the next day instead")


async def test_a_question_beside_the_item_that_is_picked_is_told_and_the_item_booked(talk: Talk) -> None:
    await talk.say("do you have a room in seattle from the third to the fifth of december")
    assert "$18" in await talk.say("a queen please, how much is breakfast")
    assert [flow.name for flow in talk.state.parked] == ["book_room"]


async def test_what_was_offered_last_is_what_comes_back(talk: Talk) -> None:
    await talk.say("i'd like to move my flight to saturday, X6F9PT, 5055")
    assert "LB530" in await talk.say("do you have anything earlier that day")
    await talk.say("and what about hotels in atlanta")
    again = await talk.say("no sorry i'll take the flight you offered")
    assert "LB530" in again and again.endswith("Shall I change it?") and not wrote(talk)


async def test_which_times_there_are_lists_the_flights_of_the_day(talk: Talk) -> None:
    await talk.say("i need to change my flight to saturday, X6F9PT, 5055")
    assert "2 flights" in await talk.say("what times are there")
    assert "LB530" in await talk.say("the first one is good")


@pytest.mark.parametrize(
    ("begins", "question", "told"),
    [
        (f"add a bag to my flight, {MARIA}", "How heavy is it allowed to be?", "50 pounds"),
        (f"cancel my flight, {MARIA}", "hmm let me think uh how long would i have to use that credit", "for a year"),
    ],
)
async def test_a_rule_asked_for_at_a_read_back_is_told_and_the_offer_stays(
    customer: Talk, begins: str, question: str, told: str
) -> None:
    await customer.say(begins)
    reply = await customer.say(question)
    assert told in reply and re.search(r"Shall I \w+ it\?$", reply) and not wrote(customer)


@pytest.mark.parametrize(
    ("begins", "question", "told"),
    [
        ("I'm flying from Denver to Boston tomorrow, check me in, J5E5XU, 6867", "Which gate will it be?", "gate C2"),
        (
            f"move my flight to friday, {MARIA}",
            "and which gate is that",
            "Friday, November 27 at 6:40 PM from gate B12",
        ),
    ],
)
async def test_what_is_asked_about_the_flight_of_a_read_back_is_of_that_flight(
    customer: Talk, begins: str, question: str, told: str
) -> None:
    await customer.say(begins)
    reply = await customer.say(question)
    assert told in reply and "Shall I" in reply and not wrote(customer)


@pytest.mark.parametrize(
    "words",
    [
        "Eighty dollars? I fly with you all the time, surely you can drop that for me.",
        "can you waive the fee",
        "eighty is a lot, can you drop it",
        "take that off for me please",
        "come on, let me off the fee this once",
        "could you knock twenty dollars off",
        "can't you make an exception",
    ],
)
async def test_who_bargains_over_a_fee_hears_that_it_stays_and_the_offer_again(talk: Talk, words: str) -> None:
    await talk.say(f"move my flight to friday, {MARIA}")
    reply = await talk.say(words)
    assert reply.startswith("I'm sorry, I can't do it for less. Moving you to") and reply.endswith("Shall I change it?")
    assert not wrote(talk)


@pytest.mark.parametrize("words", ["yes do it, charge my card", "I'll take it, the price is fine", "drop it then"])
def test_words_about_money_that_bargain_for_nothing(words: str) -> None:
    assert not bargains(words)


async def test_who_bargains_while_a_day_is_asked_for_is_asked_again(talk: Talk) -> None:
    await talk.say(f"change my flight, {MARIA}")
    reply = await talk.say("come on, can you take something off the price")
    assert reply == "I'm sorry, I can't do it for less. To which day would you like to move it?"


@pytest.mark.parametrize(
    "words",
    [
        "Right, we'll take the queen then, without breakfast, we'd rather go to a diner.",
        "okay so on top. then let's go with the queen",
        "i guess we'll have the queen one then, it's only two nights",
    ],
)
async def test_what_is_taken_of_a_list_is_booked_whatever_was_asked_in_between(talk: Talk, words: str) -> None:
    await talk.say("do you have a room in Chicago from December 18 to 20, for two")
    await talk.say("is breakfast in that, or is it on top?")
    await talk.say(words)
    reply = await talk.say("customer number 2193, pin 0425")
    assert "A queen room at Lakeshore Grand" in reply and reply.endswith("Shall I book it?")


@pytest.mark.parametrize(
    ("words", "agrees"),
    [
        ("Hm, {hours} {minutes}. Well, yes, do it. She'll be happy.", True),
        ("so {hours} {minutes} more, is it. Yes, fine, go ahead", True),
        ("at {hours}:{minutes}, yes", False),
    ],
)
async def test_an_amount_that_sounds_like_a_time_is_no_other_time(talk: Talk, words: str, agrees: bool) -> None:
    await talk.say("can i stay one night longer, customer number 2191, pin 1936")
    assert talk.state.pending is not None
    amount = str(talk.state.pending.quote["difference_cents"])[:-2]
    reply = await talk.say(words.format(hours=amount[0], minutes=amount[1:]))
    assert reply.startswith("Done.") is agrees
