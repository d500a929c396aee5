"""Which of a customer's bookings and reservations are still to come, and what is said where there are none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from pydantic import JsonValue

from agents.scope import current_turn
from agents.tools.context import result
from agents.understand.cues import cues_in
from data.records import FlightBooking, FlightStatus, Reservation

_HELD = ("confirmed", "checked in")


def coming_flights(booked: Sequence[FlightBooking], today: dt.date) -> list[FlightBooking]:
    """The bookings whose flight is today or later, and that are not cancelled."""
    return [one for one in booked if one.status in _HELD and one.flight.day >= today]


def coming_stays(reserved: Sequence[Reservation], today: dt.date) -> list[Reservation]:
    """The reservations that end today or later, and that are not cancelled."""
    return [one for one in reserved if one.status in _HELD and one.depart >= today]


def asked_about(
    coming: Sequence[FlightBooking], day: str | None, origin: str | None, destination: str | None
) -> list[FlightBooking]:
    """Those of `coming` that leave on `day` (ISO), from `origin`, for `destination` (IATA codes; None: any)."""
    return [
        one
        for one in coming
        if day in (None, one.flight.day.isoformat())
        and origin in (None, one.flight.origin.code)
        and destination in (None, one.flight.destination.code)
    ]


def stays_asked_about(coming: Sequence[Reservation], hotel: str | None, city: str | None) -> list[Reservation]:
    """Those of `coming` at `hotel`, in `city` (None: any)."""
    return [one for one in coming if hotel in (None, one.hotel_name) and city in (None, one.city)]


def last_left(booked: Sequence[FlightBooking], today: dt.date) -> JsonValue:
    """Number and day (ISO) of the flight of theirs that left last before `today`; None when none has."""
    gone = [one.flight for one in booked if one.status != "cancelled" and one.flight.day < today]
    return _named(max(gone, key=lambda flight: flight.day, default=None))


def next_cancelled(booked: Sequence[FlightBooking], today: dt.date) -> JsonValue:
    """Number and day (ISO) of the first coming flight whose booking is cancelled; None when none is."""
    coming = [one.flight for one in booked if one.status == "cancelled" and one.flight.day >= today]
    return _named(min(coming, key=lambda flight: flight.day, default=None))


def next_cancelled_stay(reserved: Sequence[Reservation], today: dt.date) -> JsonValue:
    """Hotel and day of arrival (ISO) of the first coming stay that is cancelled; None when none is."""
    gone = [one for one in reserved if one.status == "cancelled" and one.depart >= today]
    first = min(gone, key=lambda one: one.arrive, default=None)
    return None if first is None else {"hotel": first.hotel_name, "arrive": first.arrive.isoformat()}


def _named(flight: FlightStatus | None) -> JsonValue:
    return None if flight is None else {"number": flight.number, "day": flight.day.isoformat()}


def nothing_held(none: str, *, elsewhere: bool, **told: JsonValue) -> str:
    """The answer where the customer holds nothing here: `elsewhere` where they hold something of the other domain and
    the words that are served name nothing of this one, else the outcome `none`, with `told`."""
    turn = current_turn()
    hints = turn.persona.hints
    proved_now = turn.identity is not None and turn.state.identity is None
    waits = turn.state.parked[-1].words if proved_now and turn.state.parked else ""
    words = f"{waits} {turn.heard.words}"
    named = bool(hints) and cues_in(hints).search(words) is not None
    return result("elsewhere" if elsewhere and not named else none, told)
