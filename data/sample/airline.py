"""The airline of the sample branch: every flight of every day, its seats, and who sits in them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from data.codes import booking_code
from data.records import CABINS, Cabin, FlightState
from data.sample.facts import BookingFact, RouteFact, WorldFacts
from data.sample.rows import BookingRow, CabinRow, CustomerRow, FlightRow, SeatRow
from data.seats import LETTERS, ROWS, cabin_of, seats_of

FIRST_DAY, LAST_DAY = -1, 59
"""Days of flights: yesterday's, for "did it arrive?", then 60 days with today."""

BOOKED_DAYS = 30
"""Generated bookings lie within this many days."""


class Airline:
    """All flights of the sample, then the bookings on them."""

    def __init__(self, facts: WorldFacts, today: date) -> None:
        self._facts = facts
        self._today = today
        self._zones = {code: ZoneInfo(airport.zone) for code, airport in facts.airports.items()}
        self._ids: dict[tuple[str, int], int] = {}
        self._cabins: dict[tuple[int, Cabin], CabinRow] = {}
        self._codes: set[str] = set()
        self.flights: list[FlightRow] = []
        self.bookings: list[BookingRow] = []
        self.seats_taken: dict[tuple[int, str], SeatRow] = {}
        self._schedule()

    @property
    def cabins(self) -> Sequence[CabinRow]:
        """The cabins of every flight, with what has been sold so far."""
        return tuple(self._cabins.values())

    def book_known(self) -> None:
        """Sell the seats of the customers that are known by name."""
        for customer in self._facts.customers:
            for fact in customer.bookings:
                self._codes.add(fact.code)
                self._book(customer.id, fact, bags=0, made_days_ago=9)

    def book_generated(self, customers: Sequence[CustomerRow]) -> None:
        """Sell one or two seats to most of the customers."""
        draw = Random(f"{self._facts.seed}:bookings")
        numbers = [number for route in self._facts.routes for number in route.departures]
        for customer in customers:
            for _ in range(draw.choices((0, 1, 2), weights=(1, 6, 3))[0]):
                day = draw.randint(FIRST_DAY, BOOKED_DAYS)
                cabin = draw.choices(CABINS, weights=(8, 2))[0]
                number = draw.choice(numbers)
                flight_id = self._ids[number, day]
                code = booking_code(draw, self._codes)
                seat = self._free_seat(draw, flight_id, cabin)
                fact = BookingFact(code=code, flight=number, day=day, seat=seat, cabin=cabin)
                cancelled = draw.random() < 0.06
                self._book(customer.id, fact, draw.choice((0, 0, 1, 1, 2)), draw.randint(1, 60), cancelled=cancelled)

    def _schedule(self) -> None:
        draw = Random(f"{self._facts.seed}:flights")
        gates = {number: self._gate(draw, number) for route in self._facts.routes for number in route.departures}
        for day in range(FIRST_DAY, LAST_DAY + 1):
            for route in self._facts.routes:
                for number, at in route.departures.items():
                    state, delay = self._state(draw, number, day)
                    flight_id = len(self.flights) + 1
                    self._ids[number, day] = flight_id
                    on = self._today + timedelta(days=day)
                    departs = datetime.combine(on, at)
                    self.flights.append(
                        FlightRow(
                            id=flight_id,
                            number=number,
                            day=on,
                            origin=route.origin,
                            destination=route.destination,
                            departs=departs,
                            arrives=self._arrival(route, departs),
                            delay_minutes=delay,
                            gate=gates[number],
                            status=state,
                        )
                    )
                    for cabin in CABINS:
                        self._cabins[flight_id, cabin] = self._cabin(draw, flight_id, route, number, day, cabin)

    def _arrival(self, route: RouteFact, departs: datetime) -> datetime:
        landed = departs.replace(tzinfo=self._zones[route.origin]).astimezone(UTC) + timedelta(minutes=route.minutes)
        return landed.astimezone(self._zones[route.destination]).replace(tzinfo=None)

    def _gate(self, draw: Random, number: str) -> str:
        gate = f"{draw.choice('ABCDE')}{draw.randint(1, 28)}"
        known = self._facts.known_flights.get(number)
        return known.gate if known else gate

    def _state(self, draw: Random, number: str, day: int) -> tuple[FlightState, int]:
        chance, late_by = draw.random(), draw.choice((10, 15, 20, 25, 40, 55, 75, 110))
        if known := self._facts.known_flights.get(number):
            delay = known.delay_minutes if day == 0 else 0
            return ("arrived" if day < 0 else "delayed" if delay else "on time"), delay
        if chance < 0.004 or any((c.flight, c.day) == (number, day) for c in self._facts.cancelled_flights):
            return "cancelled", 0
        if day <= 1 and chance > (0.95 if day == 1 else 0.84):
            return ("arrived" if day < 0 else "delayed"), late_by
        return ("arrived" if day < 0 else "on time"), 0

    def _cabin(self, draw: Random, flight_id: int, route: RouteFact, number: str, day: int, cabin: Cabin) -> CabinRow:
        demand = min(1.0, max(0.1, draw.gauss(0.85 - 0.009 * max(day, 0), 0.12)))
        price = (55 + 0.09 * route.miles) * (0.8 + 0.5 * demand) * (1.0 if cabin == "economy" else 2.7)
        sold_out = any((o.flight, o.cabin, o.day) == (number, cabin, day) for o in self._facts.sold_out_cabins)
        known = number in self._facts.known_flights
        seats = len(seats_of(cabin))
        sold = seats if sold_out else min(round(seats * demand), seats - 4 if known else seats)
        return CabinRow(flight_id, cabin, seats, sold, fare_cents=round(price) * 100)

    def _free_seat(self, draw: Random, flight_id: int, cabin: Cabin) -> str:
        while (flight_id, seat := _seat(draw, cabin)) in self.seats_taken:
            pass
        return seat

    def _book(
        self, customer_id: int, fact: BookingFact, bags: int, made_days_ago: int, *, cancelled: bool = False
    ) -> None:
        flight_id = self._ids[fact.flight, fact.day]
        held = self._cabins[flight_id, fact.cabin]
        booking_id = len(self.bookings) + 1
        made = datetime.combine(self._today - timedelta(days=max(made_days_ago, 1 - fact.day)), time(15, 20))
        self.bookings.append(
            BookingRow(
                id=booking_id,
                code=fact.code,
                customer_id=customer_id,
                flight_id=flight_id,
                cabin=fact.cabin,
                seat=None if cancelled else fact.seat,
                bags=bags,
                status="cancelled" if cancelled else "flown" if fact.day < 0 else "confirmed",
                price_cents=held.fare_cents,
                made_at=made,
            )
        )
        if cancelled:
            return
        self.seats_taken[flight_id, fact.seat] = SeatRow(flight_id, fact.seat, booking_id)
        taken = sum(1 for flight, seat in self.seats_taken if flight == flight_id and cabin_of(seat) == fact.cabin)
        self._cabins[flight_id, fact.cabin] = held._replace(sold=max(held.sold, taken))


def _seat(draw: Random, cabin: Cabin) -> str:
    row = draw.randint(ROWS[cabin].start, ROWS[cabin].stop - 1)
    return f"{row}{draw.choice(LETTERS[cabin])}"
