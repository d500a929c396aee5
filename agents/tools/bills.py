"""What a customer's stays and flights cost in all, what of it is paid and left to pay, and what came back to them.

Nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import JsonValue
from semantic_kernel.functions import kernel_function

from agents.scope import current_turn
from agents.tools.codes import not_held, own_code, said_codes
from agents.tools.coming import (
    asked_about,
    coming_flights,
    coming_stays,
    last_left,
    next_cancelled,
    stays_asked_about,
)
from agents.tools.context import ToolContext, read_only, result
from agents.tools.timetable import MAX_LISTED
from agents.tools.told import told_booking, told_reservation
from agents.turn import Source
from data.flights import bookings_of
from data.hotels import reservations_of
from data.ledger import given_back, paid_by_code


class Tools:
    """Reads what the customer who proved who they are has to pay."""

    def __init__(self, context: ToolContext) -> None:
        self._branch = context.branch

    @read_only
    @kernel_function(description="What the customer's coming hotel stays cost in all, what is paid and what is left.")
    async def stay(
        self,
        booking_code: Annotated[str | None, "only the reservation of this code"] = None,
        hotel: Annotated[str | None, "name of the hotel that is asked about"] = None,
        hotel_city: Annotated[str | None, "city of the hotel, when its name is not known"] = None,
        arrive: Annotated[str | None, "ISO date on which the stay that is asked about begins"] = None,
    ) -> str:
        """Outcomes: `found` (bills: each a reservation with total_cents, paid_cents and due_cents; count, and all three
        summed up), `none`, `not_identified`; with a code also `not_yours`, `nearly`, `other_kind`."""
        identity = current_turn().identity
        if identity is None:
            return result("not_identified")
        customer = identity.customer_id
        today = self._branch.clock.today()
        coming = coming_stays(await self._branch.read(lambda conn: reservations_of(conn, customer)), today)
        codes = [one.code for one in coming]
        if booking_code is not None and (booking_code := own_code(booking_code, codes)) not in codes:
            flights = await self._branch.read(lambda conn: bookings_of(conn, customer))
            return not_held(booking_code, codes, [one.code for one in flights])
        if not coming:
            return result("none")
        named = stays_asked_about(coming, hotel, hotel_city)
        named = [one for one in named if arrive in (None, one.arrive.isoformat())] or named
        meant = _meant([one.code for one in named], codes, booking_code)
        paid = await self._branch.read(lambda conn: paid_by_code(conn, customer))
        bills = [
            {**told_reservation(one), **_sums(one.total_cents, paid.get(one.code, 0))}
            for one in coming
            if one.code in meant
        ]
        return _told(bills, "reservation")

    @read_only
    @kernel_function(description="What the customer has paid for their coming flights, with bags, seats and fees.")
    async def flight(
        self,
        booking_code: Annotated[str | None, "only the booking of this code"] = None,
        of_date: Annotated[str | None, "ISO date of the flight that is asked about"] = None,
        origin: Annotated[str | None, "IATA code of the airport it leaves from"] = None,
        destination: Annotated[str | None, "IATA code of the airport it goes to"] = None,
    ) -> str:
        """Outcomes: `found` (bills: each a booking with ticket_cents, total_cents, paid_cents and due_cents, 0; count,
        and the last three summed up), `none` (left, cancelled: see `flight.my_bookings`), `not_identified`; with a code
        also `already_cancelled`, `not_yours`, `nearly`, `other_kind`."""
        identity = current_turn().identity
        if identity is None:
            return result("not_identified")
        customer, today = identity.customer_id, self._branch.clock.today()
        held = await self._branch.read(lambda conn: bookings_of(conn, customer))
        coming = coming_flights(held, today)
        codes = [one.code for one in coming]
        if booking_code is not None and any(b.code == booking_code and b.status == "cancelled" for b in held):
            return result("already_cancelled")
        if booking_code is not None and (booking_code := own_code(booking_code, codes)) not in codes:
            stays = await self._branch.read(lambda conn: reservations_of(conn, customer))
            return not_held(booking_code, codes, [one.code for one in stays])
        if not coming:
            return result("none", left=last_left(held, today), cancelled=next_cancelled(held, today))
        named = asked_about(coming, of_date, origin, destination)
        meant = _meant([one.code for one in named], codes, booking_code)
        paid, now = await self._branch.read(lambda conn: paid_by_code(conn, customer)), self._branch.clock.now()
        bills: list[dict[str, JsonValue]] = []
        for one in coming:
            if one.code in meant:
                cents = max(one.price_cents, paid.get(one.code, 0))  # the ticket is paid for before it is one
                bills.append({**told_booking(one, now), "ticket_cents": one.price_cents, **_sums(cents, cents)})
        return _told(bills, "booking")

    @read_only
    @kernel_function(description="Travel credit that the customer has, and money that went back to them.")
    async def given_back(self) -> str:
        """Outcomes: `found` (credits: each with cents, until, an ISO date, and the code of its booking or None;
        credit_cents: their sum; refunds: each with cents, day and code), `none` (cancelled: whether a booking of theirs
        is), `not_identified`."""
        identity = current_turn().identity
        if identity is None:
            return result("not_identified")
        customer, today = identity.customer_id, self._branch.clock.today()
        back = await self._branch.read(lambda conn: given_back(conn, customer, today))
        if not back:
            held = await self._branch.read(lambda conn: bookings_of(conn, customer))
            return result("none", cancelled=any(one.status == "cancelled" for one in held))
        credits_: list[JsonValue] = [
            {"cents": one.cents, "until": one.until.isoformat(), "code": one.code} for one in back if one.until
        ]
        refunds: list[JsonValue] = [
            {"cents": one.cents, "day": one.on.isoformat(), "code": one.code} for one in back if not one.until
        ]
        sources = tuple(
            Source(f"booking:{one.code}", f"Given back for {one.code}", f"{one.cents} cents") for one in back
        )
        total = sum(one.cents for one in back if one.until)
        return result("found", sources=sources, credits=credits_, refunds=refunds, credit_cents=total)


def _meant(named: Sequence[str], codes: Sequence[str], code: str | None) -> Sequence[str]:
    """The codes of what is asked about: the one that was said, else those of what was `named`, else all."""
    if code is not None:
        return (code,)
    said = said_codes()
    return [one for one in named or codes if one in said] if len(named) != 1 and said & {*codes} else named or codes


def _sums(total: int, paid: int) -> dict[str, JsonValue]:
    return {"total_cents": total, "paid_cents": paid, "due_cents": max(0, total - paid)}


def _told(bills: Sequence[Mapping[str, JsonValue]], kind: str) -> str:
    """The bills as a tool's answer, of several the first few; the sums are over all of them."""
    shown: list[JsonValue] = [dict(one) for one in bills[:MAX_LISTED]]
    sums: dict[str, JsonValue] = {
        name: sum(cents for one in bills if isinstance(cents := one[name], int)) for name in _sums(0, 0)
    }
    sources = tuple(
        Source(f"{kind}:{one['code']}", f"Bill of {one['code']}", ", ".join(f"{name} {one[name]}" for name in sums))
        for one in bills[:MAX_LISTED]
    )
    return result("found", sums, sources=sources, bills=shown, count=len(bills))
