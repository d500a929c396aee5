"""Reads the files of an export and makes them the records of a branch: all of them, or none."""

from __future__ import annotations

import csv
import secrets
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Table, insert, text

from data.customers import hash_pin
from data.exchange.bundle import ExchangeError, Incoming, TableFile, as_text
from data.exchange.cells import Value, read
from data.exchange.checks import Checks, Problems, Row
from data.migrations import newest_revision, revisions
from data.postgres import PostgresUrl
from data.replace import replace
from data.sample.world import SLICE, Progress
from data.schema import FIRST_OWN_ID, metadata

PIN = "pin"
"""A column of customers.csv in the place of `pin_salt` and `pin_hash`: the PIN itself, hashed on the way in."""
_HASHED = ("pin_salt", "pin_hash")
_INSERTED_AT_ONCE = SLICE

Rows = Mapping[Table, Sequence[Row]]


def import_records(
    where: Path | PostgresUrl, source: Path, progress: Progress, *, edited: bool = False
) -> dict[str, int]:
    """Replace the records in a folder or on a server by those in `source`; gives the rows of each table.

    Everything is looked at before anything is changed. `edited`: the files were written or changed by hand, so that
    their check sums and counts need not fit. Refused while another process uses the data. Raises ExchangeError with
    every problem, or DataError.
    """
    rows = _checked(source, progress, edited=edited)
    done, total = 0, sum(map(len, rows.values()))

    def fill(conn: Connection) -> None:
        nonlocal done
        done = 0
        for table, all_rows in rows.items():
            for start in range(0, len(all_rows), _INSERTED_AT_ONCE):
                progress(f"import: {table.name}", done, total)
                part = all_rows[start : start + _INSERTED_AT_ONCE]
                conn.execute(insert(table), [dict(row) for row in part])
                done += len(part)
            _go_on_counting(conn, table, all_rows)

    replace(where, fill)
    progress("import", total, total)
    return {table.name: len(all_rows) for table, all_rows in rows.items()}


def _checked(source: Path, progress: Progress, *, edited: bool) -> Rows:
    incoming = Incoming(source)
    try:
        manifest = incoming.manifest
        if manifest.schema not in revisions():
            raise ExchangeError(
                f"{source} is of schema {manifest.schema}, which this Lobby (schema {newest_revision()}) does not "
                "know: install the newer Lobby that wrote it"
            )
        if unknown := sorted(set(manifest.tables) - set(metadata.tables)):
            raise ExchangeError(f"{source} has tables that Lobby does not know: {', '.join(unknown)}")
        problems = Problems()
        checks = Checks(problems)
        rows: dict[Table, Sequence[Row]] = {}
        for number, table in enumerate(metadata.sorted_tables):
            progress(f"look: {table.name}", number, len(metadata.tables))
            file = manifest.tables.get(table.name)
            found = [] if file is None else _read(incoming, table, file, problems, edited=edited)
            checks.look_at(table, file.file if file is not None else "", found)
            rows[table] = [row for _, row in found]
            if problems.full:
                break
        progress("look", len(metadata.tables), len(metadata.tables))
    finally:
        incoming.close()
    if problems.found:
        more = " or more" if problems.full else ""
        raise ExchangeError(
            f"{source} has {len(problems.found)}{more} faults, and nothing was changed; the first: {problems.found[0]}",
            tuple(problems.found),
        )
    return rows


@dataclass(frozen=True, slots=True)
class _Header:
    """Where each column of a table stands in its file. `pin` is the place of a PIN to be hashed."""

    places: Mapping[str, int]
    width: int
    pin: int | None


def _read(
    incoming: Incoming, table: Table, file: TableFile, problems: Problems, *, edited: bool
) -> list[tuple[int, Row]]:
    """The rows of one file, each with its line; what cannot be read is noted and left out."""
    if not edited:
        incoming.check_whole(file)
    found: list[tuple[int, Row]] = []
    pins: list[str] = []
    with incoming.opened(file.file) as binary:
        reader = csv.reader(as_text(binary), strict=True)
        try:
            header = _header(table, file.file, next(reader, []), problems)
            if header is None:
                return []
            for cells in reader:
                if problems.full:
                    break
                if not cells:
                    continue
                line = reader.line_num
                row = _row(table, file.file, header, cells, line, problems)
                if row is not None:
                    found.append((line, row))
                    if header.pin is not None:
                        pins.append(cells[header.pin])
        except UnicodeDecodeError:
            problems.add(file.file, 0, None, "is not in UTF-8: save it again with that encoding")
        except csv.Error as error:
            problems.add(file.file, reader.line_num, None, f"is no CSV that can be read: {error}")
    if not edited and file.rows is not None and len(found) != file.rows and not problems.found:
        problems.add(file.file, 0, None, f"has {len(found)} rows where the manifest says {file.rows}")
    if pins and not problems.found:
        found = [(line, {**row, **hashed}) for (line, row), hashed in zip(found, _hash(pins), strict=True)]
    return found


def _header(table: Table, file: str, names: Sequence[str], problems: Problems) -> _Header | None:
    wanted = {column.name: column for column in table.columns}
    has_pin = PIN in names and table.name == "customers"
    instead = set(_HASHED) if has_pin else set()
    for name in names:
        if name not in wanted and not (name == PIN and has_pin):
            problems.add(file, 1, name, f"is no column of {table.name}, which has {', '.join(wanted)}")
    if len(set(names)) != len(names):
        problems.add(file, 1, None, "names a column twice")
    for name, column in wanted.items():
        may_lack = column.nullable or name in instead
        if name not in names and not may_lack:
            problems.add(file, 1, name, "is missing")
    if any(one.file == file for one in problems.found):
        return None
    places = {name: place for place, name in enumerate(names) if name in wanted and name not in instead}
    return _Header(places, len(names), names.index(PIN) if has_pin else None)


def _row(table: Table, file: str, header: _Header, cells: Sequence[str], line: int, problems: Problems) -> Row | None:
    if len(cells) != header.width:
        problems.add(file, line, None, f"has {len(cells)} cells, and the header {header.width}")
        return None
    row: dict[str, Value] = {}
    whole = True
    for column in table.columns:
        place = header.places.get(column.name)
        try:
            row[column.name] = None if place is None else read(cells[place], column)
        except ValueError as error:
            problems.add(file, line, column.name, str(error))
            whole = False
    if header.pin is not None and not cells[header.pin].isalnum():
        problems.add(file, line, PIN, "must be digits or letters, and nothing else")
        whole = False
    return row if whole else None


def _hash(pins: Sequence[str]) -> list[dict[str, bytes]]:
    def one(pin: str) -> dict[str, bytes]:
        salt = secrets.token_bytes(16)
        return {"pin_salt": salt, "pin_hash": hash_pin(pin, salt)}

    with ThreadPoolExecutor(2, thread_name_prefix="hash-pin") as threads:
        return list(threads.map(one, pins))


def _go_on_counting(conn: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Have the keys of new rows begin after the highest that came in."""
    if "id" not in table.columns:
        return
    highest = max((row["id"] for row in rows if isinstance(row["id"], int)), default=0)
    if highest < FIRST_OWN_ID:
        return
    sequence = f"{table.name}_id_seq"
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT setval(CAST(:name AS regclass), :last)"), {"name": sequence, "last": highest})
    else:  # DuckDB cannot set one: it is counted up
        steps = highest - FIRST_OWN_ID + 1
        conn.execute(text(f"SELECT max(nextval('{sequence}')) FROM range({steps:d})"))
