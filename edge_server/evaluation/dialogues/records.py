"""The business tables before and after a customer, and a sample branch that can be put back as it was."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Self

from sqlalchemy import Connection, select

from data.branch import Branch, read_version
from data.clock import BranchClock
from data.database import DATABASE_FILE, FolderLock, open_engine
from data.sample.prepare import prepare_records
from data.schema import metadata
from edge_server.evaluation.listener import Progress

Value = object
Key = tuple[Value, ...]
Row = Mapping[str, Value]
Stock = Mapping[str, Mapping[Key, Row]]
"""All rows of all business tables, by table and primary key."""

_TEMPLATE = "template.duckdb"


@dataclass(frozen=True, slots=True)
class Change:
    """A row that is not as it was: added (`before` None), removed (`after` None) or with other values."""

    table: str
    key: Key
    before: Row | None
    after: Row | None

    @property
    def columns(self) -> dict[str, tuple[Value, Value]]:
        """The columns whose value changed, each with both values."""
        before, after = self.before or {}, self.after or {}
        names = dict.fromkeys((*before, *after))
        return {name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)}


def take_stock(conn: Connection) -> Stock:
    """Read every business table."""
    stock: dict[str, dict[Key, Row]] = {}
    for name, table in metadata.tables.items():
        keys = [column.name for column in table.primary_key.columns]
        rows = (dict(row) for row in conn.execute(select(table)).mappings())
        stock[name] = {tuple(row[key] for key in keys): row for row in rows}
    return stock


def changes(before: Stock, after: Stock) -> list[Change]:
    """Every row that differs, in the order of tables and keys."""
    found: list[Change] = []
    for name, old in before.items():
        new = after[name]
        found += [Change(name, key, row, new.get(key)) for key, row in old.items() if new.get(key) != row]
        found += [Change(name, key, None, row) for key, row in new.items() if key not in old]
    return found


class RenewedBranch(Branch):
    """A sample branch that `renew` puts back as it was made, while the desk that reads it stays open."""

    @classmethod
    def make(cls, folder: Path, today: date, clock: BranchClock, progress: Progress) -> Self:
        """Make the sample branch of `today` in `folder` (some seconds) and open it. Raises DataError."""
        prepare_records(folder, today=today, progress=progress)
        shutil.copyfile(folder / DATABASE_FILE, folder / _TEMPLATE)
        lock, engine = FolderLock(folder), open_engine(folder / DATABASE_FILE)
        with engine.connect() as conn:
            branch = cls(lock, engine, read_version(conn), clock)
        branch.folder = folder
        return branch

    folder: Path

    def renew(self) -> None:
        """Forget everything written. Nobody may be reading or writing meanwhile."""
        self._engine.dispose()
        path = self.folder / DATABASE_FILE
        path.with_name(f"{path.name}.wal").unlink(missing_ok=True)
        shutil.copyfile(self.folder / _TEMPLATE, path)
        self._engine = open_engine(path)
