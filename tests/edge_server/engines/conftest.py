"""A branch of its own with its desk, and speech."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from agents.desk import AgentDesk
from data.branch import Branch
from data.embeddings import Embedder
from data.knowledge import KnowledgeBase
from data.prepare import KNOWLEDGE_FILE, prepare
from edge_server.speech.service import SpeechService
from tests.desk_tools import TODAY, OwnClock


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cloud") / "branch data"
    prepare(folder, today=TODAY, progress=lambda *_: None, embedder=Embedder.load())
    return folder


@pytest.fixture(scope="session")
def desk(prepared: Path) -> Iterator[AgentDesk]:
    embedder = Embedder.load()
    branch = Branch.open(prepared, OwnClock())
    knowledge = KnowledgeBase.open(prepared / KNOWLEDGE_FILE, embedder)
    yield asyncio.run(AgentDesk.open(branch, knowledge, embedder))
    knowledge.close()
    branch.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def speech() -> AsyncIterator[SpeechService]:
    service = SpeechService()
    await service.start()
    yield service
    await service.close()
