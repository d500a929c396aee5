"""What a stay or a flight costs in all, what of it is paid and what is left, read from the branch after the proof."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import Connection, insert, select

from data.branch import Branch
from data.schema import payments, reservations
from tests.desk_tools import NOON, Kept, Talk

MARIA = "K7M2QX, PIN 4071"
Read = Callable[[], Awaitable[Kept]]


def pay_ahead(conn: Connection) -> None:
    """Write a payment of $100 for Maria's stay."""
    stay = conn.execute(select(reservations.c.id).where(reservations.c.code == "H4N8TP")).scalar_one()
    row = {"customer_id": 1001, "reservation_id": stay, "reason": "stay", "amount_cents": 100_00}
    conn.execute(insert(payments).values(**row, paid_at=NOON.replace(tzinfo=None)))


@pytest.mark.parametrize(
    "words",
    [
        "what will my bill come to",
        "how much do I owe in all for the hotel",
        "so what does my stay cost altogether",
        "have I already paid for my room?",
        "we check in tomorrow. what's the total for our room?",
    ],
)
async def test_a_bill_is_told_after_the_proof_and_nothing_is_written(customer: Talk, kept: Read, words: str) -> None:
    before = await kept()
    assert "First I need to know" in await customer.say(words)
    reply = await customer.say(MARIA)
    assert "Front Range Inn" in reply and "$306 in all" in reply and "Nothing is paid yet" in reply
    assert customer.answered and await kept() == before


async def test_what_is_paid_ahead_is_taken_off_the_bill(customer: Talk, office: Branch) -> None:
    await office.write(pay_ahead)
    await customer.say("what will my bill come to")
    assert "You have paid $100, so $206 is left to pay when you check out." in await customer.say(MARIA)


async def test_what_was_paid_for_a_flight_holds_what_was_bought_since(customer: Talk) -> None:
    await customer.say("what have I paid for my flight")
    assert "You have paid $244 for LB204" in await customer.say(MARIA)
    await customer.say("add a bag")
    await customer.say("yes please")
    reply = await customer.say("and how much have I paid for my ticket now")
    assert "You have paid $279 for LB204" in reply and "$244 is for the ticket" in reply


@pytest.mark.parametrize(("desk_meant", "told"), [("my hotel", "$306"), ("the flight", "$244")])
async def test_what_is_owed_without_a_subject_is_asked_about_where_both_desks_hold_something(
    customer: Talk, desk_meant: str, told: str
) -> None:
    await customer.say("how much do I owe you in all")
    assert "Is that about your flight or your hotel?" in await customer.say(MARIA)
    assert told in await customer.say(desk_meant)


async def test_what_is_owed_without_a_subject_is_told_by_the_only_desk_that_holds_something(customer: Talk) -> None:
    await customer.say("how much have I paid so far")
    assert "You have paid $371 for LB118" in await customer.say("1002, 9356")


@pytest.mark.parametrize(
    ("words", "reply"),
    [
        ("how much do I pay for parking at Harbor House", "$28"),
        ("what do I have to pay for a second bag", "$45"),
        ("how much does it cost to change my flight", "$80"),
    ],
)
async def test_what_something_costs_is_no_question_for_a_bill(customer: Talk, words: str, reply: str) -> None:
    assert reply in await customer.say(words)


async def test_a_bill_is_told_to_nobody_who_did_not_prove_who_they_are(customer: Talk) -> None:
    await customer.say("what will my bill come to")
    assert "$" not in await customer.say("H4N8TP, PIN 1111")


async def test_a_bill_says_until_when_the_stay_is(talk: Talk) -> None:
    await talk.say("what does my hotel in San Francisco come to, and which day do I leave")
    await talk.say("2128")
    assert "from Thursday, December 17 until Monday, December 21, costs $1,095 in all" in await talk.say("8808")


@pytest.mark.parametrize("words", ["how much travel credit do I have", "can I use my credit for a flight to Chicago"])
async def test_travel_credit_is_told_with_its_last_day(customer: Talk, words: str) -> None:
    for line in ("cancel my flight to Denver", MARIA, "yes"):
        await customer.say(line)
    assert "$164 of travel credit until Monday, November 22, 2027" in await customer.say(words)


@pytest.mark.parametrize(
    "words", ["did I get any money back for it?", "what did I get for my flight, a credit or a refund"]
)
async def test_money_that_went_back_is_told_with_its_day(customer: Talk, words: str) -> None:
    for line in ("cancel my flight", "S8W3CM, PIN 9456", "yes"):
        await customer.say(line)
    assert "$410 for S8W3CM went back to your card today" in await customer.say(words)


async def test_who_got_nothing_back_is_told_so_and_offered_a_person(customer: Talk) -> None:
    await customer.say("I cancelled a flight, Atlanta to Chicago this week. Where's my money?")
    said = await customer.say("K6V8RE, 8082")
    assert "no travel credit, and no refund either" in said and said.endswith("Shall I call one of them?")


@pytest.mark.parametrize("words", ["cancel my flight", "I want to fly a day later"])
async def test_a_proof_by_a_cancelled_booking_is_not_about_another_one(customer: Talk, words: str) -> None:
    await customer.say(words)
    said = await customer.say("K6V8RE, 8082")
    assert "cancelled" in said and "LB530" not in said


async def test_what_is_left_after_a_cancellation_is_told(customer: Talk) -> None:
    for line in ("cancel my flight", "Q4D5ZX, PIN 7401", "yes"):
        await customer.say(line)
    said = await customer.say("And the other one, to Atlanta, no, from Atlanta, on the 17th, that's still good, right?")
    assert "LB533 from Atlanta to Chicago on Thursday, December 17" in said
