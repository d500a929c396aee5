"""The DuckDB file of a branch: who owns it, how it is opened; and transactions that a conflict does not lose, there or
on a PostgreSQL server (`postgres.py`)."""

from __future__ import annotations

import errno
import fcntl
import itertools
import logging
import math
import os
import random
import re
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import duckdb
from duckdb_engine import Dialect
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.dialects import registry
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from data.errors import DataError, OutcomeUnknownError, UnavailableError
from data.postgres import Meaning, meaning_of, queue_up, waited_for_a_lock

log = logging.getLogger(__name__)
T = TypeVar("T")

DATABASE_FILE = "branch.duckdb"
LOCK_FILE = "branch.lock"

READERS = 2
"""Reads that run at one time; the branch has two cores and shares them with speech."""
ENGINE_THREADS = 1
"""DuckDB's own workers: the queries are small and finish sooner in the thread that asks."""
MEMORY_LIMIT = "512MB"

ATTEMPTS = 10
"""How often a transaction is tried before a conflict is given up; the waits between add up to about 0.5 s."""
FIRST_WAIT_S = 0.001
LONGEST_WAIT_S = 0.25
TRIES_AT_A_KEY = 3
"""How often a transaction is tried whose key another one has just inserted, until the key is a duplicate in earnest."""
PATIENCE_S = 2.0
"""How long a transaction waits for a server that went away: a restart takes about a second."""
FIRST_WAIT_GONE_S = 0.05


class CachingDialect(Dialect):
    """duckdb_engine's dialect, with SQLAlchemy's cache of compiled statements on.

    All that it compiles by itself depends on the statement alone, as that cache asks for. Without it each statement is
    compiled again, which takes longer than DuckDB needs to run it.
    """

    driver = "caching"
    supports_statement_cache = True


registry.register("duckdb.caching", __name__, CachingDialect.__name__)


class FolderLock:
    """Ownership of a data folder by one process, until `release`; the kernel frees it when the process dies.

    Held on `branch.lock`, which also names the owner's PID for the next one's error message.
    """

    def __init__(self, data_dir: Path) -> None:
        path = data_dir / LOCK_FILE
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as e:
            raise unwritable(data_dir, e) from e
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as e:
            owner = os.pread(self._file, 20, 0).decode(errors="replace").strip()
            os.close(self._file)
            raise _owned(data_dir, owner) from e
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Give the folder up. Safe to call twice."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def __enter__(self) -> FolderLock:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()


def open_engine(path: Path) -> Engine:
    """The database at `path` (made when missing), held open until `dispose()`.

    No extension is ever fetched from the network. Raises DataError when it cannot be opened, with the reason.
    """
    if path.exists() and not os.access(path, os.R_OK | os.W_OK):
        raise unwritable(path.parent, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))
    engine = create_engine(
        URL.create("duckdb+caching", database=str(path)),
        pool_size=READERS + 2,
        max_overflow=0,
        connect_args={
            "config": {
                "threads": ENGINE_THREADS,
                "memory_limit": MEMORY_LIMIT,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            }
        },
    )
    try:
        engine.connect().close()
    except (DBAPIError, duckdb.Error) as e:
        engine.dispose()
        reason = str(e.orig if isinstance(e, DBAPIError) else e).strip()
        if holder := re.search(r"\(PID (\d+)\)", reason):
            raise _owned(path.parent, holder[1]) from e
        first_line = reason.splitlines()[0]
        raise DataError(
            f"cannot open {path}: {first_line} Put a backup in its place, or make new data with `lobby data reset`"
        ) from e
    return engine


def transact(
    engine: Engine, fn: Callable[[Connection], T], *, patience_s: float = PATIENCE_S, limit_s: float = math.inf
) -> T:
    """Run `fn` in one transaction and commit it; on a conflict with another writer, roll back and run it again.

    So `fn` may run several times and must do nothing that a rollback does not undo. Its own exceptions roll back
    and pass through. Raises DataError when the conflict outlasts `ATTEMPTS`. DuckDB 2.0 sees a conflict between two
    updates of a row and between two inserts of a key, but none between an update and a delete of a row (which is
    then gone): `Branch.write` runs one transaction at a time and so keeps even those apart. PostgreSQL sees all
    conflicts, at isolation level SERIALIZABLE.

    A server that goes away is waited for, `patience_s` at most; raises UnavailableError then, or when `limit_s` is over
    before the commit. When it goes away during the commit itself, `fn` runs again, and may then have been committed
    twice: a change that must not be carries a key and looks for it, as `confirm` does. Raises OutcomeUnknownError when
    the server does not come back in that time.
    """
    began, pause, gone, committing = time.monotonic(), FIRST_WAIT_S, False, False
    queues = engine.dialect.name == "postgresql"
    for attempt in itertools.count(1):
        in_commit = False
        try:
            with engine.connect() as conn, conn.begin() as transaction:
                if queues:
                    queue_up(conn)
                answer = fn(conn)
                if time.monotonic() - began > limit_s:
                    raise _away(committing, "took too long")
                in_commit = True
                transaction.commit()
                return answer
        except DBAPIError as e:
            meaning = _meaning(engine, e)
            queues = queues and not waited_for_a_lock(e)
            waited = time.monotonic() - began
            if meaning == "gone":
                if in_commit or not gone:
                    log.warning("the database does not answer%s", ": the line broke in a commit" if in_commit else "")
                gone, committing = True, committing or in_commit
                if waited >= min(patience_s, limit_s):
                    raise _away(committing) from None
                pause = max(pause, FIRST_WAIT_GONE_S)
            elif meaning == "conflict" and (attempt >= ATTEMPTS or waited > limit_s):
                if committing:
                    raise _away(committing) from e
                raise DataError("another writer kept changing the same records: nothing was written, try again") from e
            elif meaning == "duplicate" and attempt < TRIES_AT_A_KEY:
                pass  # by a transaction that ended a moment ago: now it can be seen
            elif meaning != "conflict":
                raise
            log.debug("transaction met another writer, attempt %d of %d", attempt, ATTEMPTS)
        except PoolTimeout:
            raise _away(committing, "has too much to do") from None
        time.sleep(pause * random.uniform(0.5, 1.0))
        pause = min(pause * 2, LONGEST_WAIT_S)
    raise AssertionError("counting has no end")


def look(engine: Engine, fn: Callable[[Connection], T], *, patience_s: float = PATIENCE_S) -> T:
    """Run `fn` on one snapshot and roll back what it writes. Raises UnavailableError when a server stays away."""
    began, pause = time.monotonic(), FIRST_WAIT_GONE_S
    while True:
        try:
            with engine.connect() as conn:
                return fn(conn)
        except DBAPIError as e:
            if _meaning(engine, e) != "gone":
                raise
            if time.monotonic() - began >= patience_s:
                raise _away(False) from None
        except PoolTimeout:
            raise _away(False, "has too much to do") from None
        time.sleep(pause)
        pause = min(pause * 2, LONGEST_WAIT_S)


def _meaning(engine: Engine, error: DBAPIError) -> Meaning:
    if engine.dialect.name == "postgresql":
        return meaning_of(error)
    if isinstance(error.orig, duckdb.ConstraintException) and "Duplicate key" in str(error.orig):
        return "duplicate"  # where the other one committed after this one had looked
    return "conflict" if isinstance(error.orig, duckdb.TransactionException) else "other"


def _away(committing: bool, why: str = "does not answer") -> UnavailableError:
    if committing:
        return OutcomeUnknownError("the database went away during a commit: the change may have been written, or not")
    return UnavailableError(f"the branch's database {why}: nothing was written, try again in a moment")


def unwritable(data_dir: Path, error: OSError) -> DataError:
    """The error for a folder that cannot be written."""
    return DataError(
        f"cannot write in {data_dir} ({error.strerror}): change its permissions or choose another with --data-dir"
    )


def _owned(data_dir: Path, pid: str) -> DataError:
    owner = f"process {pid}" if pid else "another process"
    return DataError(
        f"{owner} is using the data in {data_dir}: stop it first, or choose another folder with --data-dir"
    )
