"""A branch of its own with its desk."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.desk import AgentDesk
from data.branch import Branch
from data.embeddings import Embedder
from data.knowledge import KnowledgeBase
from data.prepare import KNOWLEDGE_FILE, prepare
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
