"""Sessions that somebody else ends, who is live, and notes: on disk with two processes' stores, in memory, in Redis."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sync import kept_session
from sync.disk import DiskStore
from sync.kept_session import owned
from sync.memory import MemoryStore
from sync.mirrored import MirroredStore
from sync.redis_store import RedisStore
from sync.session import Line, SessionState
from sync.store import Lease, SessionEndedError, SessionStore
from tests.redis_server import RedisServer

STATE = SessionState("0b0e6a36", agent="flight")


@asynccontextmanager
async def stores(kind: str, tmp_path: Path) -> AsyncIterator[tuple[SessionStore, SessionStore]]:
    """The store of a server, and the same as another process sees it."""
    opened: tuple[SessionStore, SessionStore]
    redis: RedisServer | None = None
    if kind == "memory":
        opened = (one := MemoryStore(), one)
    elif kind == "disk":
        opened = DiskStore(tmp_path / "sessions"), DiskStore(tmp_path / "sessions", mend=False)
    else:
        (tmp_path / "redis").mkdir()
        redis = RedisServer("redis 6", tmp_path / "redis")
        looking = await RedisStore.connected(redis.url)
        if kind == "redis":
            opened = await RedisStore.connected(redis.url), looking
        else:
            opened = await MirroredStore.open(redis.url, tmp_path / "node", retry_s=0.05), looking
    try:
        yield opened
    finally:
        for store in opened:
            await store.close()
        if redis is not None:
            redis.stop()


@pytest.fixture(params=["memory", "disk", "redis", "mirrored"])
async def seen(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[SessionStore, SessionStore]]:
    async with stores(request.param, tmp_path) as both:
        yield both


async def taken(store: SessionStore, owner: str = "kiosk") -> Lease:
    lease = await store.take(STATE.key, owner)
    assert lease is not None
    return lease


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0)


async def saved(store: SessionStore, seen_by: SessionStore, lease: Lease) -> None:
    await store.save(STATE, lease)
    async with asyncio.timeout(10):
        while await seen_by.load(STATE.key) is None:  # noqa: ASYNC110
            await asyncio.sleep(0)


Both = tuple[SessionStore, SessionStore]


async def test_an_ended_session_is_forgotten_and_its_owner_is_told(seen: Both) -> None:
    store, other = seen
    lease = await taken(store)
    await saved(store, other, lease)
    assert await other.delete(STATE.key)
    with pytest.raises(SessionEndedError, match="was ended"):
        await store.renew(lease)
    with pytest.raises(SessionEndedError):
        await store.save(STATE.with_line(Line("customer", "too late")), lease)
    await store.release(lease)
    assert await other.keys() == ()
    again = await taken(store, "next customer")
    assert await store.load(STATE.key) is None, "what was forgotten must not come back"
    await store.renew(again)
    await saved(store, other, again)


async def test_a_session_that_nobody_has_spoken_in_can_be_ended_too(seen: Both) -> None:
    store, other = seen
    lease = await taken(store)
    assert await other.delete(STATE.key)
    with pytest.raises(SessionEndedError):
        await store.renew(lease)
    assert not await other.delete("nobody")


async def test_who_is_live_is_seen_from_outside(seen: Both) -> None:
    store, other = seen
    assert await other.live() == frozenset()
    lease = await taken(store)
    assert await other.live() == {STATE.key}
    await store.release(lease)
    assert await other.live() == frozenset()


async def test_marks_and_notes_are_no_sessions(seen: Both) -> None:
    store, other = seen
    await taken(store)
    await store.notes.put("resume:1", "text", 60)
    assert await other.keys() == ()


async def test_of_two_takers_one_gets_the_note(seen: Both) -> None:
    store, other = seen
    assert await store.notes.put("code", "the key", 60)
    assert not await other.notes.put("code", "another", 60)
    took = await asyncio.gather(*(one.notes.pull("code") for one in (store, other) * 10))
    assert sorted(filter(None, took)) == ["the key"]
    assert await store.notes.put("code", "again", 60)


async def test_counts_from_all_sides_add_up(seen: Both) -> None:
    store, other = seen
    counted = await asyncio.gather(*(one.notes.count("tries", 1, 60) for one in (store, other) * 10))
    assert sorted(counted) == list(range(1, 21))
    assert await store.notes.count("tries", -5, 60) == 15


async def test_notes_live_for_their_time(seen: Both) -> None:
    store, _ = seen
    await store.notes.put("code", "key", 0.05)
    await store.notes.count("tries", 1, 0.05)
    await store.notes.count("tries", 1, 60)
    async with asyncio.timeout(5):
        while not await store.notes.put("code", "again", 60):
            pass
        while await store.notes.count("tries", 0, 60):
            pass


async def test_the_owner_closes_when_its_session_is_ended(seen: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_session, "RENEWED_EVERY_S", 0.01)
    store, other = seen
    ended, lost = asyncio.Event(), asyncio.Event()
    async with owned(STATE.key, store, channel="kiosk", lost=lost.set, ended=ended.set) as session:
        session.keep(session.state.with_line(Line("customer", "hello")))
        async with asyncio.timeout(10):
            while await other.load(STATE.key) is None:  # noqa: ASYNC110
                await asyncio.sleep(0)
        await other.delete(STATE.key)
        await asyncio.wait_for(ended.wait(), 10)
        session.keep(session.state.with_line(Line("customer", "and this")))
    assert not lost.is_set()
    assert await other.load(STATE.key) is None


async def test_a_session_ended_while_its_node_was_away_does_not_come_back_from_the_disk(tmp_path: Path) -> None:
    (tmp_path / "redis").mkdir()
    server = RedisServer("valkey", tmp_path / "redis")
    node = await MirroredStore.open(server.url, tmp_path / "a", retry_s=0.05)
    lease = await taken(node)
    await node.save(STATE, lease)
    await node.release(lease)
    await node.close()
    other = await RedisStore.connected(server.url)
    assert await other.delete(STATE.key)
    node = await MirroredStore.open(server.url, tmp_path / "a", retry_s=0.05)
    await until(lambda: node.health().state == "shared")
    await taken(node, "next")
    assert await node.load(STATE.key) is None
    await node.close()
    await other.close()
    server.stop()


async def test_a_code_given_without_redis_is_taken_when_it_is_back(tmp_path: Path) -> None:
    (tmp_path / "redis").mkdir()
    server = RedisServer("valkey", tmp_path / "redis")
    node = await MirroredStore.open(server.url, tmp_path / "a", retry_s=0.05)
    server.stop()
    assert await node.notes.put("code", "key", 60)
    server.start()
    await until(lambda: node.health().state == "shared")
    assert await node.notes.pull("code") == "key"
    await node.close()
    server.stop()


async def test_a_store_that_cannot_read_a_state_begins_the_session_anew(tmp_path: Path) -> None:
    store = DiskStore(tmp_path / "sessions")
    lease = await taken(store)
    await store.save(STATE, lease)
    await store._texts.set(STATE.key, '{"altered": true}')
    async with owned(STATE.key, store, channel="kiosk", lost=lambda: None) as session:
        assert session.state.agent is None
        session.keep(session.state.with_line(Line("customer", "hello")))
    state = await store.load(STATE.key)
    assert state is not None and [line.text for line in state.history] == ["hello"]
    await store.close()
