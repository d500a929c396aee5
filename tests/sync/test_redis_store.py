"""Several nodes on one Redis: one owner a session, and nothing lost when it changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from redis.asyncio import Redis

from sync.redis_link import RedisGoneError
from sync.redis_store import RedisStore
from sync.session import Identity, Line, SessionState
from sync.store import OwnershipLostError, StoreError
from tests.redis_server import RedisServer

STATE = SessionState("0b0e6a36", agent="flight", identity=Identity(1001, "María López", 1.5, 2.5))


@pytest.fixture
async def nodes(server: RedisServer) -> AsyncIterator[tuple[RedisStore, RedisStore]]:
    one, two = RedisStore(server.url), RedisStore(server.url)
    yield one, two
    await one.close()
    await two.close()


async def test_a_session_goes_on_at_another_node(nodes: tuple[RedisStore, RedisStore]) -> None:
    one, two = nodes
    lease = await one.take(STATE.key, "one")
    assert lease is not None
    await one.save(STATE, lease)
    await one.release(lease)
    assert await two.load(STATE.key) == STATE
    assert await two.keys() == (STATE.key,)
    assert await two.delete(STATE.key)
    assert await one.load(STATE.key) is None


async def test_a_node_that_slept_cannot_overwrite_its_successor(nodes: tuple[RedisStore, RedisStore]) -> None:
    one, two = nodes
    slept = await one.take(STATE.key, "one")
    successor = await two.take(STATE.key, "two")
    assert slept is not None and successor is not None
    await two.save(STATE, successor)
    with pytest.raises(OwnershipLostError):
        await one.save(STATE.with_line(Line("customer", "too late")), slept)
    with pytest.raises(OwnershipLostError):
        await one.renew(slept)
    await one.release(slept)
    assert await one.take(STATE.key, "three", over=False) is None, "the successor still holds it"
    assert await one.load(STATE.key) == STATE


async def test_an_owner_elsewhere_writes_its_state_before_it_leaves(server: RedisServer) -> None:
    asked: asyncio.Queue[str] = asyncio.Queue()
    leave: Callable[[str], None] = asked.put_nowait
    one = await RedisStore.connected(server.url, leave=leave)
    two = await RedisStore.connected(server.url)
    lease = await one.take(STATE.key, "one")
    assert lease is not None
    taking = asyncio.create_task(two.take(STATE.key, "two"))
    assert await asyncio.wait_for(asked.get(), 5) == STATE.key
    await one.save(STATE, lease)
    await one.release(lease)
    taken = await taking
    assert taken is not None and taken.fence == lease.fence + 1
    assert await two.load(STATE.key) == STATE
    await one.close()
    await two.close()


async def test_a_lease_ends_when_its_owner_gives_no_sign_of_life(server: RedisServer) -> None:
    store = RedisStore(server.url, lease_s=0.05)
    assert await store.take(STATE.key, "dead") is not None
    async with asyncio.timeout(5):
        while (lease := await store.take(STATE.key, "alive", over=False)) is None:
            pass
    await store.renew(lease)
    await store.close()


async def test_a_deleted_session_is_not_brought_back_by_its_owner(nodes: tuple[RedisStore, RedisStore]) -> None:
    one, two = nodes
    lease = await one.take(STATE.key, "one")
    assert lease is not None
    await one.save(STATE, lease)
    assert await two.delete(STATE.key)
    with pytest.raises(OwnershipLostError):
        await one.save(STATE, lease)
    assert await two.keys() == ()


async def test_two_hundred_takers_get_two_hundred_fences(nodes: tuple[RedisStore, RedisStore]) -> None:
    leases = await asyncio.gather(*(nodes[n % 2].take(STATE.key, "same owner") for n in range(200)))
    assert sorted(lease.fence for lease in leases if lease is not None) == list(range(1, 201))


async def test_what_is_not_a_state_is_refused(server: RedisServer, nodes: tuple[RedisStore, RedisStore]) -> None:
    raw: Redis = Redis.from_url(server.url)
    await raw.set(f"lobby:{{{STATE.key}}}:state", b"\x80\x04cos\nsystem\n.")
    with pytest.raises(StoreError):
        await nodes[0].load(STATE.key)
    await raw.set(f"lobby:{{{STATE.key}}}:state", '{"key": "another"}')
    with pytest.raises(StoreError, match="holds another session's state"):
        await nodes[0].load(STATE.key)
    await raw.aclose()


async def test_a_redis_that_is_gone_is_named_without_its_password(server: RedisServer) -> None:
    store = RedisStore(server.url.replace("redis://", "redis://lobby:geheim@"))
    with pytest.raises(RedisGoneError, match="refuses this user") as refused:
        await store.load(STATE.key)
    server.stop()
    with pytest.raises(
        RedisGoneError, match=rf"does not answer \(127.0.0.1:{server.port}: connection refused\)"
    ) as gone:
        await store.load(STATE.key)
    assert "geheim" not in f"{refused.value} {gone.value}"
    await store.close()
    with pytest.raises(StoreError, match="LOBBY_REDIS_URL cannot be used"):
        RedisStore("http://nowhere")


async def test_a_valkey_may_be_named_as_one(server: RedisServer) -> None:
    store = await RedisStore.connected(server.url.replace("redis://", "valkey://"))
    lease = await store.take(STATE.key, "kiosk")
    assert lease is not None
    await store.close()


async def test_an_account_with_few_rights_is_enough(tmp_path: Path) -> None:
    (tmp_path / "redis").mkdir()
    account = "desk on >geheim ~lobby:* &lobby:* -@all +@read +@write +@scripting +ping +publish +subscribe +client"
    server = RedisServer("valkey", tmp_path / "redis", "--user", *account.split())
    try:
        store = await RedisStore.connected(server.url.replace("redis://", "redis://desk:geheim@"), leave=lambda _: None)
        lease = await store.take(STATE.key, "one")
        assert lease is not None
        await store.save(STATE, lease)
        assert await store.keys() == (STATE.key,)
        await store.close()
    finally:
        server.stop()
