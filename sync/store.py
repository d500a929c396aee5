"""Where session states wait between two turns: in memory, or on disk beside the branch's data.

The disk store keeps one JSON text a session and nothing else. diskcache's own value formats include pickle, which
runs code when it is read (CVE-2025-69872); `JsonTextDisk` writes raw text only and refuses to read anything else,
so a row that somebody altered is an error and never a program.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol, TypeVar

from diskcache import Cache, Disk, Timeout

from sync.session import SessionState, from_json, to_json

T = TypeVar("T")

TIME_TO_LIVE_S = 24 * 3600.0
"""How long a session that nobody speaks in is kept."""

LOCK_WAIT_S = 5.0
"""How long a write waits for another process that is writing."""

_MODE_RAW = 1
_REFUSED = "not a plain text: it was altered, or written by another program"


class StoreError(Exception):
    """A session could not be kept or read. The message says what to do."""


class SessionStore(Protocol):
    """Keeps session states by session key. Safe for concurrent use; a state is whole or not there."""

    async def load(self, key: str) -> SessionState | None:
        """The state last saved under `key`, or None when there is none or its time is over.

        Raises StoreError when what is there cannot be read.
        """
        ...

    async def save(self, state: SessionState) -> None:
        """Keep `state` under its key for the store's time to live. Raises StoreError when it cannot be kept."""
        ...

    async def delete(self, key: str) -> bool:
        """Forget a session; whether there was one."""
        ...

    async def keys(self) -> tuple[str, ...]:
        """The keys of all sessions that are kept, in alphabetical order."""
        ...

    def close(self) -> None:
        """Finish what is queued and let go of the files. Blocks for a moment; safe to call twice."""
        ...


class MemoryStore:
    """Keeps states in this process: gone when it ends. `now` gives seconds since the epoch."""

    def __init__(self, *, time_to_live_s: float = TIME_TO_LIVE_S, now: Callable[[], float] = time.time) -> None:
        self._time_to_live_s = time_to_live_s
        self._now = now
        self._kept: dict[str, tuple[float, bytes]] = {}

    async def load(self, key: str) -> SessionState | None:
        """See `SessionStore.load`."""
        self._expire()
        kept = self._kept.get(key)
        return None if kept is None else from_json(kept[1])

    async def save(self, state: SessionState) -> None:
        """See `SessionStore.save`."""
        self._expire()
        self._kept[state.key] = (self._now() + self._time_to_live_s, to_json(state))

    async def delete(self, key: str) -> bool:
        """See `SessionStore.delete`."""
        self._expire()
        return self._kept.pop(key, None) is not None

    async def keys(self) -> tuple[str, ...]:
        """See `SessionStore.keys`."""
        self._expire()
        return tuple(sorted(self._kept))

    def close(self) -> None:
        """Forget everything."""
        self._kept.clear()

    def _expire(self) -> None:
        now = self._now()
        self._kept = {key: kept for key, kept in self._kept.items() if kept[0] > now}


class JsonTextDisk(Disk):  # type: ignore[misc]  # diskcache has no types
    """How `DiskStore` lays out a row: key and value are text inside SQLite; no files, no pickle."""

    def put(self, key: object) -> tuple[str, bool]:
        """The column for a key; StoreError unless it is text."""
        return _text(key, "session key"), True

    def get(self, key: object, raw: object) -> str:
        """The key of a column; StoreError when it is no plain text."""
        if not raw:
            raise StoreError(f"a session key in the store is {_REFUSED}")
        return _text(key, "session key")

    def store(self, value: object, read: bool, key: object = None) -> tuple[int, int, None, str]:
        """The columns (size, mode, file name, value) for a value; StoreError unless it is text."""
        return 0, _MODE_RAW, None, _text(value, "session state")

    def fetch(self, mode: object, filename: object, value: object, read: bool) -> str:
        """The value of the columns; StoreError for any layout but plain text."""
        if mode != _MODE_RAW or filename is not None:
            raise StoreError(f"a session state in the store is {_REFUSED}")
        return _text(value, "session state")

    def remove(self, file_path: object) -> None:
        """Do nothing: there are no value files, so a file name in a row is not to be trusted."""


class DiskStore:
    """Keeps states in the folder `folder` (made with mode 0700), for this process and the next one.

    Every file access runs in one worker thread. A state survives a killed process; what was saved in the last
    moments before a power cut may be lost. Raises StoreError when the folder cannot be used.
    """

    def __init__(self, folder: Path, *, time_to_live_s: float = TIME_TO_LIVE_S) -> None:
        self._folder = folder
        self._time_to_live_s = time_to_live_s
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="session-store")
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
            self._cache = self._thread.submit(
                Cache, str(folder), timeout=LOCK_WAIT_S, disk=JsonTextDisk, eviction_policy="none", statistics=0
            ).result()
        except (OSError, sqlite3.Error, Timeout, TypeError) as e:
            self._thread.shutdown()
            raise self._unusable(e) from e

    async def load(self, key: str) -> SessionState | None:
        """See `SessionStore.load`."""
        document = await self._run(lambda: self._cache.get(key))
        if document is None:
            return None
        try:
            state = from_json(document)
        except ValueError as e:
            raise StoreError(f"the session {key} cannot be read: end it with `lobby sessions end`") from e
        if state.key != key:
            raise StoreError(f"the session {key} holds another session's state: end it with `lobby sessions end`")
        return state

    async def save(self, state: SessionState) -> None:
        """See `SessionStore.save`."""
        document = to_json(state).decode()
        await self._run(lambda: self._cache.set(state.key, document, expire=self._time_to_live_s))

    async def delete(self, key: str) -> bool:
        """See `SessionStore.delete`. Works on a state that cannot be read, too."""
        return await self._run(lambda: bool(self._cache.delete(key)))

    async def keys(self) -> tuple[str, ...]:
        """See `SessionStore.keys`."""
        return await self._run(self._live_keys)

    def close(self) -> None:
        """See `SessionStore.close`."""
        with contextlib.suppress(RuntimeError):  # closed before
            self._thread.submit(self._cache.close)
        self._thread.shutdown()

    def _live_keys(self) -> tuple[str, ...]:
        self._cache.expire()
        return tuple(sorted(self._cache.iterkeys()))

    async def _run(self, call: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, call)
        except (OSError, sqlite3.Error, Timeout) as e:
            raise self._unusable(e) from e

    def _unusable(self, error: Exception) -> StoreError:
        reason = str(error) or type(error).__name__
        return StoreError(
            f"sessions cannot be kept in {self._folder} ({reason}): make it writable, or move it away to start anew"
        )


def _text(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise StoreError(f"a {what} in the store is {_REFUSED}")
    return value
