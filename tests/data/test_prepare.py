"""Making a branch's database: whole or not at all, in any folder, and never under a running server."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select, text

from data.branch import Branch
from data.clock import LocalClock
from data.database import DATABASE_FILE, open_engine
from data.errors import DataError
from data.flights import flight_status
from data.migrations import migrate, newest_revision, revision_of
from data.migrations.runner import upgrade
from data.postgres import PostgresUrl
from data.sample.prepare import prepare_records, reset_records
from data.schema import airports, hotel_services, metadata, reservations
from tests.write_tools import open_place, written

REPOSITORY = Path(__file__).parents[2]


def quiet(what: str, done: int, total: int) -> None:
    pass


def add_airport(conn: Connection) -> None:
    conn.execute(insert(airports).values(code="XXX", city="Nowhere", name="Field", zone="UTC"))


async def has_added_airport(branch: Branch) -> bool:
    return await branch.read(lambda c: c.execute(select(airports).where(airports.c.code == "XXX")).first() is not None)


async def test_preparing_again_keeps_the_records(place: Path | PostgresUrl) -> None:
    branch = Branch.open(place)
    await branch.write(add_airport)
    branch.close()
    prepare_records(place, today=date(2027, 5, 1), progress=quiet)
    branch = Branch.open(place)
    assert await has_added_airport(branch)
    assert branch.clock.today() == date(2026, 11, 23)
    branch.close()


def test_without_a_day_the_sample_is_made_for_the_machines_day_and_the_calendar_runs(tmp_path: Path) -> None:
    before = LocalClock().today()
    told = list[tuple[str, int, int]]()
    prepare_records(tmp_path, progress=lambda *step: told.append(step))
    filling = [(done, total) for what, done, total in told if what.startswith("sample data")]
    assert [done for done, _ in filling] == sorted(done for done, _ in filling)
    assert {total for _, total in filling} == {filling[-1][0]}
    branch = Branch.open(tmp_path)
    assert branch.data_version.sample_day in (before, LocalClock().today())
    assert not branch.data_version.fixed_day
    assert abs(branch.clock.now() - LocalClock().now()) < timedelta(minutes=1)
    branch.close()


def test_a_reset_is_refused_while_the_branch_is_open(data_dir: Path) -> None:
    branch = Branch.open(data_dir)
    with pytest.raises(DataError, match="is using the data in .*: stop it first"):
        reset_records(data_dir, progress=quiet)
    assert not list(data_dir.glob("*.new*"))
    branch.close()


KILLED_HALF_WAY = """
import os, signal, sys
from datetime import date
from data.sample.prepare import prepare_records, reset_records
from tests.write_tools import place_of

def progress(what: str, done: int, total: int) -> None:
    if what == "sample data: bookings":
        os.kill(os.getpid(), signal.SIGKILL)

how = {"prepare": prepare_records, "reset": reset_records}[sys.argv[2]]
how(place_of(sys.argv[1]), today=date(2027, 5, 1), progress=progress)
"""


def kill_half_way(how: str, place: Path | PostgresUrl) -> None:
    child = subprocess.run([sys.executable, "-c", KILLED_HALF_WAY, written(place), how], cwd=REPOSITORY, check=False)
    assert child.returncode == -signal.SIGKILL


def test_a_preparation_killed_half_way_leaves_no_database_and_the_next_one_succeeds(tmp_path: Path) -> None:
    data_dir = tmp_path / "a branch"
    kill_half_way("prepare", data_dir)
    assert not (data_dir / DATABASE_FILE).exists()
    prepare_records(data_dir, today=date(2026, 11, 23), progress=quiet)
    assert sorted(path.name for path in data_dir.iterdir()) == ["branch.duckdb", "branch.lock"]
    Branch.open(data_dir).close()


def test_a_preparation_of_a_server_killed_half_way_leaves_nothing_and_the_next_one_succeeds(
    empty_on_server: PostgresUrl,
) -> None:
    kill_half_way("prepare", empty_on_server)
    with pytest.raises(DataError, match="there are no branch data"):
        Branch.open(empty_on_server)
    prepare_records(empty_on_server, today=date(2026, 11, 23), progress=quiet)
    Branch.open(empty_on_server).close()


def test_a_reset_killed_half_way_leaves_the_old_world_whole(place: Path | PostgresUrl) -> None:
    kill_half_way("reset", place)
    branch = Branch.open(place)
    assert branch.data_version.sample_day == date(2026, 11, 23)
    assert branch.data_version.flights == 52 * 61
    branch.close()


KILLED_WITH_A_LOG = """
import asyncio, os, signal, sys
from pathlib import Path
from sqlalchemy import text
from data.branch import Branch

async def main() -> None:
    branch = Branch.open(Path(sys.argv[1]))
    await branch.write(lambda c: c.execute(text("UPDATE flights SET gate = 'Z9'")).close())
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


@pytest.fixture
def crashed(data_dir: Path) -> Path:
    subprocess.run([sys.executable, "-c", KILLED_WITH_A_LOG, str(data_dir)], cwd=REPOSITORY, check=False)
    assert (data_dir / f"{DATABASE_FILE}.wal").exists()
    return data_dir


async def test_a_reset_after_a_crash_gives_a_new_world_of_another_day_untouched_by_the_old_log(crashed: Path) -> None:
    reset_records(crashed, today=date(2027, 5, 1), progress=quiet)
    branch = Branch.open(crashed)
    assert branch.clock.today() == date(2027, 5, 1)
    flight = await branch.read(lambda c: flight_status(c, "LB204", date(2027, 5, 1)))
    assert flight is not None
    assert (flight.gate, flight.delay_minutes) == ("B12", 35)
    assert (flight.departs.strftime("%H:%M"), flight.arrives.strftime("%H:%M")) == ("18:40", "21:25")
    branch.close()


def test_data_cannot_be_made_where_a_folder_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataError, match="cannot write in .*choose another with --data-dir"):
        prepare_records(tmp_path / "file" / "branch", progress=quiet)


def test_a_folder_may_have_spaces_and_signs_in_its_name(made_once: Path, tmp_path: Path) -> None:
    odd = Path(shutil.copytree(made_once, tmp_path / "a 100% 'odd' földer"))
    prepare_records(odd, progress=quiet)
    Branch.open(odd).close()


def test_migrating_an_empty_database_gives_the_tables_that_the_code_works_with(tmp_path: Path) -> None:
    migrated, declared = open_engine(tmp_path / "migrated.duckdb"), open_engine(tmp_path / "declared.duckdb")
    with migrated.begin() as conn:
        assert revision_of(conn) is None
        migrate(conn)
        assert revision_of(conn) == newest_revision()
    metadata.create_all(declared)
    columns = text(
        "SELECT table_name, column_name, data_type, is_nullable, column_default FROM duckdb_columns() "
        "WHERE NOT internal AND table_name <> 'alembic_version' ORDER BY ALL"
    )
    rules = text(
        "SELECT table_name, constraint_type, constraint_text FROM duckdb_constraints() "
        "WHERE table_name <> 'alembic_version' ORDER BY ALL"
    )
    with migrated.connect() as one, declared.connect() as other:
        for question in (columns, rules):
            assert one.execute(question).all() == other.execute(question).all()
        assert len(one.execute(rules).all()) > 40
    migrated.dispose()
    declared.dispose()


def test_a_branch_of_the_first_schema_keeps_its_records_and_learns_what_its_hotels_extras_cost(
    empty_place: Path | PostgresUrl,
) -> None:
    engine = open_place(empty_place)
    with engine.begin() as conn:
        upgrade(conn, to="0001")
        conn.execute(text("INSERT INTO customers VALUES (1001, 'Maria Lopez', NULL, NULL, 'salt', 'hash')"))
        conn.execute(text("INSERT INTO airports VALUES ('BOS', 'Boston', 'Logan', 'America/New_York')"))
        conn.execute(text("INSERT INTO hotels VALUES (1, 'Harbor House', 'Boston', 'BOS', '40 Atlantic Wharf')"))
        conn.execute(text("INSERT INTO hotels VALUES (2, 'The Other One', 'Boston', 'BOS', '41 Atlantic Wharf')"))
        conn.execute(
            text(
                "INSERT INTO reservations VALUES (1, 'H4N8TP', 1001, 1, 'queen', '2026-11-24', '2026-11-26', "
                "'confirmed', true, false, 50000, '2026-11-01', NULL)"
            )
        )
        conn.execute(text("INSERT INTO payments VALUES (1, 1001, NULL, 1, 'stay', 50000, '2026-11-01 12:00:00', NULL)"))
    with engine.begin() as conn:
        migrate(conn)
        assert revision_of(conn) == newest_revision()
    with engine.connect() as conn:
        [kept] = conn.execute(select(reservations)).all()
        assert (kept.code, kept.breakfast, kept.total_cents, kept.breakfast_persons) == ("H4N8TP", True, 50000, None)
        services = conn.execute(select(hotel_services).order_by(hotel_services.c.service)).all()
        assert [tuple(row) for row in services] == [(1, "breakfast", 2200), (1, "late check-out", 4000)]
    engine.dispose()


def test_migrating_twice_changes_nothing(place: Path | PostgresUrl) -> None:
    engine = open_place(place)
    with engine.begin() as conn:
        migrate(conn)
        assert revision_of(conn) == newest_revision()
    engine.dispose()
