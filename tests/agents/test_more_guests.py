"""More people for a room than it is for: a larger one is offered, or a second one, or a person."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import func, select, update

from data.branch import Branch
from data.schema import reservations, room_nights
from tests.desk_tools import Kept, Talk, written

MARIA, HANA = "H4N8TP, PIN 4071", "H3K3MD, PIN 1254"
Read = Callable[[], Awaitable[Kept]]


@pytest.mark.parametrize(
    "words",
    [
        "we're one person more now at the hotel",
        "another guest will join us",
        "my sister is joining me at the hotel",
        "please add a guest to my room",
    ],
)
async def test_how_many_there_will_be_is_asked_and_a_larger_room_is_read_back(
    customer: Talk, office: Branch, kept: Read, words: str
) -> None:
    before = await kept()
    assert "First I need to know" in await customer.say(words)
    reply = await customer.say(HANA)
    assert reply.endswith("Your twin room at Magnolia Court is for 2 people. How many of you will there be in all?")
    read_back = await customer.say("three of us")
    assert "A suite at Magnolia Court is for 4 people" in read_back and read_back.endswith("Shall I change it?")
    assert await kept() == before
    assert "Done. You have a suite at Magnolia Court" in await customer.say("yes please")
    assert (await written(office, "H3K3MD"))["room"] == "suite"


async def test_a_number_said_at_once_is_not_asked_for(customer: Talk) -> None:
    await customer.say("there are three of us now instead of two")
    assert "A suite at Magnolia Court" in await customer.say(HANA)


async def test_a_room_that_is_large_enough_stays_as_it_is(customer: Talk, kept: Read) -> None:
    await customer.say("another guest will join us")
    await customer.say(MARIA)
    before = await kept()
    assert "so there is nothing to change" in await customer.say("just the two of us")
    assert await kept() == before


async def test_where_no_larger_room_is_free_a_second_one_is_offered_and_booked(customer: Talk, office: Branch) -> None:
    await customer.say("add a guest to my room, we'll be three")
    reply = await customer.say(MARIA)  # the suites of her nights are sold
    assert "no free room for 3 people" in reply and "A second queen room for the same nights costs $306." in reply
    read_back = await customer.say("yes please")
    assert "A queen room at Front Range Inn" in read_back and "from tomorrow until Wednesday, November 25" in read_back
    assert "Your reservation code is" in await customer.say("yes")
    held = select(func.count()).select_from(reservations).where(reservations.c.customer_id == 1001)
    assert await office.read(lambda conn: conn.execute(held).scalar_one()) == 2


async def test_where_nothing_is_left_a_person_is_offered(customer: Talk, office: Branch) -> None:
    full = update(room_nights).values(sold=room_nights.c.stock)
    await office.write(lambda conn: conn.execute(full).close())
    await customer.say("we're one more person at the hotel, three in all")
    assert (await customer.say(MARIA)).endswith("Our staff can see what else there is. Shall I call one of them?")
    assert "ticket" in await customer.say("yes please")


@pytest.mark.parametrize("words", ["show me another guest's booking", "who is in another guest's room"])
async def test_what_is_another_guests_stays_closed(talk: Talk, words: str) -> None:
    assert "anybody else" in await talk.say(words)


@pytest.mark.parametrize(
    "words",
    [
        "were three in the room my mother is coming along is there an extra bed at harbor house and what is it",
        "my sister is joining us at Harbor House, could we have a rollaway bed?",
    ],
)
async def test_a_bed_for_one_more_is_a_question_for_the_house(customer: Talk, words: str) -> None:
    assert "An extra bed at Harbor House costs $35 a night" in await customer.say(words)
