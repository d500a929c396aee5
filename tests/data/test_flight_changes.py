"""Changes to a flight booking cost and do what the airline's passages say, and nothing when they may not be."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, select, update

from data.flight_quotes import (
    find_alternatives,
    free_seats,
    quote_bag,
    quote_check_in,
    quote_flight_cancel,
    quote_flight_change,
    quote_seat,
    taken_seats,
)
from data.flights import bookings_of, flight_status
from data.quotes import Refused
from data.records import FlightBooking
from data.schema import bookings, flight_cabins, flights, payments, seats_taken, travel_credits
from data.seats import cabin_of, has_extra_legroom, position_of
from tests.write_tools import JAMES, MARIA, Desk, day

K7, R3 = "K7M2QX", "R3W9ZD"
BOSTON = ZoneInfo("America/New_York")
LB204_TOMORROW = datetime(2026, 11, 24, 18, 40, tzinfo=BOSTON)


class Paid(NamedTuple):
    reason: str
    cents: int


def booking(desk: Desk, customer: int = MARIA, code: str = K7) -> FlightBooking:
    return next(b for b in desk.read(lambda c: bookings_of(c, customer)) if b.code == code)


def paid(desk: Desk, code: str = K7) -> list[Paid]:
    """What was paid for a booking besides its fare, in order."""
    query = (
        select(payments.c.reason, payments.c.amount_cents)
        .join(bookings, bookings.c.id == payments.c.booking_id)
        .where(bookings.c.code == code, payments.c.reason != "fare")
        .order_by(payments.c.id)
    )
    return [Paid(row.reason, row.amount_cents) for row in desk.read(lambda c: c.execute(query).all())]


def flight_key(conn: Connection, code: str) -> int:
    key: int = conn.execute(select(bookings.c.flight_id).where(bookings.c.code == code)).scalar_one()
    return key


def seats_left(desk: Desk, number: str, on: date, cabin: str = "economy") -> int:
    flight = desk.read(lambda c: flight_status(c, number, on))
    assert flight is not None
    return next(offer.seats_left for offer in flight.cabins if offer.cabin == cabin)


def set_fare(desk: Desk, number: str, on: date, cents: int) -> None:
    flight = select(flights.c.id).where(flights.c.number == number, flights.c.day == on).scalar_subquery()
    cabin = (flight_cabins.c.flight_id == flight) & (flight_cabins.c.cabin == "economy")
    desk.write(lambda c: c.execute(update(flight_cabins).where(cabin).values(fare_cents=cents)).close())


def set_flight(desk: Desk, number: str, on: date, **values: str | int) -> None:
    flight = (flights.c.number == number) & (flights.c.day == on)
    desk.write(lambda c: c.execute(update(flights).where(flight).values(values)).close())


def test_a_change_costs_80_dollars_and_the_fare_difference_and_moves_the_seat(desk: Desk) -> None:
    set_fare(desk, "LB204", day(3), booking(desk).price_cents + 31_00)
    before = seats_left(desk, "LB204", day(1)), seats_left(desk, "LB204", day(3))
    quote = desk.quote(lambda c: quote_flight_change(c, MARIA, "k7m 2qx", "lb 204", day(3), desk.now))
    assert (quote.fee_cents, quote.difference_cents, quote.due_cents) == (80_00, 31_00, 111_00)
    done = desk.done(MARIA, quote)
    held = booking(desk)
    assert (held.flight.day, held.flight.number, held.status) == (day(3), "LB204", "confirmed")
    assert held.price_cents == quote.new_fare_cents
    assert paid(desk) == [("change fee", 80_00), ("fare difference", 31_00)]
    assert done.paid_cents == 111_00
    assert position_of(held.seat or "") == "aisle"
    assert (seats_left(desk, "LB204", day(1)), seats_left(desk, "LB204", day(3))) == (before[0] + 1, before[1] - 1)


def test_a_cheaper_flight_costs_the_fee_and_gives_nothing_back(desk: Desk) -> None:
    before = booking(desk).price_cents
    set_fare(desk, "LB202", day(4), before - 60_00)
    quote = desk.quote(lambda c: quote_flight_change(c, MARIA, K7, "LB202", day(4), desk.now))
    assert (quote.fee_cents, quote.difference_cents, quote.due_cents) == (80_00, 0, 80_00)
    desk.done(MARIA, quote)
    assert paid(desk) == [("change fee", 80_00)]
    assert booking(desk).price_cents == before


def test_on_the_same_day_a_change_has_no_fare_difference_from_24_hours_before(desk: Desk) -> None:
    set_fare(desk, "LB202", day(1), 900_00)
    early = desk.quote(lambda c: quote_flight_change(c, MARIA, K7, "LB202", day(1), desk.now))
    assert early.difference_cents > 0
    later = LB204_TOMORROW - timedelta(hours=24)
    quote = desk.quote(lambda c: quote_flight_change(c, MARIA, K7, "LB202", day(1), later))
    assert (quote.due_cents, quote.same_day) == (80_00, True)


def test_alternatives_are_flights_of_the_route_with_a_seat_that_have_not_left(desk: Desk) -> None:
    found = desk.quote(lambda c: find_alternatives(c, MARIA, K7, day(2), desk.now))
    assert [quote.to_number for quote in found] == ["LB202", "LB204"]
    todays = desk.quote(lambda c: find_alternatives(c, MARIA, K7, day(0), desk.now))
    assert [quote.to_number for quote in todays] == ["LB204"]
    set_flight(desk, "LB202", day(2), status="cancelled")
    found = desk.quote(lambda c: find_alternatives(c, MARIA, K7, day(2), desk.now))
    assert [quote.to_number for quote in found] == ["LB204"]
    assert desk.read(lambda c: find_alternatives(c, MARIA, K7, day(-1), desk.now)) == Refused("past_date")


@pytest.mark.parametrize(
    ("number", "on", "reason"),
    [
        ("LB204", day(1), "same_flight"),
        ("LB118", day(2), "other_route"),
        ("LB999", day(2), "not_found"),
        ("LB204", day(90), "not_found"),
        ("LB204", day(-1), "past_date"),
        ("LB202", day(0), "departed"),
    ],
)
def test_a_flight_that_cannot_be_taken_is_refused_with_the_reason(
    desk: Desk, number: str, on: date, reason: str
) -> None:
    refused = desk.read(lambda c: quote_flight_change(c, MARIA, K7, number, on, desk.now))
    assert isinstance(refused, Refused)
    assert refused.reason == reason


def test_until_two_hours_before_departure_a_flight_can_be_changed_and_not_after(desk: Desk) -> None:
    deadline = LB204_TOMORROW - timedelta(hours=2)
    desk.quote(lambda c: quote_flight_change(c, MARIA, K7, "LB204", day(2), deadline))
    after = deadline + timedelta(minutes=1)
    refused = desk.read(lambda c: quote_flight_change(c, MARIA, K7, "LB204", day(2), after))
    assert refused == Refused("too_late", deadline)


def test_a_full_flight_is_refused(desk: Desk) -> None:
    full = flight_cabins.c.sold < flight_cabins.c.seats
    desk.write(lambda c: c.execute(update(flight_cabins).where(full).values(sold=flight_cabins.c.seats)).close())
    assert desk.read(lambda c: quote_flight_change(c, MARIA, K7, "LB204", day(2), desk.now)) == Refused("sold_out")
    assert desk.quote(lambda c: find_alternatives(c, MARIA, K7, day(2), desk.now)) == ()


def test_after_the_airlines_cancellation_or_a_long_delay_a_change_is_free(desk: Desk) -> None:
    set_flight(desk, "LB204", day(1), delay_minutes=181, status="delayed")
    set_fare(desk, "LB204", day(2), 900_00)
    quote = desk.quote(lambda c: quote_flight_change(c, MARIA, K7, "LB204", day(2), desk.now))
    assert (quote.due_cents, quote.waived) == (0, "long_delay")
    set_flight(desk, "LB204", day(1), delay_minutes=0, status="cancelled")
    an_hour_after = LB204_TOMORROW + timedelta(hours=1)
    quote = desk.quote(lambda c: quote_flight_change(c, MARIA, K7, "LB204", day(2), an_hour_after))
    assert (quote.due_cents, quote.waived) == (0, "airline_cancelled")
    desk.now = an_hour_after
    desk.done(MARIA, quote)
    assert paid(desk) == []


def test_an_economy_ticket_is_cancelled_for_travel_credit_less_80_dollars(desk: Desk) -> None:
    price, left = booking(desk).price_cents, seats_left(desk, "LB204", day(1))
    quote = desk.quote(lambda c: quote_flight_cancel(c, MARIA, K7, desk.now))
    assert (quote.rule, quote.refund_cents, quote.credit_cents, quote.fee_cents) == ("economy", 0, price - 80_00, 80_00)
    assert desk.done(MARIA, quote).credit_cents == price - 80_00
    [credit] = desk.read(lambda c: c.execute(select(travel_credits)).all())
    assert (credit.customer_id, credit.amount_cents, credit.valid_until) == (MARIA, price - 80_00, date(2027, 11, 23))
    held = booking(desk)
    assert (held.status, held.seat) == ("cancelled", None)
    assert seats_left(desk, "LB204", day(1)) == left + 1
    assert paid(desk) == []
    assert desk.say_yes(MARIA, quote) == Refused("already_cancelled")


def test_a_business_ticket_is_refunded_to_the_card(desk: Desk) -> None:
    price = booking(desk, JAMES, R3).price_cents
    quote = desk.quote(lambda c: quote_flight_cancel(c, JAMES, R3, desk.now))
    assert (quote.rule, quote.refund_cents, quote.credit_cents, quote.credit_until) == ("business", price, 0, None)
    assert desk.done(JAMES, quote).paid_cents == -price
    assert paid(desk, R3) == [("refund", -price)]


def test_within_24_hours_of_booking_and_a_week_before_departure_everything_is_refunded(desk: Desk) -> None:
    desk.done(MARIA, desk.quote(lambda c: quote_flight_change(c, MARIA, K7, "LB204", day(8), desk.now)))
    desk.done(MARIA, desk.quote(lambda c: quote_bag(c, MARIA, K7, desk.now)))
    made = (desk.now - timedelta(hours=23)).astimezone(UTC).replace(tzinfo=None)
    desk.write(lambda c: c.execute(update(bookings).where(bookings.c.code == K7).values(made_at=made)).close())
    quote = desk.quote(lambda c: quote_flight_cancel(c, MARIA, K7, desk.now))
    spent = booking(desk).price_cents + 80_00 + 35_00
    assert (quote.rule, quote.refund_cents, quote.fee_cents) == ("within_24_hours", spent, 0)
    an_hour_later = desk.now + timedelta(hours=1, minutes=1)
    assert desk.quote(lambda c: quote_flight_cancel(c, MARIA, K7, an_hour_later)).rule == "economy"


def test_a_flight_that_has_left_can_neither_be_changed_nor_cancelled_nor_boarded(desk: Desk) -> None:
    set_flight(desk, "LB204", day(1), delay_minutes=35, status="delayed")
    left = LB204_TOMORROW + timedelta(minutes=35)
    assert desk.quote(lambda c: quote_flight_cancel(c, MARIA, K7, left - timedelta(minutes=1))).rule == "economy"
    for refused in (
        desk.read(lambda c: quote_flight_cancel(c, MARIA, K7, left)),
        desk.read(lambda c: quote_flight_change(c, MARIA, K7, "LB204", day(3), left)),
        desk.read(lambda c: quote_seat(c, MARIA, K7, "20A", left)),
        desk.read(lambda c: quote_bag(c, MARIA, K7, left)),
        desk.read(lambda c: quote_check_in(c, MARIA, K7, left)),
    ):
        assert refused == Refused("departed", left)


def test_a_seat_costs_12_dollars_before_check_in_opens_and_nothing_from_then_on(desk: Desk) -> None:
    quote = desk.quote(lambda c: quote_seat(c, MARIA, K7, "20 a", desk.now))
    assert (quote.seat, quote.position, quote.due_cents) == ("20A", "window", 12_00)
    desk.done(MARIA, quote)
    assert (booking(desk).seat, paid(desk)) == ("20A", [("seat", 12_00)])
    open_now = LB204_TOMORROW - timedelta(hours=24)
    assert desk.quote(lambda c: quote_seat(c, MARIA, K7, "21D", open_now)).due_cents == 0
    assert desk.quote(lambda c: quote_seat(c, MARIA, K7, "11C", open_now)).due_cents == 39_00


def test_a_business_seat_is_free_at_any_time(desk: Desk) -> None:
    free = desk.quote(lambda c: free_seats(c, JAMES, R3, desk.now, "window"))
    assert free
    assert all(seat[-1] in "AF" and int(seat[:-1]) <= 4 for seat in free)
    assert desk.quote(lambda c: quote_seat(c, JAMES, R3, free[0], desk.now)).due_cents == 0


def test_free_seats_of_an_economy_booking_are_nobodys_and_those_that_cost_more_come_last(desk: Desk) -> None:
    free = desk.quote(lambda c: free_seats(c, MARIA, K7, desk.now))
    taken = desk.read(lambda c: taken_seats(c, flight_key(c, K7)))
    assert len(free) + len([seat for seat in taken if cabin_of(seat) == "economy"]) == 24 * 6
    assert not taken & set(free)
    assert [has_extra_legroom(seat) for seat in free] == sorted(has_extra_legroom(seat) for seat in free)
    assert has_extra_legroom(free[-1])


def test_a_seat_that_cannot_be_had_is_refused_with_the_reason(desk: Desk) -> None:
    flight = select(bookings.c.flight_id).where(bookings.c.code == K7).scalar_subquery()
    other = select(seats_taken.c.seat).where(seats_taken.c.flight_id == flight, seats_taken.c.seat != "14C")
    taken = desk.read(lambda c: c.execute(other).scalars().all())
    for seat, reason in [
        ("2A", "wrong_cabin"),
        ("31A", "no_such_seat"),
        ("5C", "no_such_seat"),
        ("14", "no_such_seat"),
        ("", "no_such_seat"),
        ("14C", "no_change"),
        *((seat, "seat_taken") for seat in taken),
    ]:
        refused = desk.read(lambda c, seat=seat: quote_seat(c, MARIA, K7, seat, desk.now))  # type: ignore[misc]
        assert isinstance(refused, Refused)
        assert refused.reason == reason


def test_bags_cost_35_then_45_then_120_dollars_and_end_at_five(desk: Desk) -> None:
    first = desk.quote(lambda c: quote_bag(c, MARIA, K7, desk.now))
    assert (first.bags, first.due_cents) == (1, 35_00)
    desk.done(MARIA, first)
    more = desk.quote(lambda c: quote_bag(c, MARIA, K7, desk.now, added=2))
    assert (more.bags, more.due_cents) == (3, 45_00 + 120_00)
    desk.done(MARIA, more)
    assert booking(desk).bags == 3
    assert paid(desk) == [("bags", 35_00), ("bags", 165_00)]
    assert desk.read(lambda c: quote_bag(c, MARIA, K7, desk.now, added=3)) == Refused("too_many_bags")
    assert desk.read(lambda c: quote_bag(c, MARIA, K7, desk.now, added=0)) == Refused("bad_count")
    assert desk.quote(lambda c: quote_bag(c, JAMES, R3, desk.now, added=2)).due_cents == 45_00


def test_check_in_is_open_from_24_hours_to_one_hour_before_departure(desk: Desk) -> None:
    opens, closes = LB204_TOMORROW - timedelta(hours=24), LB204_TOMORROW - timedelta(hours=1)
    before, after = opens - timedelta(minutes=1), closes + timedelta(minutes=1)
    assert desk.read(lambda c: quote_check_in(c, MARIA, K7, before)) == Refused("not_open_yet", opens)
    assert desk.read(lambda c: quote_check_in(c, MARIA, K7, after)) == Refused("too_late", closes)
    quote = desk.quote(lambda c: quote_check_in(c, MARIA, K7, opens))
    assert (quote.gate, quote.boards, quote.seat) == ("B12", LB204_TOMORROW - timedelta(minutes=35), "14C")
    desk.now = opens
    assert desk.done(MARIA, quote).seat == "14C"
    assert booking(desk).status == "checked in"
    assert desk.say_yes(MARIA, quote) == Refused("already_checked_in")


def test_boarding_begins_later_when_the_flight_is_late(desk: Desk) -> None:
    set_flight(desk, "LB204", day(1), delay_minutes=50, status="delayed")
    at = LB204_TOMORROW - timedelta(hours=3)
    assert desk.quote(lambda c: quote_check_in(c, MARIA, K7, at)).boards == LB204_TOMORROW + timedelta(minutes=15)


def test_a_changed_booking_has_to_check_in_again(desk: Desk) -> None:
    desk.now = LB204_TOMORROW - timedelta(hours=5)
    desk.done(MARIA, desk.quote(lambda c: quote_check_in(c, MARIA, K7, desk.now)))
    desk.done(MARIA, desk.quote(lambda c: quote_flight_change(c, MARIA, K7, "LB204", day(2), desk.now)))
    assert booking(desk).status == "confirmed"


@pytest.mark.parametrize("code", [K7, "B4D5FG", "H4N8TP", ""])
def test_a_booking_of_somebody_else_and_one_of_nobody_are_refused_alike(desk: Desk, code: str) -> None:
    for refused in (
        desk.read(lambda c: find_alternatives(c, JAMES, code, day(2), desk.now)),
        desk.read(lambda c: quote_flight_change(c, JAMES, code, "LB204", day(2), desk.now)),
        desk.read(lambda c: quote_flight_cancel(c, JAMES, code, desk.now)),
        desk.read(lambda c: free_seats(c, JAMES, code, desk.now)),
        desk.read(lambda c: quote_seat(c, JAMES, code, "20A", desk.now)),
        desk.read(lambda c: quote_bag(c, JAMES, code, desk.now)),
        desk.read(lambda c: quote_check_in(c, JAMES, code, desk.now)),
    ):
        assert refused == Refused("not_yours")
