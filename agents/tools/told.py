"""A customer's bookings and reservations as templates see them, and where what is told of one comes from."""

from __future__ import annotations

import datetime as dt

from pydantic import JsonValue

from agents.tools.timetable import told_flight
from agents.turn import Source
from data.records import FlightBooking, Reservation
from data.seats import position_of


def told_booking(booking: FlightBooking, now: dt.datetime) -> dict[str, JsonValue]:
    """A customer's booking with its flight, as templates see it."""
    return {
        **told_flight(booking.flight, now),
        "code": booking.code,
        "seat": booking.seat,
        "position": position_of(booking.seat) if booking.seat else None,
        "cabin": booking.cabin,
        "bags": booking.bags,
        "booking_status": booking.status,
    }


def booking_source(booking: FlightBooking) -> Source:
    """Where what is told of a booking comes from."""
    flight = booking.flight
    seat = f", seat {booking.seat}" if booking.seat else ""
    text = f"{flight.number} on {flight.day.isoformat()}, {booking.cabin}{seat}, {booking.status}"
    return Source(f"booking:{booking.code}", f"Booking {booking.code}", text)


def told_reservation(reservation: Reservation) -> dict[str, JsonValue]:
    """A reservation as templates see it."""
    return {
        "code": reservation.code,
        "hotel": reservation.hotel_name,
        "city": reservation.city,
        "room": reservation.room,
        "arrive": reservation.arrive.isoformat(),
        "depart": reservation.depart.isoformat(),
        "nights": reservation.nights,
        "total_cents": reservation.total_cents,
        "breakfast": reservation.breakfast or reservation.breakfast_included,
        "late_check_out": reservation.late_check_out,
        "checked_in": reservation.status == "checked in",
    }


def reservation_source(reservation: Reservation) -> Source:
    """Where what is told of a reservation comes from."""
    text = (
        f"{reservation.hotel_name}, {reservation.room} room, {reservation.arrive.isoformat()} to "
        f"{reservation.depart.isoformat()}, {reservation.status}"
    )
    return Source(f"reservation:{reservation.code}", f"Reservation {reservation.code}", text, reservation.hotel_name)
