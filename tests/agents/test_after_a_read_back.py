"""What customers say to a read-back that is no plain yes: that all stays as it is, that another thing was meant,
another day, another flight, and what they ask about it."""

from __future__ import annotations

import pytest

from tests.desk_tools import Talk

TO_TUESDAY = "I want to move my Denver flight K7M2QX to Tuesday, pin 4071"
AT_NOON = "I want to move my Denver flight K7M2QX to Tuesday around noon, pin 4071"
ANNA = "code A2C2XP, pin 5851"


def wrote(talk: Talk) -> bool:
    """Whether the last turn wrote anything."""
    return any(call.wrote is not None for call in talk.tools)


@pytest.mark.parametrize(
    "words",
    [
        "No, I'll stay on Monday, thank you",
        "No, I'll stay on the 23rd, thanks",
        "I'll stay on Monday then",
        "I think I'll just keep the one I have",
        "then I'll keep my Monday flight",
        "hmm, no, in that case leave it on Monday",
        "I'd better stick with Monday",
        "stick with the old one",
        "no thanks, I'll fly on Monday as planned",
        "that's more than I wanted to spend",
        "I can't afford that",
        "oh dear, no, that's a lot of money",
        "I'll have to ask my wife",
        "maybe later",
        "no, that's fine",
    ],
)
async def test_who_keeps_what_they_hold_ends_it_plainly(talk: Talk, words: str) -> None:
    await talk.say(TO_TUESDAY)
    assert (await talk.say(words)).startswith("All right, I've left everything as it was.")
    assert not wrote(talk) and talk.state.flow is None and talk.state.pending is None


@pytest.mark.parametrize(
    ("opening", "words"),
    [
        (f"can I have a window seat, {ANNA}", "12 dollars? nah"),
        (f"can I have a window seat, {ANNA}", "no, I'd rather stay in 25D"),
        (f"can I have a window seat, {ANNA}", "I'll keep my old seat"),
        ("cancel my flight P2C8WM, pin 2591", "no, if I don't get my money back I'd rather keep it"),
        ("add a bag to K7M2QX, pin 4071", "then I'll only bring hand luggage"),
    ],
)
async def test_so_it_is_with_a_seat_a_bag_and_a_cancellation(talk: Talk, opening: str, words: str) -> None:
    assert "Shall I" in await talk.say(opening)
    assert (await talk.say(words)).startswith("All right, I've left everything as it was.")


@pytest.mark.parametrize(
    "words",
    [
        "yes, keep it like that",
        "alright then, eighty dollars it is",
        "I'll stick with Tuesday",
        "yes, as long as it's the evening flight",
    ],
)
async def test_words_that_may_be_either_are_asked_about(talk: Talk, words: str) -> None:
    await talk.say(TO_TUESDAY)
    assert (await talk.say(words)).endswith("Shall I change it?")
    assert not wrote(talk) and talk.state.pending is not None


@pytest.mark.parametrize(
    ("words", "quoted"),
    [
        ("LB202 instead", "LB202 from Boston to Denver on Tuesday, November 24"),
        ("the seven oh five", "LB202 from Boston to Denver on Tuesday, November 24"),
        ("what's the earliest flight that day?", "LB202 from Boston to Denver on Tuesday, November 24"),
        ("a day later", "LB204 from Boston to Denver on Wednesday, November 25"),
        ("no, a week later", "LB204 from Boston to Denver on Tuesday, December 1"),
        ("no, I meant next Tuesday", "LB204 from Boston to Denver on Tuesday, December 1"),
        ("no not Tuesday, the 26th", "LB204 from Boston to Denver on Thursday, November 26"),
        ("no, Wednesday", "LB204 from Boston to Denver on Wednesday, November 25"),
    ],
)
async def test_another_day_and_another_flight_are_counted_from_the_offer(talk: Talk, words: str, quoted: str) -> None:
    await talk.say(TO_TUESDAY)
    assert quoted in await talk.say(words)


async def test_the_first_offer_is_come_back_to(talk: Talk) -> None:
    await talk.say(TO_TUESDAY)
    await talk.say("Wednesday")
    assert "on Tuesday, November 24" in await talk.say("the first one you said")


@pytest.mark.parametrize(
    "words", ["that's too much", "is that the cheapest you've got?", "the later one", "is there anything cheaper?"]
)
async def test_where_there_is_none_such_the_offer_is_said_in_short(talk: Talk, words: str) -> None:
    await talk.say(TO_TUESDAY)
    reply = await talk.say(words)
    assert reply.startswith("I find no ") and "I can move you" not in reply and reply.endswith("Shall I change it?")


@pytest.mark.parametrize(
    "words",
    [
        "No, I mean the other flight, the one to Miami",
        "no, the other booking",
        "the Miami flight, not Dallas",
        "that's the wrong flight, I meant the one on the eighteenth",
        "no, from New York",
        "no, U2Q6BC",
    ],
)
async def test_another_booking_was_meant_and_the_day_wished_stays(talk: Talk, words: str) -> None:
    assert "LB650" in await talk.say(f"I want to change my flight to the 8th, {ANNA}")
    assert "LB512 from New York to Miami on Tuesday, December 8" in await talk.say(words)


@pytest.mark.parametrize("words", ["no, the other one", "I meant the Miami one", "no, Friday the 18th", "wrong flight"])
async def test_another_booking_is_to_be_cancelled(talk: Talk, words: str) -> None:
    assert "LB650" in await talk.say(f"cancel my flight, {ANNA}")
    assert "LB512 from New York to Miami on Friday, December 18" in await talk.say(words)
    assert not wrote(talk)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("will I keep my seat?", "Your seat 14C, an aisle seat, is free on that plane too"),
        ("yes, if I keep my seat", "Your seat 14C, an aisle seat, is free on that plane too"),
        ("yes, and keep my seat please", "Your seat 14C, an aisle seat, is free on that plane too"),
        ("ok but what about my bag", "There is no checked bag on your booking."),
        ("is it direct?", "direct flight"),
        ("why is it $80?", "Changing a flight costs $80"),
        ("can I change it again later?", "until two hours before"),
        ("do I have to pay now?", "when you say yes"),
        ("could you waive the fee?", "can't do it for less"),
    ],
)
async def test_what_is_asked_of_the_offer_is_told_and_it_stays(talk: Talk, words: str, told: str) -> None:
    await talk.say(TO_TUESDAY)
    reply = await talk.say(words)
    assert told in reply and reply.endswith("Shall I change it?")
    assert not wrote(talk) and talk.state.pending is not None


async def test_a_yes_with_many_thanks_is_one(customer: Talk) -> None:
    await customer.say(TO_TUESDAY)
    assert (await customer.say("absolutely, thank you so much")).startswith("Done.")


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("either is fine", "LB204"),
        ("you choose", "LB204"),
        ("the 7 o'clock", "LB202"),
        ("hmm, the early one is too early", "LB204"),
        ("that's too late", "LB202"),
    ],
)
async def test_one_of_the_offered_flights_is_picked(talk: Talk, words: str, number: str) -> None:
    assert "Which one would you like?" in await talk.say(AT_NOON)
    assert f"I can move you to {number}" in await talk.say(words)


async def test_none_of_the_offered_flights_ends_it(talk: Talk) -> None:
    await talk.say(AT_NOON)
    assert (await talk.say("none of those")).startswith("All right.")
    assert talk.state.flow is None


async def test_which_of_their_bookings_is_meant_is_never_chosen_for_them(talk: Talk) -> None:
    assert "Which of your bookings" in await talk.say("cancel my flight, customer number 2022, pin 5851")
    assert "Shall I cancel it?" not in await talk.say("either is fine")


async def test_what_a_change_costs_is_told_before_its_day_is_known(talk: Talk) -> None:
    await talk.say("change my flight K7M2QX, pin 4071")
    reply = await talk.say("how much does it cost?")
    assert "Changing a flight costs $80" in reply and reply.endswith("?")


@pytest.mark.parametrize("words", ["no", "no thanks", "no, thank you"])
async def test_a_no_to_what_else_there_is_takes_leave(talk: Talk, words: str) -> None:
    await talk.say(TO_TUESDAY)
    assert "What else can I do for you?" in await talk.say("no, leave it")
    assert "Goodbye" in await talk.say(words)


async def test_who_wants_only_what_cannot_be_had_is_asked_no_third_time(talk: Talk) -> None:
    assert "no free seat" in await talk.say("move my flight Q4D5ZX from Tuesday to Monday December 7th, pin 7401")
    assert (await talk.say("Monday, December 7th")).endswith("Which other day would suit you?")
    reply = await talk.say("no other day, only the 7th")
    assert "no free seat" in reply and "left everything as it was" in reply
    assert talk.state.flow is None


@pytest.mark.parametrize(
    ("opening", "words", "told"),
    [
        ("add a bag to K7M2QX, pin 4071", "can I remove it later?", "can't take a bag off here"),
        ("add a bag to K7M2QX, pin 4071", "can I pay at the airport?", "at the airport counter"),
        ("add a bag to K7M2QX, pin 4071", "what would two cost?", "2 more checked bags"),
        (f"can I have a window seat, {ANNA}", "why does it cost 12 dollars?", "Before check-in opens it costs $12"),
        (f"can I have a window seat, {ANNA}", "is that next to my wife?", "I'm sorry, I don't know that. Seat 7A"),
        (f"cancel my flight, {ANNA}", "why nothing?", "its value less $80"),
        (f"cancel my flight, {ANNA}", "ok but what about my bags?", "cancelled with it"),
    ],
)
async def test_no_question_at_a_read_back_is_passed_over(talk: Talk, opening: str, words: str, told: str) -> None:
    await talk.say(opening)
    reply = await talk.say(words)
    assert told in reply and "Shall I" in reply and not wrote(talk)


async def test_whoever_wants_cash_or_keeps_the_ticket_keeps_it(talk: Talk) -> None:
    await talk.say("refund me my Chicago ticket in cash, N4T4FG, pin 1198")
    assert "left everything as it was" in await talk.say("credit? no way, cash or I keep the ticket")


@pytest.mark.parametrize("words", ["that's the wrong day", "hm, I'd like a different day", "another day please"])
async def test_who_wants_another_day_is_asked_which(talk: Talk, words: str) -> None:
    await talk.say(TO_TUESDAY)
    assert await talk.say(words) == "To which day would you like to move it?"
    assert "LB204 from Boston to Denver on Thursday, November 26" in await talk.say("Thursday")


async def test_the_offer_for_a_day_is_come_back_to_as_it_was(talk: Talk) -> None:
    await talk.say(TO_TUESDAY)
    await talk.say("and Wednesday?")
    assert "LB202" in await talk.say("and Thursday morning?")
    assert "LB204 from Boston to Denver on Wednesday, November 25" in await talk.say("ok the Wednesday one then")


async def test_of_two_days_the_one_is_asked_for_before_a_price_is_looked_for(talk: Talk) -> None:
    await talk.say("change my flight K7M2QX, pin 4071")
    assert "Which day exactly" in await talk.say("Tuesday or Wednesday, whichever is cheaper")


async def test_who_hesitates_has_their_time(talk: Talk) -> None:
    await talk.say(TO_TUESDAY)
    assert "take your time" in await talk.say("no wait")
    assert talk.state.pending is not None


async def test_a_pin_put_right_is_no_wish_to_wait(talk: Talk) -> None:
    await talk.say("change my flight")
    await talk.say("K7M2QX")
    await talk.say("I think it's 4017")
    assert (await talk.say("no wait, 4071")).startswith("Thank you, Maria.")


@pytest.mark.parametrize("words", ["Actually, can you make it the 26th?", "hm, is there anything on the Thursday?"])
async def test_another_day_in_a_question_is_quoted(talk: Talk, words: str) -> None:
    await talk.say(TO_TUESDAY)
    assert "on Thursday, November 26" in await talk.say(words)


async def test_who_asks_what_else_there_is_takes_no_leave(talk: Talk) -> None:
    await talk.say("can I stay one night longer, customer number 2191, pin 1936")
    reply = await talk.say("what else is there?")
    assert "Goodbye" not in reply and reply.endswith("Shall I change it?")


OWN_BAG = "add a bag to my flight, M7W2MD, pin 2234"


@pytest.mark.parametrize(
    ("opening", "words", "told"),
    [
        (OWN_BAG, "one big one, it weighs about 60 pounds I reckon. So that's free too?", "$100 extra"),
        (OWN_BAG, "hm. I thought over fifty pounds you pay more", "$100 extra"),
        ("cancel my flight R3W9ZD, pin 9356", "and how long till that's on my card?", "seven business days"),
        ("cancel my flight Q4D5ZX, pin 7401", "and how long till I see the money?", "It is credit"),
        (TO_TUESDAY, "would I get a seat up front, row seven or eight or so?", "You can choose another one"),
        (TO_TUESDAY, "what does that come to then, all in", "$80"),
        ("can I have an aisle seat, V2Q2YR, pin 6706", "is that an aisle?", "is an aisle seat"),
    ],
)
async def test_what_is_asked_of_the_very_thing_is_told(talk: Talk, opening: str, words: str, told: str) -> None:
    await talk.say(opening)
    said = await talk.say(words)
    assert told in said and "don't know" not in said and said.endswith("?") and talk.state.pending is not None


async def test_an_earlier_plane_is_offered_in_the_place_of_a_cancellation(talk: Talk) -> None:
    await talk.say("I want to cancel my flight to New York, T5L2MG, 7041")
    assert "I can move you to LB511" in await talk.say("hm, I'd lose eighty. Is there an earlier plane the same day?")


async def test_the_day_said_with_a_pick_counts(talk: Talk) -> None:
    await talk.say("Y5F7ZG, 6640. you cancelled my flight, I want to be on another plane")
    said = await talk.say("book me on LB119 on Wednesday morning")
    assert "LB119" in said and "Wednesday, November 25" in said and "It costs nothing" in said


async def test_the_next_one_after_a_cancelled_flight_is_offered_free(talk: Talk) -> None:
    assert "Shall I find you another one?" in await talk.say("my flight tomorrow got cancelled by you guys")
    await talk.say("the next one, fine, when is that?")
    said = await talk.say("Y5F7ZG and 6640")
    assert "LB119" in said and "It costs nothing" in said


async def test_a_day_long_past_is_no_wish(talk: Talk) -> None:
    await talk.say(TO_TUESDAY)
    said = await talk.say("what do you mean eighty dollars, I only booked it yesterday")
    assert "Changing a flight costs $80" in said and "past" not in said


async def test_of_several_bookings_the_places_say_which_and_the_code_who(talk: Talk) -> None:
    words = "I want one more bag on the Austin to Dallas trip. Noah Owens, code F9E5KG, pin eight five six two"
    assert "to Dallas" in await talk.say(words)


async def test_whether_a_seat_is_at_the_window_changes_none(talk: Talk) -> None:
    await talk.say("which seat do I have, J2A2AD, pin 6608")
    assert "25A, a window seat" in await talk.say("is that a window?") and talk.state.flow is None
