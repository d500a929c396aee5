"""`lobby data`: what replaces records asks first, and a database that others share must be named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from data.branch import Branch
from data.postgres import PostgresUrl
from data.sample.prepare import prepare_records
from edge_server.cli.data import data
from tests.postgres_server import PostgresServer

TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("records") / "branch"
    prepare_records(folder, today=TODAY, progress=lambda *_: None)
    return folder


@pytest.fixture
def folder(made_once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made_once, tmp_path / "branch"))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[PostgresUrl]:
    running = PostgresServer()
    name = running.new_database()
    monkeypatch.setenv("LOBBY_DATA_URL", running.text_url(name))
    yield running.url(name)
    running.remove()


def lobby(*words: object, typed: str = "") -> Result:
    return CliRunner().invoke(data, list(map(str, words)), input=typed)


def customers_in(where: Path | PostgresUrl) -> int:
    branch = Branch.open(where)
    branch.close()
    return branch.data_version.customers


def test_records_go_out_and_in_again_by_one_command_each(folder: Path, tmp_path: Path) -> None:
    out = lobby("export", tmp_path / "out.zip", "--data-dir", folder, "--json")
    assert out.exit_code == 0, out.output
    assert json.loads(out.stdout)["rows"]["customers"] == 243
    refused = lobby("import", tmp_path / "out.zip", "--data-dir", folder, typed="n\n")
    assert (refused.exit_code, "What was booked there is lost" in refused.output) == (1, True)
    done = lobby("import", tmp_path / "out.zip", "--data-dir", folder, "--yes")
    assert done.exit_code == 0, done.output
    assert f"are now in {folder}" in done.output
    assert customers_in(folder) == 243


def test_faults_in_files_are_listed_and_a_script_gets_them_as_json(folder: Path, tmp_path: Path) -> None:
    assert lobby("export", tmp_path / "out", "--data-dir", folder).exit_code == 0
    hotels = tmp_path / "out" / "hotels.csv"
    hotels.write_text(hotels.read_text().replace(",BOS,", ",XXX,", 1))
    words = ("import", tmp_path / "out", "--data-dir", tmp_path / "new", "--edited")
    told = lobby(*words)
    assert told.exit_code == 1
    assert "hotels.csv, line 2, column airport: there is no airports.code XXX" in told.output
    faults = json.loads(lobby(*words, "--json").stdout)
    assert faults["problems"][0]["column"] == "airport"
    assert not (tmp_path / "new" / "branch.duckdb").exists()


def test_data_on_a_server_are_only_replaced_when_the_database_is_named(
    folder: Path, server: PostgresUrl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = server.url.render_as_string(hide_password=False)
    monkeypatch.delenv("LOBBY_DATA_URL")
    assert lobby("export", tmp_path / "out", "--data-dir", folder).exit_code == 0
    monkeypatch.setenv("LOBBY_DATA_URL", url)
    into = ("import", tmp_path / "out", "--data-dir", tmp_path / "node")
    first = lobby(*into)  # there is nothing yet
    assert first.exit_code == 0, first.output
    for words in (into, ("reset", "--data-dir", tmp_path / "node")):
        unasked = lobby(*words, "--yes")
        wrong = lobby(*words, "--wipe", "another")
        typed = lobby(*words, typed="another\n")
        assert (unasked.exit_code, wrong.exit_code, typed.exit_code) == (1, 2, 2)
        assert f"--wipe must name the database {server.database}; nothing was changed" in wrong.output
        for result in (first, unasked, wrong, typed):
            assert str(server.url.password) not in result.output
    assert customers_in(server) == 243
    assert lobby(*into, "--wipe", server.database).exit_code == 0
    assert lobby(*into, typed=f"{server.database}\n").exit_code == 0


def test_an_address_that_is_none_ends_a_command_with_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LOBBY_DATA_URL", "mysql://a:s3cret@b/c")
    told = lobby("export", tmp_path / "out", "--data-dir", tmp_path)
    assert told.exit_code == 1
    assert "write it as postgresql+psycopg://USER@HOST/DATABASE" in told.output
    assert "s3cret" not in told.output
