"""A session as its one owner holds it: the state, the lease that is kept alive, and the saving behind its back."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

from sync.session import SessionState
from sync.store import (
    Lease,
    OwnershipLostError,
    SessionEndedError,
    SessionStore,
    StoreError,
    UnreadableStateError,
)

log = logging.getLogger(__name__)

RENEWED_EVERY_S = 3.0
"""How often the owner gives a sign of life: three times in the life of a Redis lease."""


class KeptSession:
    """Get one with `owned`. `keep` returns at once; one task writes the newest state to the store."""

    def __init__(
        self,
        state: SessionState,
        lease: Lease,
        store: SessionStore,
        lost: Callable[[], None],
        ended: Callable[[], None],
    ) -> None:
        self._state = state
        self._lease = lease
        self._store = store
        self._lost, self._ended = lost, ended
        self._changed = asyncio.Event()

    @property
    def state(self) -> SessionState:
        """The session's state now."""
        return self._state

    def keep(self, state: SessionState) -> None:
        """Move on to `state`."""
        self._state = replace(state, updated_at=time.time())
        self._changed.set()

    async def live(self) -> None:
        """Write what changes, and give signs of life meanwhile. Ends when the session is not its own any more."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._write_on(), name="session-writer")
                tasks.create_task(self._give_signs(), name="session-signs")
        except* OwnershipLostError as lost:
            if lost.subgroup(SessionEndedError) is not None:
                log.info("a session was ended")
                self._ended()
            else:
                log.info("a session goes on elsewhere")
                self._lost()

    async def _write_on(self) -> None:
        while True:
            await self._changed.wait()
            try:
                await self.write()
            except OwnershipLostError:
                raise
            except StoreError as error:
                log.error("a session's state could not be saved, it is tried again: %s", error)
                await asyncio.sleep(RENEWED_EVERY_S)

    async def _give_signs(self) -> None:
        while True:
            await asyncio.sleep(RENEWED_EVERY_S)
            try:
                await self._store.renew(self._lease)
            except OwnershipLostError:
                raise
            except StoreError as error:
                log.error("a session's owner could not give a sign of life, it is tried again: %s", error)

    async def write(self) -> None:
        """Write the state if it has changed since the last time. Raises StoreError."""
        while self._changed.is_set():
            self._changed.clear()
            try:
                await self._store.save(self._state, self._lease)
            except (asyncio.CancelledError, StoreError):
                self._changed.set()
                raise


@asynccontextmanager
async def owned(
    key: str,
    store: SessionStore,
    *,
    channel: str,
    lost: Callable[[], None],
    ended: Callable[[], None] | None = None,
    over: bool = True,
) -> AsyncIterator[KeptSession]:
    """Own the session `key` of `store`: its last state, or a new one. In the end what changed is written and let go.

    `lost` is called when another owner takes the session, `ended` (`lost` without one) when somebody ends it. A state
    that cannot be read is left behind, and the session begins anew. Raises StoreError when the store cannot be used,
    and OwnershipLostError when, with `over` False, a living owner elsewhere has the session.
    """
    lease = await store.take(key, uuid.uuid4().hex, over=over)
    if lease is None:
        raise OwnershipLostError(key)
    now = time.time()
    try:
        known = await store.load(key)
    except UnreadableStateError:
        log.exception("a session's state cannot be read: the session begins anew")
        known = None
    state = SessionState(key, channel=channel, created_at=now, updated_at=now) if known is None else known
    session = KeptSession(replace(state, channel=channel, updated_at=now), lease, store, lost, ended or lost)
    keeping = asyncio.create_task(session.live(), name="session-keeper")
    try:
        yield session
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        try:
            await session.write()
            await store.release(lease)
        except OwnershipLostError:
            log.info("a session was ended, or went on elsewhere, before its last words were written")
        except StoreError as error:
            log.error("a session's last state could not be saved: %s", error)
