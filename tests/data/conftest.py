"""One sample branch a run, copied for each test that opens it: making it takes about two seconds."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from data.branch import Branch
from data.database import DATABASE_FILE, open_engine
from data.sample.prepare import prepare_records
from tests.write_tools import Desk

TODAY = date(2026, 11, 23)


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "branch data"
    prepare_records(folder, today=TODAY, progress=lambda *_: None)
    return folder


@pytest.fixture
def data_dir(made_once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made_once, tmp_path / "branch data"))


@pytest.fixture
def branch(data_dir: Path) -> Iterator[Branch]:
    opened = Branch.open(data_dir)
    yield opened
    opened.close()


@pytest.fixture
def desk(data_dir: Path) -> Iterator[Desk]:
    engine = open_engine(data_dir / DATABASE_FILE)
    yield Desk(engine)
    engine.dispose()
