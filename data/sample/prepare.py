"""Makes the database of a new branch: built under another name and renamed when it is whole and on disk.

A process that is killed in the middle leaves nothing but a file that the next preparation clears away.
"""

from __future__ import annotations

import contextlib
import os
from datetime import date
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from data.clock import LocalClock
from data.database import DATABASE_FILE, FolderLock, open_engine, unwritable
from data.errors import DataError
from data.migrations import migrate
from data.sample.world import Progress, fill


def prepare_records(data_dir: Path, *, today: date | None = None, progress: Progress) -> None:
    """Make the database with the sample branch where there is none; one that is there is kept as it is.

    `today` is the day the sample is made for, and the branch's calendar then stays on it; None takes the machine's
    day and lets the calendar run. Raises DataError when the folder cannot be written or another process owns it.
    """
    with own_folder(data_dir):
        if not (data_dir / DATABASE_FILE).exists():
            _build(data_dir, today, progress)


def reset_records(data_dir: Path, *, today: date | None = None, progress: Progress) -> None:
    """Replace the database by a new sample branch; the old one stays until the new one is whole.

    Arguments and errors as for `prepare_records`.
    """
    with own_folder(data_dir):
        _build(data_dir, today, progress)


def own_folder(data_dir: Path) -> FolderLock:
    """Own `data_dir`, made (mode 0700) when it is not there. Raises DataError when that cannot be."""
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as e:
        raise unwritable(data_dir, e) from e
    return FolderLock(data_dir)


def _build(data_dir: Path, today: date | None, progress: Progress) -> None:
    """Make the database under another name, then put it in place. The caller owns the folder."""
    final, building = data_dir / DATABASE_FILE, data_dir / f"{DATABASE_FILE}.new"
    for leftover in (building, _wal(building)):
        leftover.unlink(missing_ok=True)
    try:
        engine = open_engine(building)
        try:
            with engine.begin() as conn:
                migrate(conn)
                fill(conn, today or LocalClock().today(), fixed_day=today is not None, progress=progress)
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
