"""What tests of several folders share: one real server a run, with the sample branch of today."""

from __future__ import annotations

from collections.abc import Iterator

import onnxruntime
import pytest

from tests.server_tools import Server, start_server, stop_server

# what voices say in this process sounds the same in every run; those of started servers vary as they do for customers
onnxruntime.set_seed(3)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = start_server(tmp_path_factory.mktemp("server") / "branch")
    yield running
    assert stop_server(running) == 0
