"""Bookings and stays changed by talking: quote, read-back, explicit yes, one write; on a branch of its own each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

from sqlalchemy import Connection, func, select, update

from agents.agent import Agent
from agents.desk import AgentDesk
from agents.planner.service import PlannerChatCompletion
from agents.tools.context import ToolContext
from agents.turn import Asked, Desk
from data.branch import Branch
from data.errors import DataError, OutcomeUnknownError, UnavailableError
from data.knowledge import KnowledgeBase
from data.schema import audit, payments, room_nights
from sync.session import SessionState
from tests.desk_tools import Kept, Talk, written

T = TypeVar("T")
MARIA, JAMES, AIKO = "K7M2QX, PIN 4071", "R3W9ZD, PIN 9356", "H9C3VL, PIN 2280"


async def test_a_flight_is_changed_after_quote_read_back_and_yes(
    customer: Talk, office: Branch, kept: Callable[[], Awaitable[Kept]]
) -> None:
    before = await kept()
    await customer.say("change my flight to Friday")
    read_back = await customer.say(MARIA)
    for fact in ("LB204", "Friday, November 27", "6:40 PM", "$94", "$80", "$14"):
        assert fact in read_back
    assert await kept() == before
    done = await customer.say("yes please")
    assert "Done" in done and "$94" in done
    assert [(tool.name, tool.wrote) for tool in customer.tools] == [("confirm", "flight change")]
    assert (await kept()) != before
    assert "Friday, November 27" in await customer.say("what bookings do I have")


async def test_a_screen_can_show_what_is_asked(customer: Talk) -> None:
    await customer.say("change my flight")
    code = customer.asked
    assert (code.asks, code.secret, code.choices, code.quote) == ("booking_code", False, (), None)
    await customer.say("K7M2QX")
    assert (customer.asked.asks, customer.asked.secret) == ("pin", True)
    await customer.say("4071")
    assert customer.asked.asks == "date"
    await customer.say("Friday")
    quoted = customer.asked
    assert (quoted.asks, [choice.say for choice in quoted.choices]) == ("confirm", ["yes", "no"])
    assert quoted.quote is not None
    assert quoted.quote["due_cents"] == 9400
    assert not {"document", "customer_id"} & set(quoted.quote)
    await customer.say("yes")
    assert customer.asked == Asked()


async def test_the_items_of_a_list_can_be_picked_by_what_is_shown(customer: Talk) -> None:
    await customer.say("which flights go from Boston to Denver tomorrow")
    choices = customer.asked.choices
    assert len(choices) > 1
    assert choices[1].say == "the second one"
    number = next(part for part in choices[1].label.split(" · ") if part.startswith("LB"))
    assert number in await customer.say(f"is there a gate yet for {choices[1].say}")


NO_YES = [
    "no",
    "no thanks",
    "okay, but how about the price",
    "yes?",
    "hm, maybe",
    "I guess",
    "how much is a second bag?",
    "never mind",
    "not yet",
    "",
    "say that again",
    "yes, and my seat too",
    "yes, but Tuesday",
    "is breakfast included at Harbor House",
    "yes to everything except the price",
]


async def test_nothing_but_an_explicit_yes_writes(customer: Talk, kept: Callable[[], Awaitable[Kept]]) -> None:
    await customer.say("change my flight to Friday")
    assert "Shall I" in await customer.say(MARIA)
    asked, before = customer.state, await kept()
    for words in NO_YES:
        customer.state = asked
        await customer.say(words)
        assert await kept() == before, words


async def test_a_question_in_between_is_answered_and_the_read_back_comes_again(customer: Talk, office: Branch) -> None:
    await customer.say("change my flight to Friday")
    assert "It costs $94" in await customer.say(MARIA)
    reply = await customer.say("how much is a second bag?")
    again = "Moving you to LB204 on Friday, November 27 at 6:40 PM costs $94: the $80 fee and $14 more for the fare."
    assert "$45" in reply and reply.endswith(f"{again} Shall I change it?")
    assert "Done" in await customer.say("yes, go ahead")


async def test_a_correction_is_quoted_anew(customer: Talk) -> None:
    await customer.say("change my flight to Friday")
    await customer.say(MARIA)
    reply = await customer.say("no, Tuesday")
    assert "Tuesday, November 24" in reply and "Friday" not in reply and reply.endswith("Shall I change it?")
    assert "Tuesday, November 24" in await customer.say("yes")


async def test_a_yes_that_follows_another_agents_answer_reads_back_again_first(
    customer: Talk, kept: Callable[[], Awaitable[Kept]]
) -> None:
    await customer.say("change my flight to Friday")
    await customer.say(MARIA)
    before = await kept()
    await customer.say("is breakfast included at Harbor House")
    await customer.say("yes")
    assert await kept() == before
    assert "Shall I change it?" in await customer.say("let's go back to my flight")
    assert "Done" in await customer.say("yes")


async def test_a_read_back_cut_off_before_its_price_was_heard_is_said_again(
    customer: Talk, kept: Callable[[], Awaitable[Kept]]
) -> None:
    await customer.say("change my flight to Friday")
    await customer.say(MARIA)
    customer.state = customer.state.with_reply_heard("Thank you, Maria. I can move you to LB204 from Boston")
    before = await kept()
    assert "$94" in await customer.say("yes")
    assert await kept() == before
    assert "Done" in await customer.say("yes")


async def test_a_yes_said_twice_or_after_a_lost_state_is_written_once(customer: Talk, office: Branch) -> None:
    await customer.say("add a checked bag to my flight")
    await customer.say(MARIA)
    asked = customer.state
    first = await customer.say("yes")
    customer.state = replace(asked)
    assert await customer.say("yes") == first
    assert (await written(office, "K7M2QX"))["bags"] == 1
    query = select(func.count()).where(payments.c.reason != "fare", payments.c.customer_id == 1001)
    assert await office.read(lambda conn: conn.execute(query).scalar_one()) <= 1


async def test_of_two_sessions_only_one_gets_the_seat(own_desk: AgentDesk, office: Branch) -> None:
    maria, james = (Talk(own_desk, SessionState(key=key), []) for key in ("a", "b"))
    await maria.say("change my flight to Wednesday")
    await maria.say(MARIA)
    assert "Done" in await maria.say("yes")
    for talk, who in ((maria, MARIA), (james, JAMES)):
        await talk.say("I'd like a window seat")
        if talk.state.identity is None:
            await talk.say(who)
    replies = await asyncio.gather(maria.say("yes"), james.say("yes"))
    assert all("Done" in reply or "taken" in reply for reply in replies)


async def test_another_customers_booking_is_not_there(customer: Talk, kept: Callable[[], Awaitable[Kept]]) -> None:
    await customer.say("what bookings do I have")
    await customer.say(MARIA)
    before = await kept()
    reply = await customer.say("cancel booking R3W9ZD")
    assert "no such booking under your name" in reply and "LB118" not in reply
    await customer.say("yes")
    assert await kept() == before


async def test_a_flight_is_cancelled_with_what_the_fare_gives_back(customer: Talk, office: Branch) -> None:
    assert "PIN" not in await customer.say(f"I want to cancel my flight. My code is {MARIA}")
    assert customer.state.flow is not None and customer.state.flow.name == "cancel_flight"
    assert "travel credit" in await customer.say("yes, cancel it")
    assert (await written(office, "K7M2QX"))["status"] == "cancelled"


async def test_a_seat_is_chosen_by_name(customer: Talk, office: Branch) -> None:
    await customer.say("move me to seat twelve F")
    read_back = await customer.say(MARIA)
    assert "12F" in read_back and "window" in read_back
    assert "12F" in await customer.say("yes")
    assert (await written(office, "K7M2QX"))["seat"] == "12F"


async def test_check_in_says_when_it_opens(customer: Talk) -> None:
    await customer.say("check me in")
    assert "opens on Tuesday, November 24 at 7:15 AM" in await customer.say(JAMES)
    assert not customer.answered


async def test_a_room_is_booked_with_what_was_found_before(customer: Talk, office: Branch) -> None:
    await customer.say("I need a hotel room in Boston from December 7 for two nights")
    await customer.say("I'll take the queen room")
    read_back = await customer.say(AIKO)
    assert "queen room at Harbor House" in read_back and "2 nights" in read_back and "$" in read_back
    assert "reservation code" in await customer.say("yes, book it")


async def test_a_stay_is_extended_by_a_night_and_not_cut_to_one(customer: Talk, office: Branch) -> None:
    await customer.say("extend my stay by one night")
    reply = await customer.say("H4N8TP, PIN 4071")
    assert "3 nights" in reply or "no queen room" in reply


async def test_the_stay_by_whose_code_one_proves_who_one_is_is_meant_where_no_words_name_a_flight(
    customer: Talk, kept: Callable[[], Awaitable[Kept]]
) -> None:
    before = await kept()
    await customer.say("is flight LB204 on time")
    await customer.say("I have to cancel")
    reply = await customer.say("H4N8TP, PIN 4071")
    assert "H4N8TP" in reply and "not a flight" in reply and "Front Range Inn" in reply
    assert await kept() == before


async def test_a_stay_is_cancelled(customer: Talk, office: Branch) -> None:
    await customer.say("cancel my hotel reservation")
    assert "free of charge" in await customer.say(AIKO)
    assert "cancelled" in await customer.say("yes")
    assert (await written(office, "H9C3VL"))["status"] == "cancelled"


async def test_a_second_correction_keeps_the_first(customer: Talk) -> None:
    await customer.say("change the dates of my stay")
    await customer.say(AIKO)
    assert "5 nights, from Saturday, December 5" in await customer.say("December 5")
    assert "4 nights, from Saturday, December 5" in await customer.say("make it four nights")


async def test_breakfast_asks_for_how_many(customer: Talk) -> None:
    await customer.say("add breakfast to my reservation")
    assert "how many people" in await customer.say(AIKO)
    reply = await customer.say("two")
    assert "2 people" in reply and "5 mornings" in reply and "$220" in reply
    assert "Done" in await customer.say("yes, for two")


async def test_late_check_out_costs_what_the_house_says(customer: Talk, office: Branch) -> None:
    await customer.say("I'd like a late check-out")
    assert "$40" in await customer.say("H4N8TP, PIN 4071")
    assert "2 PM" in await customer.say("sure")
    assert (await written(office, "H4N8TP"))["late_check_out"] is True


async def test_a_follow_up_keeps_the_cities(customer: Talk) -> None:
    await customer.say("which flights go from Boston to Denver tomorrow")
    reply = await customer.say("how about Friday")
    assert "Boston to Denver on Friday" in reply
    assert "LB204" in await customer.say("what is the status of the second one")


async def test_a_person_is_called_with_a_ticket(customer: Talk, office: Branch) -> None:
    await customer.say("what bookings do I have")
    await customer.say(MARIA)
    reply = await customer.say("I want to speak to a person")
    row = await office.read(lambda conn: conn.execute(select(audit).where(audit.c.action == "hand off")).one())
    assert str(row.subject).removeprefix("ticket ") in reply
    assert row.customer_id == 1001 and "K7M2QX" not in str(row.detail) and "4071" not in str(row.detail)


async def test_two_empty_answers_in_a_row_offer_a_person(customer: Talk) -> None:
    await customer.say("can I bring a surfboard")
    assert "Shall I call one of our staff?" in await customer.say("can I bring a kayak")
    assert "ticket" in await customer.say("yes please")


async def test_wrong_pins_lock_the_customer_in_every_session(own_desk: AgentDesk) -> None:
    for key in ("a", "b", "c"):
        guesser = Talk(own_desk, SessionState(key=key), [])
        await guesser.say("what bookings do I have")
        await guesser.say("K7M2QX, PIN 1111")
    owner = Talk(own_desk, SessionState(key="d"), [])
    await owner.say("what bookings do I have")
    assert "fifteen minutes" in await owner.say(MARIA)
    assert owner.state.identity is None


class Gone(Branch):
    """Stands before a branch whose records stop answering, as a server does that goes away."""

    def __init__(self, office: Branch, error: DataError | None) -> None:
        self.office, self.error, self.clock = office, error, office.clock

    async def read(self, fn: Callable[[Connection], T]) -> T:
        return await self.office.read(fn)

    async def write(self, fn: Callable[[Connection], T]) -> T:
        if self.error is not None:
            raise self.error
        return await self.office.write(fn)


def put_before(desk: Desk, office: Branch, knowledge: KnowledgeBase) -> Gone:
    """Have the agents of `desk` work through a branch that may go away."""
    assert isinstance(desk, AgentDesk)
    gone = Gone(office, None)
    context = ToolContext(gone, knowledge)
    desk.agents = {
        name: Agent(persona, desk.registry.modules, context, PlannerChatCompletion())
        for name, persona in desk.registry.personas.items()
    }
    return gone


async def test_a_change_that_cannot_be_written_is_told_and_read_back_and_the_next_yes_writes_it_once(
    customer: Talk, office: Branch, knowledge: KnowledgeBase, kept: Callable[[], Awaitable[Kept]]
) -> None:
    gone = put_before(customer.desk, office, knowledge)
    await customer.say("change my flight to Friday")
    read_back = await customer.say(MARIA)
    before = await kept()
    gone.error = UnavailableError("the branch's database does not answer")
    told = await customer.say("yes please")
    assert "can't reach our records" in told and "nothing has been changed" in told
    assert told.partition("Once more: ")[2] in read_back
    assert await kept() == before
    gone.error = None
    assert "Done" in await customer.say("yes please")
    fees = select(func.count()).where(payments.c.reason == "change fee", payments.c.customer_id == 1001)
    assert await office.read(lambda c: c.execute(fees).scalar_one()) == 1


async def test_a_change_that_broke_off_in_the_middle_is_not_called_done_or_left_undone(
    customer: Talk, office: Branch, knowledge: KnowledgeBase
) -> None:
    gone = put_before(customer.desk, office, knowledge)
    await customer.say("change my flight to Friday")
    await customer.say(MARIA)
    gone.error = OutcomeUnknownError("went away during a commit")
    told = await customer.say("yes please")
    assert "can't see whether that was done" in told
    assert customer.asked == Asked()


async def test_a_room_that_was_sold_to_somebody_else_after_the_read_back_is_told(
    customer: Talk, office: Branch
) -> None:
    await customer.say("I'd like to book a king room at Pine Street Hotel in Seattle from December 3 to December 4")
    assert "Pine Street Hotel" in await customer.say(MARIA)
    sold_out = update(room_nights).where(room_nights.c.hotel_id == 3).values(sold=room_nights.c.stock)
    await office.write(lambda c: c.execute(sold_out).close())
    assert "Pine Street Hotel has no king room left" in await customer.say("yes please")
