"""What an open branch promises: one owner, whole transactions, committed work kept, an event loop that never waits."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, insert, select, text, update

from data.audit import record, session_hash
from data.branch import MAX_WAITING, Branch
from data.clock import FixedDayClock, LocalClock
from data.database import DATABASE_FILE, LOCK_FILE, open_engine, transact
from data.errors import DataError
from data.postgres import PostgresUrl
from data.schema import FIRST_OWN_ID, airports, audit, bookings, flights, payments
from tests.write_tools import open_place, written

REPOSITORY = Path(__file__).parents[2]


def gate_of(conn: Connection, flight_id: int) -> str | None:
    gate: str | None = conn.execute(select(flights.c.gate).where(flights.c.id == flight_id)).scalar_one()
    return gate


def set_gate(conn: Connection, gate: str) -> None:
    conn.execute(update(flights).where(flights.c.id == 1).values(gate=gate))


async def test_a_write_is_seen_by_the_next_read_and_kept_when_the_branch_opens_again(place: Path | PostgresUrl) -> None:
    branch = Branch.open(place)
    await branch.write(lambda c: set_gate(c, "Z9"))
    assert await branch.read(lambda c: gate_of(c, 1)) == "Z9"
    branch.close()
    again = Branch.open(place)
    assert await again.read(lambda c: gate_of(c, 1)) == "Z9"
    again.close()


async def test_a_write_that_fails_half_way_changes_nothing(branch: Branch) -> None:
    before = await branch.read(lambda c: gate_of(c, 1))

    def half_way(conn: Connection) -> None:
        set_gate(conn, "Z9")
        raise RuntimeError("the card was refused")

    with pytest.raises(RuntimeError, match="the card was refused"):
        await branch.write(half_way)
    assert await branch.read(lambda c: gate_of(c, 1)) == before


async def test_what_a_read_writes_is_dropped(branch: Branch) -> None:
    before = await branch.read(lambda c: gate_of(c, 1))
    await branch.read(lambda c: set_gate(c, "Z9"))
    assert await branch.read(lambda c: gate_of(c, 1)) == before


async def test_the_event_loop_goes_on_while_reads_and_writes_wait(branch: Branch) -> None:
    may_go_on = threading.Event()
    reading = asyncio.create_task(branch.read(lambda _: may_go_on.wait(30)))
    writing = asyncio.create_task(branch.write(lambda _: may_go_on.wait(30)))
    await asyncio.sleep(0)
    may_go_on.set()
    assert await reading
    assert await writing


async def test_writes_run_one_after_the_other_in_the_order_they_came(branch: Branch) -> None:
    inside, order = [0], list[tuple[int, int]]()

    def note(number: int) -> None:
        inside[0] += 1
        order.append((number, inside[0]))
        inside[0] -= 1

    def noting(number: int) -> Callable[[Connection], None]:
        return lambda _: note(number)

    await asyncio.gather(*(branch.write(noting(number)) for number in range(20)))
    assert order == [(number, 1) for number in range(20)]


async def test_more_than_the_queue_holds_is_refused_instead_of_piling_up(branch: Branch) -> None:
    may_go_on = threading.Event()
    waiting = [asyncio.create_task(branch.read(lambda _: may_go_on.wait(30))) for _ in range(MAX_WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(DataError, match="try again in a moment"):
        await branch.read(lambda _: None)
    may_go_on.set()
    assert all(await asyncio.gather(*waiting))
    assert await branch.read(lambda _: "free again") == "free again"


def test_two_writers_of_one_row_conflict_and_both_succeed_by_trying_again(place: Path | PostgresUrl) -> None:
    engine = open_place(place)
    both_have_read = threading.Barrier(2)
    tries = list[int]()

    def add_a_minute() -> None:
        first = [True]

        def change(conn: Connection) -> None:
            tries.append(1)
            delay = conn.execute(select(flights.c.delay_minutes).where(flights.c.id == 1)).scalar_one()
            if first[0]:
                first[0] = False
                both_have_read.wait(30)
            conn.execute(update(flights).where(flights.c.id == 1).values(delay_minutes=delay + 1))

        transact(engine, change)

    with engine.connect() as conn:
        before = conn.execute(select(flights.c.delay_minutes).where(flights.c.id == 1)).scalar_one()
    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(add_a_minute) for _ in range(2)]:
            done.result(60)
    with engine.connect() as conn:
        after = conn.execute(select(flights.c.delay_minutes).where(flights.c.id == 1)).scalar_one()
    engine.dispose()
    assert after == before + 2
    assert len(tries) > 2, "the two writers did not meet"


WRITER = """
import asyncio, sys
from sqlalchemy import insert
from data.branch import Branch
from data.schema import airports
from tests.write_tools import place_of

async def main() -> None:
    branch = Branch.open(place_of(sys.argv[1]))
    for number in range(10_000):
        row = {"code": f"{number:03d}", "city": "Nowhere", "name": "Field", "zone": "UTC"}
        await branch.write(lambda c: c.execute(insert(airports).values(row)).close())
        print(row["code"], flush=True)

asyncio.run(main())
"""


def test_kill_9_keeps_every_acknowledged_commit(place: Path | PostgresUrl) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", WRITER, written(place)], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    acknowledged = [child.stdout.readline().strip() for _ in range(25)]
    child.kill()
    acknowledged += child.stdout.read().split()
    child.wait(30)
    engine = open_place(place)
    with engine.connect() as conn:
        kept = set(conn.execute(select(airports.c.code).where(airports.c.city == "Nowhere")).scalars())
    engine.dispose()
    assert child.returncode == -signal.SIGKILL
    assert len(acknowledged) >= 25
    assert set(acknowledged) <= kept


HOLDER = """
import sys
from pathlib import Path
from data.branch import Branch

branch = Branch.open(Path(sys.argv[1]))
print("open", flush=True)
sys.stdin.read()
branch.close()
"""


def test_a_second_process_is_told_which_process_has_the_data(data_dir: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(data_dir)],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "open\n"
        with pytest.raises(DataError, match=f"process {child.pid} is using the data in .*: stop it first"):
            Branch.open(data_dir)
        (data_dir / LOCK_FILE).unlink()  # even without the lock file, DuckDB says who it is
        with pytest.raises(DataError, match=f"process {child.pid} is using the data"):
            Branch.open(data_dir)
        child.communicate()
    Branch.open(data_dir).close()


def test_a_branch_in_a_folder_opens_once_in_a_process(data_dir: Path) -> None:
    branch = Branch.open(data_dir)
    with pytest.raises(DataError, match=f"process {os.getpid()} is using the data"):
        Branch.open(data_dir)
    branch.close()


def test_a_folder_without_data_says_how_to_make_them(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there are no branch data in .*: make them with `lobby data init`"):
        Branch.open(tmp_path)


def test_a_folder_that_cannot_be_written_is_named(data_dir: Path) -> None:
    (data_dir / LOCK_FILE).unlink()
    (data_dir / LOCK_FILE).mkdir()  # stands for missing permissions, which do not stop a root user
    with pytest.raises(DataError, match="cannot write in .*branch data .*choose another with --data-dir"):
        Branch.open(data_dir)


def test_a_damaged_file_is_told_in_one_line_and_leaves_the_folder_free(data_dir: Path) -> None:
    whole = (data_dir / DATABASE_FILE).read_bytes()
    (data_dir / DATABASE_FILE).write_bytes(b"not a database at all" * 1000)
    with pytest.raises(DataError, match="cannot open .*branch.duckdb: .*lobby data reset") as told:
        Branch.open(data_dir)
    assert "\n" not in str(told.value)
    (data_dir / DATABASE_FILE).write_bytes(whole)
    Branch.open(data_dir).close()


def test_data_of_a_newer_lobby_are_refused_and_left_alone(data_dir: Path) -> None:
    engine = open_engine(data_dir / DATABASE_FILE)
    with engine.begin() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(DataError, match="of schema 9999, which this Lobby .* does not know: install the newer Lobby"):
        Branch.open(data_dir)


def test_the_branch_stays_on_the_day_its_sample_was_fixed_to_while_the_hours_pass(branch: Branch) -> None:
    assert branch.data_version.fixed_day
    assert branch.clock.today() == date(2026, 11, 23) == branch.clock.now().date()
    evening = LocalClock(UTC, utc_now=lambda: datetime(2031, 1, 31, 21, 40, tzinfo=UTC))
    assert FixedDayClock(date(2026, 11, 23), evening).now() == datetime(2026, 11, 23, 21, 40, tzinfo=UTC)


def test_a_clock_given_to_open_is_the_branch_clock(place: Path | PostgresUrl) -> None:
    clock = LocalClock(UTC, utc_now=lambda: datetime(2031, 1, 31, 21, 40, tzinfo=UTC))
    branch = Branch.open(place, clock)
    assert branch.clock.today() == date(2031, 1, 31)
    branch.close()


def test_the_data_version_says_what_data_these_are(branch: Branch) -> None:
    version = branch.data_version
    assert (version.schema, version.sample_seed, version.sample_day) == ("0003", 20417, date(2026, 11, 23))
    assert (version.customers, version.hotels, version.flights) == (243, 6, 52 * 61)
    assert version.bookings > 200
    assert version.reservations > 100


async def test_the_audit_trail_keeps_who_did_what_and_when_but_not_the_session_key(branch: Branch) -> None:
    at = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
    await branch.write(
        lambda c: record(
            c,
            at=at,
            session_key="+16175550114",
            action="prove identity",
            outcome="refused",
            subject="K7M2QX",
            detail="wrong PIN",
        )
    )
    row = await branch.read(lambda c: c.execute(select(audit)).one())
    assert (row.recorded_at, row.action, row.outcome, row.customer_id) == (
        datetime(2026, 11, 23, 9, 30),
        "prove identity",
        "refused",
        None,
    )
    assert row.session_hash == session_hash("+16175550114")
    assert not any("5550114" in str(value) for value in row)


async def test_an_idempotency_key_pays_once(branch: Branch) -> None:
    def pay(conn: Connection) -> None:
        conn.execute(
            insert(payments).values(
                customer_id=1001,
                reason="fare",
                amount_cents=8000,
                paid_at=datetime(2026, 11, 23),
                idempotency_key="change-K7M2QX-1",
            )
        )

    await branch.write(pay)
    with pytest.raises(Exception, match="[Dd]uplicate key"):
        await branch.write(pay)
    paid = select(payments.c.id).where(payments.c.idempotency_key == "change-K7M2QX-1")
    assert await branch.read(lambda c: c.execute(paid).scalar_one()) >= FIRST_OWN_ID


async def test_a_booking_that_has_been_paid_can_move_to_another_flight_and_seat(branch: Branch) -> None:
    def move(conn: Connection) -> int:
        conn.execute(update(bookings).where(bookings.c.code == "K7M2QX").values(flight_id=5, seat="8A"))
        return conn.execute(select(func.count()).where(payments.c.booking_id == 1)).scalar_one()

    assert await branch.write(move) == 1
    moved = select(bookings.c.flight_id, bookings.c.seat).where(bookings.c.code == "K7M2QX")
    assert tuple(await branch.read(lambda c: c.execute(moved).one())) == (5, "8A")
