"""Redis may go and come back under a running desk: customers go on, and no node's later words are lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sync.mirrored import MirroredStore
from sync.session import Line, SessionState
from sync.store import Lease, OwnershipLostError
from tests.redis_server import Line as RedisLine
from tests.redis_server import RedisServer

STATE = SessionState("0b0e6a36", agent="flight")


@asynccontextmanager
async def node(server: RedisServer | RedisLine, folder: Path) -> AsyncIterator[MirroredStore]:
    store = await MirroredStore.open(server.url, folder, retry_s=0.05)
    try:
        yield store
    finally:
        await store.close()


async def taken(store: MirroredStore, owner: str) -> Lease:
    lease = await store.take(STATE.key, owner)
    assert lease is not None
    return lease


async def reaches(store: MirroredStore, state: str, waiting: int = 0) -> None:
    async with asyncio.timeout(10):
        while (store.health().state, store.health().waiting) != (state, waiting):  # noqa: ASYNC110
            await asyncio.sleep(0)


def said(words: str) -> SessionState:
    return STATE.with_line(Line("customer", words))


async def test_what_one_node_saved_another_loads(server: RedisServer, tmp_path: Path) -> None:
    async with node(server, tmp_path / "a") as one, node(server, tmp_path / "b") as two:
        lease = await taken(one, "one")
        await one.save(said("hello"), lease)
        await one.release(lease)
        await taken(two, "two")
        assert await two.load(STATE.key) == said("hello")


async def test_a_session_goes_on_without_redis_and_is_shared_when_it_is_back(
    server: RedisServer, tmp_path: Path
) -> None:
    async with node(server, tmp_path / "a") as one, node(server, tmp_path / "b") as two:
        lease = await taken(one, "one")
        await one.save(said("before"), lease)
        await reaches(one, "shared")
        server.stop()
        await one.save(said("meanwhile"), lease)
        await one.renew(lease)
        await reaches(one, "local", waiting=1)
        assert await one.load(STATE.key) == said("meanwhile")
        server.start()
        await reaches(one, "shared")
        await one.renew(lease)
        await one.save(said("after"), lease)
        await one.release(lease)
        await reaches(two, "shared")
        assert await two.load(STATE.key) == said("after")


async def test_a_session_begins_without_redis(server: RedisServer, tmp_path: Path) -> None:
    server.stop()
    async with node(server, tmp_path / "a") as one:
        lease = await taken(one, "one")
        await one.save(said("alone"), lease)
        assert one.health().state == "local"
        server.start()
        await reaches(one, "shared")
        async with node(server, tmp_path / "b") as two:
            assert await two.load(STATE.key) == said("alone")
        await one.renew(lease)


async def test_a_node_started_again_brings_what_waited(server: RedisServer, tmp_path: Path) -> None:
    async with node(server, tmp_path / "a") as one:
        await one.save(said("before"), await taken(one, "one"))
        await reaches(one, "shared")
        server.stop()
        await one.save(said("unsent"), await taken(one, "again"))
    server.start()
    async with node(server, tmp_path / "a") as one, node(server, tmp_path / "b") as two:
        await reaches(one, "shared")
        assert await two.load(STATE.key) == said("unsent")


async def test_a_session_that_went_on_elsewhere_is_not_overwritten(server: RedisServer, tmp_path: Path) -> None:
    line = RedisLine(server)
    await line.mend()
    async with node(line, tmp_path / "a") as one, node(server, tmp_path / "b") as two:
        lease = await taken(one, "one")
        await one.save(said("before"), lease)
        await reaches(one, "shared")
        await line.cut()
        await one.save(said("here"), lease)
        await reaches(one, "local", waiting=1)
        other = await taken(two, "two")
        assert await two.load(STATE.key) == said("before")
        await two.save(said("there"), other)
        await reaches(two, "shared")
        await line.mend()
        await reaches(one, "shared")
        assert one.health().conflicts == 1
        with pytest.raises(OwnershipLostError):
            await one.save(said("here again"), lease)
        assert await one.load(STATE.key) == await two.load(STATE.key) == said("there")
    await line.cut()


async def test_a_redis_that_hangs_delays_no_save(server: RedisServer, tmp_path: Path, patience: float) -> None:
    async with node(server, tmp_path / "a") as one:
        lease = await taken(one, "one")
        server.pause()
        try:
            async with asyncio.timeout(patience * 0.8):
                await one.save(said("at once"), lease)
            await reaches(one, "local", waiting=1)
        finally:
            server.go_on()
        await reaches(one, "shared")


async def test_a_forgotten_session_stays_forgotten(server: RedisServer, tmp_path: Path) -> None:
    async with node(server, tmp_path / "a") as one:
        lease = await taken(one, "one")
        await one.save(said("hello"), lease)
        assert await one.delete(STATE.key)
        assert await one.load(STATE.key) is None
        assert await one.keys() == ()
