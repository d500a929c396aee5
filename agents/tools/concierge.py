"""The concierge's tools: what the desk offers, all that a customer holds, the date and time, a call for a person."""

from __future__ import annotations

import asyncio
from typing import Annotated

from semantic_kernel.functions import kernel_function

from agents.scope import current_turn
from agents.tools.coming import coming_flights, coming_stays
from agents.tools.context import ToolContext, look_up_all, passage, read_only, result
from agents.tools.timetable import MAX_LISTED
from agents.tools.told import booking_source, reservation_source, told_booking, told_reservation
from agents.turn import Source
from data.flights import bookings_of
from data.hotels import reservations_of
from data.tickets import write_ticket

SURE = 0.85
"""From this score on, a passage answers words that named no subject. Of the 159 examples in the persona's own list of
what no agent does, none reaches it (the highest has 0.82)."""


class Tools:
    """What the concierge can look up."""

    def __init__(self, context: ToolContext) -> None:
        self._context = context
        self._branch = context.branch
        self._offers = context.offers

    @read_only
    @kernel_function(description="What this desk can help with.")
    async def services(self) -> str:
        """Outcome: `found` (offers: what each agent can do)."""
        return result("found", offers=list(self._offers.values()))

    @read_only
    @kernel_function(description="The date and the time of day in the branch.")
    async def date_and_time(self) -> str:
        """Outcome: `found` (now: ISO date and time, local)."""
        now = self._branch.clock.now()
        source = Source("clock", "The branch's clock", now.isoformat(timespec="minutes"))
        return result("found", sources=(source,), now=now.replace(tzinfo=None).isoformat(timespec="minutes"))

    @read_only
    @kernel_function(description="Coming flights and stays of the customer who proved who they are.")
    async def my_trips(self) -> str:
        """Outcomes: `found` (flights, stays: the next of each, as `flight.my_bookings` and `hotel.my_reservations` tell
        them; more: whether there are others), `none`, `not_identified`."""
        identity = current_turn().identity
        if identity is None:
            return result("not_identified")
        today, now = self._branch.clock.today(), self._branch.clock.now()
        booked = await self._branch.read(lambda conn: bookings_of(conn, identity.customer_id))
        reserved = await self._branch.read(lambda conn: reservations_of(conn, identity.customer_id))
        flights, stays = coming_flights(booked, today), coming_stays(reserved, today)
        if not flights and not stays:
            return result("none")
        more = max(len(flights), len(stays)) > MAX_LISTED
        flights, stays = flights[:MAX_LISTED], stays[:MAX_LISTED]
        return result(
            "found",
            sources=(*map(booking_source, flights), *map(reservation_source, stays)),
            flights=[told_booking(one, now) for one in flights],
            stays=[told_reservation(one) for one in stays],
            more=more,
        )

    @read_only
    @kernel_function(description="Rules of all the desks, for a question that names none of them.")
    async def rules(
        self,
        question: Annotated[str, "the customer's question in their own words"],
        before: Annotated[str | None, "the question that was asked before, if this one leans on it"] = None,
    ) -> str:
        """Outcomes: `found` (text: the words of a passage that is true everywhere), `unknown`."""
        domains = await asyncio.to_thread(self._context.knowledge.domains)
        known = [await look_up_all(self._context, question, domain=domain, before=before) for domain in domains]
        hits = (hit for answers in known for hit in answers.hits)
        sure = [hit for hit in hits if not hit.passage.entity and hit.score >= SURE]
        if not sure:
            return result("unknown")
        best = max(sure, key=lambda hit: hit.score)
        return result("found", sources=(passage(best),), text=best.spoken, title=best.passage.title)

    @kernel_function(description="Call a person: leaves a ticket with what the conversation is about.")
    async def hand_off(self) -> str:
        """Outcomes: `done` (ticket: its number, summary: what it says), `called` (ticket, of an earlier wish in this
        session). The ticket is a row of the audit trail, with the agent, the task under way and who was proved;
        nothing that the customer said."""
        turn, at = current_turn(), self._branch.clock.now()
        if (called := turn.state.topic.get("ticket")) is not None:
            return result("called", ticket=called)
        tasks = [flow for flow in (*turn.state.parked, turn.state.flow, turn.state.last) if flow is not None]
        about = ", ".join(dict.fromkeys(f"{flow.agent}: {flow.name.replace('_', ' ')}" for flow in tasks))
        subjects = ", ".join(str(value) for value in turn.state.topic.values())
        summary = "; ".join(part for part in (f"at the {turn.persona.name} desk", about, subjects) if part)
        customer = turn.identity.customer_id if turn.identity is not None else None

        ticket = await self._branch.write(
            lambda conn: write_ticket(conn, at=at, session_key=turn.state.key, customer_id=customer, summary=summary)
        )
        source = Source(f"ticket:{ticket}", f"Ticket {ticket}", summary)
        return result("done", sources=(source,), ticket=ticket, summary=summary)
