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
from agents.tools.timetable import (
    DAYS_AHEAD,
    MAX_LISTED,
    PART_OF_DAY,
    Chosen,
    Wish,
    chosen,
    cities_of,
    coming,
    leaving_at,
    no_way,
    takes,
    told_flight,
    told_flights,
    wall_clock,
    way,
)
from agents.tools.told import booking_source, told_booking
from agents.turn import Source
from agents.understand.day_parts import HOURS, of_part
from agents.understand.lexicon import Entry, Names
from data.flights import airport_here, airports, bookings_of, flight_status, flights_on, routes
from data.hotels import reservations_of
from data.records import CABINS, FlightBooking, FlightStatus
from data.schema import flights

ROUTE_ITSELF = ("duration", "frequency", "direct")
"""What may be asked about a route on no day in particular."""


def names(conn: Connection) -> tuple[Names, ...]:
    """The branch's airports and flight numbers, as customers say them."""
    numbers = [row.number for row in conn.execute(select(flights.c.number).distinct().order_by(flights.c.number))]
    prefix = "".join(c for c in numbers[0] if c.isalpha()) if numbers else ""
    here = airport_here(conn)
    return (
        Names(
            "airport",
            tuple(
                Entry(
                    a.code,
                    (a.city, f"{a.city} airport"),
                    (a.code, *_initials(a.city)),
                    short=("here",) if a.code == here else (),
                )
                for a in airports(conn)
            ),
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


def _initials(city: str) -> tuple[str, ...]:
    """What a city of several words is called for short: "LA", "NYC"; nothing for one of a single word."""
    short = "".join(word[0] for word in city.split())
    return (short, f"{short}C") if len(short) > 1 else ()


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
        part_of_day: Annotated[str | None, PART_OF_DAY] = None,
        time: Annotated[list[str] | None, "clock times of departure, such as 16:10, that may be meant"] = None,
        about: Annotated[str | None, "what is asked: arrival, seats or duration"] = None,
    ) -> str:
        """Outcomes: `found` (the flight), `several` (flights), `which` (too many by the city at one end; count),
        `not_found`, `none_that_day`, `not_yet` (until),
        `no_route` (never flown; see `agents.tools.timetable.no_way`)."""
        on = self._day(date)
        if flight_number is not None:
            flight = await self._branch.read(lambda conn: flight_status(conn, flight_number, on))
            if flight is None:
                return result("not_found", number=flight_number, day=on.isoformat())
            return self._status(flight, about)
        if origin is None and destination is None:
            return result("incomplete")
        found = await self._on(on, on, origin, destination)
        if not found and origin is not None and destination is not None:
            return await self._none_on(on, origin, destination)
        found = of_part(found, part_of_day, lambda one: one.departs)
        if about == "seats":
            found = coming(found, self._branch.clock.now()) or found
        if time is not None:
            found = leaving_at(found, time) or (found if origin is not None and destination is not None else [])
        if len(found) == 1:
            return self._status(found[0], about)
        if len(found) > MAX_LISTED and (origin is None or destination is None):
            return result("which", count=len(found), day=on.isoformat())
        if found:
            return self._listed("several", Chosen(found), on, Wish(), about)
        return result("none_that_day", day=on.isoformat())

    @read_only
    @kernel_function(description="Flights between two airports, with times, lowest fares and free seats.")
    async def find_flights(
        self,
        origin: Annotated[str | None, "IATA code of the airport to leave from"] = None,
        destination: Annotated[str | None, "IATA code of the airport to go to"] = None,
        date: Annotated[str | None, "ISO date of departure"] = None,
        part_of_day: Annotated[str | None, PART_OF_DAY] = None,
        time: Annotated[list[str] | None, "clock times of departure, such as 16:10, that may be meant"] = None,
        arrive_by: Annotated[list[str] | None, "clock times by which to be there, that may be meant"] = None,
        leave_after: Annotated[list[str] | None, "clock times after which to leave"] = None,
        leave_before: Annotated[list[str] | None, "clock times before which to leave"] = None,
        cabin: Annotated[str | None, "economy or business"] = None,
        best: Annotated[str | None, "earliest, latest, cheapest, or soonest (from now on)"] = None,
        about: Annotated[str | None, "what is asked: arrival, seats, duration, frequency or direct"] = None,
        back_date: Annotated[str | None, "ISO date of the flight back"] = None,
        back_part_of_day: Annotated[str | None, "morning, afternoon or evening, of the flights back"] = None,
        back_best: Annotated[str | None, "earliest back, latest back or cheapest back"] = None,
        place: Annotated[str | None, "a place named that the airline does not serve"] = None,
        week: Annotated[str | None, "ISO date of the Monday of the week that is asked about"] = None,
    ) -> str:
        """Outcomes: `found` (flights, count, best, about, cabin; such: others do not fit; days: the best of so many;
        week: the first day of these, where a week was asked about;
        back: the same of the flights back, or None), `other_times` (the same: `missed` names what none fits, `limit`
        its time), `route` (about; see
        `agents.tools.timetable.way`), `which_day`, `no_route` (never flown; see `no_way`), `none_that_day`, `all_left`,
        `not_yet` (until), `not_served` (place), `past_date`. Without a date only the next or the cheapest flight of the
        coming days is looked for, and what is true on all days."""
        if place is not None and (origin is None or destination is None):
            return result("not_served", place=_title(place))
        if origin is None or destination is None:
            return result("incomplete")
        in_cabin = next((one for one in CABINS if one == cabin), None)
        part_of_day = part_of_day if arrive_by is None else None  # "by nine in the evening" is no departure
        wish = Wish(part_of_day, arrive_by or (), leave_after or (), leave_before or (), time or (), in_cabin, best)
        if date is None and back_date is not None:  # "I must be back in Boston on Friday": the only day there is
            date, back_date = back_date, None
        if date is None or about == "duration":
            return await self._route(origin, destination, wish, about, week)
        on, now = self._day(date), self._branch.clock.now()
        if on < self._branch.clock.today():
            return result("past_date")
        found = await self._on(on, on, origin, destination)
        if not found:
            return await self._none_on(on, origin, destination)
        left = coming(found, now)
        if not left:
            return result("all_left", cities_of(found[0]), day=on.isoformat())
        fitting = chosen(left, wish, free=about != "seats")
        if fitting.missed is not None:
            return self._listed("other_times", fitting, on, wish, about)
        back: JsonValue = None
        if back_date is not None:
            then = _not_before(self._day(back_date), on)
            returning = coming(await self._on(then, then, destination, origin), now)
            wish_back = Wish(back_part_of_day, cabin=in_cabin, best=(back_best or "").removesuffix(" back") or None)
            back = {"day": then.isoformat(), "count": 0}
            if returning:
                fit_back = chosen(returning, wish_back)
                back = {**told_flights(fit_back, then, wish_back, about, now), "missed": fit_back.missed}
        such = wish.narrows and len(fitting.flights) < len(left)
        return self._listed("found", fitting, on, wish, about, back=back, such=such)

    @read_only
    @kernel_function(
        description="Whether the airline flies to or from a city or on a route, and the cities it flies to."
    )
    async def destinations(
        self,
        destination: Annotated[str | None, "IATA code of the airport asked about"] = None,
        origin: Annotated[str | None, "IATA code of the airport to leave from"] = None,
        place: Annotated[str | None, "a place asked about that is none of the airline's"] = None,
    ) -> str:
        """Outcomes: `found` (cities), `served` (city, sources of its flights: from_cities), `reached` (city, to_cities:
        where one can fly to from there), `route` and `no_route` (see `find_flights`), `not_served` (place)."""
        if origin is not None and destination is not None and origin != destination:
            return await self._route(origin, destination, Wish(), "direct")
        served, known = await self._branch.read(lambda conn: (airports(conn), routes(conn, self._day(None))))
        city = {airport.code: airport.city for airport in served}
        cities: list[JsonValue] = [*sorted({airport.city for airport in served})]
        source = Source("airports", "Airports", ", ".join(str(city) for city in cities))
        if destination in city:
            on = self._branch.clock.today()
            arriving = await self._on(on, on, None, destination)
            flown = {one.origin.code: one.origin.city for one in arriving}
            return result(
                "served", sources=(source,), city=city[destination], from_cities=[flown[code] for code in sorted(flown)]
            )
        if origin in city:
            reached: list[JsonValue] = [city[to] for start, to in sorted(known) if start == origin]
            return result("reached", sources=(source,), city=city[origin], to_cities=reached)
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
        """Outcomes: `found` (bookings, count: those asked about, or all where none is so; number, day and code of the
        only one, or None), `none` (left: the flight
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
        sources = tuple(map(booking_source, shown))
        only = coming[0].flight if len(coming) == 1 else None
        return result(
            "found",
            sources=sources,
            count=len(coming),
            bookings=[told_booking(b, now) for b in shown],
            number=None if only is None else only.number,
            day=None if only is None else only.day.isoformat(),
            code=None if only is None else coming[0].code,
        )

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

    async def _on(
        self, first: dt.date, last: dt.date, origin: str | None, destination: str | None
    ) -> list[FlightStatus]:
        return [
            *await self._branch.read(lambda conn: flights_on(conn, first, last, origin=origin, destination=destination))
        ]

    def _status(self, flight: FlightStatus, about: str | None) -> str:
        told = told_flight(flight, self._branch.clock.now())
        return result("found", {**told, **takes(flight)}, sources=(_source(flight),), about=about)

    async def _none_on(self, on: dt.date, origin: str, destination: str) -> str:
        """Why no flight is found: the route is never flown, not on that day, or no timetable reaches so far."""
        served, known = await self._branch.read(lambda conn: (airports(conn), routes(conn, self._day(None))))
        cities = no_way(served, known, origin, destination)
        until = known.get((origin, destination))
        if until is None:
            return result("no_route", cities)
        if on > until:
            return result("not_yet", cities, until=until.isoformat())
        return result("none_that_day", cities, day=on.isoformat())

    async def _route(
        self, origin: str, destination: str, wish: Wish, about: str | None, week: str | None = None
    ) -> str:
        """What is true of a route on no day in particular; the next flight, or the cheapest of the coming days, or of
        the `week` from that day on."""
        today, now = self._branch.clock.today(), self._branch.clock.now()
        first = max(today, self._day(week))
        found = await self._on(first, first + dt.timedelta(days=DAYS_AHEAD - 1), origin, destination)
        if not found:
            return await self._none_on(first, origin, destination)
        if about in ROUTE_ITSELF and (about == "duration" or not wish.narrows):
            return result("route", {**cities_of(found[0]), **way(found, DAYS_AHEAD)}, about=about)
        if wish.best not in ("soonest", "cheapest"):
            return result("which_day")
        fitting = chosen(coming(found, now), wish)
        if fitting.missed is not None or len(fitting.flights) != 1:
            return result("which_day")
        return self._listed("found", fitting, fitting.flights[0].day, wish, about, days=DAYS_AHEAD, week=week)

    def _listed(
        self, outcome: str, found: Chosen, on: dt.date, wish: Wish, about: str | None, **fields: JsonValue
    ) -> str:
        limit = f"{on.isoformat()}T{found.limit}" if found.limit is not None else None
        told = {
            **told_flights(found, on, wish, about, self._branch.clock.now()),
            "missed": found.missed,
            "limit": limit,
        }
        sources = tuple(_source(flight) for flight in found.flights[:MAX_LISTED])
        return result(
            outcome, {**told, "back": None, "days": None, "week": None, "such": False, **fields}, sources=sources
        )


def _not_before(day: dt.date, first: dt.date) -> dt.date:
    """`day`, or that weekday after `first` where it is before it ("on Friday, and back on Sunday", of a Sunday)."""
    return day if day >= first else first + dt.timedelta(days=(day - first).days % 7)


def _record(booking: FlightBooking, now: dt.datetime) -> dict[str, JsonValue]:
    """A booking with all by which a customer tells it."""
    flight = booking.flight
    return {
        **told_booking(booking, now),
        "from_code": flight.origin.code,
        "to_code": flight.destination.code,
        "part_of_day": next(part for part, hours in HOURS.items() if flight.departs.hour in hours),
    }


def _title(place: str) -> str:
    """A place as it is written: "new delhi" becomes "New Delhi"."""
    return " ".join(word[:1].upper() + word[1:] for word in place.split())


def _source(flight: FlightStatus) -> Source:
    gate = f", gate {flight.gate}" if flight.gate else ""
    text = (
        f"{flight.number} {flight.origin.city} {wall_clock(flight.departs)} to {flight.destination.city} "
        f"{wall_clock(flight.arrives)}: {flight.status}, delay {flight.delay_minutes} min{gate}"
    )
    return Source(f"flight:{flight.number}:{flight.day.isoformat()}", f"Flight {flight.number}", text, flight.number)
