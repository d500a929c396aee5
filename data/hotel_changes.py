"""The writes on a stay. Each one runs in the transaction of `confirm`, after the quote was made anew."""

from __future__ import annotations

from datetime import UTC, date
from random import SystemRandom

from sqlalchemy import Connection, insert, select, update

from data.codes import reservation_code
from data.hotel_quotes import HeldStay, held_stay
from data.ledger import Account, paid_for, pay
from data.quotes import BreakfastQuote, Consent, Done, LateCheckOutQuote, StayCancelQuote, StayChangeQuote, StayQuote
from data.records import RoomKind
from data.schema import reservations, room_nights

_DRAW = SystemRandom()


def book_stay(conn: Connection, quote: StayQuote, consent: Consent) -> Done:
    """Take a room out of stock for every night and write the reservation, under a new code. Paid at check-out."""
    code = _new_code(conn)
    _take(conn, quote.hotel_id, quote.room, quote.arrive, quote.depart, 1)
    conn.execute(
        insert(reservations).values(
            code=code,
            customer_id=consent.customer_id,
            hotel_id=quote.hotel_id,
            room=quote.room,
            arrive=quote.arrive,
            depart=quote.depart,
            status="confirmed",
            breakfast=False,
            late_check_out=False,
            total_cents=quote.total_cents,
            made_at=consent.at.astimezone(UTC).replace(tzinfo=None),
            idempotency_key=consent.idempotency_key,
        )
    )
    return Done(quote, code)


def change_stay(conn: Connection, quote: StayChangeQuote, consent: Consent) -> Done:
    """Put the old nights back into stock, take the new ones out, and write the new dates, room and total."""
    held = _held(conn, quote.code, consent)
    _take(conn, held.hotel.id, held.room, held.arrive, held.depart, -1)
    _take(conn, held.hotel.id, quote.room, quote.arrive, quote.depart, 1)
    _update(conn, held, room=quote.room, arrive=quote.arrive, depart=quote.depart, total_cents=quote.total_cents)
    return Done(quote, held.code)


def cancel_stay(conn: Connection, quote: StayCancelQuote, consent: Consent) -> Done:
    """Cancel the reservation, put its nights back into stock, and settle the fee against what was paid already."""
    held = _held(conn, quote.code, consent)
    _take(conn, held.hotel.id, held.room, held.arrive, held.depart, -1)
    _update(conn, held, status="cancelled")
    due = quote.fee_cents - paid_for(conn, reservation_id=held.id)
    account = Account(held.customer_id, reservation_id=held.id)
    pay(conn, account, consent.at, cancellation_fee=max(due, 0), refund=min(due, 0))
    return Done(quote, held.code, paid_cents=due)


def add_breakfast(conn: Connection, quote: BreakfastQuote, consent: Consent) -> Done:
    """Put breakfast on the bill."""
    held = _held(conn, quote.code, consent)
    _update(conn, held, breakfast=True, breakfast_persons=quote.persons, total_cents=quote.total_cents)
    return Done(quote, held.code)


def add_late_check_out(conn: Connection, quote: LateCheckOutQuote, consent: Consent) -> Done:
    """Put late check-out on the bill."""
    held = _held(conn, quote.code, consent)
    _update(conn, held, late_check_out=True, total_cents=quote.total_cents)
    return Done(quote, held.code)


def _held(conn: Connection, code: str, consent: Consent) -> HeldStay:
    held = held_stay(conn, consent.customer_id, code)
    if not isinstance(held, HeldStay):
        raise RuntimeError(f"reservation {code} was quoted in this transaction and then refused: {held.reason}")
    return held


def _take(conn: Connection, hotel_id: int, room: RoomKind, arrive: date, depart: date, rooms: int) -> None:
    n = room_nights.c
    nights = (n.hotel_id == hotel_id) & (n.room == room) & (n.night >= arrive) & (n.night < depart)
    conn.execute(update(room_nights).where(nights).values(sold=n.sold + rooms))


def _update(conn: Connection, held: HeldStay, **values: str | int | date | None) -> None:
    conn.execute(update(reservations).where(reservations.c.id == held.id).values(values))


def _new_code(conn: Connection) -> str:
    refused: set[str] = set()
    while True:
        code = reservation_code(_DRAW, refused)
        if conn.execute(select(reservations.c.id).where(reservations.c.code == code)).first() is None:
            return code
