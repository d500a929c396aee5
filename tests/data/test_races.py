"""Two sessions never get the same thing, a killed process leaves no half a change, and stock and money add up."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, select, update

from data.branch import Branch
from data.confirm import confirm
from data.flight_quotes import quote_bag, quote_check_in, quote_flight_cancel, quote_flight_change, quote_seat
from data.hotel_quotes import quote_breakfast, quote_stay, quote_stay_cancel, quote_stay_change
from data.postgres import PostgresUrl
from data.quotes import Consent, Done, Outcome, Quote, Refused
from data.schema import audit, bookings, flight_cabins, flights, outcomes, payments, reservations, room_nights
from tests.ledger_tools import faults, unnamed
from tests.write_tools import AIKO, JAMES, MARIA, MORNING, Desk, day, open_place, written

REPOSITORY = Path(__file__).parents[2]
K7 = "K7M2QX"


class Rival(NamedTuple):
    """Somebody else's booking."""

    code: str
    customer_id: int


def at_the_same_time(desk: Desk, yes: list[tuple[int, Quote]]) -> list[Outcome]:
    """Say yes in as many transactions, all begun before the first of them writes."""
    all_have_begun = threading.Barrier(len(yes))

    def run(number: int, customer: int, quote: Quote) -> Outcome:
        begun = [False]

        def change(conn: Connection) -> Outcome:
            conn.execute(select(func.count()).select_from(bookings)).scalar_one()
            if not begun[0]:
                begun[0] = True
                all_have_begun.wait(30)
            return confirm(conn, quote, Consent(customer, f"session {number}", f"race {number}", desk.now))

        return desk.write(change)

    with ThreadPoolExecutor(len(yes)) as threads:
        running = [threads.submit(run, number, customer, quote) for number, (customer, quote) in enumerate(yes)]
        return [race.result(60) for race in running]


def test_the_last_room_is_sold_once_however_many_want_it_at_the_same_time(desk: Desk) -> None:
    n = room_nights.c
    last = (n.hotel_id == 1) & (n.room == "suite") & (n.night == day(11))
    desk.write(lambda c: c.execute(update(room_nights).where(last).values(sold=n.stock - 1)).close())
    quote = desk.quote(lambda c: quote_stay(c, 1, "suite", day(10), 3, desk.now))
    told = at_the_same_time(desk, [(MARIA, quote), (JAMES, quote), (AIKO, quote)])
    assert sorted(isinstance(outcome, Done) for outcome in told) == [False, False, True]
    assert told.count(Refused("sold_out")) == 2
    assert desk.read(lambda c: c.execute(select(n.stock - n.sold).where(last)).scalar_one()) == 0


def test_the_last_seat_of_a_flight_is_sold_once(desk: Desk) -> None:
    rival = rival_on_the_flight_of(desk, K7)
    last = flight_cabins.c.flight_id == flight_id(desk, "LB202", 5)
    desk.write(lambda c: c.execute(update(flight_cabins).where(last).values(sold=flight_cabins.c.seats - 1)).close())
    mine = desk.quote(lambda c: quote_flight_change(c, MARIA, K7, "LB202", day(5), desk.now))
    theirs = desk.quote(lambda c: quote_flight_change(c, rival.customer_id, rival.code, "LB202", day(5), desk.now))
    told = at_the_same_time(desk, [(MARIA, mine), (rival.customer_id, theirs)])
    assert sorted(isinstance(outcome, Done) for outcome in told) == [False, True]
    assert told.count(Refused("sold_out")) == 1


def test_one_seat_is_given_to_one_of_two_who_choose_it(desk: Desk) -> None:
    rival = rival_on_the_flight_of(desk, K7)
    mine = desk.quote(lambda c: quote_seat(c, MARIA, K7, "20A", desk.now))
    theirs = desk.quote(lambda c: quote_seat(c, rival.customer_id, rival.code, "20A", desk.now))
    told = at_the_same_time(desk, [(MARIA, mine), (rival.customer_id, theirs)])
    assert sorted(isinstance(outcome, Done) for outcome in told) == [False, True]
    assert told.count(Refused("seat_taken")) == 1
    holders = select(func.count()).where(bookings.c.flight_id == flight_of(desk, K7), bookings.c.seat == "20A")
    assert desk.read(lambda c: c.execute(holders).scalar_one()) == 1


def test_two_cancellations_of_one_booking_at_the_same_time_refund_once(desk: Desk) -> None:
    quote = desk.quote(lambda c: quote_flight_cancel(c, JAMES, "R3W9ZD", desk.now))
    told = at_the_same_time(desk, [(JAMES, quote), (JAMES, quote)])
    assert sorted(isinstance(outcome, Done) for outcome in told) == [False, True]
    assert told.count(Refused("already_cancelled")) == 1
    refunds = select(func.count()).where(payments.c.reason == "refund")
    assert desk.read(lambda c: c.execute(refunds).scalar_one()) == 1


async def test_sessions_of_a_branch_that_all_want_the_last_rooms_get_as_many_as_there_are(branch: Branch) -> None:
    n = room_nights.c
    night = (n.hotel_id == 2) & (n.room == "king") & (n.night == day(9))
    await branch.write(lambda c: c.execute(update(room_nights).where(night).values(sold=n.stock - 3)).close())
    quote = await branch.read(lambda c: quote_stay(c, 2, "king", day(9), 1, MORNING))
    assert not isinstance(quote, Refused)
    keys = [Consent(JAMES, f"session {number}", f"key {number}", MORNING) for number in range(12)]
    told = await asyncio.gather(*(branch.write(lambda c, yes=yes: confirm(c, quote, yes)) for yes in keys))  # type: ignore[misc]
    assert sum(isinstance(outcome, Done) for outcome in told) == 3
    assert told.count(Refused("sold_out")) == 9


def rival_on_the_flight_of(desk: Desk, code: str) -> Rival:
    """A stranger's economy booking, put on the flight of booking `code`."""
    b = bookings.c
    wanted = (b.status == "confirmed") & (b.cabin == "economy") & (b.code != code)
    query = select(b.code, b.customer_id).where(wanted).order_by(b.id).limit(1)
    row = desk.read(lambda c: c.execute(query).one())
    move = update(bookings).where(b.code == row.code).values(flight_id=flight_of(desk, code))
    desk.write(lambda c: c.execute(move).close())
    return Rival(row.code, row.customer_id)


def flight_id(desk: Desk, number: str, days: int) -> int:
    wanted = (flights.c.number == number) & (flights.c.day == day(days))
    found: int = desk.read(lambda c: c.execute(select(flights.c.id).where(wanted)).scalar_one())
    return found


def flight_of(desk: Desk, code: str) -> int:
    query = select(bookings.c.flight_id).where(bookings.c.code == code)
    found: int = desk.read(lambda c: c.execute(query).scalar_one())
    return found


CHANGER = """
import sys
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo
from data.confirm import confirm
from data.database import transact
from data.flight_quotes import quote_flight_change
from data.hotel_quotes import quote_stay
from data.quotes import Consent, Done
from tests.write_tools import open_place, place_of

now = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("America/New_York"))
engine = open_place(place_of(sys.argv[1]))
stop_inside = int(sys.argv[2])

for number in range(1000):
    def change(conn):
        if number % 2:
            quote = quote_stay(conn, 1 + number % 6, "queen", date(2026, 12, 1 + number % 20), 2, now)
        else:
            quote = quote_flight_change(conn, 1001, "K7M2QX", "LB204", date(2026, 11, 26 + number % 4), now)
        outcome = confirm(conn, quote, Consent(1001, "a session", f"key {number}", now))
        assert isinstance(outcome, Done), outcome
        if number == stop_inside:
            print("written, not committed", flush=True)
            sys.stdin.read()
    transact(engine, change)
    print(f"key {number}", flush=True)
"""


def killed(place: Path | PostgresUrl, *, stop_inside: int, after: int) -> list[str]:
    """What a process that changes bookings acknowledged before it was killed, `after` lines."""
    with subprocess.Popen(
        [sys.executable, "-c", CHANGER, written(place), str(stop_inside)],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        lines = [child.stdout.readline().strip() for _ in range(after)]
        child.kill()
        lines += child.stdout.read().split("\n")
    assert child.returncode == -signal.SIGKILL
    return [line for line in lines if line]


@pytest.mark.parametrize(("stop_inside", "after"), [(5, 6), (6, 7), (-1, 9)])
def test_kill_9_leaves_each_change_whole_or_not_there_at_all(
    place: Path | PostgresUrl, stop_inside: int, after: int
) -> None:
    engine = open_place(place)
    with engine.connect() as conn:
        before = unnamed(conn)
    engine.dispose()
    lines = killed(place, stop_inside=stop_inside, after=after)
    acknowledged = {line for line in lines if line.startswith("key")}
    engine = open_place(place)
    with engine.connect() as conn:
        kept = set(conn.execute(select(outcomes.c.idempotency_key)).scalars())
        audited = conn.execute(select(func.count()).where(audit.c.outcome == "done")).scalar_one()
        new_stays = conn.execute(select(func.count()).where(reservations.c.idempotency_key.is_not(None))).scalar_one()
        fees = conn.execute(select(func.count()).where(payments.c.reason == "change fee")).scalar_one()
        assert unnamed(conn) == before
        assert faults(conn) == []
    engine.dispose()
    assert acknowledged <= kept
    assert len(kept) == audited == new_stays + fees
    if stop_inside >= 0:
        assert lines[-1] == "written, not committed"
        assert kept == acknowledged
    else:
        assert len(kept) <= len(acknowledged) + 1


WISH = st.tuples(
    st.sampled_from(["move", "cancel", "seat", "bag", "check in", "stay", "move stay", "cancel stay", "breakfast"]),
    st.sampled_from([MARIA, JAMES, AIKO]),
    st.integers(0, 9),
    st.integers(0, 40),
)


def wish(conn: Connection, what: str, customer: int, number: int, now: datetime) -> Quote | Refused:
    """The quote for one wish of a customer, about the newest of what they have."""
    b, r = bookings.c, reservations.c
    codes = conn.execute(select(b.code).where(b.customer_id == customer).order_by(b.id.desc())).scalars().all()
    stays = conn.execute(select(r.code).where(r.customer_id == customer).order_by(r.id.desc())).scalars().all()
    code = codes[0] if codes else ""
    stay = stays[number % len(stays)] if stays else ""
    match what:
        case "move":
            number_of_flight = ("LB204", "LB202") if customer == MARIA else ("LB118", "LB120")
            return quote_flight_change(conn, customer, code, number_of_flight[number % 2], day(number), now)
        case "cancel":
            return quote_flight_cancel(conn, customer, code, now)
        case "seat":
            return quote_seat(conn, customer, code, f"{1 + 2 * number}{'ACDF'[number % 4]}", now)
        case "bag":
            return quote_bag(conn, customer, code, now, added=1 + number % 3)
        case "check in":
            return quote_check_in(conn, customer, code, now)
        case "stay":
            return quote_stay(conn, 1 + number % 6, "king", day(number), 1 + number % 3, now)
        case "move stay":
            return quote_stay_change(conn, customer, stay, now, arrive=day(1 + number), nights=1 + number % 4)
        case "cancel stay":
            return quote_stay_cancel(conn, customer, stay, now)
        case _:
            return quote_breakfast(conn, customer, stay, 1 + number % 2, now)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wishes=st.lists(WISH, min_size=8, max_size=16))
def test_stock_and_money_add_up_after_whatever_customers_wish(
    desk: Desk, wishes: list[tuple[str, int, int, int]]
) -> None:
    before = desk.read(unnamed)
    done = desk.read(lambda c: c.execute(select(func.count()).where(audit.c.outcome == "done")).scalar_one())
    paid = desk.read(lambda c: c.execute(select(func.sum(payments.c.amount_cents))).scalar_one())
    for what, customer, number, hours in wishes:
        desk.now = MORNING + timedelta(hours=hours)
        quote = desk.read(partial(wish, what=what, customer=customer, number=number, now=desk.now))
        if not isinstance(quote, Refused):
            outcome = desk.done(customer, quote)
            done, paid = done + 1, paid + outcome.paid_cents
    assert desk.read(unnamed) == before
    assert desk.read(faults) == []
    assert desk.read(lambda c: c.execute(select(func.count()).where(audit.c.outcome == "done")).scalar_one()) == done
    assert desk.read(lambda c: c.execute(select(func.sum(payments.c.amount_cents))).scalar_one()) == paid
