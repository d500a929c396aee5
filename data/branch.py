"""A branch's data, open: reads in worker threads, writes one after the other, nothing on the event loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, Table, func, select

from data.clock import BranchClock, FixedDayClock, LocalClock
from data.database import DATABASE_FILE, READERS, FolderLock, open_engine, transact
from data.errors import DataError
from data.migrations import migrate, revision_of
from data.schema import bookings, customers, facts, flights, hotels, reservations

T = TypeVar("T")

MAX_WAITING = 256
"""Reads and writes that may wait at one time; one more is refused instead of piling up."""


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
    """The owner of a branch's database. Get one with `Branch.open`; `close` it when done."""

    def __init__(self, lock: FolderLock, engine: Engine, version: DataVersion, clock: BranchClock) -> None:
        self.data_version = version
        self.clock = clock
        self._lock = lock
        self._engine = engine
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="branch-read")
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="branch-write")
        self._waiting = 0

    @classmethod
    def open(cls, data_dir: Path, clock: BranchClock | None = None) -> Branch:
        """Open the data in `data_dir`, brought to the newest schema; this process owns the folder until `close`.

        `clock` None: the machine's clock, on the day that the sample was fixed to if it was. Blocks for some tenths
        of a second: call it before the event loop, or in a thread. Raises DataError when there are no data, the
        folder cannot be written, another process owns it, the file cannot be read, or a newer Lobby wrote it.
        """
        path = data_dir / DATABASE_FILE
        if not path.exists():
            raise DataError(f"there are no branch data in {data_dir}: make them with `lobby data init`")
        with contextlib.ExitStack() as undo:
            lock = undo.enter_context(FolderLock(data_dir))
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
        """Run `fn` on a consistent snapshot in a worker thread and give back its answer. What it writes is dropped."""
        return await self._run(self._readers, self._read, fn)

    async def write(self, fn: Callable[[Connection], T]) -> T:
        """Run `fn` as one ACID transaction in the writer thread; when this returns, the change survives a power loss.

        Writes run one after the other. `fn` may run again after a conflict (see `transact`). A caller that is
        cancelled while waiting does not stop a transaction that has begun.
        """
        return await self._run(self._writer, transact, self._engine, fn)

    def close(self) -> None:
        """Finish what is queued, close the file and give the folder up. Safe to call twice."""
        self._readers.shutdown()
        self._writer.shutdown()
        self._engine.dispose()
        self._lock.release()

    def _read(self, fn: Callable[[Connection], T]) -> T:
        with self._engine.connect() as conn:
            return fn(conn)

    async def _run(self, threads: ThreadPoolExecutor, call: Callable[..., T], *arguments: object) -> T:
        if self._waiting >= MAX_WAITING:
            raise DataError("the branch's database has too much to do: try again in a moment")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(threads, call, *arguments)
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
