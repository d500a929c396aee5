"""Session states on disk beside the branch's data, for this process, the next one, and `lobby sessions`.

The store keeps one JSON text a session and nothing else (`text_cache.py`). Beside the states stand, under names that no
session key can have, who is live, which sessions were ended, and notes.
"""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path

from diskcache import Cache

from sync.notes import Notes
from sync.session import SessionState, from_json, to_json
from sync.store import (
    TIME_TO_LIVE_S,
    Lease,
    LocalLeases,
    SessionEndedError,
    StoreError,
    UnreadableStateError,
)
from sync.text_cache import TextCache

log = logging.getLogger(__name__)

LIVE_S = 10.0
"""How long a session counts as live after its owner's last sign of life."""
ENDED_S = 3600.0
"""How long it is remembered that a session was ended, for an owner in another process that has not noticed yet."""

_LIVE, _ENDED, _NOTE = "\1live:", "\1ended:", "\1note:"


class DiskStore(LocalLeases):
    """Keeps states in the folder `folder`. Raises StoreError when the folder cannot be used.

    One process at a time owns sessions in a folder; another may look, and end sessions. `mend`: see `TextCache`.
    """

    def __init__(self, folder: Path, *, time_to_live_s: float = TIME_TO_LIVE_S, mend: bool = True) -> None:
        super().__init__()
        self._texts = TextCache(folder, time_to_live_s=time_to_live_s, mend=mend)
        self._time_to_live_s = time_to_live_s
        self._notes = _DiskNotes(self._texts)

    @property
    def notes(self) -> Notes:
        """See `SessionStore.notes`."""
        return self._notes

    async def take(self, key: str, owner: str, *, over: bool = True) -> Lease | None:
        """See `SessionStore.take`."""
        lease = await super().take(key, owner, over=over)
        if lease is not None:

            def mark(cache: Cache) -> None:
                cache.delete(_ENDED + key)
                cache.set(_LIVE + key, owner, expire=LIVE_S)

            try:
                await self._texts.run(mark)
            except StoreError as error:
                log.error("a session goes on although nothing can be written: %s", error)
        return lease

    async def renew(self, lease: Lease) -> None:
        """See `SessionStore.renew`."""
        await super().renew(lease)

        def mark(cache: Cache) -> bool:
            with cache.transact():
                return _ENDED + lease.key not in cache and bool(
                    cache.set(_LIVE + lease.key, lease.owner, expire=LIVE_S)
                )

        if not await self._texts.run(mark):
            raise SessionEndedError(lease.key)

    async def release(self, lease: Lease) -> None:
        """See `SessionStore.release`."""
        if self._newest.get(lease.key) == lease.fence and lease.key in self._held:
            await self._texts.delete(_LIVE + lease.key)
        await super().release(lease)

    async def load(self, key: str) -> SessionState | None:
        """See `SessionStore.load`."""
        document = await self._texts.get(key)
        return None if document is None else read_state(key, document)

    async def save(self, state: SessionState, lease: Lease) -> None:
        """See `SessionStore.save`."""
        self._check(lease)
        text = to_json(state).decode()

        def write(cache: Cache) -> bool:
            with cache.transact():
                return _ENDED + state.key not in cache and bool(cache.set(state.key, text, expire=self._time_to_live_s))

        if not await self._texts.run(write):
            raise SessionEndedError(state.key)

    async def delete(self, key: str) -> bool:
        """See `SessionStore.delete`. Works on a state that cannot be read, too."""
        self._end(key)

        def forget(cache: Cache) -> bool:
            with cache.transact():
                there = [bool(cache.delete(name)) for name in (key, _LIVE + key)]
                if any(there):
                    cache.set(_ENDED + key, "", expire=ENDED_S)
                return any(there)

        return await self._texts.run(forget)

    async def keys(self) -> tuple[str, ...]:
        """See `SessionStore.keys`."""
        return await self._texts.keys()

    async def live(self) -> frozenset[str]:
        """See `SessionStore.live`."""
        return await self._texts.marked(_LIVE)

    async def close(self) -> None:
        """See `SessionStore.close`."""
        await asyncio.to_thread(self._texts.close)


class _DiskNotes:
    """Notes in the same database as the states."""

    def __init__(self, texts: TextCache) -> None:
        self._texts = texts

    async def put(self, name: str, text: str, seconds: float) -> bool:
        """See `Notes.put`."""
        return await self._texts.run(lambda cache: bool(cache.add(_NOTE + name, text, expire=seconds)))

    async def pull(self, name: str) -> str | None:
        """See `Notes.pull`."""
        return await self._texts.run(lambda cache: cache.pop(_NOTE + name))

    async def count(self, name: str, by: int, seconds: float) -> int:
        """See `Notes.count`."""

        def add(cache: Cache) -> int:
            with cache.transact():
                text, until = cache.get(_NOTE + name, expire_time=True)
                number = int(text or 0) + by
                cache.set(_NOTE + name, str(number), expire=seconds if until is None else until - time.time())
                return number

        return await self._texts.run(add)


def read_state(key: str, document: str | bytes) -> SessionState:
    """The state of the session `key` from its JSON text. Raises UnreadableStateError when it is not that."""
    try:
        state = from_json(document)
    except ValueError as e:
        raise UnreadableStateError(f"the session {key} cannot be read: end it with `lobby sessions end`") from e
    if state.key != key:
        message = f"the session {key} holds another session's state: end it with `lobby sessions end`"
        raise UnreadableStateError(message)
    return state
