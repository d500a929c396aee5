"""The airline's tools: flight status, timetable, a customer's bookings, the airline's rules."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import JsonValue
from semantic_kernel.functions import kernel_function
from sqlalchemy import Connection, select

from agents.scope import current_turn
from agents.tools.codes import not_held, own_code, said_codes
from agents.tools.coming import asked_about, coming_flights, coming_stays, last_left, next_cancelled, nothing_held
from agents.tools.context import ToolContext, look_up_all, read_only, result, told
from agents.turn import Source
from agents.understand.lexicon import Entry, Names
from data.flights import airports, bookings_of, find_flights, flight_status
from data.hotels import reservations_of
from data.records import FlightBooking, FlightStatus
from data.schema import flights

MAX_LISTED = 3
PARTS_OF_DAY = {"morning": range(12), "afternoon": range(12, 17), "evening": range(17, 24)}
"""Hours of departure that a part of the day means."""


def names(conn: Connection) -> tuple[Names, ...]:
    """The branch's airports and flight numbers, as customers say them."""
    numbers = [row.number for row in conn.execute(select(flights.c.number).distinct().order_by(flights.c.number))]
    prefix = "".join(c for c in numbers[0] if c.isalpha()) if numbers else ""
    return (
        Names(
            "airport",
            tuple(Entry(a.code, (a.city, f"{a.city} airport"), (a.code,)) for a in airports(conn)),
            telling=False,
            noun="the city",
        ),
        Names(
            "flight_number",
            tuple(Entry(n, (n,)) for n in numbers),
            prefix=prefix,
            cues=("flight", "air"),
            noun="flight",
        ),
    )


class Tools:
    """What the flight agent can look up."""

    def __init__(self, context: ToolContext) -> None:
        self._context = context
        self._branch = context.branch

    @read_only
    @kernel_function(description="Status, times, delay and gate of a flight, by its number or by its route.")
    async def flight_status(
        self,
        flight_number: Annotated[str | None, "such as LB204"] = None,
        origin: Annotated[str | None, "IATA code of the airport it leaves from"] = None,
        destination: Annotated[str | None, "IATA code of the airport it goes to"] = None,
        date: Annotated[str | None, "ISO date of departure; today when not given"] = None,
        part_of_day: Annotated[str | None, "morning, afternoon or evening"] = None,
    ) -> str:
        """Outcomes: `found` (the flight), `several` (flights), `not_found`, `no_route`."""
        on = self._day(date)
        if flight_number is not None:
            flight = await self._branch.read(lambda conn: flight_status(conn, flight_number, on))
            if flight is None:
                return result("not_found", number=flight_number, day=on.isoformat())
            return result("found", told_flight(flight, self._branch.clock.now()), sources=(_source(flight),))
        if origin is None or destination is None:
            return result("incomplete")
        found = await self._between(origin, destination, on, part_of_day)
        if len(found) == 1:
            return result("found", told_flight(found[0], self._branch.clock.now()), sources=(_source(found[0]),))
        return self._listed(found, on, "several", "no_route")

    @read_only
    @kernel_function(description="Flights between two airports on a day, with times and lowest fares.")
    async def find_flights(
        self,
        origin: Annotated[str | None, "IATA code of the airport to leave from"] = None,
        destination: Annotated[str | None, "IATA code of the airport to go to"] = None,
        date: Annotated[str | None, "ISO date of departure; today when not given"] = None,
        part_of_day: Annotated[str | None, "morning, afternoon or evening"] = None,
        place: Annotated[str | None, "a place named that the airline does not serve"] = None,
    ) -> str:
        """Outcomes: `found` (flights, count), `other_times` (the same: none at that time of day), `no_route`,
        `not_served` (place), `past_date`."""
        if place is not None and (origin is None or destination is None):
            return result("not_served", place=_title(place))
        if origin is None or destination is None:
            return result("incomplete")
        on = self._day(date)
        if on < self._branch.clock.today():
            return result("past_date")
        found = await self._between(origin, destination, on, part_of_day)
        if not found and part_of_day is not None:
            return self._listed(await self._between(origin, destination, on, None), on, "other_times", "no_route")
        return self._listed(found, on, "found", "no_route")

    @read_only
    @kernel_function(description="Whether the airline flies to a city, and the cities that it flies to.")
    async def destinations(
        self,
        destination: Annotated[str | None, "IATA code of the airport asked about"] = None,
        place: Annotated[str | None, "a place asked about that is none of the airline's"] = None,
    ) -> str:
        """Outcomes: `found` (cities), `served` (city, sources of its flights: from_cities), `not_served` (place)."""
        served = await self._branch.read(airports)
        cities: list[JsonValue] = [*sorted({airport.city for airport in served})]
        source = Source("airports", "Airports", ", ".join(str(city) for city in cities))
        there = next((airport for airport in served if airport.code == destination), None)
        if there is not None:
            on = self._branch.clock.today()
            to = await self._branch.read(
                lambda conn: [a.city for a in served if a != there and find_flights(conn, a.code, there.code, on)]
            )
            return result("served", sources=(source,), city=there.city, from_cities=[*to])
        if place is not None:
            return result("not_served", sources=(source,), place=_title(place))
        return result("found", sources=(source,), cities=cities, count=len(cities))

    @read_only
    @kernel_function(description="The coming flight bookings of the customer who proved who they are.")
    async def my_bookings(
        self,
        booking_code: Annotated[str | None, "only the booking of this code"] = None,
        of_date: Annotated[str | None, "ISO date of the flight that is asked about"] = None,
        origin: Annotated[str | None, "IATA code of the airport it leaves from"] = None,
        destination: Annotated[str | None, "IATA code of the airport it goes to"] = None,
    ) -> str:
        """Outcomes: `found` (bookings, count: those asked about, or all where none is so), `none` (left: the flight
        that left last, cancelled: the first coming one whose booking is; number and day, or None), `not_identified`;
        with a code also `not_yours`, `nearly` and `other_kind` (see `agents.tools.codes`), `already_cancelled`."""
        identity = current_turn().identity
        if identity is None:
            return result("not_identified")
        today = self._branch.clock.today()
        held = await self._branch.read(lambda conn: bookings_of(conn, identity.customer_id))
        if booking_code is not None:
            booking_code = own_code(booking_code, [b.code for b in held])
            mine = [b for b in held if b.code == booking_code]
            if not mine:
                stays = await self._branch.read(lambda conn: reservations_of(conn, identity.customer_id))
                return not_held(booking_code, [b.code for b in held if b.flight.day >= today], [r.code for r in stays])
            if mine[0].status == "cancelled":
                return result("already_cancelled")
            held = tuple(mine)
        coming = coming_flights(held, today)
        if not coming:
            return result("none", left=last_left(held, today), cancelled=next_cancelled(held, today))
        coming = asked_about(coming, of_date, origin, destination) or coming
        shown, now = coming[:MAX_LISTED], self._branch.clock.now()
        sources = tuple(Source(f"booking:{b.code}", f"Booking {b.code}", _booking_text(b)) for b in shown)
        return result("found", sources=sources, count=len(coming), bookings=[told_booking(b, now) for b in shown])

    @read_only
    @kernel_function(description="All coming flight bookings of the customer who proved who they are, as records.")
    async def held(self) -> str:
        """Outcomes: `held` (records: the bookings, each with `said`: its code being said), `elsewhere` (none here,
        a stay at a hotel, and words that name nothing of flights), `no_booking` (left: see `my_bookings`),
        `not_identified`."""
        identity = current_turn().identity
        if identity is None:
            return result("not_identified")
        today, now, said = self._branch.clock.today(), self._branch.clock.now(), said_codes()
        booked = await self._branch.read(lambda conn: bookings_of(conn, identity.customer_id))
        if coming := coming_flights(booked, today):
            return result("held", records=[{**_record(b, now), "said": b.code in said} for b in coming])
        reserved = await self._branch.read(lambda conn: reservations_of(conn, identity.customer_id))
        told = {"left": last_left(booked, today), "cancelled": next_cancelled(booked, today)}
        return nothing_held("no_booking", elsewhere=bool(coming_stays(reserved, today)), **told)

    @read_only
    @kernel_function(description="The airline's rules and prices: bags, fees, changes, check-in, refunds, pets ...")
    async def policy(
        self,
        question: Annotated[str, "the customer's question in their own words"],
        before: Annotated[str | None, "the question that was asked before, if this one leans on it"] = None,
    ) -> str:
        """Outcomes: see `told`."""
        return told(self._context, await look_up_all(self._context, question, domain="flight", before=before))

    def _day(self, date: str | None) -> dt.date:
        return self._branch.clock.today() if date is None else dt.date.fromisoformat(date)

    async def _between(self, origin: str, destination: str, on: dt.date, part: str | None) -> list[FlightStatus]:
        found = await self._branch.read(lambda conn: find_flights(conn, origin, destination, on))
        hours = PARTS_OF_DAY.get(part or "", range(24))
        return [flight for flight in found if flight.departs.hour in hours]

    def _listed(self, found: list[FlightStatus], on: dt.date, some: str, none: str) -> str:
        if not found:
            return result(none, day=on.isoformat())
        shown = found[:MAX_LISTED]
        sources = tuple(_source(flight) for flight in shown)
        return result(
            some,
            sources=sources,
            count=len(found),
            day=on.isoformat(),
            origin=found[0].origin.city,
            destination=found[0].destination.city,
            flights=[told_flight(flight, self._branch.clock.now()) for flight in shown],
        )


def told_flight(flight: FlightStatus, now: dt.datetime) -> dict[str, JsonValue]:
    """A flight as templates see it; `past` says that its time to leave has come and gone."""
    fares: list[int] = [offer.fare_cents for offer in flight.cabins if offer.seats_left > 0]
    return {
        "number": flight.number,
        "day": flight.day.isoformat(),
        "origin": flight.origin.city,
        "destination": flight.destination.city,
        "departs": _wall_clock(flight.departs),
        "arrives": _wall_clock(flight.arrives),
        "departs_estimated": _wall_clock(flight.departs_estimated),
        "arrives_estimated": _wall_clock(flight.arrives_estimated),
        "delay_minutes": flight.delay_minutes,
        "gate": flight.gate,
        "status": flight.status,
        "past": flight.departs_estimated <= now,
        "lowest_fare_cents": min(fares) if fares else None,
    }


def told_booking(booking: FlightBooking, now: dt.datetime) -> dict[str, JsonValue]:
    """A customer's booking with its flight, as templates see it."""
    return {
        **told_flight(booking.flight, now),
        "code": booking.code,
        "seat": booking.seat,
        "cabin": booking.cabin,
        "bags": booking.bags,
        "booking_status": booking.status,
    }


def _record(booking: FlightBooking, now: dt.datetime) -> dict[str, JsonValue]:
    """A booking with all by which a customer tells it."""
    flight = booking.flight
    return {
        **told_booking(booking, now),
        "from_code": flight.origin.code,
        "to_code": flight.destination.code,
        "part_of_day": next(part for part, hours in PARTS_OF_DAY.items() if flight.departs.hour in hours),
    }


def _title(place: str) -> str:
    """A place as it is written: "new delhi" becomes "New Delhi"."""
    return " ".join(word[:1].upper() + word[1:] for word in place.split())


def _wall_clock(moment: dt.datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="minutes")


def _source(flight: FlightStatus) -> Source:
    gate = f", gate {flight.gate}" if flight.gate else ""
    text = (
        f"{flight.number} {flight.origin.city} {_wall_clock(flight.departs)} to {flight.destination.city} "
        f"{_wall_clock(flight.arrives)}: {flight.status}, delay {flight.delay_minutes} min{gate}"
    )
    return Source(f"flight:{flight.number}:{flight.day.isoformat()}", f"Flight {flight.number}", text, flight.number)


def _booking_text(booking: FlightBooking) -> str:
    flight = booking.flight
    seat = f", seat {booking.seat}" if booking.seat else ""
    return f"{flight.number} on {flight.day.isoformat()}, {booking.cabin}{seat}, {booking.status}"
