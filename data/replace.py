"""Puts all of a branch's records in place at one time: the old ones stay until the new ones are whole and safe.

In a folder the database is built under another name and renamed; a process that is killed in the middle leaves nothing
but a file that the next one clears away. On a server it is one transaction.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from data.database import DATABASE_FILE, FolderLock, open_engine, unwritable
from data.errors import DataError
from data.migrations import migrate, revision_of, revisions
from data.postgres import PostgresUrl, open_server, other_nodes, own_upkeep, unreachable, upkeep
from data.schema import metadata

Fill = Callable[[Connection], None]
"""Puts records into an empty, migrated database. Its DataError leaves the old records as they are."""


def own_folder(data_dir: Path) -> FolderLock:
    """Own `data_dir`, made (mode 0700) when it is not there. Raises DataError when that cannot be."""
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as e:
        raise unwritable(data_dir, e) from e
    return FolderLock(data_dir)


def has_records(where: Path | PostgresUrl) -> bool:
    """Whether there are data of a branch in this place. Raises DataError when a server cannot be reached."""
    if isinstance(where, Path):
        return (where / DATABASE_FILE).exists()
    engine = open_server(where)
    try:
        with engine.connect() as conn:
            return revision_of(conn) is not None
    except DBAPIError as e:
        raise unreachable(where, e) from e
    finally:
        engine.dispose()


def fill_if_empty(where: Path | PostgresUrl, fill: Fill) -> None:
    """Make the database where there is none; of several nodes that start together one does, and the others wait.

    Raises DataError when the place cannot be written, or another process owns the folder.
    """
    if isinstance(where, Path):
        with own_folder(where):
            if not (where / DATABASE_FILE).exists():
                _build(where, fill)
    elif not has_records(where):
        _refill(where, fill, keep=True)


def replace(where: Path | PostgresUrl, fill: Fill) -> None:
    """Replace the records by those of `fill`.

    Raises DataError when the place cannot be written, or another process uses it.
    """
    if isinstance(where, Path):
        with own_folder(where):
            _build(where, fill)
    else:
        _refill(where, fill, keep=False)


def _refill(where: PostgresUrl, fill: Fill, *, keep: bool) -> None:
    engine = open_server(where)
    try:
        with upkeep(engine).connect() as conn, conn.begin():
            own_upkeep(conn)
            revision = revision_of(conn)
            if keep and revision is not None:
                return
            if revision is not None and revision not in revisions():
                raise DataError(
                    f"{where} is of schema {revision}, which this Lobby does not know: install the Lobby that wrote "
                    "it, or delete its tables yourself"
                )
            if revision is not None:
                if nodes := other_nodes(conn):
                    raise DataError(f"{nodes} connections of Lobby servers to {where} are open: stop those first")
                _drop(conn)
            migrate(conn)
            fill(conn)
            conn.execute(text("ANALYZE"))  # or the first hours' queries are planned for empty tables
    except DBAPIError as e:
        if getattr(e.orig, "sqlstate", None) == "42P07":
            raise DataError(
                f"{where} holds tables of something else: give Lobby a database of its own; nothing was changed"
            ) from e
        raise unreachable(where, e) from e
    finally:
        engine.dispose()


def _drop(conn: Connection) -> None:
    metadata.drop_all(conn)
    conn.execute(text("DROP TABLE IF EXISTS alembic_version"))


def _build(data_dir: Path, fill: Fill) -> None:
    """Make the database under another name, then put it in place. The caller owns the folder."""
    final, building = data_dir / DATABASE_FILE, data_dir / f"{DATABASE_FILE}.new"
    for leftover in (building, _wal(building)):
        leftover.unlink(missing_ok=True)
    try:
        engine = open_engine(building)
        try:
            with engine.begin() as conn:
                migrate(conn)
                fill(conn)
            with engine.connect() as conn:
                conn.execute(text("CHECKPOINT"))
        finally:
            engine.dispose()
        _merge_wal(final)
        _sync(building)
        building.replace(final)
        _sync(data_dir)
    except (DBAPIError, OSError) as e:
        reason = str(e.orig if isinstance(e, DBAPIError) else e).splitlines()[0]
        raise DataError(f"cannot make the data in {data_dir}: {reason}; free space or choose --data-dir") from e
    finally:
        for leftover in (building, _wal(building)):
            with contextlib.suppress(OSError):
                leftover.unlink(missing_ok=True)


def _merge_wal(database: Path) -> None:
    """Leave no write-ahead log beside an old database: it would be replayed into the one that takes its place."""
    if not _wal(database).exists():
        return
    with contextlib.suppress(DataError):  # damaged: it is about to be replaced
        open_engine(database).dispose()
    _wal(database).unlink(missing_ok=True)


def _wal(database: Path) -> Path:
    return database.with_name(f"{database.name}.wal")


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
