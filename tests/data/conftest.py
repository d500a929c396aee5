"""One sample branch a run, copied for each test that opens it: making it takes about two seconds.

Tests that ask for `place`, `branch` or `desk` run twice, on a DuckDB file and on PostgreSQL.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from data.branch import Branch
from data.postgres import PostgresUrl
from data.sample.prepare import prepare_records
from tests.postgres_server import PostgresServer
from tests.write_tools import Desk, open_place

TODAY = date(2026, 11, 23)


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "branch data"
    prepare_records(folder, today=TODAY, progress=lambda *_: None)
    return folder


@pytest.fixture
def data_dir(made_once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made_once, tmp_path / "branch data"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    server = PostgresServer()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def template(postgres: PostgresServer) -> str:
    name = postgres.new_database()
    prepare_records(postgres.url(name), today=TODAY, progress=lambda *_: None)
    return name


@pytest.fixture
def on_server(postgres: PostgresServer, template: str) -> Iterator[PostgresUrl]:
    name = postgres.new_database(template)
    yield postgres.url(name)
    postgres.drop_database(name)


@pytest.fixture
def empty_on_server(postgres: PostgresServer) -> Iterator[PostgresUrl]:
    name = postgres.new_database()
    yield postgres.url(name)
    postgres.drop_database(name)


@pytest.fixture(params=["duckdb", "postgresql"])
def place(request: pytest.FixtureRequest) -> Path | PostgresUrl:
    found = request.getfixturevalue("data_dir" if request.param == "duckdb" else "on_server")
    assert isinstance(found, Path | PostgresUrl)
    return found


@pytest.fixture(params=["duckdb", "postgresql"])
def empty_place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | PostgresUrl:
    if request.param == "duckdb":
        return tmp_path
    found = request.getfixturevalue("empty_on_server")
    assert isinstance(found, PostgresUrl)
    return found


@pytest.fixture
def branch(place: Path | PostgresUrl) -> Iterator[Branch]:
    opened = Branch.open(place)
    yield opened
    opened.close()


@pytest.fixture
def desk(place: Path | PostgresUrl) -> Iterator[Desk]:
    engine = open_place(place)
    yield Desk(engine)
    engine.dispose()
