"""Session states on disk beside the branch's data, for this process and the next one.

The store keeps one JSON text a session and nothing else. diskcache's own value formats include pickle, which
runs code when it is read (CVE-2025-69872); `JsonTextDisk` writes raw text only and refuses to read anything else,
so a row that somebody altered is an error and never a program.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from diskcache import Cache, Disk, Timeout

from sync.session import SessionState, from_json, to_json
from sync.store import TIME_TO_LIVE_S, Lease, LocalLeases, StoreError

T = TypeVar("T")

LOCK_WAIT_S = 5.0
"""How long a write waits for another process that is writing."""

_MODE_RAW = 1
_REFUSED = "not a plain text: it was altered, or written by another program"


class JsonTextDisk(Disk):  # type: ignore[misc]  # diskcache has no types
    """How `TextCache` lays out a row: key and value are text inside SQLite; no files, no pickle."""

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


class TextCache:
    """Texts by key in the folder `folder` (made with mode 0700), each with its time to live (s).

    Every file access runs in one worker thread. A text survives a killed process; what was saved in the last
    moments before a power cut may be lost. Raises StoreError when the folder cannot be used.
    """

    def __init__(self, folder: Path, *, time_to_live_s: float) -> None:
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

    async def get(self, key: str) -> str | None:
        """The text under `key`, None when there is none or its time is over."""
        return await self._run(lambda: self._cache.get(key))

    async def set(self, key: str, text: str) -> None:
        """Keep `text` under `key`."""
        await self._run(lambda: self._cache.set(key, text, expire=self._time_to_live_s))

    async def delete(self, key: str) -> bool:
        """Forget the text under `key`; whether there was one. Works on a row that cannot be read, too."""
        return await self._run(lambda: bool(self._cache.delete(key)))

    async def keys(self) -> tuple[str, ...]:
        """All keys, in alphabetical order."""
        return await self._run(self._live_keys)

    def close(self) -> None:
        """Finish what is queued and let go of the files. Blocks for a moment; safe to call twice."""
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


class DiskStore(LocalLeases):
    """Keeps states in the folder `folder`. Raises StoreError when the folder cannot be used."""

    def __init__(self, folder: Path, *, time_to_live_s: float = TIME_TO_LIVE_S) -> None:
        super().__init__()
        self._texts = TextCache(folder, time_to_live_s=time_to_live_s)

    async def load(self, key: str) -> SessionState | None:
        """See `SessionStore.load`."""
        document = await self._texts.get(key)
        return None if document is None else read_state(key, document)

    async def save(self, state: SessionState, lease: Lease) -> None:
        """See `SessionStore.save`."""
        self._check(lease)
        await self._texts.set(state.key, to_json(state).decode())

    async def delete(self, key: str) -> bool:
        """See `SessionStore.delete`. Works on a state that cannot be read, too."""
        return await self._texts.delete(key)

    async def keys(self) -> tuple[str, ...]:
        """See `SessionStore.keys`."""
        return await self._texts.keys()

    async def close(self) -> None:
        """See `SessionStore.close`."""
        await asyncio.to_thread(self._texts.close)


def read_state(key: str, document: str | bytes) -> SessionState:
    """The state of the session `key` from its JSON text. Raises StoreError when it is not that."""
    try:
        state = from_json(document)
    except ValueError as e:
        raise StoreError(f"the session {key} cannot be read: end it with `lobby sessions end`") from e
    if state.key != key:
        raise StoreError(f"the session {key} holds another session's state: end it with `lobby sessions end`")
    return state


def _text(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise StoreError(f"a {what} in the store is {_REFUSED}")
    return value
