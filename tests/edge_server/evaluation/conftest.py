"""One embedding model and one router for all evaluation tests."""

from __future__ import annotations

import asyncio

import pytest

from data.embeddings import Embedder
from edge_server.evaluation.listener import Listener


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    return Embedder.load()


@pytest.fixture(scope="session")
def listener(embedder: Embedder) -> Listener:
    return asyncio.run(Listener.open(embedder, lambda *_: None))
