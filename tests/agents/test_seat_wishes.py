"""Kinds of seats that are wished together are given together, or it is said what there is of them."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, insert, select

from data.branch import Branch
from data.schema import bookings, seats_taken
from data.seats import EXTRA_LEGROOM_ROWS
from tests.desk_tools import Talk, written

MARIA, JAMES = "K7M2QX, PIN 4071", "R3W9ZD, PIN 9356"


def take(conn: Connection, letters: str) -> None:
    """Give the seats with extra legroom and one of `letters`, on Maria's flight, to somebody."""
    flight = conn.execute(select(bookings.c.flight_id).where(bookings.c.code == "K7M2QX")).scalar_one()
    other = conn.execute(select(bookings.c.id).where(bookings.c.code == "R3W9ZD")).scalar_one()
    taken = {*conn.execute(select(seats_taken.c.seat).where(seats_taken.c.flight_id == flight)).scalars()}
    seats = {f"{row}{letter}" for row in EXTRA_LEGROOM_ROWS for letter in letters} - taken
    rows = [{"flight_id": flight, "seat": seat, "booking_id": other} for seat in sorted(seats)]
    conn.execute(insert(seats_taken).values(rows))


@pytest.mark.parametrize(
    "words",
    [
        "can I get a window with extra legroom",
        "I'd like to sit by the window, somewhere with room for my legs",
        "give me a seat with leg room please, and at the window",
    ],
)
async def test_two_kinds_of_seat_in_one_breath_are_both_given(customer: Talk, office: Branch, words: str) -> None:
    await customer.say("I want to change my seat")
    await customer.say(MARIA)
    assert "a window seat with extra legroom" in await customer.say(words)
    assert "I charged $39." in await customer.say("yes please")
    assert (await written(office, "K7M2QX"))["seat"] == "10A"


async def test_a_kind_named_after_the_read_back_goes_with_the_one_that_was_named_before(customer: Talk) -> None:
    await customer.say("a seat with extra legroom on my flight please")
    await customer.say(MARIA)
    assert "an aisle seat with extra legroom" in await customer.say("on the aisle")
    plain = await customer.say("without the legroom please")
    assert "an aisle seat, in place of 14C" in plain and "$12" in plain


async def test_where_none_is_of_both_kinds_the_desk_says_so_and_what_there_is(customer: Talk, office: Branch) -> None:
    await office.write(lambda conn: take(conn, "AF"))
    await customer.say("a window seat with extra legroom please")
    reply = await customer.say(MARIA)
    assert "No window seat with extra legroom is free." in reply
    assert "7A, a window seat without extra legroom and 10" in reply and reply.endswith("Which one would you like?")
    assert "Seat 7A" in await customer.say("the window one")


async def test_the_one_seat_that_comes_near_is_taken_by_a_yes(customer: Talk) -> None:
    await customer.say("a window seat with leg room please")
    reply = await customer.say(JAMES)  # whose cabin has no such row
    assert "Free is 1A, a window seat without extra legroom." in reply
    assert "Seat 1A" in await customer.say("yes please")


async def test_what_somebody_wants_is_a_seat_is_no_question(customer: Talk) -> None:
    await customer.say("What I want is a window seat with extra legroom on my flight to Atlanta next Sunday.")
    assert "a window seat with extra legroom" in await customer.say("D8M3SX, PIN 5337")
