"""Writes all records of a branch to files, as they stand at one moment."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, func, select, text
from sqlalchemy.exc import DBAPIError

from data.database import DATABASE_FILE, FolderLock, open_engine
from data.errors import DataError
from data.exchange.bundle import ExchangeError, Outgoing
from data.exchange.cells import written
from data.migrations import newest_revision, revision_of
from data.postgres import PostgresUrl, open_server, reading, unreachable
from data.sample.world import Progress
from data.schema import metadata

SLICE = 1000


def export_records(where: Path | PostgresUrl, to: Path, progress: Progress) -> dict[str, int]:
    """Write the records in a folder or on a server to `to`, a folder or `*.zip`; gives the rows of each table.

    The files hold customers' names, numbers and PIN hashes: only their owner may read them. A server's nodes may go on
    working; a folder must not be in use. Raises DataError.
    """
    with ExitStack() as stack:
        engine = stack.enter_context(_opened(where))
        out = Outgoing(to)
        stack.callback(out.close)
        try:
            with engine.connect() as conn:
                if engine.dialect.name == "postgresql":
                    conn.execute(text("SET LOCAL statement_timeout = 0"))
                    conn.execute(text("SET LOCAL idle_in_transaction_session_timeout = '60s'"))
                revision = revision_of(conn)
                if revision != newest_revision():
                    raise DataError(f"the data are of schema {revision}: `lobby data init` brings them up to date")
                rows = _write(conn, out, progress)
            out.finish(revision, datetime.now(UTC).isoformat(timespec="seconds"))
        except DBAPIError as e:
            raise (unreachable(where, e) if isinstance(where, PostgresUrl) else DataError(str(e.orig))) from e
        except OSError as e:
            raise ExchangeError(f"cannot write {to} ({e.strerror}): free space or choose another place") from None
    return rows


@contextmanager
def _opened(where: Path | PostgresUrl) -> Iterator[Engine]:
    with ExitStack() as stack:
        if isinstance(where, PostgresUrl):
            engine = open_server(where)
            looking = reading(engine)
        else:
            if not (where / DATABASE_FILE).exists():
                raise DataError(f"there are no branch data in {where}: make them with `lobby data init`")
            stack.enter_context(FolderLock(where))
            engine = looking = open_engine(where / DATABASE_FILE)
        stack.callback(engine.dispose)
        yield looking


def _write(conn: Connection, out: Outgoing, progress: Progress) -> dict[str, int]:
    tables = metadata.sorted_tables
    counts = {t.name: int(conn.execute(select(func.count()).select_from(t)).scalar_one()) for t in tables}
    done, total = 0, sum(counts.values())
    for table in tables:
        with out.table(table.name) as file:
            rows = csv.writer(file)
            rows.writerow(table.columns.keys())
            found = conn.execution_options(yield_per=SLICE).execute(select(table).order_by(*table.primary_key))
            for part in found.partitions(SLICE):
                progress(f"export: {table.name}", done, total)
                rows.writerows([written(value) for value in row] for row in part)
                done += len(part)
        out.note(table.name, counts[table.name])
    progress("export", total, total)
    return counts
