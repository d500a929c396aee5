"""A yes is carried out once, as a whole or not at all, and only while what was read back still holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, func, select, update

from data.audit import session_hash
from data.confirm import confirm
from data.flight_quotes import quote_bag, quote_flight_cancel, quote_flight_change, quote_seat
from data.hotel_quotes import quote_breakfast, quote_stay, quote_stay_cancel, quote_stay_change
from data.quotes import Consent, Quote, Refused
from data.schema import audit, bookings, flight_cabins, flights, outcomes, payments, reservations, room_nights
from tests.write_tools import AIKO, JAMES, MARIA, MORNING, Desk, day

K7, H9 = "K7M2QX", "H9C3VL"


def everything(conn: Connection) -> list[object]:
    """All that a write may touch."""
    tables = (bookings, reservations, payments, flight_cabins, room_nights, audit, outcomes)
    return [tuple(row) for table in tables for row in conn.execute(select(table).order_by(*table.primary_key))]


def test_the_same_yes_again_gives_the_first_outcome_and_writes_nothing(desk: Desk) -> None:
    quote = desk.quote(lambda c: quote_stay(c, 1, "queen", day(10), 2, desk.now))
    first = desk.say_yes(JAMES, quote, key="once")
    written = desk.read(everything)
    desk.now += timedelta(days=1)
    assert desk.say_yes(JAMES, quote, key="once") == first
    assert desk.read(everything) == written


def test_a_refusal_too_is_given_again_for_the_same_yes(desk: Desk) -> None:
    quote = desk.quote(lambda c: quote_flight_cancel(c, MARIA, K7, desk.now))
    desk.done(MARIA, quote)
    assert desk.say_yes(MARIA, quote, key="again") == Refused("already_cancelled")
    written = desk.read(everything)
    assert desk.say_yes(MARIA, quote, key="again") == Refused("already_cancelled")
    assert desk.read(everything) == written


def test_a_key_that_meant_something_else_is_refused(desk: Desk) -> None:
    bag = desk.quote(lambda c: quote_bag(c, MARIA, K7, desk.now))
    desk.say_yes(MARIA, bag, key="one")
    seat = desk.quote(lambda c: quote_seat(c, MARIA, K7, "20A", desk.now))
    written = desk.read(everything)
    assert desk.say_yes(MARIA, seat, key="one") == Refused("key_reused")
    assert desk.say_yes(JAMES, bag, key="one") == Refused("key_reused")
    assert desk.read(everything) == written


@pytest.mark.parametrize("key", ["", "k" * 81])
def test_a_key_must_fit(desk: Desk, key: str) -> None:
    quote = desk.quote(lambda c: quote_bag(c, MARIA, K7, desk.now))
    consent = Consent(MARIA, "a session", key, desk.now)
    with pytest.raises(ValueError, match="an idempotency key has 1 to 80 characters"):
        desk.write(lambda c: confirm(c, quote, consent))


def test_nobody_says_yes_for_somebody_else(desk: Desk) -> None:
    quotes: list[Quote] = [
        desk.quote(lambda c: quote_flight_cancel(c, MARIA, K7, desk.now)),
        desk.quote(lambda c: quote_bag(c, MARIA, K7, desk.now)),
        desk.quote(lambda c: quote_seat(c, MARIA, K7, "20A", desk.now)),
        desk.quote(lambda c: quote_flight_change(c, MARIA, K7, "LB204", day(3), desk.now)),
        desk.quote(lambda c: quote_stay_cancel(c, AIKO, H9, desk.now)),
        desk.quote(lambda c: quote_stay_change(c, AIKO, H9, desk.now, nights=2)),
        desk.quote(lambda c: quote_breakfast(c, AIKO, H9, 2, desk.now)),
    ]
    before = desk.read(everything)
    for quote in quotes:
        assert desk.say_yes(JAMES, quote) == Refused("not_yours")
    nobody = desk.quote(lambda c: quote_stay(c, 1, "queen", day(10), 2, desk.now))
    assert desk.say_yes(31337, nobody) == Refused("not_yours")
    refusals = desk.read(lambda c: c.execute(select(func.count()).where(audit.c.outcome == "refused")).scalar_one())
    assert refusals == len(quotes)
    assert len(set(desk.read(everything)) - set(before)) == 2 * len(quotes)  # each one's audit row and outcome


def test_a_price_that_rose_after_the_read_back_is_not_paid(desk: Desk) -> None:
    flight = desk.quote(lambda c: quote_flight_change(c, MARIA, K7, "LB204", day(3), desk.now))
    stay = desk.quote(lambda c: quote_stay(c, 1, "queen", day(10), 2, desk.now))

    def raise_prices(conn: Connection) -> None:
        conn.execute(update(flight_cabins).values(fare_cents=flight_cabins.c.fare_cents + 50_00))
        conn.execute(update(room_nights).values(rate_cents=room_nights.c.rate_cents + 1))

    desk.write(raise_prices)
    assert desk.say_yes(MARIA, flight) == Refused("price_changed")
    assert desk.say_yes(JAMES, stay) == Refused("price_changed")


def test_a_flight_that_was_moved_after_the_read_back_is_not_taken(desk: Desk) -> None:
    quote = desk.quote(lambda c: quote_flight_change(c, MARIA, K7, "LB204", day(3), desk.now))
    moved = (flights.c.number == "LB204") & (flights.c.day == day(3))
    earlier = datetime(2026, 11, 26, 17, 10)
    desk.write(lambda c: c.execute(update(flights).where(moved).values(departs=earlier)).close())
    assert desk.say_yes(MARIA, quote) == Refused("times_changed")


def test_a_booking_that_another_session_changed_after_the_read_back_is_left_alone(desk: Desk) -> None:
    cancel = desk.quote(lambda c: quote_flight_cancel(c, MARIA, K7, desk.now))
    second_bag = desk.quote(lambda c: quote_bag(c, MARIA, K7, desk.now))
    desk.done(MARIA, desk.quote(lambda c: quote_bag(c, MARIA, K7, desk.now)))
    desk.done(MARIA, desk.quote(lambda c: quote_flight_change(c, MARIA, K7, "LB202", day(3), desk.now)))
    assert desk.say_yes(MARIA, cancel) == Refused("booking_changed")
    assert desk.say_yes(MARIA, second_bag) == Refused("booking_changed")


def test_a_deadline_that_passed_after_the_read_back_refuses(desk: Desk) -> None:
    quote = desk.quote(lambda c: quote_flight_change(c, MARIA, K7, "LB204", day(3), desk.now))
    free = desk.quote(lambda c: quote_stay_cancel(c, AIKO, H9, desk.now))
    desk.now = MORNING + timedelta(days=1, hours=8)
    refused = desk.say_yes(MARIA, quote)
    assert isinstance(refused, Refused)
    assert refused.reason == "too_late"
    desk.now = MORNING + timedelta(days=6, hours=10)
    assert desk.say_yes(AIKO, free) == Refused("price_changed")


def test_a_write_is_in_the_audit_trail_with_who_what_and_how_it_ended(desk: Desk) -> None:
    quote = desk.quote(lambda c: quote_bag(c, MARIA, K7, desk.now))
    desk.done(MARIA, quote)
    desk.say_yes(JAMES, quote)
    rows = desk.read(lambda c: c.execute(select(audit).order_by(audit.c.id)).all())
    told = [(r.customer_id, r.action, r.subject, r.outcome, r.detail) for r in rows]
    assert told == [
        (MARIA, "bag", K7, "done", "paid 3500 cents, travel credit 0 cents"),
        (JAMES, "bag", K7, "refused", "not_yours"),
    ]
    assert {r.session_hash for r in rows} == {session_hash("a session")}
    assert rows[0].recorded_at == MORNING.astimezone(UTC).replace(tzinfo=None)
