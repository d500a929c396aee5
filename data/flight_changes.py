"""The writes on a flight booking. Each one runs in the transaction of `confirm`, after the quote was made anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, case, delete, insert, select, update

from data.flight_quotes import taken_seats
from data.ledger import Account, give_credit, pay
from data.quotes import BagQuote, CheckInQuote, Consent, Done, FlightCancelQuote, FlightChangeQuote, SeatQuote
from data.records import Cabin
from data.schema import bookings, flight_cabins, flights, seats_taken
from data.seats import seat_like


def change_flight(conn: Connection, quote: FlightChangeQuote, consent: Consent) -> Done:
    """Move the booking, with a seat like the one it had; paid are the fee and the fare difference. A booking that was
    checked in has to check in again."""
    held = _held(conn, quote.code, consent)
    f = flights.c
    new_id: int = conn.execute(select(f.id).where(f.number == quote.to_number, f.day == quote.to_day)).scalar_one()
    seat = seat_like(held.seat, held.cabin, taken_seats(conn, new_id))
    _sell(conn, held, {held.flight_id: -1, new_id: 1})
    _sit(conn, held, new_id, seat)
    price = held.price_cents + quote.difference_cents
    _update(conn, held, flight_id=new_id, seat=seat, status="confirmed", price_cents=price)
    account = Account(held.customer_id, booking_id=held.id)
    pay(conn, account, consent.at, change_fee=quote.fee_cents, fare_difference=quote.difference_cents)
    return Done(quote, held.code, paid_cents=quote.due_cents, seat=seat)


def cancel_flight(conn: Connection, quote: FlightCancelQuote, consent: Consent) -> Done:
    """Cancel the booking, free its seat, give back what the fare rule gives."""
    held = _held(conn, quote.code, consent)
    _sell(conn, held, {held.flight_id: -1})
    _sit(conn, held, held.flight_id, None)
    _update(conn, held, seat=None, status="cancelled")
    account = Account(held.customer_id, booking_id=held.id)
    pay(conn, account, consent.at, refund=-quote.refund_cents)
    if quote.credit_until is not None:
        give_credit(conn, account, quote.credit_cents, quote.credit_until, consent.at)
    return Done(quote, held.code, paid_cents=-quote.refund_cents, credit_cents=quote.credit_cents)


def choose_seat(conn: Connection, quote: SeatQuote, consent: Consent) -> Done:
    """Give the booking its new seat and free the old one."""
    held = _held(conn, quote.code, consent)
    _sit(conn, held, held.flight_id, quote.seat)
    _update(conn, held, seat=quote.seat)
    pay(conn, Account(held.customer_id, booking_id=held.id), consent.at, seat=quote.due_cents)
    return Done(quote, held.code, paid_cents=quote.due_cents, seat=quote.seat)


def add_bag(conn: Connection, quote: BagQuote, consent: Consent) -> Done:
    """Add the checked bags to the booking."""
    held = _held(conn, quote.code, consent)
    _update(conn, held, bags=quote.bags)
    pay(conn, Account(held.customer_id, booking_id=held.id), consent.at, bags=quote.due_cents)
    return Done(quote, held.code, paid_cents=quote.due_cents, seat=held.seat)


def check_in(conn: Connection, quote: CheckInQuote, consent: Consent) -> Done:
    """Check the booking in; one without a seat gets one."""
    held = _held(conn, quote.code, consent)
    seat = held.seat or seat_like(None, held.cabin, taken_seats(conn, held.flight_id))
    if seat != held.seat:
        _sit(conn, held, held.flight_id, seat)
    _update(conn, held, seat=seat, status="checked in")
    return Done(quote, held.code, seat=seat)


@dataclass(frozen=True, slots=True)
class _Booking:
    """What a write needs to know of the booking that was quoted in the same transaction."""

    id: int
    code: str
    customer_id: int
    flight_id: int
    cabin: Cabin
    seat: str | None
    price_cents: int


def _held(conn: Connection, code: str, consent: Consent) -> _Booking:
    b = bookings.c
    wanted = (b.code == code) & (b.customer_id == consent.customer_id)
    row = conn.execute(
        select(b.id, b.code, b.customer_id, b.flight_id, b.cabin, b.seat, b.price_cents).where(wanted)
    ).one()
    return _Booking(*row)


def _sell(conn: Connection, held: _Booking, seats: Mapping[int, int]) -> None:
    """Count so many more seats of the booking's cabin as sold, by the flight's key."""
    c = flight_cabins.c
    cabins = c.flight_id.in_(list(seats)) & (c.cabin == held.cabin)
    conn.execute(update(flight_cabins).where(cabins).values(sold=c.sold + case(dict(seats), value=c.flight_id)))


def _sit(conn: Connection, held: _Booking, flight_id: int, seat: str | None) -> None:
    conn.execute(delete(seats_taken).where(seats_taken.c.booking_id == held.id))
    if seat is not None:
        conn.execute(insert(seats_taken).values(flight_id=flight_id, seat=seat, booking_id=held.id))


def _update(conn: Connection, held: _Booking, **values: str | int | None) -> None:
    conn.execute(update(bookings).where(bookings.c.id == held.id).values(values))
