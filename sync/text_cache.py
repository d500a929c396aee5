"""Texts by key in a folder, each with its time to live: what the disk store is made of.

diskcache's own value formats include pickle, which runs code when it is read (CVE-2025-69872); `JsonTextDisk` writes
raw text only and refuses to read anything else, so a row that somebody altered is an error and never a program.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from errno import ENOSPC
from pathlib import Path
from typing import TypeVar

from diskcache import Cache, Disk, Timeout

from sync.store import StoreError, UnreadableStateError

log = logging.getLogger(__name__)
T = TypeVar("T")

LOCK_WAIT_S = 5.0
"""How long a write waits for another process that is writing."""
DAMAGED = "damaged"
"""The folder inside a cache's own where a database goes that cannot be read."""

_MODE_RAW = 1
_REFUSED = "not a plain text: it was altered, or written by another program"
_UNREADABLE = "\1unreadable"
_DATABASE = "cache.db"
_DAMAGED_CODES = frozenset(
    {
        *(sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_SCHEMA),
        sqlite3.SQLITE_MISMATCH,
    }
)


class JsonTextDisk(Disk):  # type: ignore[misc]  # diskcache has no types
    """How `TextCache` lays out a row: key and value are text inside SQLite; no files, no pickle."""

    def put(self, key: object) -> tuple[str, bool]:
        """The column for a key; StoreError unless it is text."""
        return _text(key, "session key"), True

    def get(self, key: object, raw: object) -> str:
        """The key of a column; an internal one when it is no plain text."""
        return key if raw and isinstance(key, str) else _UNREADABLE

    def store(self, value: object, read: bool, key: object = None) -> tuple[int, int, None, str]:
        """The columns (size, mode, file name, value) for a value; StoreError unless it is text."""
        return 0, _MODE_RAW, None, _text(value, "session state")

    def fetch(self, mode: object, filename: object, value: object, read: bool) -> str:
        """The value of the columns; UnreadableStateError for any layout but plain text."""
        if mode != _MODE_RAW or filename is not None:
            raise UnreadableStateError(f"a session state in the store is {_REFUSED}")
        return _text(value, "session state")

    def remove(self, file_path: object) -> None:
        """Do nothing: there are no value files, so a file name in a row is not to be trusted."""


class TextCache:
    """Texts by key in the folder `folder` (made with mode 0700), each with its time to live (s).

    Every file access runs in one worker thread. Several processes may have the folder open. A text survives a killed
    process; what was saved in the last moments before a power cut may be lost. A database that cannot be read, or not
    any more, is set aside (`DAMAGED`) and a new one begun, if `mend`. Raises StoreError when the folder cannot be used.
    """

    def __init__(self, folder: Path, *, time_to_live_s: float, mend: bool = True) -> None:
        self._folder = folder
        self._time_to_live_s = time_to_live_s
        self._mend = mend
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="session-store")
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
            self._cache: Cache = self._thread.submit(self._opened).result()
        except (OSError, sqlite3.Error, Timeout, StoreError) as e:
            self._thread.shutdown()
            raise self._unusable(e) from e

    async def get(self, key: str) -> str | None:
        """The text under `key`, None when there is none or its time is over."""
        return await self.run(lambda cache: cache.get(key))

    async def set(self, key: str, text: str) -> None:
        """Keep `text` under `key`."""
        await self.run(lambda cache: cache.set(key, text, expire=self._time_to_live_s))

    async def delete(self, key: str) -> bool:
        """Forget the text under `key`; whether there was one. Works on a row that cannot be read, too."""
        return await self.run(lambda cache: bool(cache.delete(key)))

    async def keys(self) -> tuple[str, ...]:
        """All printable keys, in alphabetical order; keys that cannot be read are passed over."""
        return tuple(key for key in await self.run(_live_keys) if key.isprintable())

    async def marked(self, prefix: str) -> frozenset[str]:
        """What follows `prefix` in all keys that begin with it."""
        return frozenset(key.removeprefix(prefix) for key in await self.run(_live_keys) if key.startswith(prefix))

    async def run(self, work: Callable[[Cache], T]) -> T:
        """Do `work` in the thread of the file. Raises StoreError when the folder cannot be used."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._done, work)
        except (OSError, sqlite3.Error, Timeout) as e:
            raise self._unusable(e) from e

    def close(self) -> None:
        """Finish what is queued and let go of the files. Blocks for a moment; safe to call twice."""
        with contextlib.suppress(RuntimeError):  # closed before
            self._thread.submit(self._cache.close)
        self._thread.shutdown()

    def _done(self, work: Callable[[Cache], T]) -> T:
        try:
            return work(self._cache)
        except sqlite3.Error as e:
            if not self._mend or not _is_damage(e):
                raise
            self._cache.close()
            self._set_aside(e)
            self._cache = self._checked()
            return work(self._cache)

    def _opened(self) -> Cache:
        try:
            return self._checked()
        except (sqlite3.Error, TypeError, ValueError, KeyError, AssertionError, AttributeError) as e:
            if not self._mend or not _is_damage(e):
                raise StoreError(_reason(e)) from e
            self._set_aside(e)
        return self._checked()

    def _checked(self) -> Cache:
        """The cache, once its database has been seen to be whole. Raises what sqlite3 and diskcache raise."""
        with contextlib.closing(sqlite3.connect(self._folder / _DATABASE, timeout=LOCK_WAIT_S)) as database:
            found = database.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise ValueError(f"the database is damaged: {found}")
        cache = Cache(str(self._folder), timeout=LOCK_WAIT_S, disk=JsonTextDisk, eviction_policy="none", statistics=0)
        probe = "\1probe"
        cache.set(probe, "", expire=self._time_to_live_s)
        cache.delete(probe)
        return cache

    def _set_aside(self, damage: Exception) -> None:
        aside = self._folder / DAMAGED
        if aside.is_symlink() or aside.is_file():
            aside.unlink()
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(mode=0o700)
        for file in self._folder.glob(f"{_DATABASE}*"):
            file.rename(aside / file.name)
        log.error("sessions in %s cannot be read (%s): set aside in %s, begun anew", self._folder, damage, aside)

    def _unusable(self, error: Exception) -> StoreError:
        full = getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL or getattr(error, "errno", 0) == ENOSPC
        advice = "make room on its disk" if full else "make it writable for this user, or move it away to start anew"
        return StoreError(f"sessions cannot be kept in {self._folder} ({_reason(error)}): {advice}")


def _live_keys(cache: Cache) -> tuple[str, ...]:
    cache.expire()
    return tuple(sorted(cache.iterkeys()))


def _is_damage(error: Exception) -> bool:
    """Whether the database is to blame, and not that it is busy, full or out of reach."""
    return not isinstance(error, sqlite3.Error) or getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED_CODES


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


def _text(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise UnreadableStateError(f"a {what} in the store is {_REFUSED}")
    return value
