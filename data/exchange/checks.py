"""What a database would say of rows, said before it gets them, with file, line and column of each fault."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import CheckConstraint, Table, UniqueConstraint

from data.exchange.bundle import MOST_PROBLEMS, Problem
from data.exchange.cells import Value, written

Row = Mapping[str, Value]
Key = tuple[Value, ...]


@dataclass(slots=True)
class Problems:
    """What was found so far; full after `MOST_PROBLEMS`."""

    found: list[Problem] = field(default_factory=list)

    def add(self, file: str, line: int, column: str | None, reason: str) -> None:
        """Note one; those past the limit are dropped."""
        if not self.full:
            self.found.append(Problem(file, line, column, reason))

    @property
    def full(self) -> bool:
        """Whether it is enough."""
        return len(self.found) >= MOST_PROBLEMS


class Checks:
    """Looks at the rows of one table after another, parents first."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._keys: dict[tuple[str, str], set[Value]] = {}
        self._logic = sqlite3.connect(":memory:")

    def look_at(self, table: Table, file: str, rows: Sequence[tuple[int, Row]]) -> None:
        """Check keys, references and rules of all `rows`, each with the line it ends at."""
        self._unique(table, file, rows)
        self._references(table, file, rows)
        self._rules(table, file, rows)

    def _unique(self, table: Table, file: str, rows: Sequence[tuple[int, Row]]) -> None:
        for columns in _unique_columns(table):
            seen: dict[Key, int] = {}
            for line, row in rows:
                key = tuple(row[column] for column in columns)
                if None in key:
                    continue
                if (first := seen.setdefault(key, line)) != line:
                    told = ", ".join(f"{column} {written(value)}" for column, value in zip(columns, key, strict=True))
                    self._problems.add(file, line, columns[0], f"{told} is in line {first} already")
            if len(columns) == 1:
                self._keys[table.name, columns[0]] = {value for (value,) in seen}

    def _references(self, table: Table, file: str, rows: Sequence[tuple[int, Row]]) -> None:
        for reference in sorted(table.foreign_keys, key=lambda one: one.parent.name):
            column, other = reference.parent.name, reference.column
            known = self._keys.get((other.table.name, other.name), set())
            name = f"{other.table.name}.{other.name}"
            for line, row in rows:
                if (value := row[column]) is not None and value not in known:
                    self._problems.add(file, line, column, f"there is no {name} {written(value)}")

    def _rules(self, table: Table, file: str, rows: Sequence[tuple[int, Row]]) -> None:
        rules = sorted(str(one.sqltext) for one in table.constraints if isinstance(one, CheckConstraint))
        if not rules:
            return
        names = [column.name for column in table.columns]
        given = ", ".join(f"? AS {name}" for name in names)
        question = f"SELECT {', '.join(f'({rule})' for rule in rules)} FROM (SELECT {given})"
        for line, row in rows:
            told = self._logic.execute(question, [_plain(row[name]) for name in names]).fetchone()
            for rule, held in zip(rules, told, strict=True):
                if held == 0:  # NULL passes, as in any database
                    self._problems.add(file, line, None, f"breaks the rule {rule}")


def _unique_columns(table: Table) -> Iterator[tuple[str, ...]]:
    yield tuple(column.name for column in table.primary_key.columns)
    for one in sorted((c for c in table.constraints if isinstance(c, UniqueConstraint)), key=str):
        yield tuple(column.name for column in one.columns)


def _plain(value: Value) -> str | int | bytes | None:
    """A value that SQLite compares as a database with days and times does."""
    return value.isoformat() if isinstance(value, date) else value
