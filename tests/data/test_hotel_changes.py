"""Stays are sold night by night, changed and cancelled as the hotels' passages say."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select, update

from data.hotel_quotes import (
    quote_breakfast,
    quote_late_check_out,
    quote_stay,
    quote_stay_cancel,
    quote_stay_change,
)
from data.hotels import hotels, reservations_of
from data.quotes import Refused
from data.records import Reservation, RoomKind
from data.schema import payments, reservations, room_nights
from tests.write_tools import AIKO, JAMES, MARIA, Desk, day

H4, H9 = "H4N8TP", "H9C3VL"
BOSTON, DENVER = ZoneInfo("America/New_York"), ZoneInfo("America/Denver")


def hotel_id(desk: Desk, name: str) -> int:
    return next(h.id for h in desk.read(hotels) if h.name == name)


def reservation(desk: Desk, customer: int, code: str) -> Reservation:
    return next(r for r in desk.read(lambda c: reservations_of(c, customer)) if r.code == code)


def rooms_left(desk: Desk, hotel: str, room: RoomKind, first: date, nights: int) -> list[int]:
    """The rooms that can still be sold, night by night."""
    n, key = room_nights.c, hotel_id(desk, hotel)
    stay = (n.hotel_id == key) & (n.room == room) & (n.night >= first) & (n.night < first + timedelta(days=nights))
    query = select((n.stock - n.sold).label("left")).where(stay).order_by(n.night)
    return [row.left for row in desk.read(lambda c: c.execute(query).all())]


def sell_down_to(desk: Desk, hotel: str, room: RoomKind, night: date, left: int) -> None:
    n, key = room_nights.c, hotel_id(desk, hotel)
    where = (n.hotel_id == key) & (n.room == room) & (n.night == night)
    desk.write(lambda c: c.execute(update(room_nights).where(where).values(sold=n.stock - left)).close())


def charges(desk: Desk, code: str) -> list[tuple[str, int]]:
    query = (
        select(payments.c.reason, payments.c.amount_cents)
        .join(reservations, reservations.c.id == payments.c.reservation_id)
        .where(reservations.c.code == code)
        .order_by(payments.c.id)
    )
    return [(row.reason, row.amount_cents) for row in desk.read(lambda c: c.execute(query).all())]


def rates(desk: Desk, hotel: str, room: RoomKind, first: date, nights: int) -> list[int]:
    n, key = room_nights.c, hotel_id(desk, hotel)
    stay = (n.hotel_id == key) & (n.room == room) & (n.night >= first) & (n.night < first + timedelta(days=nights))
    query = select(n.rate_cents).where(stay).order_by(n.night)
    return list(desk.read(lambda c: c.execute(query).scalars().all()))


def test_a_booked_room_leaves_the_stock_of_every_night_and_has_a_code_of_its_own(desk: Desk) -> None:
    before = rooms_left(desk, "Harbor House", "queen", day(10), 4)
    house = hotel_id(desk, "Harbor House")
    quote = desk.quote(lambda c: quote_stay(c, house, "queen", day(10), 3, desk.now))
    assert quote.total_cents == sum(rates(desk, "Harbor House", "queen", day(10), 3))
    assert quote.rooms_left == min(before[:3])
    assert quote.free_until == datetime(2026, 12, 2, 18, 0, tzinfo=BOSTON)
    done = desk.done(JAMES, quote)
    assert re.fullmatch(r"H[2-9][A-Z][2-9][A-Z]{2}", done.code)
    held = reservation(desk, JAMES, done.code)
    assert (held.hotel_name, held.room, held.arrive, held.depart) == ("Harbor House", "queen", day(10), day(13))
    assert (held.status, held.total_cents, held.breakfast) == ("confirmed", quote.total_cents, False)
    after = rooms_left(desk, "Harbor House", "queen", day(10), 4)
    assert after == [left - 1 for left in before[:3]] + before[3:]
    assert charges(desk, done.code) == []


@pytest.mark.parametrize(
    ("arrive", "nights", "reason"),
    [
        (day(-1), 2, "past_date"),
        (day(2), 0, "bad_dates"),
        (day(2), -3, "bad_dates"),
        (day(2), 31, "bad_dates"),
        (day(119), 2, "bad_dates"),
        (day(1), 1, "sold_out"),
        (day(0), 2, "sold_out"),
    ],
)
def test_a_stay_that_cannot_be_sold_is_refused_with_the_reason(
    desk: Desk, arrive: date, nights: int, reason: str
) -> None:
    inn = hotel_id(desk, "Front Range Inn")
    refused = desk.read(lambda c: quote_stay(c, inn, "suite", arrive, nights, desk.now))
    assert isinstance(refused, Refused)
    assert refused.reason == reason


def test_a_hotel_or_room_that_does_not_exist_is_not_found(desk: Desk) -> None:
    assert desk.read(lambda c: quote_stay(c, 999, "queen", day(2), 1, desk.now)) == Refused("not_found")
    odd: RoomKind = "igloo"  # type: ignore[assignment]
    assert desk.read(lambda c: quote_stay(c, 1, odd, day(2), 1, desk.now)) == Refused("not_found")


def test_tonight_can_still_be_booked_where_it_is_not_tomorrow_yet(desk: Desk) -> None:
    late = datetime(2026, 11, 24, 1, 30, tzinfo=BOSTON)  # in Seattle it is still the evening before
    pine, house = hotel_id(desk, "Pine Street Hotel"), hotel_id(desk, "Harbor House")
    desk.quote(lambda c: quote_stay(c, pine, "queen", day(0), 1, late))
    assert desk.read(lambda c: quote_stay(c, house, "queen", day(0), 1, late)) == Refused("past_date")


def test_other_dates_free_the_old_nights_and_take_the_new_ones(desk: Desk) -> None:
    before = rooms_left(desk, "Harbor House", "king", day(7), 8)
    old = reservation(desk, AIKO, H9)
    quote = desk.quote(lambda c: quote_stay_change(c, AIKO, H9, desk.now, arrive=day(9)))
    assert (quote.arrive, quote.depart, quote.nights, quote.room) == (day(9), day(14), 5, "king")
    assert quote.total_cents == sum(rates(desk, "Harbor House", "king", day(9), 5))
    assert quote.difference_cents == quote.total_cents - old.total_cents
    desk.done(AIKO, quote)
    held = reservation(desk, AIKO, H9)
    assert (held.arrive, held.depart, held.total_cents) == (day(9), day(14), quote.total_cents)
    moved = [1, 1, 0, 0, 0, -1, -1, 0]
    assert rooms_left(desk, "Harbor House", "king", day(7), 8) == [b + m for b, m in zip(before, moved, strict=True)]


def test_another_room_type_keeps_the_dates_and_the_extras(desk: Desk) -> None:
    desk.done(AIKO, desk.quote(lambda c: quote_breakfast(c, AIKO, H9, 2, desk.now)))
    desk.done(AIKO, desk.quote(lambda c: quote_late_check_out(c, AIKO, H9, desk.now)))
    quote = desk.quote(lambda c: quote_stay_change(c, AIKO, H9, desk.now, room="queen", nights=2))
    extras = 2 * 2 * 22_00 + 40_00
    assert quote.total_cents == sum(rates(desk, "Harbor House", "queen", day(7), 2)) + extras
    desk.done(AIKO, quote)
    held = reservation(desk, AIKO, H9)
    assert (held.room, held.nights, held.breakfast, held.late_check_out) == ("queen", 2, True, True)


def test_ones_own_room_does_not_stand_in_the_way_of_a_longer_stay(desk: Desk) -> None:
    for night in range(7, 12):
        sell_down_to(desk, "Harbor House", "king", day(night), 0)
    sell_down_to(desk, "Harbor House", "king", day(12), 1)
    sell_down_to(desk, "Harbor House", "king", day(13), 0)
    assert desk.quote(lambda c: quote_stay_change(c, AIKO, H9, desk.now, nights=6)).rooms_left == 1
    refused = desk.read(lambda c: quote_stay_change(c, AIKO, H9, desk.now, nights=7))
    assert refused == Refused("sold_out")


def test_a_stay_changes_and_cancels_for_free_until_6_pm_at_the_hotel_on_the_day_before(desk: Desk) -> None:
    until = datetime(2026, 11, 23, 18, 0, tzinfo=DENVER)
    after = until + timedelta(minutes=1)
    desk.quote(lambda c: quote_stay_change(c, MARIA, H4, until, nights=1))
    assert desk.quote(lambda c: quote_stay_cancel(c, MARIA, H4, until)).fee_cents == 0
    assert desk.read(lambda c: quote_stay_change(c, MARIA, H4, after, nights=1)) == Refused("too_late", until)
    first_night = rates(desk, "Front Range Inn", "queen", day(1), 1)[0]
    assert desk.quote(lambda c: quote_stay_cancel(c, MARIA, H4, after)).fee_cents == first_night


def test_a_free_cancellation_charges_nothing_and_puts_the_nights_back(desk: Desk) -> None:
    before = rooms_left(desk, "Harbor House", "king", day(7), 5)
    quote = desk.quote(lambda c: quote_stay_cancel(c, AIKO, H9, desk.now))
    assert (quote.fee_cents, quote.refund_cents) == (0, 0)
    desk.done(AIKO, quote)
    assert reservation(desk, AIKO, H9).status == "cancelled"
    assert rooms_left(desk, "Harbor House", "king", day(7), 5) == [left + 1 for left in before]
    assert charges(desk, H9) == []
    assert desk.say_yes(AIKO, quote) == Refused("already_cancelled")


def test_a_late_cancellation_charges_the_first_night_at_once(desk: Desk) -> None:
    desk.now = datetime(2026, 11, 23, 20, 0, tzinfo=DENVER)
    first_night = rates(desk, "Front Range Inn", "queen", day(1), 1)[0]
    done = desk.done(MARIA, desk.quote(lambda c: quote_stay_cancel(c, MARIA, H4, desk.now)))
    assert done.paid_cents == first_night
    assert charges(desk, H4) == [("cancellation fee", first_night)]


def test_what_was_paid_before_the_stay_comes_back_less_the_fee(desk: Desk) -> None:
    key = desk.read(lambda c: c.execute(select(reservations.c.id).where(reservations.c.code == H4)).scalar_one())
    deposit = {"customer_id": MARIA, "reservation_id": key, "reason": "deposit", "amount_cents": 500_00}
    paid_at = datetime(2026, 11, 20, 12)
    desk.write(lambda c: c.execute(insert(payments).values(paid_at=paid_at, **deposit)).close())
    desk.now = datetime(2026, 11, 23, 20, 0, tzinfo=DENVER)
    quote = desk.quote(lambda c: quote_stay_cancel(c, MARIA, H4, desk.now))
    assert quote.refund_cents == 500_00 - quote.fee_cents
    assert desk.done(MARIA, quote).paid_cents == -quote.refund_cents
    assert sum(cents for _, cents in charges(desk, H4)) == quote.fee_cents


@pytest.mark.parametrize(
    ("hotel", "person_cents"),
    [("Harbor House", 22_00), ("Pine Street Hotel", 18_00), ("Bay Lantern Hotel", 16_00), ("Lakeshore Grand", 27_00)],
)
def test_breakfast_costs_what_the_hotel_asks_for_each_person_and_morning(
    desk: Desk, hotel: str, person_cents: int
) -> None:
    house = hotel_id(desk, hotel)
    stay = desk.done(JAMES, desk.quote(lambda c: quote_stay(c, house, "queen", day(20), 3, desk.now)))
    bill = reservation(desk, JAMES, stay.code).total_cents
    quote = desk.quote(lambda c: quote_breakfast(c, JAMES, stay.code, 2, desk.now))
    assert (quote.person_cents, quote.extra_cents) == (person_cents, 2 * 3 * person_cents)
    desk.done(JAMES, quote)
    held = reservation(desk, JAMES, stay.code)
    assert (held.breakfast, held.total_cents) == (True, bill + 2 * 3 * person_cents)
    assert desk.say_yes(JAMES, quote) == Refused("already_done")


def test_breakfast_that_comes_with_the_rate_is_not_sold(desk: Desk) -> None:
    assert desk.read(lambda c: quote_breakfast(c, MARIA, H4, 2, desk.now)) == Refused("included")


def test_breakfast_is_for_those_who_fit_in_the_room_and_their_children(desk: Desk) -> None:
    for persons in (0, -1, 5):
        refused = desk.read(lambda c, n=persons: quote_breakfast(c, AIKO, H9, n, desk.now))  # type: ignore[misc]
        assert refused == Refused("bad_count")
    assert desk.quote(lambda c: quote_breakfast(c, AIKO, H9, 4, desk.now)).persons == 4


def test_late_check_out_until_2_pm_costs_40_dollars_up_to_the_evening_before(desk: Desk) -> None:
    midnight = datetime(2026, 12, 5, 0, 0, tzinfo=BOSTON)
    after = midnight + timedelta(minutes=1)
    assert desk.read(lambda c: quote_late_check_out(c, AIKO, H9, after)) == Refused("too_late", midnight)
    bill = reservation(desk, AIKO, H9).total_cents
    quote = desk.quote(lambda c: quote_late_check_out(c, AIKO, H9, desk.now))
    assert (quote.until, quote.extra_cents) == (datetime(2026, 12, 5, 14, 0, tzinfo=BOSTON), 40_00)
    desk.done(AIKO, quote)
    held = reservation(desk, AIKO, H9)
    assert (held.late_check_out, held.total_cents) == (True, bill + 40_00)
    assert desk.say_yes(AIKO, quote) == Refused("already_done")


def test_a_guest_who_is_there_can_no_longer_change_or_cancel_and_one_who_left_nothing_at_all(desk: Desk) -> None:
    def set_status(status: str) -> None:
        desk.write(
            lambda c: c.execute(update(reservations).where(reservations.c.code == H9).values(status=status)).close()
        )

    set_status("checked in")
    assert desk.read(lambda c: quote_stay_cancel(c, AIKO, H9, desk.now)) == Refused("already_checked_in")
    assert desk.read(lambda c: quote_stay_change(c, AIKO, H9, desk.now, nights=2)) == Refused("already_checked_in")
    set_status("checked out")
    assert desk.read(lambda c: quote_late_check_out(c, AIKO, H9, desk.now)) == Refused("stay_over")
    assert desk.read(lambda c: quote_breakfast(c, AIKO, H9, 1, desk.now)) == Refused("stay_over")


def test_a_room_that_nobody_came_for_can_no_longer_be_cancelled(desk: Desk) -> None:
    released = datetime(2026, 11, 25, 12, 0, tzinfo=DENVER)
    after = released + timedelta(minutes=1)
    assert desk.read(lambda c: quote_stay_cancel(c, MARIA, H4, after)) == Refused("too_late", released)


def test_a_change_to_what_is_already_so_is_no_change(desk: Desk) -> None:
    assert desk.read(lambda c: quote_stay_change(c, AIKO, H9, desk.now)) == Refused("no_change")
    same = desk.read(lambda c: quote_stay_change(c, AIKO, H9, desk.now, arrive=day(7), nights=5, room="king"))
    assert same == Refused("no_change")


@pytest.mark.parametrize("code", [H9, "H2A3BC", "K7M2QX", ""])
def test_a_stay_of_somebody_else_and_one_of_nobody_are_refused_alike(desk: Desk, code: str) -> None:
    for refused in (
        desk.read(lambda c: quote_stay_change(c, MARIA, code, desk.now, nights=2)),
        desk.read(lambda c: quote_stay_cancel(c, MARIA, code, desk.now)),
        desk.read(lambda c: quote_breakfast(c, MARIA, code, 2, desk.now)),
        desk.read(lambda c: quote_late_check_out(c, MARIA, code, desk.now)),
    ):
        assert refused == Refused("not_yours")
