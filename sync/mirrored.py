"""Session states in a shared Redis with a copy on this node's disk: Redis may go and come back.

| Redis | a session is loaded | and saved |
|---|---|---|
| there | from Redis; from disk when Redis has none | to disk, then to Redis |
| gone | from disk | to disk, and marked as waiting |
| back | | waiting sessions are written to Redis, unless another node took them meanwhile |

A save returns when the disk has it: turns never wait for Redis. What Redis is told about a session is told in order by
one task. The fence that this node knew last is kept beside each copy: it tells, when Redis is back, whether the session
went on elsewhere. Then the other node's state is kept, and this node's owner loses its lease.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Self

from sync.copies import Copies, Copy
from sync.disk import DiskStore
from sync.mirrored_notes import MirroredNotes
from sync.notes import Notes
from sync.redis_link import RedisGoneError, ended
from sync.redis_store import RedisStore
from sync.session import SessionState
from sync.store import TIME_TO_LIVE_S, Lease, Leave, OwnershipLostError, SessionEndedError, StoreHealth

log = logging.getLogger(__name__)

RETRY_S = 2.0
"""How often a Redis that is gone is asked for a sign of life."""


class MirroredStore:
    """Redis with a disk behind it. Make one inside a running event loop with `MirroredStore.open`."""

    def __init__(self, shared: RedisStore, disk: DiskStore, copies: Copies, retry_s: float) -> None:
        self._shared = shared
        self._disk = disk
        self._copies = copies
        self._retry_s = retry_s
        self._saves: Counter[str] = Counter()
        """How often each session was saved, to see whether one was while Redis was told."""
        self._held: dict[str, tuple[Lease, Lease]] = {}
        """By session key: the lease given out and the local one behind it."""
        self._lost: set[str] = set()
        """Owners whose session went on at another node."""
        self._old: set[str] = set()
        """Sessions whose copy on this disk is older than what Redis had of them."""
        self._notes = MirroredNotes(shared.notes, disk.notes, lambda: self._reachable, self._cut_off)
        self._forgetting: set[asyncio.Task[bool]] = set()
        self._reachable = self._closing = False
        self._conflicts = 0
        self._telling = asyncio.Lock()
        """Held while Redis is told of a fence that may grow by it."""
        self._work = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None

    @classmethod
    async def open(
        cls,
        url: str,
        folder: Path,
        *,
        time_to_live_s: float = TIME_TO_LIVE_S,
        leave: Leave | None = None,
        retry_s: float = RETRY_S,
    ) -> Self:
        """Open both. A Redis that is gone is no error: the store begins with the disk alone.

        Raises StoreError for a URL or a folder that cannot be used.
        """
        told = list[Self]()
        shared = RedisStore(
            url,
            time_to_live_s=time_to_live_s,
            leave=leave or (lambda key: None),
            ended=lambda key, fence: told[0]._ended_elsewhere(key, fence),
        )
        disk = DiskStore(folder, time_to_live_s=time_to_live_s)
        copies = await Copies.read(folder / "copies", time_to_live_s=time_to_live_s)
        store = cls(shared, disk, copies, retry_s)
        told.append(store)
        try:
            await shared.ping()
            store._reachable = True
        except RedisGoneError as gone:
            log.warning("sessions are kept on this node only, until Redis is there: %s", gone)
        store._writer = asyncio.create_task(store._write(), name="session-mirror")
        store._work.set()
        return store

    @property
    def notes(self) -> Notes:
        """See `SessionStore.notes`. While Redis is gone, this node's own."""
        return self._notes

    async def take(self, key: str, owner: str, *, over: bool = True) -> Lease | None:
        """See `SessionStore.take`. With Redis gone the session is taken on this node alone."""
        owner = owner or uuid.uuid4().hex
        if await self._settled(key):
            try:
                shared = await self._shared.take(key, owner, over=over)
            except RedisGoneError as gone:
                self._cut_off(gone)
            else:
                if shared is None:
                    return None
                if shared.fence > self._copies.of(key).fence + 1:
                    self._old.add(key)  # it had other owners since, or was ended
                await self._copies.know(key, Copy(shared.fence))
                return await self._hold(shared)
        local = await self._disk.take(key, owner, over=over)
        if local is None:
            return None
        lease = Lease(key, owner, self._copies.of(key).fence)
        self._held[key] = (lease, local)
        return lease

    async def renew(self, lease: Lease) -> None:
        """See `SessionStore.renew`."""
        local = self._mine(lease)
        await self._disk.renew(local)
        if self._reachable and not self._copies.of(lease.key).waiting:
            try:
                async with self._telling:
                    await self._shared.renew(self._shared_lease(lease))
            except RedisGoneError as gone:
                self._cut_off(gone)

    async def release(self, lease: Lease) -> None:
        """See `SessionStore.release`. What waits for Redis is written first, while it answers."""
        held = self._held.get(lease.key)
        if held is None or held[0] != lease:
            return
        await self._settled(lease.key)
        with contextlib.suppress(RedisGoneError):
            if self._reachable:
                await self._shared.release(self._shared_lease(lease))
        await self._disk.release(held[1])
        self._held.pop(lease.key, None)
        self._lost.discard(lease.owner)

    async def load(self, key: str) -> SessionState | None:
        """See `SessionStore.load`."""
        if await self._settled(key):
            try:
                state = await self._shared.load(key)
            except RedisGoneError as gone:
                self._cut_off(gone)
            else:
                if state is not None or key in self._old:
                    return state
        return await self._disk.load(key)

    async def save(self, state: SessionState, lease: Lease) -> None:
        """See `SessionStore.save`. Returns when the disk has it."""
        local = self._mine(lease)
        await self._disk.save(state, local)
        self._old.discard(state.key)
        self._saves[state.key] += 1
        await self._copies.know(state.key, replace(self._copies.of(state.key, lease.fence), waiting=True))
        self._work.set()

    async def delete(self, key: str) -> bool:
        """See `SessionStore.delete`. While Redis is gone, only this node forgets the session."""
        here = await self._forget(key)
        if self._reachable:
            try:
                return await self._shared.delete(key) or here
            except RedisGoneError as gone:
                self._cut_off(gone)
        return here

    async def live(self) -> frozenset[str]:
        """See `SessionStore.live`: of all nodes while Redis is there, else of this one."""
        here = await self._disk.live()
        if self._reachable:
            try:
                return here | await self._shared.live()
            except RedisGoneError as gone:
                self._cut_off(gone)
        return here

    async def keys(self) -> tuple[str, ...]:
        """See `SessionStore.keys`: of all nodes while Redis is there, else of this one."""
        here = await self._disk.keys()
        if self._reachable:
            try:
                return tuple(sorted({*here, *await self._shared.keys()}))
            except RedisGoneError as gone:
                self._cut_off(gone)
        return here

    def health(self) -> StoreHealth:
        """See `SessionStore.health`."""
        return StoreHealth("shared" if self._reachable else "local", len(self._copies.waiting), self._conflicts)

    async def close(self) -> None:
        """Write what waits, while Redis answers, and let go."""
        if self._writer is not None:
            self._closing = True
            await ended(self._writer)
            self._writer = None
            if self._reachable:
                with contextlib.suppress(RedisGoneError):
                    await self._write_all()
        await self._shared.close()
        await asyncio.gather(*self._forgetting, return_exceptions=True)
        await self._disk.close()
        await asyncio.to_thread(self._copies.close)

    def _ended_elsewhere(self, key: str, fence: int) -> None:
        """The session was ended at another node: this one forgets its copy, and whoever holds it learns of it.

        Unless it was begun anew here since: then its fence is higher.
        """
        if self._copies.of(key).fence > fence:
            return
        task = asyncio.get_running_loop().create_task(self._forget(key), name="session-forgotten")
        self._forgetting.add(task)
        task.add_done_callback(self._forgetting.discard)

    async def _forget(self, key: str) -> bool:
        await self._copies.forget(key)
        return await self._disk.delete(key)

    def _mine(self, lease: Lease) -> Lease:
        """The local lease behind `lease`. Raises OwnershipLostError when it is not the newest."""
        held = self._held.get(lease.key)
        if lease.owner in self._lost or held is None or held[0] != lease:
            raise OwnershipLostError(lease.key)
        return held[1]

    def _shared_lease(self, lease: Lease) -> Lease:
        """What Redis knows the lease as: its fence grew when it was taken up again after an outage."""
        return replace(lease, fence=self._copies.of(lease.key, lease.fence).fence)

    async def _hold(self, shared: Lease) -> Lease:
        local = await self._disk.take(shared.key, shared.owner)
        assert local is not None, "a local lease is given to whoever asks last"
        self._held[shared.key] = (shared, local)
        return shared

    def _cut_off(self, gone: RedisGoneError) -> None:
        if self._reachable:
            log.warning("sessions are kept on this node only: %s", gone)
        self._reachable = False

    async def _settled(self, key: str) -> bool:
        """Whether Redis is there and has all that this node knows of the session."""
        if self._reachable and self._copies.of(key).waiting:
            try:
                await self._tell(key)
            except RedisGoneError as gone:
                self._cut_off(gone)
        return self._reachable and not self._copies.of(key).waiting

    async def _write(self) -> None:
        """Tell Redis what waits; while it is gone, ask for a sign of life now and then."""
        while not self._closing:
            try:
                if not self._reachable:
                    await self._shared.ping()
                    self._reachable = True
                    log.info("Redis is back: sessions are shared again")
                await self._write_all()
            except RedisGoneError as gone:
                self._cut_off(gone)
                await asyncio.sleep(self._retry_s)
            else:
                try:
                    async with asyncio.timeout(self._retry_s):
                        await self._work.wait()
                except TimeoutError:
                    await self._listening()
                self._work.clear()

    async def _listening(self) -> None:
        """Notice a Redis that went while nothing was written, and listen to other nodes again when it is back."""
        try:
            await self._shared.ping()
        except RedisGoneError as gone:
            self._cut_off(gone)

    async def _write_all(self) -> None:
        for key in self._copies.waiting:
            await self._tell(key)

    async def _tell(self, key: str) -> None:
        """Write this node's newest state of a session to Redis, unless the session went on elsewhere."""
        async with self._telling:
            copy, saves = self._copies.of(key), self._saves[key]
            state = await self._disk.load(key)
            if not copy.waiting:
                return
            if state is None:
                await self._copies.know(key, replace(copy, waiting=False))
                return
            held = self._held.get(key)
            try:
                fence = await self._shared.adopt(state, copy.fence, held[0].owner if held is not None else None)
            except SessionEndedError:
                await self._forget(key)
            except OwnershipLostError:
                self._conflicts += 1
                log.warning("a session went on at another node while Redis was gone; its state there is kept")
                if held is not None:
                    self._lost.add(held[0].owner)
                await self._copies.know(key, Copy(await self._shared.fence(key)))
            else:
                await self._copies.know(key, Copy(fence, waiting=self._saves[key] != saves))
