"""A desk over the records of a sample branch in a temporary folder, for what only a desk knows."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

from agents.desk import AgentDesk
from agents.turn import TurnDone
from data.branch import Branch
from data.embeddings import Embedder
from data.knowledge import KnowledgeBase
from data.prepare import KNOWLEDGE_FILE
from data.sample.prepare import prepare_records
from edge_server.evaluation.listener import SAMPLE_DAY
from sync.session import SessionState

Progress = Callable[[str, int, int], None]

ASKS_FOR_A_CODE = "I would like to see my bookings."
"""The desk answers this with a question for the booking code."""


@asynccontextmanager
async def sample_desk(embedder: Embedder, progress: Progress) -> AsyncIterator[AgentDesk]:
    """A desk without knowledge that lives as long as this context. Raises PersonaError, DataError."""
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="lobby-eval-")))
        await asyncio.to_thread(prepare_records, folder, today=SAMPLE_DAY, progress=progress)
        branch = Branch.open(folder)
        closing.callback(branch.close)
        knowledge = KnowledgeBase.open(folder / KNOWLEDGE_FILE, embedder)
        closing.callback(knowledge.close)
        yield await AgentDesk.open(branch, knowledge, embedder)


async def expected_words(desk: AgentDesk) -> dict[bool, str]:
    """The vocabulary that the recogniser gets, by whether the desk has asked for a code."""
    fresh = SessionState(key="evaluation")
    asked = fresh
    async for event in desk.turn(fresh, ASKS_FOR_A_CODE):
        if isinstance(event, TurnDone):
            asked = event.state
    return {False: desk.vocabulary(fresh), True: desk.vocabulary(asked)}
