"""What customers ask of the flight change that was read back: its seat, its cabin, their bags. The quote answers."""

from __future__ import annotations

import pytest

from tests.desk_tools import Talk

ALICE = "move my flight J2A2AD to sunday the 13th of december in the afternoon, pin 6608"
ISAAC = "my flight to Seattle on the nineteenth is cancelled, can you put me on the next one, C7Q9ZA, pin 0272"
DIEGO = "move my flight C6E4JY to the fifth of december, pin 7361"
RUTH = "I'd like my ticket cancelled, F8M4DX pin 0245"
KEPT = "Your seat 25A, a window seat, is free on that plane too, so you keep it."
BAG = "Your checked bag stays on the booking and goes along, and you don't pay for it again."


def wrote(talk: Talk) -> bool:
    """Whether the last turn wrote anything."""
    return any(call.wrote is not None for call in talk.tools)


@pytest.mark.parametrize(
    ("opening", "words", "told"),
    [
        (
            ALICE,
            "Ten past four, lovely. And do I keep my window, twenty-five A, or will they put me somewhere else?",
            KEPT,
        ),
        (ALICE, "is it still seat 25a", KEPT),
        (ALICE, "do i keep my seat", KEPT),
        (ALICE, "which seat would I have then?", KEPT),
        (ALICE, "Yes, do that. But is it still seat twenty-five A?", KEPT),
        (ALICE, "and my seat", KEPT),
        (ALICE, "no, I wasn't saying no, I asked about my seat", KEPT),
        (ALICE, "is that a window again", KEPT),
        (DIEGO, "ok and my bags", BAG),
        (ISAAC, "hang on is that still up front like i booked", "You stay in business class."),
        (ALICE, "is that in business", "You stay in economy."),
        (ISAAC, "In business, I asked. I paid four hundred and forty-three for that.", "You stay in business class."),
        (ISAAC, "I'd like to know whether I sit in business before I say yes.", "You stay in business class."),
        (ISAAC, "yes but is it still business class", "You stay in business class."),
        (DIEGO, "And my suitcase, I've already paid for that one, does it just come along or do I pay again?", BAG),
        (DIEGO, "no, I mean the bag that's already on my booking. Will it stay on there when you move me?", BAG),
        (DIEGO, "does my bag move over too", BAG),
        (ALICE, "and my luggage, does that go with me?", "There is no checked bag on your booking."),
    ],
)
async def test_the_quote_answers_what_is_asked_of_it(talk: Talk, opening: str, words: str, told: str) -> None:
    assert (await talk.say(opening)).endswith("Shall I change it?")
    reply = await talk.say(words)
    assert reply.startswith(told) and reply.endswith("Shall I change it?")
    assert not wrote(talk)


@pytest.mark.parametrize(
    ("opening", "told"),
    [
        (f"{ALICE}, do I keep my seat?", KEPT),
        (f"{ISAAC}. And is it still business?", "You stay in business class."),
    ],
)
async def test_what_is_asked_with_the_wish_comes_with_its_quote(talk: Talk, opening: str, told: str) -> None:
    reply = await talk.say(opening)
    assert told in reply and reply.endswith("Shall I change it?")


async def test_the_seat_that_is_told_is_the_one_that_is_given(customer: Talk) -> None:
    await customer.say(ISAAC)
    told = await customer.say("which seat would that be?")
    done = await customer.say("yes, change it please")
    assert f"seat {told.partition('seat ')[2].split()[0].rstrip('.,')}" in done and wrote(customer)


@pytest.mark.parametrize(
    "words",
    [
        "no no, I did want it. I was only asking about my bag.",
        "no, that's not what I asked. Does my bag come along?",
    ],
)
async def test_a_no_to_the_answer_is_none_to_the_offer(talk: Talk, words: str) -> None:
    await talk.say(DIEGO)
    await talk.say("what does a bag cost")
    assert (await talk.say(words)).endswith("Shall I change it?")
    assert talk.state.pending is not None and not wrote(talk)


async def test_a_question_in_small_letters_behind_a_yes_is_answered(customer: Talk) -> None:
    await customer.say("put me on a later flight on the fourth, C6E4JY pin 7361")
    reply = await customer.say("right, yes then, and whats the gate")
    assert wrote(customer) and reply.startswith("Done.") and "from gate" in reply


async def test_two_questions_about_a_credit_are_both_answered(talk: Talk) -> None:
    await talk.say(RUTH)
    reply = await talk.say("Hm. And how long is that credit good for, could my husband use it?")
    assert "until Monday, November 22, 2027" in reply and "in your own name" in reply
    assert reply.endswith("Shall I cancel it?")


async def test_a_yes_with_questions_that_the_next_words_answer_is_taken(customer: Talk) -> None:
    await customer.say("I'm on the five thirty to New York today. Can I check in already? U4E7PV pin 8052")
    reply = await customer.say("Yeah go ahead. Which gate is it, and when do they start boarding?")
    assert wrote(customer)
    assert reply == "You are checked in for LB404, seat 18E. Boarding begins at 4:55 PM at gate A6."


async def test_words_that_hope_for_what_the_quote_says_are_no_yes(talk: Talk) -> None:
    await talk.say(ALICE)
    assert (await talk.say("same class I hope")).startswith("You stay in economy.")
    assert not wrote(talk)


async def test_a_remark_before_leave_asks_for_nothing(customer: Talk) -> None:
    await customer.say(ALICE)
    await customer.say("yes please")
    assert (await customer.say("Oh good, same seat. Thank you, dear, that was all.")).startswith("Goodbye")


@pytest.mark.parametrize(
    ("opening", "words"),
    [
        ("cancel my flight F8M4DX", "I don't have the PIN on me. Can you at least tell me if I'd get money back?"),
        (
            "Hi, my wife can't fly on the sixteenth, I need to cancel her ticket. Her code is F8M4DX.",
            "I don't have her PIN with me. Can you at least tell me whether we'd get the money back?",
        ),
    ],
)
async def test_the_rule_is_told_to_who_cannot_prove_who_they_are(talk: Talk, opening: str, words: str) -> None:
    await talk.say(opening)
    assert (await talk.say(words)).startswith("If you cancel an economy ticket before departure, you get its value")


@pytest.mark.parametrize("words", ["and if I missed the plane", "what if I miss it"])
async def test_a_missed_flight_may_be_asked_about_at_a_read_back(talk: Talk, words: str) -> None:
    await talk.say(DIEGO)
    reply = await talk.say(words)
    assert reply.startswith("If you arrive late") and reply.endswith("Shall I change it?")


async def test_what_is_owed_for_a_delay_is_told_also_of_somebody_else(talk: Talk) -> None:
    await talk.say("My sister's on the eight twenty-five from Los Angeles to San Francisco tonight. Is it on time?")
    reply = await talk.say("Oh boy. Does she get anything for that, like a meal?")
    assert reply.startswith("If your flight is delayed by more than three hours, you get a $15 meal voucher")
