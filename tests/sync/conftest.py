from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync import redis_link
from tests.redis_server import RedisServer

PATIENCE_S = 2.0
"""More than a desk's own: on a machine that is busy with other tests, a Redis that is well may be slow."""


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> float:
    """How long Redis may take for an answer, s."""
    monkeypatch.setattr(redis_link, "PATIENCE_S", PATIENCE_S)
    return PATIENCE_S


@pytest.fixture(params=["redis 6", "valkey"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RedisServer]:
    (tmp_path / "redis").mkdir()
    started = RedisServer(request.param, tmp_path / "redis")
    yield started
    started.stop()
