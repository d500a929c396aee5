"""What the queries of the branch's data answer: frozen values, without a connection behind them.

Times of flights are aware datetimes in the zone of the airport they belong to, so `.hour` and `.minute` are
what a clock on the wall there shows. Money is whole cents (US dollars). Dates of a flight are the local date
of its departure; dates of a stay are local to the hotel.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

FlightState = Literal["on time", "delayed", "cancelled", "departed", "arrived"]
Cabin = Literal["economy", "business"]
BookingState = Literal["confirmed", "checked in", "flown", "cancelled"]
ReservationState = Literal["confirmed", "checked in", "checked out", "cancelled"]
RoomKind = Literal["queen", "king", "twin", "suite"]

ROOM_KINDS: tuple[RoomKind, ...] = ("queen", "king", "twin", "suite")
CABINS: tuple[Cabin, ...] = ("economy", "business")


@dataclass(frozen=True, slots=True)
class Airport:
    """`code` is the IATA code, `zone` the IANA time zone (`America/Denver`)."""

    code: str
    city: str
    name: str
    zone: str


@dataclass(frozen=True, slots=True)
class CabinOffer:
    """Seats that can still be sold in one cabin of one flight, and what one costs."""

    cabin: Cabin
    seats_left: int
    fare_cents: int


@dataclass(frozen=True, slots=True)
class FlightStatus:
    """One flight on one day, as it stands.

    `departs`/`arrives` are the timetable's times, `departs_estimated`/`arrives_estimated` the ones expected now
    (timetable plus `delay_minutes`). `status` is the stored one. `gate` is None when none is given.
    """

    number: str
    day: date
    origin: Airport
    destination: Airport
    departs: datetime
    arrives: datetime
    departs_estimated: datetime
    arrives_estimated: datetime
    delay_minutes: int
    gate: str | None
    status: FlightState
    cabins: tuple[CabinOffer, ...]


@dataclass(frozen=True, slots=True)
class FlightBooking:
    """A customer's seat on a flight. `flight` has number, day, route, times and delay; `bags` counts checked bags."""

    code: str
    flight: FlightStatus
    cabin: Cabin
    seat: str | None
    bags: int
    status: BookingState
    price_cents: int


@dataclass(frozen=True, slots=True)
class Hotel:
    """`airport` is the IATA code of the airport that serves the hotel's city."""

    id: int
    name: str
    city: str
    airport: str
    address: str
    zone: str


@dataclass(frozen=True, slots=True)
class RoomOffer:
    """A room type for a stay: `rooms_left` on its fullest night (0: sold out), the price of all nights together."""

    hotel_id: int
    room: RoomKind
    nights: int
    rooms_left: int
    total_cents: int


@dataclass(frozen=True, slots=True)
class Reservation:
    """A customer's stay. `depart` is the morning after the last of the `nights`."""

    code: str
    hotel_id: int
    hotel_name: str
    city: str
    room: RoomKind
    arrive: date
    depart: date
    nights: int
    status: ReservationState
    total_cents: int
    breakfast: bool
    """Whether it was added to the stay."""
    breakfast_included: bool
    """Whether the house has it in the price of every room."""
    late_check_out: bool


@dataclass(frozen=True, slots=True)
class Customer:
    """Somebody who proved who they are. Holds nothing that proves it."""

    id: int
    name: str
