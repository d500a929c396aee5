"""Trials of shared sessions: owners that are paused, clocks that jump, a Redis that is stopped under load."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis.asyncio import Redis

from sync.mirrored import MirroredStore
from sync.redis_store import RedisStore
from sync.session import SessionState
from sync.store import OwnershipLostError
from tests.redis_server import RedisServer
from tests.server_tools import ROOT, clean_environment
from tests.session_owner import KEY


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[RedisServer]:
    (tmp_path / "redis").mkdir()
    started = RedisServer("valkey", tmp_path / "redis")
    yield started
    started.stop()


@dataclass(frozen=True)
class Step:
    """What an owner said: `took` the session with this fence at this count, `saved` that count, or `lost` it."""

    what: str
    fence: int
    count: int


def owner(url: str, log: Path, clock: str) -> subprocess.Popen[bytes]:
    with log.open("wb") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "tests.session_owner", url, clock], stdout=out, cwd=ROOT, env=clean_environment()
        )


def steps(log: Path) -> list[Step]:
    """Whole lines only: the process was killed in the middle of one."""
    lines = [line.split() for line in log.read_text().split("\n")[:-1]]
    return [Step(what, int(fence), int(count)) for what, fence, count in lines]


@pytest.mark.slow
@pytest.mark.parametrize("clock", ["steady", "jumping"])
async def test_pauses_of_owners_lose_and_overwrite_nothing(valkey: RedisServer, tmp_path: Path, clock: str) -> None:
    logs = tmp_path / "one", tmp_path / "two"
    owners = [owner(valkey.url, log, clock) for log in logs]
    chance = random.Random(6)
    try:
        async with asyncio.timeout(60):
            while not all(sum(step.what == "took" for step in steps(log)) > 2 for log in logs):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            for _ in range(12):
                paused = owners[chance.randrange(2)]
                paused.send_signal(signal.SIGSTOP)
                await asyncio.sleep(chance.uniform(0.1, 0.6))
                paused.send_signal(signal.SIGCONT)
                await asyncio.sleep(chance.uniform(0.0, 0.1))
    finally:
        for process in owners:
            process.kill()
            process.wait()
    said = [step for log in logs for step in steps(log)]
    took = {step.fence: step.count for step in said if step.what == "took"}
    assert len(took) == sum(step.what == "took" for step in said), "no two owners ever have the same fence"
    assert any(step.what == "lost" for step in said), "no pause was long enough: the test shows nothing"
    for step in said:
        if step.what == "saved":
            later = [count for fence, count in took.items() if fence > step.fence]
            assert step.count <= min(later, default=step.count), (
                "an acknowledged save was overwritten, or came too late"
            )
    raw: Redis = Redis.from_url(valkey.url, decode_responses=True)
    kept = json.loads(str(await raw.get(f"lobby:{{{KEY}}}:state")))["topic"]["count"]
    await raw.aclose()
    assert kept >= max(step.count for step in said if step.what == "saved")


async def test_redis_stopped_and_started_under_load_loses_no_session(valkey: RedisServer, tmp_path: Path) -> None:
    node = await MirroredStore.open(valkey.url, tmp_path / "node", retry_s=0.05)
    keys = [f"caller-{number}" for number in range(25)]
    saved: dict[str, int] = dict.fromkeys(keys, 0)
    slowest = 0.0
    over = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def talk(key: str) -> None:
        nonlocal slowest
        lease = await node.take(key, f"owner of {key}")
        assert lease is not None
        while not over.is_set():
            began = loop.time()
            await node.save(SessionState(key, topic={"turn": saved[key] + 1}), lease)
            slowest = max(slowest, loop.time() - began)
            saved[key] += 1
            await node.renew(lease)
            await asyncio.sleep(0.01)
        await node.release(lease)

    async with asyncio.TaskGroup() as tasks:
        for key in keys:
            tasks.create_task(talk(key))
        for end in (valkey.stop, valkey.pause, valkey.stop):
            before = min(saved.values())
            await gone_on(saved, before + 3)
            end()
            await gone_on(saved, min(saved.values()) + 5)
            (valkey.go_on if end == valkey.pause else valkey.start)()
        over.set()
    async with asyncio.timeout(20):
        while node.health().waiting or node.health().state != "shared":  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert node.health().conflicts == 0
    other = await RedisStore.connected(valkey.url)
    for key in keys:
        state = await other.load(key)
        assert state is not None and state.topic == {"turn": saved[key]}, "Redis lacks what was saved last"
    await other.close()
    await node.close()
    assert slowest < 5, "a save waited for Redis"


async def gone_on(saved: dict[str, int], count: int) -> None:
    """Wait until every session was saved so often."""
    async with asyncio.timeout(30):
        while min(saved.values()) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_fences_and_leases_do_not_go_by_a_nodes_clock(
    valkey: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    early, late = RedisStore(valkey.url), RedisStore(valkey.url)
    first = await early.take(KEY, "a node in 1970")
    assert first is not None
    monkeypatch.setattr("time.time", lambda: 4_000_000_000.0)
    assert await late.take(KEY, "a node in 2096", over=False) is None, "the lease lives by the server's clock"
    second = await late.take(KEY, "a node in 2096")
    assert second is not None and second.fence > first.fence
    monkeypatch.setattr("time.time", lambda: 0.0)
    await late.save(SessionState(KEY, agent="flight", updated_at=0.0), second)
    with pytest.raises(OwnershipLostError):
        await early.save(SessionState(KEY, agent="hotel", updated_at=4e9), first)
    state = await early.load(KEY)
    assert state is not None and state.agent == "flight"
    await early.close()
    await late.close()
