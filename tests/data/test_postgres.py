"""Several nodes on one PostgreSQL server: nothing is sold twice, nothing is lost when the server comes and goes."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, func, insert, select, text, update

from data import branch as branch_module
from data.branch import Branch
from data.confirm import confirm
from data.customers import Unproven, try_proof
from data.errors import DataError, OutcomeUnknownError, UnavailableError
from data.flight_quotes import quote_bag
from data.hotel_quotes import quote_stay
from data.migrations import migrate, newest_revision, revision_of
from data.migrations.runner import upgrade
from data.postgres import PostgresUrl, open_server, upkeep
from data.prepare import is_prepared
from data.quotes import Consent, Done, Outcome, Refused
from data.sample.prepare import prepare_records, reset_records
from data.schema import airports, audit, flights, metadata, payments, reservations, room_nights
from data.tickets import FIRST_TICKET, write_ticket
from tests.ledger_tools import faults, unnamed
from tests.postgres_server import CutAtCommit, PostgresServer
from tests.write_tools import JAMES, MARIA, MORNING, day

TODAY = date(2026, 11, 23)
NODES = 4


def quiet(what: str, done: int, total: int) -> None:
    pass


@pytest.fixture
def nodes(on_server: PostgresUrl) -> Iterator[list[Branch]]:
    with ExitStack() as closing:
        opened = [Branch.open(on_server) for _ in range(NODES)]
        for node in opened:
            closing.callback(node.close)
        yield opened


async def test_nodes_that_sell_the_last_rooms_at_the_same_time_sell_as_many_as_there_are(nodes: list[Branch]) -> None:
    n = room_nights.c
    night = (n.hotel_id == 2) & (n.room == "king") & (n.night == day(9))
    await nodes[0].write(lambda c: c.execute(update(room_nights).where(night).values(sold=n.stock - 3)).close())
    before = await nodes[0].read(unnamed)
    quote = await nodes[1].read(lambda c: quote_stay(c, 2, "king", day(9), 1, MORNING))
    assert not isinstance(quote, Refused)

    async def buy(number: int) -> Outcome:
        consent = Consent(JAMES, f"session {number}", f"key {number}", MORNING)
        return await nodes[number % NODES].write(lambda c: confirm(c, quote, consent))

    told = await asyncio.gather(*map(buy, range(12)))
    assert sum(isinstance(outcome, Done) for outcome in told) == 3
    assert told.count(Refused("sold_out")) == 9
    assert await nodes[2].read(unnamed) == before
    assert await nodes[3].read(faults) == []


async def test_one_yes_that_reaches_all_nodes_at_once_is_written_once_and_answered_alike(nodes: list[Branch]) -> None:
    quote = await nodes[0].read(lambda c: quote_bag(c, MARIA, "K7M2QX", MORNING))
    assert not isinstance(quote, Refused)
    consent = Consent(MARIA, "a session", "one key", MORNING)
    told = await asyncio.gather(*(node.write(lambda c: confirm(c, quote, consent)) for node in nodes))
    assert isinstance(told[0], Done)
    assert told == [told[0]] * NODES
    bags = select(func.count()).where(payments.c.reason == "bags", payments.c.customer_id == MARIA)
    assert await nodes[0].read(lambda c: c.execute(bags).scalar_one()) == 1


async def test_guesses_at_several_nodes_get_no_more_than_three(nodes: list[Branch]) -> None:
    async def guess(pin: int) -> object:
        key = f"session {pin}"
        return await nodes[pin % NODES].write(
            lambda c: try_proof(c, session_key=key, code="K7M2QX", pin=f"{pin:04d}", at=MORNING)
        )

    told = await asyncio.gather(*map(guess, range(4072, 4084)))
    assert all(isinstance(outcome, Unproven) for outcome in told)
    assert told.count(Unproven(None)) == 2


async def test_tickets_of_several_nodes_have_numbers_of_their_own_without_a_gap(nodes: list[Branch]) -> None:
    async def call(number: int) -> int:
        return await nodes[number % NODES].write(
            lambda c: write_ticket(c, at=MORNING, session_key=f"{number}", customer_id=None, summary="at the desk")
        )

    numbers = await asyncio.gather(*map(call, range(16)))
    assert sorted(numbers) == list(range(FIRST_TICKET, FIRST_TICKET + 16))


async def test_what_one_node_has_written_the_next_read_at_another_knows(nodes: list[Branch]) -> None:
    one, two = nodes[0], nodes[1]
    await one.write(lambda c: c.execute(update(flights).where(flights.c.id == 1).values(gate="Z9")).close())
    gate = select(flights.c.gate).where(flights.c.id == 1)
    assert await two.read(lambda c: c.execute(gate).scalar_one()) == "Z9"


# -- the server comes and goes ------------------------------------------------------------------------------------


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    """A server that only this test stops and starts; it keeps what it has acknowledged."""
    server = PostgresServer({})
    yield server
    server.remove()


@pytest.mark.slow
async def test_a_server_that_goes_away_and_comes_back_loses_nothing_and_the_branch_goes_on(
    own_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = own_server.url(own_server.new_database())
    prepare_records(where, today=TODAY, progress=quiet)
    branch = Branch.open(where)
    written: list[str] = []

    async def write(code: str) -> None:
        row = {"code": code, "city": "Nowhere", "name": "Field", "zone": "UTC"}
        await branch.write(lambda c: c.execute(insert(airports).values(row)).close())
        written.append(code)

    await write("AA1")
    assert await branch.check() is None
    monkeypatch.setattr(branch_module, "PATIENCE_S", 30.0)
    monkeypatch.setattr(branch_module, "LIMIT_S", 40.0)
    own_server.stop()
    restarting = asyncio.create_task(asyncio.to_thread(own_server.start))
    await write("AA2")  # a restart is waited for: no customer notices
    await restarting

    monkeypatch.undo()
    own_server.stop("fast")
    with pytest.raises(UnavailableError, match="does not answer: nothing was written, try again in a moment"):
        await write("AA3")
    assert branch.trouble is not None
    assert await branch.check() == branch.trouble
    with pytest.raises(UnavailableError):  # known to be away: no wait now
        await asyncio.wait_for(branch.read(lambda c: c.execute(select(func.count()).select_from(airports))), 1.0)
    own_server.start()
    assert await branch.check() is None
    await write("AA4")

    monkeypatch.setattr(branch_module, "LIMIT_S", 0.3)
    monkeypatch.setattr(branch_module, "GRACE_S", 0.1)
    monkeypatch.setattr(branch_module, "PROBE_S", 0.1)
    own_server.signal_all(signal.SIGSTOP)  # it hangs: connections stay open, nothing is answered
    with pytest.raises(UnavailableError):
        await branch.read(lambda c: c.execute(select(airports)).all())
    with pytest.raises(OutcomeUnknownError):
        await write("AA5")
    assert await branch.check() is not None
    own_server.signal_all(signal.SIGCONT)
    monkeypatch.undo()
    await write("AA6")
    kept = select(airports.c.code).where(airports.c.city == "Nowhere").order_by(airports.c.code)
    codes = await branch.read(lambda c: list(c.execute(kept).scalars()))
    assert written == codes == ["AA1", "AA2", "AA4", "AA6"]  # AA5 went past its time, and was rolled back
    branch.close()


async def test_a_commit_whose_answer_is_lost_is_found_by_its_key_and_not_written_twice(
    postgres: PostgresServer, on_server: PostgresUrl
) -> None:
    line = CutAtCommit(postgres, on_server.database)
    branch = Branch.open(line.url)
    quote = await branch.read(lambda c: quote_stay(c, 1, "queen", day(10), 2, MORNING))
    assert not isinstance(quote, Refused)
    tries: list[int] = []

    def book(conn: Connection) -> Outcome:
        tries.append(1)
        return confirm(conn, quote, Consent(JAMES, "a session", "one key", MORNING))

    done = await branch.write(book)
    assert isinstance(done, Done)
    assert len(tries) == 2
    stays = select(reservations.c.code).where(reservations.c.idempotency_key == "one key")
    assert await branch.read(lambda c: list(c.execute(stays).scalars())) == [done.code]
    branch.close()
    line.close()


async def test_a_commit_that_cannot_be_looked_after_is_told_as_unknown(
    postgres: PostgresServer, on_server: PostgresUrl, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = CutAtCommit(postgres, on_server.database, cuts=100)
    branch = Branch.open(line.url)
    monkeypatch.setattr(branch_module, "PATIENCE_S", 0.2)
    with pytest.raises(OutcomeUnknownError, match="may have been written, or not"):
        await branch.write(lambda c: c.execute(update(flights).where(flights.c.id == 1).values(gate="Z9")).close())
    branch.close()
    line.close()


async def test_a_change_beyond_its_time_is_rolled_back(on_server: PostgresUrl, monkeypatch: pytest.MonkeyPatch) -> None:
    branch = Branch.open(on_server)
    monkeypatch.setattr(branch_module, "LIMIT_S", 0.05)
    may_go_on = threading.Event()

    def slow(conn: Connection) -> None:
        conn.execute(update(flights).where(flights.c.id == 1).values(gate="Z9"))
        may_go_on.wait(0.2)

    with pytest.raises(UnavailableError, match="took too long: nothing was written"):
        await branch.write(slow)
    monkeypatch.undo()
    gate = select(flights.c.gate).where(flights.c.id == 1)
    assert await branch.read(lambda c: c.execute(gate).scalar_one()) != "Z9"
    branch.close()


def test_an_address_that_does_not_work_is_told_in_one_line_without_the_password(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    for address, reason in (
        (f"postgresql://lobby:s3cret@127.0.0.1:{postgres.port}/postgres", "password authentication failed"),
        (f"postgresql://lobby:s3cret@127.0.0.1:{1}/postgres", "refused"),
    ):
        where = PostgresUrl.parse(address)
        with pytest.raises(DataError, match=reason) as told:
            Branch.open(where)
        with pytest.raises(DataError, match=reason):
            is_prepared(tmp_path, where)
        assert "s3cret" not in f"{told.value} {where} {where!r}"
        assert "\n" not in str(told.value)


@pytest.mark.parametrize("address", ["mysql://a:s3cret@b/c", "nonsense s3cret", "postgresql://a:s3cret@b", ""])
def test_what_is_no_address_of_a_postgresql_database_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(DataError, match="postgresql\\+psycopg://USER@HOST/DATABASE") as told:
        PostgresUrl.parse(address)
    assert "s3cret" not in str(told.value)


def test_the_password_may_be_in_a_file(postgres: PostgresServer, on_server: PostgresUrl, tmp_path: Path) -> None:
    (tmp_path / "password").write_text(f"{on_server.url.password}\n")
    address = on_server.url.set(password=None).render_as_string()
    Branch.open(PostgresUrl.parse(address, tmp_path / "password")).close()
    with pytest.raises(DataError, match="cannot read the database password in .*missing"):
        PostgresUrl.parse(address, tmp_path / "missing")


# -- making and migrating -----------------------------------------------------------------------------------------


def test_of_nodes_that_start_together_on_an_empty_database_one_makes_the_sample(empty_on_server: PostgresUrl) -> None:
    told: list[str] = []

    def start(number: int) -> str:
        prepare_records(empty_on_server, today=TODAY, progress=lambda what, done, total: told.append(what))
        branch = Branch.open(empty_on_server)
        branch.close()
        assert branch.data_version.flights == 52 * 61
        return branch.data_version.schema

    with ThreadPoolExecutor(3) as threads:
        assert list(threads.map(start, range(3))) == [newest_revision()] * 3
    assert told.count("sample data") == 1


def test_of_nodes_that_start_together_on_an_older_schema_one_migrates(empty_on_server: PostgresUrl) -> None:
    engine = open_server(empty_on_server)
    with engine.begin() as conn:
        upgrade(conn, to="0001")
    engine.dispose()
    all_ready = threading.Barrier(3)

    def start(number: int) -> str:
        all_ready.wait(30)
        branch = Branch.open(empty_on_server)
        branch.close()
        return branch.data_version.schema

    with ThreadPoolExecutor(3) as threads:
        assert list(threads.map(start, range(3))) == [newest_revision()] * 3


def test_migrating_an_empty_server_gives_the_tables_that_the_code_works_with(empty_on_server: PostgresUrl) -> None:
    engine = open_server(empty_on_server)
    with upkeep(engine).begin() as conn:
        migrate(conn)
        assert revision_of(conn) == newest_revision()
        found = compare_metadata(MigrationContext.configure(conn, opts={"compare_server_default": True}), metadata)
        assert [change for change in found if getattr(change[1], "name", "") != "alembic_version"] == []
        checks = text(
            "SELECT count(*) FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
        )
        declared = sum(
            1 for t in metadata.tables.values() for c in t.constraints if type(c).__name__ == "CheckConstraint"
        )
        assert conn.execute(checks).scalar_one() == declared
    engine.dispose()


def test_an_empty_server_says_how_to_make_data(empty_on_server: PostgresUrl) -> None:
    with pytest.raises(DataError, match="there are no branch data at postgresql://.*make them with `lobby data init`"):
        Branch.open(empty_on_server)


def test_a_database_of_something_else_is_left_alone(empty_on_server: PostgresUrl) -> None:
    engine = open_server(empty_on_server)
    with engine.begin() as conn:
        conn.execute(text("CREATE TABLE customers (id integer)"))
    with pytest.raises(DataError, match="holds tables of something else"):
        prepare_records(empty_on_server, today=TODAY, progress=quiet)
    with engine.connect() as conn:
        assert conn.execute(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")).scalar_one() == 1
    engine.dispose()


def test_data_of_a_newer_lobby_on_a_server_are_refused(on_server: PostgresUrl) -> None:
    engine = open_server(on_server)
    with engine.begin() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(DataError, match="of schema 9999, which this Lobby .* does not know"):
        Branch.open(on_server)


def test_a_reset_is_refused_while_a_node_is_up_and_replaces_everything_after(on_server: PostgresUrl) -> None:
    branch = Branch.open(on_server)
    with pytest.raises(DataError, match="connections of Lobby servers .* are open: stop those first"):
        reset_records(on_server, today=date(2027, 5, 1), progress=quiet)
    assert branch.data_version.sample_day == TODAY
    branch.close()
    reset_records(on_server, today=date(2027, 5, 1), progress=quiet)
    branch = Branch.open(on_server)
    assert branch.data_version.sample_day == date(2027, 5, 1)
    assert branch.data_version.customers == 243
    branch.close()


async def test_long_words_and_strange_signs_do_not_break_the_audit_trail(branch: Branch) -> None:
    for code in ("K" * 500, "K7\0M2", "٣" * 90):
        told = await branch.write(lambda c, code=code: try_proof(c, session_key="s", code=code, pin="1", at=MORNING))  # type: ignore[misc]
        assert isinstance(told, Unproven)
    rows = await branch.read(lambda c: c.execute(select(audit.c.subject)).scalars().all())
    assert len(rows) == 3
    assert all(len(row) <= 80 for row in rows)
