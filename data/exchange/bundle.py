"""The files of an export: a manifest and CSV files, in a folder or a zip file."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from data.errors import DataError

MANIFEST = "manifest.json"
FORMAT, VERSION = "lobby-data", 1
MOST_BYTES = 4 * 2**30
"""How much a zip file may unpack to."""
MOST_PROBLEMS = 50
"""After so many an import stops looking."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a file. `line` counts from 1, the header's; `column` is None for what concerns a whole row."""

    file: str
    line: int
    column: str | None
    reason: str

    def __str__(self) -> str:
        place = f", column {self.column}" if self.column is not None else ""
        return f"{self.file}, line {self.line}{place}: {self.reason}"


class ExchangeError(DataError):
    """Files that cannot be imported; nothing was changed. `problems` has each that was found, in order."""

    def __init__(self, message: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message)
        self.problems = problems


@dataclass(frozen=True, slots=True)
class TableFile:
    """One table in a manifest: its file, how many rows that has and its SHA-256 (hex), None where not given."""

    file: str
    rows: int | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an export holds: the schema (migration) of its tables, by name."""

    schema: str
    tables: Mapping[str, TableFile]


class Incoming:
    """The files of an export, to be read: a folder or a zip file at `path`. Raises ExchangeError."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            raise ExchangeError(f"there is no {path}: name a folder or a zip file that `lobby data export` made")
        self.path = path
        try:
            self._zip = None if path.is_dir() else zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile):
            raise ExchangeError(f"{path} is neither a folder nor a zip file that can be read") from None
        if self._zip is not None and sum(info.file_size for info in self._zip.infolist()) > MOST_BYTES:
            raise ExchangeError(f"{path} unpacks to more than {MOST_BYTES} bytes")
        self.manifest = self._manifest()

    @contextmanager
    def opened(self, name: str) -> Iterator[IO[bytes]]:
        """The bytes of a file. Raises ExchangeError when it is not there."""
        try:
            file = (self.path / name).open("rb") if self._zip is None else self._zip.open(name)
        except (OSError, KeyError, RuntimeError):
            raise ExchangeError(f"{self.path} has no file {name} that can be read") from None
        with file:
            yield file

    def check_whole(self, table: TableFile) -> None:
        """Raises ExchangeError when a file is not the one that was exported."""
        with self.opened(table.file) as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
        if table.sha256 is not None and found != table.sha256:
            raise ExchangeError(
                f"{table.file} is not as it was exported: take a whole copy, or say --edited if the change is yours"
            )

    def close(self) -> None:
        """Close the zip file."""
        if self._zip is not None:
            self._zip.close()

    def _manifest(self) -> Manifest:
        with self.opened(MANIFEST) as file:
            text = file.read(2**20)
        try:
            found = json.loads(text)
            if found["format"] != FORMAT or found["version"] != VERSION:
                raise ExchangeError(f"{MANIFEST} is of another format: {found['format']} {found['version']}")
            tables = {
                str(name): TableFile(str(one["file"]), _whole(one.get("rows")), one.get("sha256"))
                for name, one in found["tables"].items()
            }
            manifest = Manifest(str(found["schema"]), tables)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ExchangeError(f"{MANIFEST} cannot be read: see docs/data.md for what it holds") from None
        for one in tables.values():
            if Path(one.file).name != one.file or one.file in ("", ".", ".."):
                raise ExchangeError(f"{MANIFEST} names a file outside of the export: {one.file}")
        return manifest


def _whole(value: object) -> int | None:
    if value is not None and not isinstance(value, int):
        raise ValueError
    return value


class Outgoing:
    """The files of an export, to be written: they appear at `path` when `finish` is called, and not before.

    A `path` that ends in `.zip` becomes a zip file, any other a folder; only their owner may read them. Raises
    ExchangeError when there is something at `path`, or it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path, self._tables = path, dict[str, TableFile]()
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise ExchangeError(f"{path} exists already: choose another name")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._folder = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
        except OSError as e:
            raise ExchangeError(f"cannot write in {path.parent} ({e.strerror})") from None

    @contextmanager
    def table(self, name: str) -> Iterator[IO[str]]:
        """The file of a table, for CSV text."""
        with (self._folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            yield file
        (self._folder / f"{name}.csv").chmod(0o600)

    def note(self, name: str, rows: int) -> None:
        """The table `name` is written, with so many rows."""
        with (self._folder / f"{name}.csv").open("rb") as file:
            self._tables[name] = TableFile(f"{name}.csv", rows, hashlib.file_digest(file, "sha256").hexdigest())

    def finish(self, schema: str, exported_at: str) -> None:
        """Write the manifest and put everything in place."""
        tables = {name: {"file": t.file, "rows": t.rows, "sha256": t.sha256} for name, t in self._tables.items()}
        manifest = {"format": FORMAT, "version": VERSION, "schema": schema, "exported_at": exported_at}
        document = json.dumps({**manifest, "tables": tables}, indent=2)
        (self._folder / MANIFEST).write_text(f"{document}\n", "utf-8")
        (self._folder / MANIFEST).chmod(0o600)
        if self.path.suffix.lower() != ".zip":
            if self.path.exists():
                self.path.rmdir()
            self._folder.rename(self.path)
            return
        packed = self._folder / "packed"
        with zipfile.ZipFile(os.fdopen(os.open(packed, os.O_WRONLY | os.O_CREAT, 0o600), "wb"), "w", 8) as archive:
            for file in (MANIFEST, *(one.file for one in self._tables.values())):
                archive.write(self._folder / file, file)
        packed.rename(self.path)
        self.close()

    def close(self) -> None:
        """Clear away what was not finished."""
        shutil.rmtree(self._folder, ignore_errors=True)


def as_text(file: IO[bytes]) -> io.TextIOWrapper:
    """A CSV file as text; a byte order mark, as spreadsheets write it, is left out."""
    return io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
