"""A prepared sample branch and a desk for the whole run, on a clock that the tests own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete

from agents.desk import AgentDesk
from data.audit import PROOF_ACTION
from data.branch import Branch
from data.embeddings import Embedder
from data.knowledge import KnowledgeBase
from data.prepare import KNOWLEDGE_FILE, prepare
from data.schema import audit
from sync.session import SessionState
from tests.desk_tools import NOON, TODAY, OwnClock, Talk


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    return Embedder.load()


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Path:
    folder = tmp_path_factory.mktemp("desk") / "branch data"
    prepare(folder, today=TODAY, progress=lambda *_: None, embedder=embedder)
    return folder


@pytest.fixture(scope="session")
def own_clock() -> OwnClock:
    return OwnClock()


@pytest.fixture
def clock(own_clock: OwnClock) -> OwnClock:
    own_clock.time = NOON
    return own_clock


@pytest.fixture(scope="session")
def branch(prepared: Path, own_clock: OwnClock) -> Iterator[Branch]:
    opened = Branch.open(prepared, own_clock)
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def nobody_is_locked(request: pytest.FixtureRequest) -> None:
    """Every test begins without the failed proofs of the tests before it, which share its branch and its noon."""
    if "branch" in request.fixturenames or "desk" in request.fixturenames:
        opened: Branch = request.getfixturevalue("branch")
        proofs = delete(audit).where(audit.c.action == PROOF_ACTION)
        asyncio.run(opened.write(lambda conn: conn.execute(proofs).close()))


@pytest.fixture(scope="session")
def knowledge(prepared: Path, embedder: Embedder) -> Iterator[KnowledgeBase]:
    opened = KnowledgeBase.open(prepared / KNOWLEDGE_FILE, embedder)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def desk(branch: Branch, knowledge: KnowledgeBase, embedder: Embedder) -> AgentDesk:
    return asyncio.run(AgentDesk.open(branch, knowledge, embedder))


@pytest.fixture
def talk(desk: AgentDesk, clock: OwnClock) -> Talk:
    return Talk(desk, SessionState(key="test"), [])
