"""What people say next, at one point of a conversation after the other: each line begins at the same place anew."""

from __future__ import annotations

import pytest

from tests.desk_tools import Talk

POINTS = {
    "a flight change is read back": ("I'd like to move my flight to the day after", "F3S6BV", "9506"),
    "a new day is asked for": ("I need to change my flight", "B6N8KC", "5814"),
    "a cancellation is read back": ("Please cancel my flight", "L8E4ND and the PIN is 9960"),
    "a seat is asked for": ("I'd like a different seat on my flight", "F4F8EM", "5383"),
    "a seat is read back": ("Can I have a window seat please", "C9W7YN", "9260"),
    "bags are counted": ("I want to add luggage to my booking", "D2C9GK", "4780"),
    "a bag is read back": ("Add one more bag please", "Z7Q9UE", "0732"),
    "a code is asked for": ("I want to move my flight to Thursday",),
    "two flights are told": ("What's on my booking?", "M9N5DS", "9586"),
    "a delay is told": ("Is flight LB204 on time today?",),
    "a longer stay is read back": ("Can I stay one night longer?", "H7P8VS", "8241"),
    "what of a stay is asked": ("I need to change my hotel reservation", "H3U3XA", "5814"),
    "the end of a stay is read back": ("I have to cancel my hotel", "H7R8AX", "5216"),
    "a bigger room is read back": ("Could I get a king instead of my queen?", "H9J9DV", "9574"),
    "breakfast is read back": ("Could you add breakfast to my stay", "H5T3NT", "2101", "just for me"),
    "a late check-out is read back": ("I'd like to check out late", "H7N8WB", "5407"),
    "rooms are told": ("I need a hotel in Chicago from December 8th to December 10th",),
    "a room is read back": (
        "I'd like to book a queen room in Denver for December 3rd, two nights, for one",
        "2024",
        "9260",
    ),
}
"""Places in a conversation, each with what brings the customer there."""


async def at(talk: Talk, point: str) -> None:
    """Bring the customer to a point of a conversation."""
    for words in POINTS[point]:
        await talk.say(words)


@pytest.mark.parametrize(
    ("point", "words", "told"),
    [
        ("a flight change is read back", "Could you go over that one more time, I was writing", "instead of LB511"),
        ("a flight change is read back", "And if I just cancelled, what would I get back?", "as travel credit"),
        ("a flight change is read back", "how do I pay for it", "when you say yes"),
        ("a new day is asked for", "not the seattle one the other one, to new york", "To which day"),
        ("a new day is asked for", "the day after so tuesday", "Tuesday, December 8"),
        ("a new day is asked for", "Wednesday that same week would be great", "Wednesday, December 9"),
        ("a new day is asked for", "you know what on second thought just cancel it", "Shall I cancel it?"),
        ("a cancellation is read back", "Could I have that as money instead?", "not refunded in money"),
        ("a cancellation is read back", "No, sorry, I meant the hotel, not the flight", "Lakeshore Grand"),
        ("a seat is asked for", "not a middle seat, that's all I care about", "Seat 7A"),
        ("a seat is asked for", "as far forward as possible please", "Seat 7A"),
        ("a seat is asked for", "Is there any with more room for my knees?", "extra legroom"),
        ("a seat is read back", "Any other window seat?", "Free are also 7F, 8A and 8F"),
        ("bags are counted", "Depends, what do they cost?", "The first checked bag costs $35"),
        ("bags are counted", "only hand luggage actually, is that free", "one carry-on bag"),
        ("bags are counted", "none then if it's not included", "All right"),
        ("a bag is read back", "That's for the way there only, right?", "LB520 on Tuesday, December 1 alone"),
        ("a code is asked for", "Can I just show you my ID?", "check your ID"),
        ("a code is asked for", "Can you look me up by name?", "check your ID"),
        ("two flights are told", "the second one, can I move it to the 22nd", "LB119 on Monday, December 21"),
        ("two flights are told", "I'd like to check in for the first one", "opens on Monday, December 7"),
        ("a delay is told", "oh well that's not so bad", "All right"),
        ("a longer stay is read back", "a hundred and eighty for one night? no way", "left everything as it was"),
        ("a longer stay is read back", "hm and if we left on the seventh", "until Thursday, January 7"),
        ("a longer stay is read back", "Is that the same room?", "It stays a twin room"),
        ("what of a stay is asked", "the day", "Which day would you like to arrive?"),
        ("what of a stay is asked", "the nights please", "For how many nights?"),
        ("what of a stay is asked", "the room, we need something bigger", "Which room would you like?"),
        ("what of a stay is asked", "What have I got right now?", "a king room at Harbor House"),
        ("the end of a stay is read back", "no actually, could i move it to february instead", "in February?"),
        ("a bigger room is read back", "seventy dollars, is that a night or altogether", "for all 4 nights together"),
        ("a bigger room is read back", "Is it quieter?", "I don't know that"),
        ("a bigger room is read back", "does the king have a view", "I don't know that"),
        ("breakfast is read back", "From what time is it?", "from 6:30 to 10:30 AM"),
        ("breakfast is read back", "I don't have to pay that right now, do I?", "when you check out"),
        ("a late check-out is read back", "What's the normal time?", "until noon"),
        ("rooms are told", "The king sounds nice. Is breakfast in there?", "breakfast buffet"),
        ("rooms are told", "which is the biggest", "a suite is for 4 people"),
        ("rooms are told", "Hm, what about a week later?", "for 2 nights from Tuesday, December 15"),
        ("a room is read back", "whats a king cost for the same days", "a king room for $386, for 2 nights"),
        (
            "breakfast is read back",
            "wait before that can you check if a king is free for the same days",
            "a king room for $564",
        ),
        ("a room is read back", "how much is that a night", "for all 2 nights together"),
        ("a room is read back", "can i still cancel if my meeting falls through", "6 PM on the day before arrival"),
    ],
)
async def test_what_is_said_next_is_served(talk: Talk, point: str, words: str, told: str) -> None:
    await at(talk, point)
    assert told in await talk.say(words)
    assert not any(call.wrote for call in talk.tools)


@pytest.mark.parametrize(
    ("point", "words"),
    [
        ("a flight change is read back", "Eighty dollars? Just to move it one day? Well, alright then."),
        ("a cancellation is read back", "yes i can't go anymore"),
        ("breakfast is read back", "Yeah, I can't do anything without my coffee. Put it on."),
        ("a bigger room is read back", "Please do, my husband's six foot five."),
    ],
)
async def test_a_yes_with_its_reason_is_a_yes(customer: Talk, point: str, words: str) -> None:
    await at(customer, point)
    await customer.say(words)
    assert any(call.wrote for call in customer.tools)


@pytest.mark.parametrize(
    ("point", "words", "told"),
    [
        ("a flight change is read back", "Perfect, yes, and could you add a bag while you're at it?", "checked bag"),
        ("a bag is read back", "Yep. Then I'd also like to know if the flight's on time.", "is on time"),
        ("a cancellation is read back", "okay yes. and my hotel in chicago too please", "Lakeshore Grand"),
    ],
)
async def test_behind_a_yes_the_next_thing_follows(customer: Talk, point: str, words: str, told: str) -> None:
    await at(customer, point)
    assert told in await customer.say(words)
    assert any(call.wrote for call in customer.tools)


@pytest.mark.parametrize(
    ("point", "words"),
    [
        ("a late check-out is read back", "yes but is it really the friday i thought i was leaving saturday"),
        ("a flight change is read back", "Ninety dollars? All right then."),
        ("a cancellation is read back", "yes but only if I can't go on the eleventh"),
        ("a flight change is read back", "yes and could you make it the evening one"),
    ],
)
async def test_a_yes_that_depends_on_something_writes_nothing(talk: Talk, point: str, words: str) -> None:
    await at(talk, point)
    await talk.say(words)
    assert not any(call.wrote for call in talk.tools)


async def test_what_is_done_is_not_said_to_be_as_it_was(customer: Talk) -> None:
    await at(customer, "a cancellation is read back")
    await customer.say("yes please")
    assert "can't take that back here" in await customer.say("oh no, I changed my mind, can you undo that")


async def test_a_number_is_of_the_month_that_it_was_asked_of(talk: Talk) -> None:
    await at(talk, "the end of a stay is read back")
    await talk.say("no actually, could i move it to february instead")
    assert "from Friday, February 12" in await talk.say("the 12th")


async def test_the_code_of_a_flight_that_has_left_moves_no_other(talk: Talk) -> None:
    await talk.say("I want to change my booking S7C3ZZ to tomorrow")
    assert "Shall I" not in await talk.say("5383")


async def test_later_than_a_time_is_after_it(talk: Talk) -> None:
    said = await talk.say("I have to fly from Atlanta to Chicago on the 16th but later than the ten forty")
    assert "LB533" in said and "LB531" not in said
    assert "LB312" in await talk.say("and from boston to chicago on wednesday not too early")


async def test_a_stay_is_moved_from_one_day_to_the_next(talk: Talk) -> None:
    said = await talk.say("Could you move my hotel from the 14th to the 15th, H7B2NZ, seven one eight six")
    assert "from Tuesday, December 15 until Wednesday, December 16" in said
