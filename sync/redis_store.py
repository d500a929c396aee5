"""Session states in a Redis (6 or later) or Valkey that several nodes share.

| key | value | lives |
|---|---|---|
| `lobby:{KEY}:state` | the state as JSON | the store's time to live after the last save |
| `lobby:{KEY}:fence` | the newest lease's fence, a number that only grows | twice as long |
| `lobby:{KEY}:owner` | who holds the lease | `LEASE_S` after its last sign of life |
| `lobby:{KEY}:ended` | that the session was ended, until somebody takes it anew | `ENDED_S` |
| `lobby:note:NAME` | a note: see `notes.py` | as long as the note says |

Each step that compares and writes is one script on the Redis server, so two nodes cannot come between. Lifetimes are
counted by that server: a node's own clock may jump. The braces keep a session's keys together in a cluster.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import uuid
from collections.abc import Callable
from typing import Self

from redis.asyncio import Redis
from redis.exceptions import RedisError

from sync import redis_scripts as scripts
from sync.disk import ENDED_S, read_state
from sync.notes import Notes
from sync.redis_link import answering, ended, redis_at
from sync.session import SessionState, to_json
from sync.store import (
    TIME_TO_LIVE_S,
    Lease,
    Leave,
    OwnershipLostError,
    SessionEndedError,
    StoreHealth,
)

LEASE_S = 10.0
"""A lease ends this long after its owner's last sign of life; owners give one three times as often."""
HAND_OVER_S = 1.0
"""How long an owner elsewhere gets to write its state before the session is taken from it."""
_POLL_S = 0.02
_LEAVE_CHANNEL = "lobby:leave"
_PREFIX = "lobby"
Arguments = list[str | int]
"""What a script is given."""


class RedisStore:
    """Keeps states in Redis. Make one inside a running event loop with `RedisStore.connected`."""

    def __init__(
        self,
        url: str,
        *,
        time_to_live_s: float = TIME_TO_LIVE_S,
        lease_s: float = LEASE_S,
        leave: Leave | None = None,
        ended: Callable[[str, int], None] | None = None,
    ) -> None:
        """`url`: see `redis_at`. `leave` is called when another node wants a session, `ended` when one was ended
        elsewhere, with its fence from then on. Raises StoreError for a URL that cannot be used."""
        self._redis = redis_at(url)
        self._time_to_live_ms = round(time_to_live_s * 1000)
        self._lease_ms = round(lease_s * 1000)
        self._leave, self._told_ended = leave, ended
        self._node = uuid.uuid4().hex
        self._listener: asyncio.Task[None] | None = None
        self._take = self._redis.register_script(scripts.TAKE)
        self._renew = self._redis.register_script(scripts.RENEW)
        self._release = self._redis.register_script(scripts.RELEASE)
        self._save = self._redis.register_script(scripts.SAVE)
        self._adopt = self._redis.register_script(scripts.ADOPT)
        self._end = self._redis.register_script(scripts.END)
        self._notes = _RedisNotes(self._redis)

    @property
    def notes(self) -> Notes:
        """See `SessionStore.notes`."""
        return self._notes

    @classmethod
    async def connected(
        cls, url: str, *, time_to_live_s: float = TIME_TO_LIVE_S, lease_s: float = LEASE_S, leave: Leave | None = None
    ) -> Self:
        """A store whose Redis has answered. Raises RedisGoneError when it does not."""
        store = cls(url, time_to_live_s=time_to_live_s, lease_s=lease_s, leave=leave)
        await store.ping()
        return store

    async def ping(self) -> None:
        """Ask Redis for a sign of life, and listen for other nodes from then on. Raises RedisGoneError."""
        async with answering():
            await self._redis.ping()
        if self._leave is not None and (self._listener is None or self._listener.done()):
            self._listener = asyncio.create_task(self._listen(self._leave), name="redis-leave-requests")

    async def take(self, key: str, owner: str, *, over: bool = True) -> Lease | None:
        """See `SessionStore.take`."""
        async with answering():
            if over and await self._redis.get(_owner(key)) not in (None, owner):
                await self._redis.publish(_LEAVE_CHANNEL, json.dumps({"key": key, "node": self._node}))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(HAND_OVER_S):
                        while await self._redis.exists(_owner(key)):  # noqa: ASYNC110
                            await asyncio.sleep(_POLL_S)
            args: Arguments = [owner, self._lease_ms, 2 * self._time_to_live_ms, int(over)]
            fence = int(await self._take(keys=[_owner(key), _fence(key), _ended(key)], args=args))
        return Lease(key, owner, fence) if fence else None

    async def renew(self, lease: Lease) -> None:
        """See `SessionStore.renew`."""
        args: Arguments = [lease.owner, self._lease_ms, lease.fence]
        async with answering():
            done = await self._renew(keys=[_owner(lease.key), _fence(lease.key), _ended(lease.key)], args=args)
        _require(lease.key, int(done))

    async def release(self, lease: Lease) -> None:
        """See `SessionStore.release`."""
        async with answering():
            await self._release(keys=[_owner(lease.key), _fence(lease.key)], args=[lease.owner, lease.fence])

    async def load(self, key: str) -> SessionState | None:
        """See `SessionStore.load`."""
        async with answering():
            document = await self._redis.get(_state(key))
        return None if document is None else read_state(key, document)

    async def save(self, state: SessionState, lease: Lease) -> None:
        """See `SessionStore.save`."""
        args: Arguments = [lease.fence, to_json(state).decode(), self._time_to_live_ms, 2 * self._time_to_live_ms]
        async with answering():
            done = await self._save(keys=[_state(state.key), _fence(state.key), _ended(state.key)], args=args)
        _require(state.key, int(done))

    async def adopt(self, state: SessionState, base: int, owner: str | None) -> int:
        """Write a state that this node went on with, unless another node took the session meanwhile.

        `base` is the fence that this node knew last (0: none), `owner` who holds the session here now, if anybody.
        Gives the fence from now on: the same while the owner's lease lives, else a higher one.
        Raises OwnershipLostError when the session went on elsewhere.
        """
        args: Arguments = [base, to_json(state).decode(), self._time_to_live_ms, 2 * self._time_to_live_ms]
        keys = [_state(state.key), _fence(state.key), _owner(state.key), _ended(state.key)]
        async with answering():
            fence = int(await self._adopt(keys=keys, args=[*args, owner or "", self._lease_ms]))
        return _require(state.key, fence)

    async def fence(self, key: str) -> int:
        """The newest fence of a session, 0 when it has none."""
        async with answering():
            return int(await self._redis.get(_fence(key)) or 0)

    async def delete(self, key: str) -> bool:
        """See `SessionStore.delete`. The fence stays, so that a late owner cannot bring the session back."""
        keys = [_state(key), _owner(key), _fence(key), _ended(key)]
        async with answering():
            there, fence = await self._end(keys=keys, args=[round(ENDED_S * 1000)])
            await self._redis.publish(_LEAVE_CHANNEL, json.dumps({"key": key, "node": self._node, "ended": int(fence)}))
        return bool(there)

    async def keys(self) -> tuple[str, ...]:
        """See `SessionStore.keys`."""
        return tuple(sorted(await self._found(_state("*"))))

    async def live(self) -> frozenset[str]:
        """See `SessionStore.live`."""
        return frozenset(await self._found(_owner("*")))

    def health(self) -> StoreHealth:
        """See `SessionStore.health`."""
        return StoreHealth("shared")

    async def close(self) -> None:
        """See `SessionStore.close`."""
        if self._listener is not None:
            await ended(self._listener)
        with contextlib.suppress(RedisError, OSError):
            await self._redis.aclose()

    async def _found(self, pattern: str) -> list[str]:
        """The session keys that stand for the star in `pattern`."""
        start, end = pattern.split("*")
        async with answering():
            found = [key async for key in self._redis.scan_iter(match=pattern, count=500)]
        return [key.removeprefix(start).removesuffix(end) for key in found]

    async def _listen(self, leave: Callable[[str], None]) -> None:
        """Hear which sessions other nodes want or were ended there, until the line is cut; `ping` begins anew."""
        async with self._redis.pubsub(ignore_subscribe_messages=True) as line:
            with contextlib.suppress(RedisError, OSError):
                await line.subscribe(_LEAVE_CHANNEL)
                while True:
                    message = await line.get_message(timeout=None)
                    wanted = json.loads(message["data"]) if message is not None else {}
                    if wanted and wanted["node"] != self._node:
                        if "ended" not in wanted:
                            leave(str(wanted["key"]))
                        elif self._told_ended is not None:
                            self._told_ended(str(wanted["key"]), int(wanted["ended"]))


class _RedisNotes:
    """Notes in Redis: each step is one command or one script there."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._pull = redis.register_script(scripts.PULL)
        self._count = redis.register_script(scripts.COUNT)

    async def put(self, name: str, text: str, seconds: float) -> bool:
        """See `Notes.put`."""
        async with answering():
            return bool(await self._redis.set(_note(name), text, px=round(seconds * 1000), nx=True))

    async def pull(self, name: str) -> str | None:
        """See `Notes.pull`."""
        async with answering():
            text = await self._pull(keys=[_note(name)], args=[])
        return None if text is None else str(text)

    async def count(self, name: str, by: int, seconds: float) -> int:
        """See `Notes.count`."""
        async with answering():
            return int(await self._count(keys=[_note(name)], args=[by, round(seconds * 1000)]))


def _require(key: str, done: int) -> int:
    """What a script answered, unless it refused. Raises OwnershipLostError, or SessionEndedError."""
    if done == 0:
        raise OwnershipLostError(key)
    if done < 0:
        raise SessionEndedError(key)
    return done


def _state(key: str) -> str:
    return f"{_PREFIX}:{{{key}}}:state"


def _fence(key: str) -> str:
    return f"{_PREFIX}:{{{key}}}:fence"


def _owner(key: str) -> str:
    return f"{_PREFIX}:{{{key}}}:owner"


def _ended(key: str) -> str:
    return f"{_PREFIX}:{{{key}}}:ended"


def _note(name: str) -> str:
    return f"{_PREFIX}:note:{name}"
