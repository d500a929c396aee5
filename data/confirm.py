"""The one way to write: what a customer said yes to, as a whole or not at all.

Run it inside `Branch.write`. In that one transaction the quote is made anew from the data as they stand, ownership
and rules included; if it is no longer what was read back, nothing is changed and the reason is answered. Otherwise
the change, its payments or refunds, its audit row and the outcome under its idempotency key are written together.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

from sqlalchemy import Connection, insert, select

from data import audit, flight_changes, flight_quotes, hotel_changes, hotel_quotes
from data.quotes import (
    BagQuote,
    BreakfastQuote,
    CheckInQuote,
    Consent,
    Done,
    FlightCancelQuote,
    FlightChangeQuote,
    LateCheckOutQuote,
    Outcome,
    Quote,
    RefusalReason,
    Refused,
    SeatQuote,
    StayCancelQuote,
    StayChangeQuote,
    StayQuote,
    outcome_from_json,
    outcome_to_json,
    to_json,
)
from data.schema import customers, outcomes

_OF_THE_BOOKING = (
    *("number", "from_number", "from_departs", "bags", "price_cents", "old_seat"),
    *("old_room", "old_arrive", "old_depart", "old_total_cents", "arrive", "depart", "nights"),
)
_TIMES = ("departs", "to_departs", "to_arrives", "until")
_MONEY = ("due_cents", "fee_cents", "difference_cents", "refund_cents", "credit_cents", "extra_cents", "total_cents")
_PROMISED: tuple[tuple[RefusalReason, tuple[str, ...]], ...] = (
    ("booking_changed", _OF_THE_BOOKING),
    ("times_changed", _TIMES),
    ("price_changed", _MONEY),
)
"""The fields of a quote that a customer was told, and the reason for refusing when one of them is not true any more.
The rest (rooms left, gate, expected departure) may move without harm."""


def confirm(conn: Connection, quote: Quote, consent: Consent) -> Outcome:
    """Do what `quote` says, once for each `consent.idempotency_key`.

    The same key again answers the first outcome and writes nothing. A refusal is kept and audited too: to try again
    after a new quote, ask for a new yes, with a new key. Raises ValueError for a key that is empty or over 80
    characters, or a time without a zone.
    """
    key = consent.idempotency_key
    if not 1 <= len(key) <= 80:
        raise ValueError(f"an idempotency key has 1 to 80 characters, this one {len(key)}")
    if consent.at.tzinfo is None:
        raise ValueError("a consent's time must have a zone: take it from Branch.clock")
    first = conn.execute(select(outcomes).where(outcomes.c.idempotency_key == key)).one_or_none()
    if first is not None:
        same = first.customer_id == consent.customer_id and first.quote == to_json(quote)
        return outcome_from_json(first.outcome) if same else Refused("key_reused")
    if conn.execute(select(customers.c.id).where(customers.c.id == consent.customer_id)).first() is None:
        return Refused("not_yours")
    outcome = _settle(conn, quote, consent)
    audit.record(
        conn,
        at=consent.at,
        session_key=consent.session_key,
        action=quote.kind,
        outcome="done" if isinstance(outcome, Done) else "refused",
        customer_id=consent.customer_id,
        subject=outcome.code if isinstance(outcome, Done) else _subject(quote),
        detail=_told(outcome),
    )
    conn.execute(
        insert(outcomes).values(
            idempotency_key=key,
            customer_id=consent.customer_id,
            quote=to_json(quote),
            outcome=outcome_to_json(outcome),
            settled_at=consent.at.astimezone(UTC).replace(tzinfo=None),
        )
    )
    return outcome


def _settle(conn: Connection, quote: Quote, consent: Consent) -> Outcome:
    """Quote again, and write if that is still what the customer was told."""
    fresh = _quote_again(conn, quote, consent.customer_id, consent.at)
    if isinstance(fresh, Refused):
        return fresh
    return _broken_promise(quote, fresh) or _write(conn, fresh, consent)


def _quote_again(conn: Connection, quote: Quote, customer: int, now: datetime) -> Quote | Refused:
    match quote:
        case FlightChangeQuote():
            return flight_quotes.quote_flight_change(conn, customer, quote.code, quote.to_number, quote.to_day, now)
        case FlightCancelQuote():
            return flight_quotes.quote_flight_cancel(conn, customer, quote.code, now)
        case SeatQuote():
            return flight_quotes.quote_seat(conn, customer, quote.code, quote.seat, now)
        case BagQuote():
            return flight_quotes.quote_bag(conn, customer, quote.code, now, added=quote.added)
        case CheckInQuote():
            return flight_quotes.quote_check_in(conn, customer, quote.code, now)
        case StayQuote():
            return hotel_quotes.quote_stay(conn, quote.hotel_id, quote.room, quote.arrive, quote.nights, now)
        case StayChangeQuote():
            return hotel_quotes.quote_stay_change(
                conn, customer, quote.code, now, arrive=quote.arrive, nights=quote.nights, room=quote.room
            )
        case StayCancelQuote():
            return hotel_quotes.quote_stay_cancel(conn, customer, quote.code, now)
        case BreakfastQuote():
            return hotel_quotes.quote_breakfast(conn, customer, quote.code, quote.persons, now)
        case LateCheckOutQuote():
            return hotel_quotes.quote_late_check_out(conn, customer, quote.code, now)


def _write(conn: Connection, quote: Quote, consent: Consent) -> Done:
    match quote:
        case FlightChangeQuote():
            return flight_changes.change_flight(conn, quote, consent)
        case FlightCancelQuote():
            return flight_changes.cancel_flight(conn, quote, consent)
        case SeatQuote():
            return flight_changes.choose_seat(conn, quote, consent)
        case BagQuote():
            return flight_changes.add_bag(conn, quote, consent)
        case CheckInQuote():
            return flight_changes.check_in(conn, quote, consent)
        case StayQuote():
            return hotel_changes.book_stay(conn, quote, consent)
        case StayChangeQuote():
            return hotel_changes.change_stay(conn, quote, consent)
        case StayCancelQuote():
            return hotel_changes.cancel_stay(conn, quote, consent)
        case BreakfastQuote():
            return hotel_changes.add_breakfast(conn, quote, consent)
        case LateCheckOutQuote():
            return hotel_changes.add_late_check_out(conn, quote, consent)


def _broken_promise(told: Quote, fresh: Quote) -> Refused | None:
    before, now = asdict(told), asdict(fresh)
    for reason, fields in _PROMISED:
        if any(before.get(field) != now.get(field) for field in fields):
            return Refused(reason)
    return None


def _subject(quote: Quote) -> str:
    return quote.hotel_name if isinstance(quote, StayQuote) else quote.code


def _told(outcome: Outcome) -> str:
    if isinstance(outcome, Refused):
        return outcome.reason
    return f"paid {outcome.paid_cents} cents, travel credit {outcome.credit_cents} cents"
