"""The SQLite file of the knowledge base: passages, the vectors of their views, their letters and their words.

SQLite comes with the `pysqlite3` package, because many Python builds cannot load extensions into their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self, cast

import numpy as np
import pysqlite3
import sqlite_vec

from data.embeddings import DIMENSIONS, Vectors
from data.knowledge.passage import KnowledgeError, Passage

SCHEMA_VERSION = 2

ViewKind = Literal["title", "whole", "sentence"]
View = tuple[ViewKind, Vectors]
"""One part of a passage and its vector (`DIMENSIONS`,)."""
NearView = tuple[int, str, Vectors]
"""A passage's row and id, and the vector of one of its views."""

_SCHEMA = f"""
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE passage (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, domain TEXT NOT NULL, entity TEXT NOT NULL,
    title TEXT NOT NULL, body TEXT NOT NULL, source TEXT NOT NULL, asked TEXT NOT NULL
);
CREATE INDEX passage_source ON passage (source);
CREATE INDEX passage_entity ON passage (domain, entity);
CREATE TABLE view (
    row INTEGER PRIMARY KEY, passage INTEGER NOT NULL REFERENCES passage (row), kind TEXT NOT NULL, vector BLOB NOT NULL
);
CREATE INDEX view_passage ON view (passage);
CREATE TABLE word (stem TEXT PRIMARY KEY, form TEXT NOT NULL, passages INTEGER NOT NULL, vector BLOB NOT NULL);
CREATE VIRTUAL TABLE meaning USING vec0(
    row INTEGER PRIMARY KEY, domain TEXT PARTITION KEY, entity TEXT, bits BIT[{DIMENSIONS}]
);
CREATE VIRTUAL TABLE lettering USING fts5(title, asked, body, tokenize='porter unicode61');
"""


SOURCE_FACT = "source "  # before a source's name, in the names of facts about the file
REMOVED_FACT = "removed "  # the same, for a source that was taken away


@dataclass(frozen=True, slots=True)
class SourceSummary:
    """Where passages came from: how many, in which domains, about which entities ("" for a whole domain)."""

    name: str
    passages: int
    domains: tuple[str, ...]
    entities: tuple[str, ...]


_NEAREST = "bits MATCH vec_bit(?) AND k = ?"


class Store:
    """The open file. Not safe for several threads at once: its owner holds a lock."""

    def __init__(self, connection: pysqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    def open(cls, path: Path, fingerprint: str) -> Self:
        """Open or make the file; `fingerprint` is that of the embedding model, kept with the vectors.

        Raises `KnowledgeError` when it cannot be opened, is no knowledge base, or has another fingerprint.
        """
        try:
            connection = pysqlite3.connect(str(path), check_same_thread=False, isolation_level=None)
        except pysqlite3.Error as error:
            raise KnowledgeError(f"{path} cannot be opened ({error}): check that its folder is writable") from error
        try:
            about = _connected(connection, fingerprint)
        except pysqlite3.Error as error:
            connection.close()
            raise KnowledgeError(f"{path} is no knowledge base ({error}): move it away and start again") from error
        if about.get("schema") != str(SCHEMA_VERSION) or about.get("embedding") != fingerprint:
            connection.close()
            raise KnowledgeError(
                f"{path} was made with another embedding model or version of Lobby: "
                "`lobby data init` builds it again, with what was added to it"
            )
        return cls(connection)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def note(self, name: str, value: str) -> None:
        """Keep a fact about the whole file."""
        self._connection.execute(
            "INSERT INTO about VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", (name, value)
        )

    def noted(self, name: str) -> str | None:
        """The fact that `note` kept, None when there is none."""
        row = self._connection.execute("SELECT value FROM about WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else None

    def digest(self, source: str) -> str | None:
        """What `change` kept for a source."""
        return self.noted(f"{SOURCE_FACT}{source}")

    def version(self) -> int:
        """A number that changes when another connection has changed the file."""
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def sources(self) -> tuple[SourceSummary, ...]:
        """Every source, in alphabetical order."""
        found: dict[str, list[tuple[str, str]]] = {}
        for source, domain, entity in self._connection.execute(
            "SELECT source, domain, entity FROM passage ORDER BY source, domain, entity"
        ):
            found.setdefault(str(source), []).append((str(domain), str(entity)))
        return tuple(
            SourceSummary(
                name,
                len(places),
                tuple(dict.fromkeys(domain for domain, _ in places)),
                tuple(dict.fromkeys(entity for _, entity in places)),
            )
            for name, places in found.items()
        )

    def nearest(self, vector: Vectors, domain: str, entity: str | None, views: int) -> list[NearView]:
        """The `views` nearest views by bits: of passages about `entity` or the whole domain, or (None) about any."""
        among, places = _among(domain, entity)
        found = self._connection.execute(
            "SELECT view.passage, passage.id, view.vector FROM view JOIN passage ON passage.row = view.passage"
            f" WHERE view.row IN (SELECT row FROM meaning WHERE {_NEAREST} AND {among})",
            (_bits(vector), views, *places),
        )
        return [(int(row), str(name), _vector(blob)) for row, name, blob in found]

    def count_in(self, domain: str, entity: str | None) -> int:
        """How many passages are about `entity` or the whole domain, or (None) in the domain."""
        among, places = _among(domain, entity)
        return int(self._connection.execute(f"SELECT count(*) FROM passage WHERE {among}", places).fetchone()[0])

    def views_in(self, domain: str, entity: str | None) -> list[NearView]:
        """All views of the passages that `count_in` counts."""
        among, places = _among(domain, entity)
        found = self._connection.execute(
            "SELECT view.passage, passage.id, view.vector FROM passage JOIN view ON view.passage = passage.row"
            f" WHERE {among}",
            places,
        )
        return [(int(row), str(name), _vector(blob)) for row, name, blob in found]

    def with_any_word(self, words: Sequence[str], limit: int) -> list[int]:
        """Rows of passages that hold one of `words` by its letters, best first."""
        if not words:
            return []
        match = " OR ".join(f'"{word}"' for word in words)
        found = self._connection.execute(
            "SELECT rowid FROM lettering WHERE lettering MATCH ? ORDER BY rank LIMIT ?", (match, limit)
        )
        return [int(row) for (row,) in found]

    def passages(self, rows: Sequence[int]) -> list[tuple[Passage, list[View]]]:
        """The passages in `rows`, in that order, with all their views."""
        marks = ",".join("?" * len(rows))
        views: dict[int, list[View]] = {row: [] for row in rows}
        for row, kind, blob in self._connection.execute(
            f"SELECT passage, kind, vector FROM view WHERE passage IN ({marks})", rows
        ):
            views[row].append((cast(ViewKind, kind), _vector(blob)))
        found = {
            row: passage_of(columns)
            for row, *columns in self._connection.execute(
                f"SELECT row, id, domain, entity, title, body, source, asked FROM passage WHERE row IN ({marks})", rows
            )
        }
        return [(found[row], views[row]) for row in rows]

    def change(
        self,
        forget: str | None,
        passages: Sequence[Passage],
        views: Sequence[Sequence[View]],
        words: Mapping[str, tuple[str, Vectors]],
        stems: Callable[[Passage], Iterable[str]],
        digest: str | None = None,
    ) -> None:
        """In one transaction: forget a source, add passages with their views, add words, count words again.

        `digest` is kept for the source that was forgotten and is added again. One that is not added again is kept in
        mind as removed.
        """
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            if forget is not None:
                self._forget(forget)
                if passages:
                    self._connection.execute("DELETE FROM about WHERE name = ?", (f"{REMOVED_FACT}{forget}",))
                else:
                    self.note(f"{REMOVED_FACT}{forget}", "yes")
                if digest is not None:
                    self.note(f"{SOURCE_FACT}{forget}", digest)
            for passage, its_views in zip(passages, views, strict=True):
                self._insert(passage, its_views)
            self._connection.executemany(
                "INSERT INTO word VALUES (?, ?, 0, ?) ON CONFLICT DO NOTHING",
                [(stem, form, vector.tobytes()) for stem, (form, vector) in words.items()],
            )
            self._count_words(stems)
            self._connection.execute("COMMIT")
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise

    def words(self) -> dict[str, tuple[int, Vectors]]:
        """Every word: stem to (how many passages have it, its vector)."""
        found = self._connection.execute("SELECT stem, passages, vector FROM word")
        return {str(stem): (int(count), _vector(blob)) for stem, count, blob in found}

    def count(self) -> int:
        """How many passages there are."""
        return int(self._connection.execute("SELECT count(*) FROM passage").fetchone()[0])

    def entities(self) -> dict[str, tuple[str, ...]]:
        """The entities of each domain, in alphabetical order."""
        names: dict[str, list[str]] = {}
        for domain, entity in self._connection.execute(
            "SELECT DISTINCT domain, entity FROM passage WHERE entity != '' ORDER BY entity"
        ):
            names.setdefault(domain, []).append(entity)
        return {domain: tuple(entities) for domain, entities in names.items()}

    def _insert(self, passage: Passage, views: Sequence[View]) -> None:
        asked = "\n".join(passage.asked)
        values = (passage.id, passage.domain, passage.entity, passage.title, passage.body, passage.source, asked)
        row = self._connection.execute(
            "INSERT INTO passage (id, domain, entity, title, body, source, asked) VALUES (?, ?, ?, ?, ?, ?, ?)", values
        ).lastrowid
        for kind, vector in views:
            view = self._connection.execute(
                "INSERT INTO view (passage, kind, vector) VALUES (?, ?, ?)", (row, kind, vector.tobytes())
            ).lastrowid
            self._connection.execute(
                "INSERT INTO meaning (row, domain, entity, bits) VALUES (?, ?, ?, vec_bit(?))",
                (view, passage.domain, passage.entity, _bits(vector)),
            )
        self._connection.execute(
            "INSERT INTO lettering (rowid, title, asked, body) VALUES (?, ?, ?, ?)",
            (row, passage.title, asked, passage.body),
        )

    def _forget(self, source: str) -> None:
        rows = self._connection.execute("SELECT row FROM passage WHERE source = ?", (source,)).fetchall()
        for (row,) in rows:
            views = self._connection.execute("SELECT row FROM view WHERE passage = ?", (row,)).fetchall()
            self._connection.executemany("DELETE FROM meaning WHERE row = ?", views)
            self._connection.execute("DELETE FROM view WHERE passage = ?", (row,))
        self._connection.executemany("DELETE FROM lettering WHERE rowid = ?", rows)
        self._connection.executemany("DELETE FROM passage WHERE row = ?", rows)
        self._connection.execute("DELETE FROM about WHERE name = ?", (f"{SOURCE_FACT}{source}",))

    def _count_words(self, stems: Callable[[Passage], Iterable[str]]) -> None:
        counts: dict[str, int] = {}
        for columns in self._connection.execute("SELECT id, domain, entity, title, body, source, asked FROM passage"):
            for stem in stems(passage_of(columns)):
                counts[stem] = counts.get(stem, 0) + 1
        self._connection.execute("UPDATE word SET passages = 0")
        self._connection.executemany(
            "UPDATE word SET passages = ? WHERE stem = ?", [(count, stem) for stem, count in counts.items()]
        )
        self._connection.execute("DELETE FROM word WHERE passages = 0")


def _connected(connection: pysqlite3.Connection, fingerprint: str) -> dict[str, str]:
    connection.enable_load_extension(True)
    sqlite_vec.load(connection)
    connection.enable_load_extension(False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA mmap_size = {256 << 20}")
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables:
        connection.executescript(f"BEGIN; {_SCHEMA} COMMIT;")
        connection.executemany(
            "INSERT INTO about VALUES (?, ?)", [("schema", str(SCHEMA_VERSION)), ("embedding", fingerprint)]
        )
    return {str(name): str(value) for name, value in connection.execute("SELECT name, value FROM about")}


def _among(domain: str, entity: str | None) -> tuple[str, tuple[str, ...]]:
    if entity is None:
        return "domain = ?", (domain,)
    return "domain = ? AND entity IN (?, '')", (domain, entity)


def passage_of(columns: Sequence[object]) -> Passage:
    """A passage from its columns: id, domain, entity, title, body, source, asked."""
    identity, domain, entity, title, body, source, asked = (str(column) for column in columns)
    return Passage(identity, domain, entity, title, body, source, tuple(asked.split("\n")) if asked else ())


def _vector(blob: bytes) -> Vectors:
    return np.frombuffer(blob, dtype=np.float32)


def _bits(vector: Vectors) -> bytes:
    return np.packbits(vector > 0, bitorder="little").tobytes()
