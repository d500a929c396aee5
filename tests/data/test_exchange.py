"""Records as files: what is written out comes in again as it was, from either database to either; faults are named."""

from __future__ import annotations

import contextlib
import csv
import json
import shutil
import stat
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Connection, insert, select

from data.branch import Branch
from data.confirm import confirm
from data.customers import prove_by_id, try_proof
from data.errors import DataError
from data.exchange import ExchangeError, Problem, export_records, import_records
from data.exchange.cells import Value, read, written
from data.hotel_quotes import quote_stay
from data.migrations import newest_revision
from data.postgres import PostgresUrl
from data.quotes import Consent, Done, Refused
from data.schema import FIRST_OWN_ID, customers, metadata, payments, reservations
from tests.write_tools import JAMES, MORNING, day

Stock = dict[str, list[tuple[object, ...]]]


def quiet(what: str, done: int, total: int) -> None:
    pass


def everything(conn: Connection) -> Stock:
    ordered = {name: select(table).order_by(*table.primary_key) for name, table in metadata.tables.items()}
    return {name: [tuple(row) for row in conn.execute(query)] for name, query in ordered.items()}


async def book(branch: Branch, key: str) -> str:
    """A stay under a new key, a proof in the audit trail, and an e-mail address with strange signs in it."""
    quote = await branch.read(lambda c: quote_stay(c, 1, "queen", day(10), 2, MORNING))
    assert not isinstance(quote, Refused)
    done = await branch.write(lambda c: confirm(c, quote, Consent(JAMES, "a session", key, MORNING)))
    await branch.write(lambda c: try_proof(c, session_key="s", code="K7M2QX", pin="4071", at=MORNING))
    assert isinstance(done, Done)
    return done.code


async def test_what_is_exported_comes_in_again_as_it_was_in_the_other_database_too(
    place: Path | PostgresUrl, empty_on_server: PostgresUrl, tmp_path: Path
) -> None:
    shape = "folder" if isinstance(place, Path) else "file.zip"
    branch = Branch.open(place)
    strange = {"id": 5, "name": 'Ana "Ñ", \n 王', "email": "a,b;c", "pin_salt": b"\0\xff", "pin_hash": b"x"}
    await branch.write(lambda c: c.execute(insert(customers).values(strange)).close())
    await book(branch, "before")
    before = await branch.read(everything)
    branch.close()
    rows = export_records(place, tmp_path / shape, quiet)
    assert rows == {name: len(found) for name, found in before.items()}

    other = empty_on_server if isinstance(place, Path) else tmp_path / "other"
    assert import_records(other, tmp_path / shape, quiet) == rows
    branch = Branch.open(other)
    assert await branch.read(everything) == before
    assert branch.clock.today() == day(0)
    code = await book(branch, "after")
    key = select(reservations.c.id).where(reservations.c.code == code)
    assert await branch.read(lambda c: c.execute(key).scalar_one()) == FIRST_OWN_ID + 1
    branch.close()


def test_only_its_owner_can_read_an_export_and_nothing_is_overwritten(data_dir: Path, tmp_path: Path) -> None:
    for name in ("folder", "file.zip"):
        export_records(data_dir, tmp_path / name, quiet)
        paths = [tmp_path / name, *(tmp_path / name).glob("*")]
        assert all(stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 for path in paths)
        with pytest.raises(ExchangeError, match="exists already: choose another name"):
            export_records(data_dir, tmp_path / name, quiet)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["branch data", "file.zip", "folder"]


def test_an_export_of_a_folder_in_use_is_refused(data_dir: Path, tmp_path: Path) -> None:
    branch = Branch.open(data_dir)
    with pytest.raises(DataError, match="is using the data in .*: stop it first"):
        export_records(data_dir, tmp_path / "out", quiet)
    branch.close()


def test_an_export_from_a_server_goes_on_while_its_nodes_work(on_server: PostgresUrl, tmp_path: Path) -> None:
    branch = Branch.open(on_server)
    assert export_records(on_server, tmp_path / "out", quiet)["customers"] == 243
    branch.close()


# -- files that were changed --------------------------------------------------------------------------------------

Edit = Callable[[list[list[str]]], None]


@pytest.fixture(scope="session")
def exported_once(made_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exchange")
    shutil.copytree(made_once, folder / "branch data")
    export_records(folder / "branch data", folder / "export", quiet)
    return folder / "export"


@pytest.fixture
def export(exported_once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(exported_once, tmp_path / "export"))


def edit(export: Path, table: str, change: Edit) -> None:
    path = export / f"{table}.csv"
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    change(rows)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)


def put(row: int, column: str, text: str) -> Edit:
    def change(rows: list[list[str]]) -> None:
        rows[row][rows[0].index(column)] = text

    return change


FAULTS: list[tuple[str, Edit, tuple[int, str | None, str]]] = [
    ("flights", put(3, "day", "23.11.2026"), (4, "day", "must be a day such as 2026-11-22")),
    ("flights", put(3, "departs", "2026-11-23T10:00:00Z"), (4, "departs", "must be a time without a zone")),
    ("flights", put(3, "origin", "XYZ"), (4, "origin", "there is no airports.code XYZ")),
    ("flights", put(3, "number", "LB123456789"), (4, "number", "must have at most 8 characters, and has 11")),
    ("flights", put(3, "status", "lost"), (4, None, "breaks the rule status IN")),
    ("flights", put(3, "id", "1"), (4, "id", "id 1 is in line 2 already")),
    ("flights", put(3, "id", "3.5"), (4, "id", "must be a whole number between -2147483648")),
    ("flight_cabins", put(2, "sold", "99999"), (3, None, "breaks the rule sold >= 0 AND sold <= seats")),
    ("bookings", put(2, "code", ""), (3, None, "")),
    ("bookings", put(2, "price_cents", ""), (3, "price_cents", "must not be empty")),
    ("customers", put(2, "pin_hash", "zz"), (3, "pin_hash", "must be hex digits")),
    ("reservations", put(2, "breakfast", "yes"), (3, "breakfast", "must be true or false")),
    ("reservations", put(2, "depart", "2020-01-01"), (3, None, "breaks the rule depart > arrive")),
    ("hotels", lambda rows: rows[2].append("more"), (3, None, "has 6 cells, and the header 5")),
    ("hotels", put(0, "city", "town"), (1, "town", "is no column of hotels, which has id, name, city")),
]


@pytest.mark.parametrize(("table", "change", "fault"), FAULTS)
async def test_a_fault_is_told_with_file_line_and_column_and_nothing_changes(
    export: Path, data_dir: Path, table: str, change: Edit, fault: tuple[int, str | None, str]
) -> None:
    edit(export, table, change)
    line, column, reason = fault
    if not reason:  # an empty code is a code like any other, once
        import_records(data_dir, export, quiet, edited=True)
        return
    before = (data_dir / "branch.duckdb").read_bytes()
    with pytest.raises(ExchangeError, match="nothing was changed; the first: ") as told:
        import_records(data_dir, export, quiet, edited=True)
    first = next(one for one in told.value.problems if one.line == line and one.column == column)
    assert first.file == f"{table}.csv"
    assert reason in first.reason
    assert (data_dir / "branch.duckdb").read_bytes() == before


def test_many_faults_are_told_at_once_and_the_search_ends(export: Path, tmp_path: Path) -> None:
    def spoil(rows: list[list[str]]) -> None:
        for row in rows[1:200]:
            row[rows[0].index("day")] = "soon"

    edit(export, "flights", spoil)
    with pytest.raises(ExchangeError, match="has 50 or more faults") as told:
        import_records(tmp_path / "new", export, quiet, edited=True)
    assert [one.line for one in told.value.problems] == list(range(2, 52))
    assert str(told.value.problems[0]) == "flights.csv, line 2, column day: must be a day such as 2026-11-22"
    assert not (tmp_path / "new" / "branch.duckdb").exists()


def test_a_file_that_changed_since_the_export_comes_in_only_when_that_is_said(export: Path, tmp_path: Path) -> None:
    edit(export, "airports", put(1, "name", "Another Name"))
    with pytest.raises(ExchangeError, match="airports.csv is not as it was exported: .* say --edited"):
        import_records(tmp_path / "new", export, quiet)
    assert import_records(tmp_path / "new", export, quiet, edited=True)["airports"] > 0


async def test_customers_may_come_with_their_pins_which_are_hashed(export: Path, tmp_path: Path) -> None:
    def with_pins(rows: list[list[str]]) -> None:
        salt, hashed = rows[0].index("pin_salt"), rows[0].index("pin_hash")
        for number, row in enumerate(rows):
            row[salt] = "pin" if number == 0 else "5151"
            del row[hashed]

    edit(export, "customers", with_pins)
    import_records(tmp_path / "new", export, quiet, edited=True)
    branch = Branch.open(tmp_path / "new")
    maria = await branch.read(lambda c: prove_by_id(c, 1001, "5151"))
    assert maria is not None and maria.name == "Maria Lopez"
    branch.close()


def manifest(export: Path, **changes: object) -> None:
    path = export / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_a_manifest_that_does_not_fit_is_refused(export: Path, tmp_path: Path) -> None:
    tables = json.loads((export / "manifest.json").read_text())["tables"]
    assert json.loads((export / "manifest.json").read_text())["schema"] == newest_revision()
    for changes, reason in (
        ({"schema": "9999"}, "of schema 9999, which this Lobby .* does not know"),
        ({"schema": "0001", "format": "other"}, "is of another format: other 1"),
        ({"format": "lobby-data", "tables": {**tables, "trains": tables["flights"]}}, "does not know: trains"),
        ({"tables": {"flights": {"file": "../../secret"}}}, "names a file outside of the export"),
        ({"tables": {"flights": {"file": "missing.csv"}}}, "has no file missing.csv that can be read"),
        ({"tables": 7}, "manifest.json cannot be read"),
    ):
        manifest(export, **changes)
        with pytest.raises(ExchangeError, match=reason):
            import_records(tmp_path / "new", export, quiet)
    (export / "manifest.json").unlink()
    with pytest.raises(ExchangeError, match="has no file manifest.json"):
        import_records(tmp_path / "new", export, quiet)
    with pytest.raises(ExchangeError, match="there is no .*nowhere"):
        import_records(tmp_path / "new", tmp_path / "nowhere", quiet)
    (tmp_path / "text").write_text("no zip")
    with pytest.raises(ExchangeError, match="neither a folder nor a zip file"):
        import_records(tmp_path / "new", tmp_path / "text", quiet)


def test_a_zip_that_somebody_packed_again_comes_in(export: Path, tmp_path: Path) -> None:
    shutil.make_archive(str(tmp_path / "again"), "zip", export)
    assert zipfile.is_zipfile(tmp_path / "again.zip")
    assert import_records(tmp_path / "new", tmp_path / "again.zip", quiet)["hotels"] == 6


async def test_an_import_into_a_server_with_a_fault_only_the_database_sees_leaves_it_whole(
    export: Path, on_server: PostgresUrl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.exchange.incoming.Checks.look_at", lambda *_: None)
    edit(export, "payments", put(2, "customer_id", "77"))
    with pytest.raises(DataError, match="payments_customer_id_fkey"):
        import_records(on_server, export, quiet, edited=True)
    branch = Branch.open(on_server)
    assert len(await branch.read(lambda c: c.execute(select(payments.c.id)).all())) > 100
    branch.close()


COLUMNS = [column for table in metadata.tables.values() for column in table.columns]


@given(st.sampled_from(COLUMNS), st.text())
def test_any_text_is_a_value_or_a_fault(column: Column[object], text: str) -> None:
    with contextlib.suppress(ValueError):  # nothing else is ever raised
        value: Value = read(text, column)
        assert value is None or read(written(value), column) == value


@given(st.datetimes(datetime(1, 1, 1), datetime(9999, 1, 1)))
def test_times_keep_their_microseconds(moment: datetime) -> None:
    assert read(written(moment), payments.c.paid_at) == moment


def test_a_problem_says_where_it_is() -> None:
    assert str(Problem("a.csv", 3, None, "is odd")) == "a.csv, line 3: is odd"
