"""What all sessions share: the branch's data, the desk of agents, speech, and the session store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge_server.settings import Settings

if TYPE_CHECKING:
    from agents.desk import AgentDesk

    from data.branch import Branch
    from edge_server.speech.service import SpeechService
    from sync.store import SessionStore

Progress = Callable[[str, int, int], None]
"""Called with the step under way, how many parts of it are done, and how many there are."""

SESSIONS_FOLDER = "sessions"


@dataclass(frozen=True, slots=True)
class Services:
    """The shared parts, open."""

    branch: Branch
    desk: AgentDesk
    speech: SpeechService
    store: SessionStore


@asynccontextmanager
async def opened(settings: Settings, progress: Progress) -> AsyncIterator[Services]:
    """Open everything, side by side where it can be, and close it in the end.

    Branch data that are not there yet are made: the sample branch. Raises data.errors.DataError,
    data.model_files.ModelError, sync.store.StoreError or agents.persona.PersonaError, each with one line that says
    what to do.
    """
    from edge_server.speech.service import SpeechService

    async with AsyncExitStack() as stack:
        speech = SpeechService(settings.models_dir, settings.recognition_workers, settings.synthesis_workers)
        stack.push_async_callback(speech.close)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(speech.start(progress))
                opening = tasks.create_task(asyncio.to_thread(_open_data, settings, progress))
        except* Exception as failed:
            raise _first(failed) from None
        branch, desk, store, closing = opening.result()
        stack.push_async_callback(asyncio.to_thread, closing.close)
        yield Services(branch, desk, speech, store)


def _open_data(settings: Settings, progress: Progress) -> tuple[Branch, AgentDesk, SessionStore, ExitStack]:
    """Data, agents and sessions, with the stack that closes them. Takes seconds: for a worker thread."""
    from agents.desk import AgentDesk

    from data.branch import Branch
    from data.embeddings import Embedder
    from data.knowledge import KnowledgeBase
    from data.prepare import KNOWLEDGE_FILE, prepare
    from sync.store import DiskStore

    with ExitStack() as undo:
        embedder = Embedder.load(settings.models_dir)
        prepare(settings.data_dir, progress=progress, embedder=embedder)
        branch = Branch.open(settings.data_dir)
        undo.callback(branch.close)
        knowledge = KnowledgeBase.open(settings.data_dir / KNOWLEDGE_FILE, embedder)
        undo.callback(knowledge.close)
        store = DiskStore(settings.data_dir / SESSIONS_FOLDER, time_to_live_s=settings.session_days * 24 * 3600)
        undo.callback(store.close)
        desk = AgentDesk.open(branch, knowledge, embedder, clock=branch.clock)
        return branch, desk, store, undo.pop_all()


def _first(failed: BaseExceptionGroup[Exception]) -> BaseException:
    error: BaseException = failed
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
