"""What tests of several folders share: one real server a run, with the sample branch of today."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import onnxruntime
import pytest

from tests.server_tools import Server, copy_branch, start_server, stop_server

# what voices say in this process sounds the same in every run; those of started servers vary as they do for customers
onnxruntime.set_seed(3)


@pytest.fixture(scope="session")
def _first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    running = start_server(tmp_path_factory.mktemp("server") / "branch")
    # nobody has been there yet, and nothing is written
    yield running, copy_branch(running.data_dir, tmp_path_factory.mktemp("prepared") / "branch")
    assert stop_server(running) == 0


@pytest.fixture(scope="session")
def server(_first: tuple[Server, Path]) -> Server:
    return _first[0]


@pytest.fixture(scope="session")
def prepared(_first: tuple[Server, Path]) -> Path:
    """The data folder as the first start of a server leaves it: to be copied, not to be used."""
    return _first[1]
