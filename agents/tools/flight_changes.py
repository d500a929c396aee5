"""The airline's quotes: changing or cancelling a booking, a seat, a bag, the check-in. Nothing is written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Annotated

from pydantic import JsonValue
from semantic_kernel.functions import kernel_function
from sqlalchemy import Connection

from agents.scope import current_turn
from agents.tools.changes import quoted, refused
from agents.tools.codes import not_held, other_kind_proved, own_code, said_codes
from agents.tools.coming import asked_about, coming_flights, last_left, next_cancelled
from agents.tools.context import ToolContext, read_only, result
from agents.tools.timetable import MAX_LISTED, PART_OF_DAY, coming
from agents.tools.told import told_booking
from agents.tools.wished_flights import fits, within_times
from agents.understand.day_parts import lies_apart, of_part
from data.fare_rules import MAX_BAGS
from data.flight_quotes import (
    find_alternatives,
    free_seats,
    quote_bag,
    quote_check_in,
    quote_flight_cancel,
    quote_flight_change,
    quote_seat,
    seat_on,
)
from data.flights import bookings_of, find_flights
from data.hotels import reservations_of
from data.quotes import FlightChangeQuote, Quote, Refused
from data.records import FlightBooking
from data.seats import Position, has_extra_legroom, position_of

Code = Annotated[str | None, "code of the booking, when the customer said one"]
Number = Annotated[str | None, "flight number of the booking that is meant"]
Airport = Annotated[str | None, "IATA code, to say which booking is meant"]
Day = Annotated[str | None, "ISO date of the booked flight, to say which booking is meant"]
POSITIONS: tuple[Position, ...] = ("window", "aisle", "middle")
FRONT, BACK = "front rows", "back rows"
LEGROOM = "legroom"
"""A wish for a seat with extra legroom; any other such wish is for one without."""
EVERY = "all of them"
"""A wish to hear every flight of the day."""
NEXT = "next one"
"""A wish for the first flight after the one that is booked."""
_DAYS_ON = 3
"""On how many days it is looked for."""
QuoteOf = Callable[[Connection, int, str, dt.datetime], Quote | Refused]


class Tools:
    """Quotes for the bookings of the customer who proved who they are."""

    def __init__(self, context: ToolContext) -> None:
        self._branch = context.branch

    @read_only
    @kernel_function(description="What it costs to move a booking to another day or flight. Writes nothing.")
    async def quote_change(
        self,
        date: Annotated[str | None, "ISO date to move to; the booked day when not given"] = None,
        new_flight: Annotated[str | None, "flight number to move to"] = None,
        part_of_day: Annotated[str | None, PART_OF_DAY] = None,
        time: Annotated[list[str] | None, "clock times of 24 hours, such as 16:10, that the customer may mean"] = None,
        arrive_by: Annotated[list[str] | None, "clock times by which to be there, that may be meant"] = None,
        leave_after: Annotated[list[str] | None, "clock times after which to leave"] = None,
        leave_before: Annotated[list[str] | None, "clock times before which to leave"] = None,
        sooner: Annotated[
            str | None,
            "earlier, later, cheaper or another_flight than the one quoted last, next one after the booked one, or all "
            "of them, to hear all",
        ] = None,
        quoted_flight: Annotated[str | None, "number of the flight quoted last"] = None,
        shift: Annotated[int | None, "by how many days to move it, when no date is given"] = None,
        booking_code: Code = None,
        flight_number: Number = None,
        origin: Airport = None,
        destination: Airport = None,
        of_date: Day = None,
    ) -> str:
        """Outcomes: `quoted`, `alternatives` (flights, count; missed: none at the time of day that is wished),
        `no_alternative` (why: none, only, first, last, full, left, or "" where none is as `wished`), `which_booking`
        (bookings, count), `none_such` (wish), `other_day` (what is wished is on another day), `no_booking`,
        `not_identified`, or the reason of a refusal."""
        found = await self._proved_by_stay(booking_code) or await self._the_booking(
            booking_code, flight_number, origin, destination, of_date
        )
        if isinstance(found, str):
            return found
        customer, booking = found
        now, on = self._branch.clock.now(), dt.date.fromisoformat(date) if date else booking.flight.day
        if date is None and shift is not None:
            on, sooner = on + dt.timedelta(days=shift), None
        if sooner == "another_flight" and quoted_flight is None:
            sooner = None
        if quoted_flight is None and on != booking.flight.day:
            sooner = None
        route: dict[str, JsonValue] = {
            "origin": booking.flight.origin.city,
            "destination": booking.flight.destination.city,
            "day": on.isoformat(),
            "left": _left(booking),
        }
        if sooner == NEXT:
            sooner = "later" if quoted_flight is not None else None
            if date is None and shift is None and quoted_flight is None:
                following = await self._next_after(customer, booking, part_of_day, now)
                new_flight, on = (following.to_number, following.to_day) if following else (None, on)
        if new_flight is None:
            part_of_day = part_of_day if arrive_by is None else None  # "by nine in the evening" is no departure
            open_ = await self._branch.read(lambda conn: find_alternatives(conn, customer, booking.code, on, now))
            if isinstance(open_, Refused):
                return quoted(open_, route)
            every = sooner == EVERY and len(open_) > 1
            if sooner == EVERY:
                sooner = None if every else "another_flight"
            than = next((one for one in open_ if one.to_number == quoted_flight), None)
            if than is None and lies_apart(part_of_day, sooner, booking.flight.departs):
                return result("other_day", route)
            than_it = [one for one in open_ if fits(one, booking, sooner, than)]
            timed = arrive_by is not None or leave_after is not None or leave_before is not None
            fitting = of_part(than_it, part_of_day, lambda one: one.to_departs)
            fitting = within_times(fitting, arrive_by or (), leave_after or (), leave_before or ())
            if not fitting and than is not None and sooner is not None:
                return result("none_such", route, wish=sooner)
            at_time = [one for one in fitting if time is not None and f"{one.to_departs:%H:%M}" in time]
            narrowed = timed or part_of_day is not None
            missed = bool(than_it) and (
                (narrowed and not fitting) or (time is not None and not at_time and not narrowed)
            )
            fitting = at_time or fitting or than_it
            if not fitting:
                return result("no_alternative", {**route, **await self._why(booking, on, now, part_of_day, sooner)})
            same = [one for one in fitting if one.to_number == booking.flight.number]
            narrowed = narrowed or sooner is not None or time is not None
            if missed or every or (len(fitting) > 1 and (narrowed or not same)):
                flights: list[JsonValue] = [
                    {"number": one.to_number, "departs": _plain(one.to_departs), "due_cents": one.due_cents}
                    for one in fitting[:MAX_LISTED]
                ]
                return result("alternatives", route, flights=flights, count=len(fitting), missed=missed)
            chosen = (same or fitting)[0]
            return await self._quoted_move(chosen, booking, {**route, "number": chosen.to_number})
        wanted = new_flight
        quote = await self._branch.read(lambda conn: quote_flight_change(conn, customer, booking.code, wanted, on, now))
        return await self._quoted_move(quote, booking, {**route, "number": wanted})

    @read_only
    @kernel_function(description="What comes back when a booking is cancelled. Writes nothing.")
    async def quote_cancel(
        self,
        booking_code: Code = None,
        flight_number: Number = None,
        origin: Airport = None,
        destination: Airport = None,
        of_date: Day = None,
    ) -> str:
        """Outcomes: `quoted`, `which_booking`, `no_booking`, `not_identified`, or the reason of a refusal."""
        return await self._proved_by_stay(booking_code) or await self._quote(
            quote_flight_cancel, booking_code, flight_number, origin, destination, of_date
        )

    @read_only
    @kernel_function(description="A seat for a booking: one by its name, or a free one of a kind. Writes nothing.")
    async def quote_seat(
        self,
        seat: Annotated[str | None, "row and letter, such as 14C"] = None,
        position: Annotated[str | None, "window, aisle, middle, or window or aisle"] = None,
        legroom: Annotated[str | None, "legroom (extra legroom) or ordinary"] = None,
        end: Annotated[str | None, "front rows, back rows or any row of the cabin"] = None,
        booking_code: Code = None,
        flight_number: Number = None,
        origin: Airport = None,
        destination: Airport = None,
        of_date: Day = None,
    ) -> str:
        """Outcomes: `quoted` (free: up to three other seats like it), `none_free`, `not_both` (none is free of both
        kinds; seats: one of each that there is), `seat_taken` and other refusals (free: up to three other seats),
        `which_booking`, `no_booking`, `not_identified`."""
        found = await self._the_booking(booking_code, flight_number, origin, destination, of_date)
        if isinstance(found, str):
            return found
        customer, booking = found
        now, sides = self._branch.clock.now(), [one for one in POSITIONS if position is not None and one in position]
        free = await self._branch.read(lambda conn: free_seats(conn, customer, booking.code, now))
        others = () if isinstance(free, Refused) else tuple(one for one in free if one != booking.seat)
        there = [one for one in others if not sides or position_of(one) in sides]
        open_seats = [one for one in there if legroom is None or has_extra_legroom(one) == (legroom == LEGROOM)]
        if end in (FRONT, BACK):
            open_seats.sort(key=lambda one: (has_extra_legroom(one), int(one[:-1]) * (-1 if end == BACK else 1)))
        wanted = seat or next(iter(open_seats), None)
        if wanted is None:
            kinds = (there, [one for one in others if has_extra_legroom(one)] if legroom == LEGROOM else [])
            either: list[JsonValue] = [_told_seat(seats[0]) for seats in kinds if seats]
            both = bool(sides) and legroom is not None and either
            return result("not_both" if both else "none_free", position=position, legroom=legroom, seats=either)
        quote = await self._branch.read(lambda conn: quote_seat(conn, customer, booking.code, wanted, now))
        like_it = [one for one in open_seats if one != wanted]
        if not isinstance(quote, Refused) and (seat is not None or not sides):  # others in the same place of a row
            like_it = [one for one in others if one != wanted and position_of(one) == quote.position]
        left = {"left": _left(booking)} if isinstance(quote, Refused) else {}
        shown: list[JsonValue] = [*like_it[:MAX_LISTED]]
        return quoted(quote, {"wanted": wanted, "free": shown, **left})

    @read_only
    @kernel_function(description="What one or more further checked bags cost. Writes nothing.")
    async def quote_bag(
        self,
        bags: Annotated[int | None, "how many bags to add; one when not given"] = None,
        booking_code: Code = None,
        flight_number: Number = None,
        origin: Airport = None,
        destination: Airport = None,
        of_date: Day = None,
    ) -> str:
        """Outcomes: `quoted`, `which_booking`, `no_booking`, `not_identified`, or the reason of a refusal."""
        added = 1 if bags is None else bags
        return await self._quote(
            lambda conn, customer, code, now: quote_bag(conn, customer, code, now, added=added),
            booking_code,
            flight_number,
            origin,
            destination,
            of_date,
        )

    @read_only
    @kernel_function(description="Whether a booking can be checked in now, and when it boards. Writes nothing.")
    async def quote_check_in(
        self,
        booking_code: Code = None,
        flight_number: Number = None,
        origin: Airport = None,
        destination: Airport = None,
        of_date: Day = None,
    ) -> str:
        """Outcomes: `quoted`, `which_booking`, `no_booking`, `not_identified`, or the reason of a refusal."""
        return await self._quote(quote_check_in, booking_code, flight_number, origin, destination, of_date)

    async def _quoted_move(
        self, quote: FlightChangeQuote | Refused, booking: FlightBooking, more: Mapping[str, JsonValue]
    ) -> str:
        """The answer for a quoted move, with what goes along: the seat that it gives, and the bags of the booking."""
        if isinstance(quote, Refused):
            return quoted(quote, more)
        seat = await self._branch.read(lambda conn: seat_on(conn, quote, booking.seat))
        place = position_of(seat) if seat is not None else None
        return quoted(quote, {**more, "seat": seat, "position": place, "old_seat": booking.seat, "bags": booking.bags})

    async def _next_after(
        self, customer: int, booking: FlightBooking, part: str | None, now: dt.datetime
    ) -> FlightChangeQuote | None:
        """The first flight with a free seat after the one that is booked, at the part of the day that is wished."""
        for days in range(_DAYS_ON):
            on = booking.flight.day + dt.timedelta(days=days)
            find = partial(find_alternatives, customer_id=customer, code=booking.code, on=on, now=now)
            open_ = await self._branch.read(find)
            if isinstance(open_, Refused):
                return None
            later = [one for one in open_ if one.to_departs > booking.flight.departs]
            if found := of_part(later, part, lambda one: one.to_departs):
                return found[0]
        return None

    async def _why(
        self, booking: FlightBooking, on: dt.date, now: dt.datetime, part: str | None, sooner: str | None
    ) -> dict[str, JsonValue]:
        """Why nobody can move a booking as wished to the day `on`."""
        own = booking.flight
        route = await self._branch.read(lambda conn: find_flights(conn, own.origin.code, own.destination.code, on))
        others = [one for one in route if (one.number, one.day) != (own.number, own.day)]
        wished = [
            one
            for one in of_part(others, part, lambda one: one.departs)
            if (sooner != "earlier" or one.departs < own.departs) and (sooner != "later" or one.departs > own.departs)
        ]
        if not route:
            why = "none"
        elif not others:
            why = "only"
        elif not wished:
            why = {"earlier": "first", "later": "last"}.get(sooner or "", "") if on == own.day else ""
        else:
            free = any(one.seats_left > 0 for flight in wished for one in flight.cabins if one.cabin == booking.cabin)
            why = "left" if free or not coming(wished, now) else "full"
        narrowed = part is not None or sooner is not None
        return {"why": why, "number": own.number, "cabin": booking.cabin, "wished": narrowed}

    async def _proved_by_stay(self, code: str | None) -> str | None:
        async def codes(customer: int) -> Sequence[str]:
            return [one.code for one in await self._branch.read(lambda conn: reservations_of(conn, customer))]

        return await other_kind_proved(code, codes)

    async def _quote(
        self,
        quote_of: QuoteOf,
        code: str | None,
        number: str | None,
        origin: str | None,
        destination: str | None,
        on: str | None,
    ) -> str:
        found = await self._the_booking(code, number, origin, destination, on)
        if isinstance(found, str):
            return found
        customer, booking = found
        now = self._branch.clock.now()
        quote = await self._branch.read(lambda conn: quote_of(conn, customer, booking.code, now))
        flight = booking.flight
        route: dict[str, JsonValue] = {
            "origin": flight.origin.city,
            "destination": flight.destination.city,
            "left": _left(booking),
        }
        if isinstance(quote, Refused):
            return refused(quote, {**route, "most_bags": MAX_BAGS, "has_bags": booking.bags})
        return quoted(quote, route)

    async def _the_booking(
        self, code: str | None, number: str | None, origin: str | None, destination: str | None, on: str | None
    ) -> tuple[int, FlightBooking] | str:
        """The customer and the one booking that is meant, or the tool's answer when it is not one."""
        identity = current_turn().identity
        if identity is None:
            return result("not_identified")
        held = await self._branch.read(lambda conn: bookings_of(conn, identity.customer_id))
        today = self._branch.clock.today()
        if code is not None:
            code = own_code(code, [b.code for b in held])
            mine = [b for b in held if b.code == code]
            if mine:
                return identity.customer_id, mine[0]
            stays = await self._branch.read(lambda conn: reservations_of(conn, identity.customer_id))
            return not_held(code, [b.code for b in held if b.flight.day >= today], [r.code for r in stays])
        gone = [b for b in held if b.status == "cancelled"]
        if (number, origin, destination, on) == (None,) * 4 and any(b.code in said_codes() for b in gone):
            return result("already_cancelled")
        coming = coming_flights(held, today)
        named = [b for b in asked_about(coming, None, origin, destination) if number in (None, b.flight.number)]
        meant = [b for b in named if on in (None, b.flight.day.isoformat())]
        if not meant and len(named) == 1:  # a day that fits none; what is done is read back with the right one
            meant = named
        if not coming:
            return result("no_booking", left=last_left(held, today), cancelled=next_cancelled(held, today))
        meant = [b for b in meant if b.code in said_codes()] or meant
        if len(meant) == 1:
            return identity.customer_id, meant[0]
        if not named and any(number in (None, b.flight.number) for b in asked_about(gone, None, origin, destination)):
            return result("already_cancelled")
        shown: list[JsonValue] = [told_booking(b, self._branch.clock.now()) for b in (meant or coming)[:MAX_LISTED]]
        return result("which_booking", bookings=shown, count=len(meant or coming))


def _told_seat(seat: str) -> JsonValue:
    """A free seat with what there is to be said of it."""
    return {"seat": seat, "position": position_of(seat), "with": LEGROOM if has_extra_legroom(seat) else ""}


def _left(booking: FlightBooking) -> JsonValue:
    """Number and time of the flight that is booked, for where it has left."""
    return {"number": booking.flight.number, "at": _plain(booking.flight.departs_estimated)}


def _plain(moment: dt.datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="minutes")
