"""A branch's data, open: reads in worker threads, writes one after the other, nothing on the event loop.

The data are a DuckDB file, which this process then owns, or on a PostgreSQL server, which any number of nodes share.
Both are asked in the same way; what differs is here, in `database.transact` and in `postgres.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, Table, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from data.clock import BranchClock, FixedDayClock, LocalClock
from data.database import DATABASE_FILE, PATIENCE_S, READERS, FolderLock, look, open_engine, transact
from data.errors import DataError, OutcomeUnknownError, UnavailableError
from data.migrations import bring_up_to_date, migrate, revision_of
from data.postgres import PostgresUrl, open_server, reading
from data.schema import bookings, customers, facts, flights, hotels, reservations

T = TypeVar("T")

MAX_WAITING = 256
"""Reads and writes that may wait at one time; one more is refused instead of piling up."""
LIMIT_S = 5.0
"""How long a read or a write on a server may take, with its wait in the queue: a customer does not wait longer."""
GRACE_S = 1.0
"""What a commit may take beyond that."""
PROBE_S = 1.0
SILENT = "the branch's database server does not answer"


@dataclass(frozen=True, slots=True)
class DataVersion:
    """What data these are.

    `schema` is the migration they stand at. `sample_seed`, `sample_day` (the day they were made for) and `made_at`
    (UTC) are None for data that are no sample; `fixed_day` says that the branch stays on `sample_day`.
    """

    schema: str
    sample_seed: int | None
    sample_day: date | None
    fixed_day: bool
    made_at: datetime | None
    customers: int
    flights: int
    bookings: int
    hotels: int
    reservations: int


class Branch:
    """An open branch. Get one with `Branch.open`; `close` it when done. `lock` is None for data on a server."""

    def __init__(self, lock: FolderLock | None, engine: Engine, version: DataVersion, clock: BranchClock) -> None:
        self.data_version = version
        self.clock = clock
        self.trouble: str | None = None
        """Why the data cannot be reached now; None when they can, as far as is known. `check` looks."""
        self._lock = lock
        self._engine = engine
        self._shared = engine.dialect.name == "postgresql"
        self._pool = reading(engine) if self._shared else None
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="branch-read")
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="branch-write")
        self._prober = ThreadPoolExecutor(1, thread_name_prefix="branch-check")
        self._probe: asyncio.Future[str | None] | None = None
        self._waiting = 0

    @classmethod
    def open(cls, where: Path | PostgresUrl, clock: BranchClock | None = None) -> Branch:
        """Open the data in a folder or on a server, brought to the newest schema. This process owns a folder until
        `close`; a server is shared.

        `clock` None: the machine's clock, on the day that the sample was fixed to if it was. Blocks for some tenths
        of a second: call it before the event loop, or in a thread. Raises DataError when there are no data, the
        folder cannot be written, another process owns it, the file cannot be read, the server cannot be reached, or
        a newer Lobby wrote the data.
        """
        with contextlib.ExitStack() as undo:
            lock: FolderLock | None = None
            if isinstance(where, PostgresUrl):
                engine = open_server(where)
                undo.callback(engine.dispose)
                bring_up_to_date(engine, where)
            else:
                path = where / DATABASE_FILE
                if not path.exists():
                    raise DataError(f"there are no branch data in {where}: make them with `lobby data init`")
                lock = undo.enter_context(FolderLock(where))
                engine = open_engine(path)
                undo.callback(engine.dispose)
                transact(engine, migrate)
            with engine.connect() as conn:
                version = read_version(conn)
            undo.pop_all()
        if clock is None:
            clock = FixedDayClock(version.sample_day) if version.fixed_day and version.sample_day else LocalClock()
        return cls(lock, engine, version, clock)

    async def read(self, fn: Callable[[Connection], T]) -> T:
        """Run `fn` on a consistent snapshot in a worker thread and give back its answer. What it writes is dropped.

        Raises UnavailableError when a server does not answer in `LIMIT_S`.
        """
        return await self._run(self._readers, partial(look, self._looking, fn, patience_s=self._patience))

    async def write(self, fn: Callable[[Connection], T]) -> T:
        """Run `fn` as one ACID transaction in the writer thread; when this returns, the change survives a power loss.

        Writes of this process run one after the other; those of other nodes are kept apart by the server. `fn` may
        run again after a conflict, and after a connection that broke (see `transact`). A caller that is cancelled
        while waiting does not stop a transaction that has begun. Raises UnavailableError when a server does not answer
        in `LIMIT_S` (nothing was written), or OutcomeUnknownError when that is not sure.
        """
        return await self._run(self._writer, partial(self._write, fn, time.monotonic()), writes=True)

    async def check(self) -> str | None:
        """`trouble`, looked at now: a second at most. Many callers at one time cost one look."""
        if not self._shared:
            return None
        if self._probe is None or self._probe.done():
            self._probe = asyncio.ensure_future(
                asyncio.get_running_loop().run_in_executor(self._prober, self._answers_now)
            )
        done, _ = await asyncio.wait((self._probe,), timeout=PROBE_S)
        self.trouble = self._probe.result() if done else SILENT
        return self.trouble

    def close(self) -> None:
        """Finish what is queued, close the data and give the folder up. Safe to call twice."""
        for threads in (self._readers, self._writer, self._prober):
            threads.shutdown()
        self._engine.dispose()
        if self._lock is not None:
            self._lock.release()

    @property
    def _looking(self) -> Engine:
        """What reads go through."""
        return self._engine if self._pool is None else self._pool

    @property
    def _patience(self) -> float:
        """A server that is known to be away is asked once; waiting for it would only make a queue."""
        return PATIENCE_S if self.trouble is None else 0.0

    def _write(self, fn: Callable[[Connection], T], asked_at: float) -> T:
        if not self._shared:
            return transact(self._engine, fn)
        left = asked_at + LIMIT_S - time.monotonic()
        return transact(self._engine, fn, patience_s=self._patience, limit_s=left)

    def _answers_now(self) -> str | None:
        try:
            look(self._looking, lambda conn: conn.execute(text("SELECT 1")).scalar_one(), patience_s=0.0)
        except (DataError, SQLAlchemyError):
            return SILENT
        return None

    async def _run(self, threads: ThreadPoolExecutor, call: Callable[[], T], *, writes: bool = False) -> T:
        if self._waiting >= MAX_WAITING:
            raise DataError("the branch's database has too much to do: try again in a moment")
        self._waiting += 1
        try:
            running = asyncio.get_running_loop().run_in_executor(threads, call)
            if not self._shared:
                return await running
            try:
                answer = await asyncio.wait_for(running, LIMIT_S + (GRACE_S if writes else 0.0))
            except TimeoutError:
                self.trouble = SILENT
                raise OutcomeUnknownError(SILENT) if writes else UnavailableError(SILENT) from None
            except UnavailableError:
                self.trouble = SILENT
                raise
            self.trouble = None
            return answer
        finally:
            self._waiting -= 1


def read_version(conn: Connection) -> DataVersion:
    """What data an open database holds."""
    told: dict[str, str] = {row.name: row.value for row in conn.execute(select(facts))}
    seed, day, made_at = told.get("sample_seed"), told.get("sample_day"), told.get("made_at")
    return DataVersion(
        schema=revision_of(conn) or "none",
        sample_seed=None if seed is None else int(seed),
        sample_day=None if day is None else date.fromisoformat(day),
        fixed_day=told.get("fixed_day") == "yes",
        made_at=None if made_at is None else datetime.fromisoformat(made_at),
        customers=_count(conn, customers),
        flights=_count(conn, flights),
        bookings=_count(conn, bookings),
        hotels=_count(conn, hotels),
        reservations=_count(conn, reservations),
    )


def _count(conn: Connection, table: Table) -> int:
    return conn.execute(select(func.count()).select_from(table)).scalar_one()
