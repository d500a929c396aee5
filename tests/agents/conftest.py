"""A prepared sample branch and a desk for the whole run, on a clock that the tests own."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from agents.agent import Agent
from agents.desk import AgentDesk
from agents.planner.service import PlannerChatCompletion
from agents.tools.context import ToolContext
from data.audit import PROOF_ACTION
from data.branch import Branch
from data.embeddings import Embedder
from data.knowledge import KnowledgeBase
from data.prepare import KNOWLEDGE_FILE, prepare
from data.schema import audit, bookings, payments, reservations
from sync.session import SessionState
from tests.desk_tools import NOON, TODAY, Kept, OwnClock, Talk


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
def branch(prepared: Path, own_clock: OwnClock, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Branch]:
    """The branch of all tests that do not look at what is written."""
    folder = shutil.copytree(prepared, tmp_path_factory.mktemp("shared") / "branch data")
    opened = Branch.open(folder, own_clock)
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


@pytest.fixture
async def office(tmp_path: Path, prepared: Path, clock: OwnClock) -> AsyncIterator[Branch]:
    """A branch that only this test writes to."""
    shutil.copytree(prepared, tmp_path / "branch")
    opened = await asyncio.to_thread(Branch.open, tmp_path / "branch", clock)
    yield opened
    opened.close()


@pytest.fixture
def own_desk(desk: AgentDesk, office: Branch, knowledge: KnowledgeBase, embedder: Embedder) -> AgentDesk:
    """The desk of all tests, its agents at work in this test's branch."""
    context = ToolContext(office, knowledge)
    agents = {
        n: Agent(p, desk.registry.modules, context, PlannerChatCompletion()) for n, p in desk.registry.personas.items()
    }
    return AgentDesk(desk.registry, agents, desk.router, desk.lexicon, embedder, desk.listening, office.clock)


@pytest.fixture
def customer(own_desk: AgentDesk) -> Talk:
    return Talk(own_desk, SessionState(key="test"), [])


@pytest.fixture
def kept(office: Branch) -> Callable[[], Awaitable[Kept]]:
    """What is written in the branch about bookings, stays and money."""

    async def read() -> Kept:
        tables = (bookings, reservations, payments)
        return await office.read(
            lambda conn: tuple(tuple(map(tuple, conn.execute(select(t).order_by(t.c.id)).all())) for t in tables)
        )

    return read
