"""What a change to a flight booking would do and cost, by the airline's rules (`fare_rules.py`). Nothing is written.

Each function checks that the booking is the customer's own. A code that is nobody's gets the same answer as one that
is somebody else's.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, Connection, false, select

from data import fare_rules as rules
from data.codes import spelled
from data.flights import flights_by_key
from data.ledger import paid_for
from data.quotes import BagQuote, CheckInQuote, FlightCancelQuote, FlightChangeQuote, Refused, SeatQuote
from data.records import BookingState, Cabin, FlightStatus
from data.schema import bookings, flights, seats_taken
from data.seats import Position, cabin_of, has_extra_legroom, position_of, seat_like, seats_of

Waiver = Literal["airline_cancelled", "long_delay"]


@dataclass(frozen=True, slots=True)
class HeldBooking:
    """A booking with its keys, and the flight it is for as that stands now."""

    id: int
    code: str
    customer_id: int
    flight_id: int
    flight: FlightStatus
    cabin: Cabin
    seat: str | None
    bags: int
    status: BookingState
    price_cents: int
    made_at: datetime

    @property
    def waiver(self) -> Waiver | None:
        """Why the airline asks for no fee, or None."""
        if self.flight.status == "cancelled":
            return "airline_cancelled"
        return "long_delay" if timedelta(minutes=self.flight.delay_minutes) > rules.LONG_DELAY else None


def held_booking(conn: Connection, customer_id: int, code: str, now: datetime) -> HeldBooking | Refused:
    """The customer's booking, if it can still be changed: not cancelled, not flown, not departed."""
    found = _held_and(conn, customer_id, code, now, lambda _: false())
    return found if isinstance(found, Refused) else found[0]


def find_alternatives(
    conn: Connection, customer_id: int, code: str, on: date, now: datetime
) -> tuple[FlightChangeQuote, ...] | Refused:
    """Other flights on the booking's route that depart on the local date `on` and have a seat in its cabin, each with
    what moving there costs, by departure. Empty when there is none."""

    def on_its_route(flight_id: int) -> ColumnElement[bool]:
        own = flights.alias("own")
        origin = select(own.c.origin).where(own.c.id == flight_id).scalar_subquery()
        destination = select(own.c.destination).where(own.c.id == flight_id).scalar_subquery()
        return (flights.c.origin == origin) & (flights.c.destination == destination) & (flights.c.day == on)

    found = _held_and(conn, customer_id, code, now, on_its_route)
    if isinstance(found, Refused):
        return found
    held, route = found
    if refused := _past(held, on, now) or _too_late_to_change(held, now):
        return refused
    offered = [_change(held, flight, now) for flight in route.values() if flight.day == on]
    return tuple(quote for quote in offered if isinstance(quote, FlightChangeQuote))


def quote_flight_change(
    conn: Connection, customer_id: int, code: str, number: str, on: date, now: datetime
) -> FlightChangeQuote | Refused:
    """What moving to flight `number` on the local date `on` costs. The cabin stays the same."""
    number = spelled(number)
    wanted = (flights.c.number == number) & (flights.c.day == on)
    found = _held_and(conn, customer_id, code, now, lambda _: wanted)
    if isinstance(found, Refused):
        return found
    held, either = found
    if past := _past(held, on, now):
        return past
    flight = next((flight for flight in either.values() if (flight.number, flight.day) == (number, on)), None)
    return Refused("not_found") if flight is None else _change(held, flight, now)


def quote_flight_cancel(conn: Connection, customer_id: int, code: str, now: datetime) -> FlightCancelQuote | Refused:
    """What the customer gets back for a cancelled booking.

    The whole of what was paid where a passage says "full refund" (the airline cancelled; within 24 hours of booking);
    the ticket's price in money for business, and as travel credit less the fee for economy.
    """
    held = held_booking(conn, customer_id, code, now)
    if isinstance(held, Refused):
        return held
    paid = max(held.price_cents, paid_for(conn, booking_id=held.id))
    refund = credit = fee = 0
    rule: Literal["economy", "business", "within_24_hours", "airline_cancelled", "long_delay"]
    just_booked = now - held.made_at <= rules.FREE_CANCEL_AFTER_BOOKING
    if held.waiver == "airline_cancelled":
        rule, refund = "airline_cancelled", paid
    elif just_booked and held.flight.departs - now >= rules.FREE_CANCEL_BEFORE_DEPARTURE:
        rule, refund = "within_24_hours", paid
    elif held.cabin == "business":
        rule, refund = "business", held.price_cents
    elif held.waiver == "long_delay":
        rule, credit = "long_delay", held.price_cents
    else:
        rule, fee = "economy", min(rules.CANCEL_FEE_CENTS, held.price_cents)
        credit = held.price_cents - fee
    return FlightCancelQuote(
        code=held.code,
        number=held.flight.number,
        departs=held.flight.departs,
        price_cents=held.price_cents,
        refund_cents=refund,
        credit_cents=credit,
        fee_cents=fee,
        credit_until=_months_on(now.date(), rules.CREDIT_MONTHS) if credit else None,
        rule=rule,
    )


def free_seats(
    conn: Connection, customer_id: int, code: str, now: datetime, position: Position | None = None
) -> tuple[str, ...] | Refused:
    """Seats of the booking's cabin that nobody has, from the front, those with extra legroom (which cost more) last.

    Only those at `position` when it is given.
    """
    held = held_booking(conn, customer_id, code, now)
    if isinstance(held, Refused):
        return held
    taken = taken_seats(conn, held.flight_id)
    free = (seat for seat in seats_of(held.cabin) if seat not in taken and position in (None, position_of(seat)))
    return tuple(sorted(free, key=has_extra_legroom))


def quote_seat(conn: Connection, customer_id: int, code: str, seat: str, now: datetime) -> SeatQuote | Refused:
    """What sitting on `seat` (`14C`) costs. Possible until boarding begins."""
    held = held_booking(conn, customer_id, code, now)
    if isinstance(held, Refused):
        return held
    seat = spelled(seat)
    if held.flight.status == "cancelled":
        return Refused("flight_cancelled")
    if (cabin := cabin_of(seat)) is None:
        return Refused("no_such_seat")
    if seat == held.seat:
        return Refused("no_change")
    if cabin != held.cabin:
        return Refused("wrong_cabin")
    if now > (boards := held.flight.departs_estimated - rules.BOARDING_BEGINS):
        return Refused("too_late", boards)
    if seat in taken_seats(conn, held.flight_id):
        return Refused("seat_taken")
    return SeatQuote(
        code=held.code,
        number=held.flight.number,
        departs=held.flight.departs,
        old_seat=held.seat,
        seat=seat,
        position=position_of(seat),
        extra_legroom=has_extra_legroom(seat),
        due_cents=_seat_cents(held, seat, now),
    )


def quote_bag(conn: Connection, customer_id: int, code: str, now: datetime, *, added: int = 1) -> BagQuote | Refused:
    """What `added` more checked bags cost. Possible until bag drop closes."""
    held = held_booking(conn, customer_id, code, now)
    if isinstance(held, Refused):
        return held
    if held.flight.status == "cancelled":
        return Refused("flight_cancelled")
    if added < 1:
        return Refused("bad_count")
    if held.bags + added > rules.MAX_BAGS:
        return Refused("too_many_bags")
    if now > (closes := held.flight.departs - rules.BAG_DROP_CLOSES):
        return Refused("too_late", closes)
    bags = held.bags + added
    return BagQuote(
        code=held.code,
        number=held.flight.number,
        departs=held.flight.departs,
        added=added,
        bags=bags,
        due_cents=sum(rules.bag_cents(held.cabin, nth) for nth in range(held.bags + 1, bags + 1)),
    )


def quote_check_in(conn: Connection, customer_id: int, code: str, now: datetime) -> CheckInQuote | Refused:
    """Whether the customer can check in now, and when and where they board."""
    held = held_booking(conn, customer_id, code, now)
    if isinstance(held, Refused):
        return held
    flight = held.flight
    if flight.status == "cancelled":
        return Refused("flight_cancelled")
    if held.status == "checked in":
        return Refused("already_checked_in")
    if now < (opens := flight.departs - rules.CHECK_IN_OPENS):
        return Refused("not_open_yet", opens)
    if now > (closes := flight.departs - rules.CHECK_IN_CLOSES):
        return Refused("too_late", closes)
    return CheckInQuote(
        code=held.code,
        number=flight.number,
        departs=flight.departs,
        departs_estimated=flight.departs_estimated,
        boards=flight.departs_estimated - rules.BOARDING_BEGINS,
        gate=flight.gate,
        seat=held.seat,
    )


def seat_on(conn: Connection, quote: FlightChangeQuote, held: str | None) -> str | None:
    """The seat that `quote` would give now to who holds the seat `held`: the one that is given with the write, as long
    as nobody else takes it meanwhile."""
    f = flights.c
    there = select(f.id).where(f.number == quote.to_number, f.day == quote.to_day).scalar_subquery()
    taken = conn.execute(select(seats_taken.c.seat).where(seats_taken.c.flight_id == there)).scalars()
    return seat_like(held, quote.cabin, frozenset(taken))


def taken_seats(conn: Connection, flight_id: int) -> frozenset[str]:
    """The seats of a flight that somebody has."""
    return frozenset(conn.execute(select(seats_taken.c.seat).where(seats_taken.c.flight_id == flight_id)).scalars())


def _held_and(
    conn: Connection, customer_id: int, code: str, now: datetime, others: Callable[[int], ColumnElement[bool]]
) -> tuple[HeldBooking, Mapping[int, FlightStatus]] | Refused:
    """The booking, and by key its flight together with those that `others`, given that flight's key, asks for: read at
    one time, since each question costs the desk about a millisecond."""
    b = bookings.c
    row = conn.execute(select(bookings).where(b.code == spelled(code), b.customer_id == customer_id)).one_or_none()
    if row is None:
        return Refused("not_yours")
    if row.status == "cancelled":
        return Refused("already_cancelled")
    found = flights_by_key(conn, (flights.c.id == row.flight_id) | others(row.flight_id))
    flight = found[row.flight_id]
    if row.status == "flown" or _gone(flight, now):
        return Refused("departed", flight.departs_estimated)
    held = HeldBooking(
        id=row.id,
        code=row.code,
        customer_id=row.customer_id,
        flight_id=row.flight_id,
        flight=flight,
        cabin=row.cabin,
        seat=row.seat,
        bags=row.bags,
        status=row.status,
        price_cents=row.price_cents,
        made_at=row.made_at.replace(tzinfo=UTC),
    )
    return held, found


def _past(held: HeldBooking, on: date, now: datetime) -> Refused | None:
    return Refused("past_date") if on < now.astimezone(held.flight.departs.tzinfo).date() else None


def _change(held: HeldBooking, wanted: FlightStatus, now: datetime) -> FlightChangeQuote | Refused:
    flight = held.flight
    if (wanted.number, wanted.day) == (flight.number, flight.day):
        return Refused("same_flight")
    if (wanted.origin.code, wanted.destination.code) != (flight.origin.code, flight.destination.code):
        return Refused("other_route")
    if late := _too_late_to_change(held, now):
        return late
    if wanted.status == "cancelled":
        return Refused("flight_cancelled")
    if _gone(wanted, now):
        return Refused("departed", wanted.departs_estimated)
    if now > (closes := wanted.departs - rules.BAG_DROP_CLOSES):
        return Refused("too_late", closes)
    offer = next((offer for offer in wanted.cabins if offer.cabin == held.cabin), None)
    if offer is None or offer.seats_left < 1:
        return Refused("sold_out")
    same_day = wanted.day == flight.day and now >= flight.departs - rules.SAME_DAY_FROM
    fee = 0 if held.waiver else rules.CHANGE_FEE_CENTS
    difference = 0 if held.waiver or same_day else max(0, offer.fare_cents - held.price_cents)
    return FlightChangeQuote(
        code=held.code,
        cabin=held.cabin,
        from_number=flight.number,
        from_departs=flight.departs,
        to_number=wanted.number,
        to_day=wanted.day,
        to_departs=wanted.departs,
        to_arrives=wanted.arrives,
        old_fare_cents=held.price_cents,
        new_fare_cents=offer.fare_cents,
        fee_cents=fee,
        difference_cents=difference,
        due_cents=fee + difference,
        seats_left=offer.seats_left,
        same_day=same_day,
        waived=held.waiver,
    )


def _too_late_to_change(held: HeldBooking, now: datetime) -> Refused | None:
    until = held.flight.departs - rules.CHANGE_UNTIL
    return Refused("too_late", until) if held.waiver is None and now > until else None


def _gone(flight: FlightStatus, now: datetime) -> bool:
    """A cancelled flight never leaves, so its passengers can still be moved or refunded."""
    return flight.status in ("departed", "arrived") or (
        flight.status != "cancelled" and now >= flight.departs_estimated
    )


def _seat_cents(held: HeldBooking, seat: str, now: datetime) -> int:
    if has_extra_legroom(seat):
        return 0 if held.seat is not None and has_extra_legroom(held.seat) else rules.EXTRA_LEGROOM_CENTS
    return rules.SEAT_CENTS[held.cabin] if now < held.flight.departs - rules.CHECK_IN_OPENS else 0


def _months_on(day: date, months: int) -> date:
    """The same day of the month later; the last of the month where that has none (29 February)."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
