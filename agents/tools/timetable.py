"""What of the timetable answers a customer: the flights that fit a wish, and whether and how a route is flown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic import JsonValue

from agents.understand.day_parts import of_part
from data.records import Airport, Cabin, FlightStatus

MAX_LISTED = 3
PART_OF_DAY = "morning, midday, afternoon, late afternoon or evening, or the first or last of the day"
DAYS_AHEAD = 7
"""So many days, with today, are looked through for the next flight, for the cheapest, and for how often one goes."""
_ABOUT = dt.timedelta(minutes=45)
"""A flight so near to the time that was asked for is meant by it, when none leaves at that time."""
Offer = TypeVar("Offer")
Routes = Mapping[tuple[str, str], dt.date]
"""Pairs of IATA codes that are flown, each with the last day of its timetable."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a flight should be like. Times are the clock times ("16:10") that the customer may mean; `best` is earliest,
    latest, cheapest or soonest."""

    part_of_day: str | None = None
    arrive_by: Sequence[str] = ()
    leave_after: Sequence[str] = ()
    leave_before: Sequence[str] = ()
    time: Sequence[str] = ()
    cabin: Cabin | None = None
    best: str | None = None

    @property
    def narrows(self) -> bool:
        """Whether not every flight of a day may be meant."""
        return bool(self.part_of_day or self.arrive_by or self.leave_after or self.leave_before or self.time)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Flights that fit a wish. Where none does they are all there are: `missed` names the part of the wish that none
    fits, and `limit` its time ("12:00"), if it has one. `passed_over`: an earlier or later one than is asked for has no
    free seat."""

    flights: Sequence[FlightStatus]
    missed: str | None = None
    limit: str | None = None
    passed_over: bool = False


def chosen(flights: Sequence[FlightStatus], wish: Wish, *, free: bool = True) -> Chosen:
    """The flights that fit all of `wish`; of those its best, where it asks for one (with `free`: that has a free
    seat)."""
    fitting = list(flights)
    if wish.part_of_day is not None:
        fitting = of_part(fitting, wish.part_of_day, lambda one: one.departs)
        if not fitting:
            return Chosen(flights, "part_of_day")
    limits: tuple[tuple[str, Sequence[str], Callable[[FlightStatus, str], bool]], ...] = (
        ("arrive_by", wish.arrive_by, _arrives_by),
        ("leave_after", wish.leave_after, lambda one, limit: f"{one.departs_estimated:%H:%M}" > limit),
        ("leave_before", wish.leave_before, lambda one, limit: f"{one.departs_estimated:%H:%M}" <= limit),
    )
    for name, readings, fits in limits:
        if not readings:
            continue
        fitting = within(fitting, readings, fits)
        if not fitting:
            return Chosen(flights, name, readings[-1])
    if wish.time:
        at_time = leaving_at(fitting, wish.time)
        if not at_time:
            return Chosen(flights, "time", wish.time[-1] if len(wish.time) == 1 else None)
        fitting = at_time
    return best_of(fitting, wish, free=free)


def within(offered: Sequence[Offer], readings: Sequence[str], fits: Callable[[Offer, str], bool]) -> list[Offer]:
    """Those of `offered` that fit a clock time; of `readings` that may be meant, the first that any fits."""
    return next((some for clock in readings if (some := [one for one in offered if fits(one, clock)])), [])


def leaving_at(flights: Sequence[FlightStatus], readings: Sequence[str]) -> list[FlightStatus]:
    """The flights that leave at one of the clock times `readings`, by the timetable or as expected; where none does,
    those that leave nearest to it, if that is about then."""
    exact = [one for one in flights if {f"{one.departs:%H:%M}", f"{one.departs_estimated:%H:%M}"} & {*readings}]
    apart = [min(_apart(one.departs, clock) for clock in readings) for one in flights]
    nearest = min(apart, default=_ABOUT)
    return exact or [one for one, by in zip(flights, apart, strict=True) if by == nearest and nearest <= _ABOUT]


def best_of(flights: Sequence[FlightStatus], wish: Wish, *, free: bool = True) -> Chosen:
    """The one flight that is what `wish` asks for most, of those that are not cancelled, and with `free` have a free
    seat; all where none is so, or where nothing is asked for most."""
    flown = [one for one in flights if one.status != "cancelled"]
    able = [one for one in flown if fare_of(one, wish.cabin) is not None] if free or wish.best == "cheapest" else flown
    if wish.best is None or not able:
        return Chosen(flights)
    if wish.best == "cheapest":
        return Chosen([min(able, key=lambda one: fare_of(one, wish.cabin) or 0)])
    end = -1 if wish.best == "latest" else 0
    return Chosen([able[end]], passed_over=able[end] is not flown[end])


def fare_of(flight: FlightStatus, cabin: Cabin | None) -> int | None:
    """The lowest fare in cents of a free seat, in `cabin` where one is named; None where none can be had."""
    if flight.status in ("cancelled", "departed", "arrived"):
        return None
    fares = [one.fare_cents for one in flight.cabins if one.seats_left > 0 and cabin in (None, one.cabin)]
    return min(fares, default=None)


def coming(flights: Sequence[FlightStatus], now: dt.datetime) -> list[FlightStatus]:
    """The flights that have not left: cancelled ones until their time has passed."""
    return [one for one in flights if one.status not in ("departed", "arrived") and one.departs_estimated > now]


def way(flights: Sequence[FlightStatus], days: int) -> dict[str, JsonValue]:
    """How a route is flown, by its `flights` (at least one) of `days` days: `daily` is how many a day (None: not the
    same number every day), `weekly` how many in all, `hours` and `minutes` how long the shortest takes."""
    by_day = [sum(one.day == day for one in flights) for day in {one.day for one in flights}]
    same = len({*by_day}) == 1 and len(by_day) == days
    shortest = min(flights, key=lambda one: one.arrives - one.departs)
    return {"daily": by_day[0] if same else None, "weekly": len(flights), **takes(shortest)}


def takes(flight: FlightStatus) -> dict[str, JsonValue]:
    """How long a flight takes by the timetable, zones taken into account: `hours` and `minutes`."""
    hours, minutes = divmod((flight.arrives - flight.departs) // dt.timedelta(minutes=1), 60)
    return {"hours": hours, "minutes": minutes}


def no_way(served: Sequence[Airport], known: Routes, origin: str, destination: str) -> dict[str, JsonValue]:
    """What may be said of a route that is not flown: its cities, the cities `via` which there are flights to both, and
    those that can be reached (`to_cities`)."""
    city = {airport.code: airport.city for airport in served}
    reached = sorted(to for start, to in known if start == origin)
    via = sorted(city[code] for code in reached if (code, destination) in known)
    return {
        "origin": city.get(origin, origin),
        "destination": city.get(destination, destination),
        "via": [*via],
        "to_cities": [city[code] for code in reached],
    }


def told_flight(flight: FlightStatus, now: dt.datetime, cabin: Cabin | None = None) -> dict[str, JsonValue]:
    """A flight as templates see it, its lowest fare that of `cabin` where one is named. `past` says that its time to
    leave has come and gone, `over` that of its arrival, `only_business` that no other seat is free, `economy_left` and
    `business_left` how many are."""
    left = {offer.cabin: offer.seats_left for offer in flight.cabins}
    economy, business = max(0, left.get("economy", 0)), max(0, left.get("business", 0))
    return {
        "number": flight.number,
        "day": flight.day.isoformat(),
        "origin": flight.origin.city,
        "destination": flight.destination.city,
        "departs": wall_clock(flight.departs),
        "arrives": wall_clock(flight.arrives),
        "departs_estimated": wall_clock(flight.departs_estimated),
        "arrives_estimated": wall_clock(flight.arrives_estimated),
        "delay_minutes": flight.delay_minutes,
        "gate": flight.gate,
        "status": flight.status,
        "past": flight.departs_estimated <= now,
        "over": flight.arrives_estimated <= now,
        "lowest_fare_cents": fare_of(flight, cabin),
        "economy_left": economy,
        "business_left": business,
        "only_business": cabin is None and business > 0 and not economy,
    }


def told_flights(found: Chosen, on: dt.date, wish: Wish, about: str | None, now: dt.datetime) -> dict[str, JsonValue]:
    """A list of flights (at least one) as templates see it, with what was asked of it: only its first ones are told of.
    `with_seat`: an earlier or later one has no free seat."""
    arrival = wish.arrive_by or (wish.best and len(found.flights) == 1)
    return {
        **cities_of(found.flights[0]),
        "count": len(found.flights),
        "day": on.isoformat(),
        "best": wish.best,
        "cabin": wish.cabin,
        "with_seat": found.passed_over,
        "one_route": len({(one.origin.code, one.destination.code) for one in found.flights}) == 1,
        "about": "arrival" if arrival and about != "seats" else about,
        "flights": [told_flight(flight, now, wish.cabin) for flight in found.flights[:MAX_LISTED]],
    }


def cities_of(flight: FlightStatus) -> dict[str, JsonValue]:
    """The cities of a flight as templates see them."""
    return {"origin": flight.origin.city, "destination": flight.destination.city}


def wall_clock(moment: dt.datetime) -> str:
    """A moment as a clock on the wall at its airport shows it: an ISO date and time without a zone."""
    return moment.replace(tzinfo=None).isoformat(timespec="minutes")


def _arrives_by(flight: FlightStatus, limit: str) -> bool:
    return flight.arrives_estimated.date() == flight.day and f"{flight.arrives_estimated:%H:%M}" <= limit


def _apart(moment: dt.datetime, clock: str) -> dt.timedelta:
    hour, minute = map(int, clock.split(":"))
    return abs(dt.timedelta(hours=moment.hour - hour, minutes=moment.minute - minute))
