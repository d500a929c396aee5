"""The rows of the sample branch: one type a table, with the table's column names."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from data.records import BookingState, Cabin, FlightState, ReservationState, RoomKind


class CustomerRow(NamedTuple):
    """`pin` is the one to say at the desk; the database gets only its hash."""

    id: int
    name: str
    phone: str
    email: str
    pin: str


class FlightRow(NamedTuple):
    """`departs` and `arrives` are local wall-clock times."""

    id: int
    number: str
    day: date
    origin: str
    destination: str
    departs: datetime
    arrives: datetime
    delay_minutes: int
    gate: str
    status: FlightState


class CabinRow(NamedTuple):
    """The seats of one cabin of one flight."""

    flight_id: int
    cabin: Cabin
    seats: int
    sold: int
    fare_cents: int


class BookingRow(NamedTuple):
    """A seat sold; its row in `seats_taken` has the same `flight_id` and `seat`."""

    id: int
    code: str
    customer_id: int
    flight_id: int
    cabin: Cabin
    seat: str | None
    bags: int
    status: BookingState
    price_cents: int
    made_at: datetime


class SeatRow(NamedTuple):
    """A seat that nobody else can have."""

    flight_id: int
    seat: str
    booking_id: int


class RoomTypeRow(NamedTuple):
    """How many rooms of a type a hotel has, and how many people one sleeps."""

    hotel_id: int
    room: RoomKind
    rooms: int
    sleeps: int


class ServiceRow(NamedTuple):
    """What a hotel asks for a service beside the room; 0: it comes with every rate."""

    hotel_id: int
    service: str
    price_cents: int


class RoomNightRow(NamedTuple):
    """One night of a room type."""

    hotel_id: int
    room: RoomKind
    night: date
    stock: int
    sold: int
    rate_cents: int


class ReservationRow(NamedTuple):
    """A stay sold."""

    id: int
    code: str
    customer_id: int
    hotel_id: int
    room: RoomKind
    arrive: date
    depart: date
    status: ReservationState
    breakfast: bool
    late_check_out: bool
    total_cents: int
    made_at: datetime
    breakfast_persons: int | None


class PaymentRow(NamedTuple):
    """What a booking or a reservation was paid with."""

    id: int
    customer_id: int
    booking_id: int | None
    reservation_id: int | None
    reason: str
    amount_cents: int
    paid_at: datetime
