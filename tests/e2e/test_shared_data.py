"""Two nodes behind a load balancer: one PostgreSQL with the business data, one Redis with the sessions."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine, func, select, text, update

from data.postgres import open_server
from data.sample.prepare import prepare_records
from data.schema import outcomes, reservations, room_nights
from tests.e2e.test_two_nodes import ask, session_at
from tests.ledger_tools import faults
from tests.postgres_server import PostgresServer
from tests.redis_server import RedisServer
from tests.server_tools import Server, clean_environment, copy_branch, start_servers, stop_server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

TODAY = date(2026, 11, 22)
WISH = "I'd like to book a king room at Pine Street Hotel in Seattle from December 3 to December 4."
MARIA, JAMES = "My code is K7M2QX, PIN 4071", "My code is R3W9ZD, PIN 9356"


@pytest.fixture
def postgres() -> Iterator[PostgresServer]:
    server = PostgresServer({})
    yield server
    server.remove()


@pytest.fixture
def database(postgres: PostgresServer) -> str:
    name = postgres.new_database()
    prepare_records(postgres.url(name), today=TODAY, progress=lambda *_: None)
    return name


@pytest.fixture
def records(postgres: PostgresServer, database: str) -> Iterator[Engine]:
    engine = open_server(postgres.url(database))
    yield engine
    engine.dispose()


@pytest.fixture
def nodes(postgres: PostgresServer, database: str, prepared: Path, tmp_path: Path) -> Iterator[tuple[Server, Server]]:
    (tmp_path / "redis").mkdir()
    redis = RedisServer("valkey", tmp_path / "redis")
    shared = clean_environment(LOBBY_REDIS_URL=redis.url, LOBBY_DATA_URL=postgres.text_url(database))
    folders = [copy_branch(prepared, tmp_path / name) for name in ("one", "two")]
    for folder in folders:
        (folder / "branch.duckdb").unlink()  # the database server alone has the records
    one, two = start_servers(folders, env=shared)
    yield one, two
    for node in (one, two):
        if node.process.poll() is None:
            stop_server(node)
    redis.stop()


async def quoted(node: Server, key: str, who: str) -> None:
    """A customer who has heard the read-back of a stay, and has not said yes."""
    async with session_at(node, key) as client:
        await ask(client, WISH)
        assert "Pine Street Hotel" in (said := await ask(client, who)), said


async def yes(node: Server, key: str) -> str:
    async with session_at(node, key) as client:
        return await ask(client, "Yes please.")


async def test_nodes_share_bookings_and_stock_and_survive_each_other_and_the_database(
    nodes: tuple[Server, Server], postgres: PostgresServer, records: Engine
) -> None:
    one, two = nodes
    n = room_nights.c
    night = (n.hotel_id == 3) & (n.room == "king") & (n.night == date(2026, 12, 3))
    with records.begin() as conn:
        assert conn.execute(update(room_nights).where(night).values(sold=n.stock - 2)).rowcount == 1

    # asked at one node, agreed to at the other, and known at the first
    await quoted(one, "maria", MARIA)
    done = await yes(two, "maria")
    code = done_code(records, 1)
    assert code in done
    async with session_at(one, "another-day") as client:
        await ask(client, "What hotel reservations do I have?")
        assert "Pine Street" in (said := await ask(client, f"My code is {code}, PIN 4071")), said

    # the last room, wanted at both nodes at the same moment
    await asyncio.gather(quoted(one, "m", MARIA), quoted(two, "j", JAMES))
    told = await asyncio.gather(yes(one, "m"), yes(two, "j"))
    assert sorted("no king room left" in reply for reply in told) == [False, True], told
    with records.connect() as conn:
        assert conn.execute(select(n.stock - n.sold).where(night)).scalar_one() == 0

    # a node killed in the middle of a change: nothing of it is left, and the same yes at the other node writes it once
    with records.begin() as conn:
        conn.execute(update(room_nights).where(night).values(sold=n.stock - 1))
    await quoted(one, "killed", JAMES)
    with records.connect() as holding, holding.begin():
        holding.execute(select(n.sold).where(night).with_for_update())
        dying = asyncio.create_task(yes(one, "killed"))
        await until_a_node_waits(records)
        one.process.send_signal(signal.SIGKILL)
        one.process.wait()
        with pytest.raises(Exception, match="."):
            await dying
    assert written(records) == 2
    assert "Done" in await yes(two, "killed")
    assert written(records) == 3

    # the database goes away: the desk says so, in turns and to probes, and goes on when it is back
    async with session_at(two, "patient") as client, httpx.AsyncClient(base_url=two.url) as http:
        postgres.stop()
        said = await ask(client, "Is flight LB204 on time?")
        assert "can't look that up right now" in said
        ready = await http.get("/readyz")
        assert (ready.status_code, ready.json()["reasons"]["data"]) == (
            503,
            "the branch's database server does not answer",
        )
        assert (await http.get("/healthz")).status_code == 200
        assert "lobby_ready 0.0" in (await http.get("/metrics")).text
        postgres.start()
        assert (await http.get("/readyz")).status_code == 200
        assert "LB204" in await ask(client, "Is flight LB204 on time?")
    records.dispose()
    with records.connect() as conn:
        assert faults(conn) == []


def done_code(records: Engine, expected: int) -> str:
    with records.connect() as conn:
        codes = list(
            conn.execute(select(reservations.c.code).where(reservations.c.idempotency_key.is_not(None))).scalars()
        )
    assert len(codes) == expected
    return str(codes[-1])


def written(records: Engine) -> int:
    done = select(func.count()).where(outcomes.c.outcome.like('%"code"%'), outcomes.c.outcome.not_like('%"reason"%'))
    with records.connect() as conn:
        return int(conn.execute(done).scalar_one())


async def until_a_node_waits(records: Engine) -> None:
    waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")

    def look() -> int:
        with records.connect() as conn:
            return int(conn.execute(waiting).scalar_one())

    async with asyncio.timeout(20):
        while not await asyncio.to_thread(look):
            pass
