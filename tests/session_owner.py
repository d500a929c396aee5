"""A process that owns a session on a Redis again and again, for tests that pause it and move its clock.

It counts in the session's state, and says on standard output what it took and what was acknowledged.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
import uuid
from dataclasses import replace

from sync import redis_store
from sync.redis_store import RedisStore
from sync.session import SessionState
from sync.store import OwnershipLostError, StoreError

KEY = "owned-in-turns"


def jump() -> None:
    """From here on this process's wall clock is wrong by up to a year, another way each time it is read."""
    real = time.time
    time.time = lambda: real() + random.uniform(-1, 1) * 365 * 24 * 3600


def say(what: str, fence: int = 0, count: int = 0) -> None:
    sys.stdout.write(f"{what} {fence} {count}\n")
    sys.stdout.flush()


async def own(url: str) -> None:
    """Take the session, count in it for a while, let go, for ever."""
    redis_store.HAND_OVER_S = 0.2
    wanted: set[str] = set()
    store = await RedisStore.connected(url, leave=wanted.add)
    while True:
        try:
            lease = await store.take(KEY, uuid.uuid4().hex)
            assert lease is not None
            state = await store.load(KEY) or SessionState(KEY, topic={"count": 0})
            count = int(str(state.topic["count"]))
            say("took", lease.fence, count)
            wanted.clear()
            while not wanted:
                await store.save(replace(state, topic={"count": count + 1}), lease)
                count += 1
                say("saved", lease.fence, count)
                await asyncio.sleep(0.002)
            await store.release(lease)
            await asyncio.sleep(0.05)
        except OwnershipLostError:
            say("lost")
        except StoreError:  # a pause in the middle of a command looks like a Redis that does not answer
            await asyncio.sleep(0.01)


if __name__ == "__main__":
    if "jumping" in sys.argv:
        jump()
    asyncio.run(own(sys.argv[1]))
