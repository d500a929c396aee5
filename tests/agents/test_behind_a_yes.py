"""What stands behind a yes to a read-back: what leaves it as it is is taken up once the change is written; what may
change it or doubt it writes nothing."""

from __future__ import annotations

import pytest

from tests.desk_tools import Talk

BAG = "add a bag to my flight, B4C9CR, 4836"
ROOM = "a twin at Harbor House for tonight, one night, customer number 2064, PIN 7186"
QUEEN = "make my room at the Front Range a queen, H5X3MM, 6706"
LATE = "late check-out at Magnolia Court please, H5S6UX, 4037"
FLIGHT = "I want to move my Denver flight K7M2QX to Tuesday, pin 4071"
END = "I want to cancel my flight K7M2QX, pin 4071"
STAY_END = "I'd like to cancel my room, X8F3KA 9586"

TAKEN = [
    (ROOM, "Yes, book the twin please. I'll ask about breakfast there."),
    (ROOM, "yes book the twin please i'll ask about breakfast there"),
    (ROOM, "Yes please. And is breakfast included?"),
    (ROOM, "yes please and is breakfast included"),
    (ROOM, "Yes, go ahead. How much is parking there?"),
    (ROOM, "yes go ahead how much is parking there"),
    (ROOM, "Yes. Is there a gym?"),
    (ROOM, "yep and what time is check-in"),
    (ROOM, "Yes please. Oh, and do you have a crib?"),
    (ROOM, "Yes, please. And the flight?"),
    (ROOM, "sure, go ahead, and what's the wifi like"),
    (ROOM, "Yes, book it. My daughter is so excited."),
    (ROOM, "Yes. And can I bring my dog?"),
    (ROOM, "yes. by the way is my flight on time"),
    (ROOM, "Yes, do that. Then I need a bag on my flight."),
    (ROOM, "Yes, for $210, please. And what's for breakfast?"),
    (ROOM, "Yes, two hundred and ten is fine. Where do I park?"),
    (ROOM, "yes. thanks, bye"),
    (ROOM, "Yes please. That's all, thanks."),
    (ROOM, "okay then yeah go ahead and put the breakfast in too"),
    (QUEEN, "Yes, a hundred less, gladly. And the cat?"),
    (QUEEN, "Yes. And tell me about the cat after that."),
    (QUEEN, "Yes please, change it. But is my flight on time?"),
    (QUEEN, "yes, and what about the cat"),
    (QUEEN, "yes, do it, isn't it lovely?"),
    (LATE, "yes please. And now the flight: is my seat a window?"),
    (LATE, "Yes, add it. And how late does the bar open?"),
    (BAG, "Yes, one bag. But what time is check-in at the hotel?"),
    (BAG, "Yes, one bag please. And the hotel?"),
    (BAG, "yes add it and check me in"),
    (BAG, "yes please and then a window seat"),
    (BAG, "Yes. And which gate is it?"),
    (BAG, "Yeah, fine. Do I get the boarding pass on my phone or what?"),
    (BAG, "yes, and don't forget the hotel"),
    (FLIGHT, "Yes, please. And then the hotel."),
    (FLIGHT, "Yes. And move the hotel, too, please."),
    (FLIGHT, "yes go ahead. what's the weather in denver"),
    (FLIGHT, "Yes, Tuesday, please. Is there wifi on board?"),
    (FLIGHT, "yes, and what do I do with my skis"),
    (END, "Yes, cancel it. And the hotel too, please."),
    (END, "yes cancel it and what about my hotel"),
    (STAY_END, "Yes, please do, isn't it lovely?"),
    (STAY_END, "Oh what a pity. Well, yes, cancel it anyway"),
    (STAY_END, "oh what a pity well yes cancel it anyway"),
    (LATE, "I suppose so. Yes, go on, love."),
    (LATE, "Yes please, and then that's me done"),
    (LATE, "Good, yes. But I have asked of the car, the electric one"),
    (FLIGHT, "Hm, eighty dollars. Yes, do it. And is there wifi on board?"),
    (STAY_END, "Yes, cancel it. We're going to my in-laws."),
]
"""What is read back, and a yes with something behind it that leaves it as it is."""

DOUBTED = [
    (ROOM, "yes but make it the 12th"),
    (ROOM, "yes, is it refundable?"),
    (ROOM, "Yes. Is that with breakfast?"),
    (ROOM, "yes, if there's a crib"),
    (ROOM, "Yes please, for two nights"),
    (ROOM, "yes, and for Saturday"),
    (ROOM, "Yes, but a king"),
    (ROOM, "yes and make it a queen"),
    (ROOM, "Yes. How much was that again?"),
    (ROOM, "yes, and can I still cancel it?"),
    (ROOM, "Yes. Actually, wait."),
    (ROOM, "yes. no, hold on"),
    (ROOM, "Yes, unless there is something cheaper"),
    (ROOM, "yes, do you have a bigger room"),
    (ROOM, "Yes? What's the price?"),
    (ROOM, "yes. is the room quiet?"),
    (ROOM, "Yes, and which day was that?"),
    (ROOM, "okay, and is there parking?"),
    (ROOM, "Yes please. But first tell me what it costs."),
    (ROOM, "Yes. I'd rather have the suite."),
    (ROOM, "yes, for my wife"),
    (ROOM, "Yes, what did you say?"),
    (ROOM, "yes, can I talk to somebody"),
    (QUEEN, "Yes. Or the suite?"),
    (QUEEN, "yes, and on the second of December"),
    (LATE, "Yes. Is there a fee?"),
    (LATE, "yes, until three"),
    (BAG, "yes, and another one"),
    (BAG, "yes, make it two bags"),
    (BAG, "Yes. What does it weigh at most?"),
    (BAG, "yes and can I take it off later?"),
    (FLIGHT, "yes but with a window seat"),
    (FLIGHT, "yes, and keep my seat please"),
    (FLIGHT, "Yes. Is it direct?"),
    (FLIGHT, "yes, in the morning"),
    (FLIGHT, "Yes, but not on Tuesday"),
    (FLIGHT, "yes and then cancel it"),
    (FLIGHT, "Yes. Is there an earlier flight?"),
    (FLIGHT, "yes, do I have to pay now?"),
    (END, "yes, do I get my money back?"),
    (END, "Yes. What time does it leave?"),
    (END, "yes, can I rebook if something comes up"),
    (END, "yes and move the other one"),
    (STAY_END, "Yes, if it's free"),
    (STAY_END, "yes, right?"),
    (STAY_END, "The other one. Yes."),
    (STAY_END, "Is it free? Yes then."),
    (FLIGHT, "Not Tuesday. Yes, do that."),
    (FLIGHT, "Wednesday, yes"),
    (ROOM, "With a king bed, yes please"),
]
"""What is read back, and a yes that may depend on what stands behind it, or be for something else."""


def wrote(talk: Talk) -> bool:
    """Whether the last turn wrote anything."""
    return any(call.wrote is not None for call in talk.tools)


@pytest.mark.parametrize(("opening", "words"), TAKEN)
async def test_a_clear_yes_is_carried_out_whatever_else_is_asked_behind_it(
    customer: Talk, opening: str, words: str
) -> None:
    assert (await customer.say(opening)).endswith("?") and customer.state.pending is not None
    reply = await customer.say(words)
    assert wrote(customer) and "One thing after the other" not in reply


@pytest.mark.parametrize(("opening", "words"), DOUBTED)
async def test_a_yes_that_may_depend_on_what_follows_writes_nothing(talk: Talk, opening: str, words: str) -> None:
    assert (await talk.say(opening)).endswith("?") and talk.state.pending is not None
    await talk.say(words)
    assert not wrote(talk)


@pytest.mark.parametrize(
    ("opening", "words", "told"),
    [
        (BAG, "Yes, one bag. But what time is check-in at the hotel?", "begins at 4 PM"),
        (QUEEN, "Yes. And tell me about the cat after that.", "dogs or cats"),
        (ROOM, "yes please and what does parking cost there", "$28 a night"),
        (BAG, "yes add it and check me in", "Check-in for that flight"),
        (ROOM, "okay then yeah go ahead and put the breakfast in too", "For how many people?"),
        (ROOM, "Yes please. Thanks, goodbye.", "Goodbye"),
    ],
)
async def test_what_stands_behind_the_yes_is_taken_up_in_the_same_reply(
    customer: Talk, opening: str, words: str, told: str
) -> None:
    await customer.say(opening)
    reply = await customer.say(words)
    assert reply.startswith("Done.") and told in reply
    assert [line.text for line in customer.state.history[-2:]] == [words, reply]


@pytest.mark.parametrize(
    "words", ["Yes, book the twin please. I'll ask about breakfast there.", "yes, my wife is happy"]
)
async def test_a_remark_behind_the_yes_is_left_alone(customer: Talk, words: str) -> None:
    await customer.say(ROOM)
    assert (await customer.say(words)).endswith("Harbor House, twin room, from today for 1 night.")


async def test_the_wish_that_was_said_before_begins_behind_the_yes(customer: Talk) -> None:
    await customer.say("I want to add a bag and sit at the window, B4C9CR, 4836")
    reply = await customer.say("yes please. and then the seat.")
    assert reply.startswith("Done.") and reply.endswith("Shall I give it to you?")
