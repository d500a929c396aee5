from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.redis_server import RedisServer


@pytest.fixture(params=["redis 6", "valkey"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RedisServer]:
    (tmp_path / "redis").mkdir()
    started = RedisServer(request.param, tmp_path / "redis")
    yield started
    started.stop()
