"""What all sessions share: the branch's data, the desk of agents, speech, and the session store."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edge_server.settings import Settings

if TYPE_CHECKING:
    from agents.desk import AgentDesk
    from data.branch import Branch
    from data.embeddings import Embedder
    from data.knowledge import KnowledgeBase
    from data.postgres import PostgresUrl
    from edge_server.engines.cascade.endpoint import ChatEndpoint
    from edge_server.engines.choice import Cloud
    from edge_server.speech.service import SpeechService
    from sync.store import SessionStore

Progress = Callable[[str, int, int], None]
"""Called with the step under way, how many parts of it are done, and how many there are."""

SESSIONS_FOLDER = "sessions"
SPEECH_FOLDER = "speech"
VECTORS_FILE = "persona-vectors.npz"


@dataclass(frozen=True, slots=True)
class Services:
    """The shared parts, open."""

    branch: Branch
    desk: AgentDesk
    speech: SpeechService
    store: SessionStore
    cloud: Cloud | None = None
    chat: ChatEndpoint | None = None


@asynccontextmanager
async def opened(
    settings: Settings, progress: Progress, leave: Callable[[str], None] = lambda key: None
) -> AsyncIterator[Services]:
    """Open everything, side by side where it can be, and close it in the end.

    `leave` is called with the key of a session of this node that another node wants.

    Branch data that are not there yet are made: the sample branch. Raises data.errors.DataError,
    data.model_files.ModelError, sync.store.StoreError, agents.persona.PersonaError or SettingsError, each with one line
    that says what to do.
    """
    from edge_server.speech.service import SpeechService

    async with AsyncExitStack() as stack:
        speech = SpeechService(
            settings.models_dir,
            settings.recognition_workers,
            settings.synthesis_workers,
            voice=settings.voice,
            speed=settings.speed,
        )
        stack.push_async_callback(speech.close)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(speech.start(progress))
                opening = tasks.create_task(_open_desk(settings, progress))
        except* Exception as failed:
            raise _first(failed) from None
        data, desk = opening.result()
        stack.push_async_callback(asyncio.to_thread, data.closing.close)
        store = await _open_store(settings, leave)
        stack.push_async_callback(store.close)
        from edge_server.engines.choice import chat_of, cloud_of

        chat = chat_of(settings)
        if chat is not None:
            stack.push_async_callback(chat.close)
        _speak_ahead(speech, desk, settings)
        yield Services(data.branch, desk, speech, store, cloud_of(settings), chat)


def _speak_ahead(speech: SpeechService, desk: AgentDesk, settings: Settings) -> None:
    """Have the sentences spoken that the personas, and the telephone, always say in the same words."""
    from agents.fixed_texts import fixed_texts
    from edge_server.engines.bridges import BRIDGES
    from edge_server.speech.phrases import phrases
    from edge_server.speech.spoken_texts import SpokenTexts

    by_telephone: tuple[str, ...] = ()
    if settings.phone:
        from edge_server.phone.texts import fixed_texts as telephone_texts

        by_telephone = telephone_texts(settings.phone_notice)
    pieces = {
        voice: [piece for text in (*BRIDGES, *texts) for piece in (*phrases(text), *phrases(text, first=False))]
        for voice, texts in fixed_texts(desk.registry.personas.values()).items()
    }
    pieces = {voice: list(dict.fromkeys((*by_telephone, *own))) for voice, own in pieces.items()}
    speech.prepare(pieces, SpokenTexts(settings.data_dir / SPEECH_FOLDER))


@dataclass(frozen=True, slots=True)
class _Data:
    """The parts of the two lower floors, and the stack that closes them."""

    branch: Branch
    knowledge: KnowledgeBase
    embedder: Embedder
    closing: ExitStack


async def _open_desk(settings: Settings, progress: Progress) -> tuple[_Data, AgentDesk]:
    data = await asyncio.to_thread(_open_data, settings, progress)
    try:
        progress("agents", 0, 1)
        agents = await asyncio.to_thread(importlib.import_module, "agents.desk")
        desk: AgentDesk = await agents.AgentDesk.open(
            data.branch,
            data.knowledge,
            data.embedder,
            vectors_file=settings.data_dir / VECTORS_FILE,
            history_turns=settings.history_turns,
        )
        progress("agents", 1, 1)
    except BaseException:
        await asyncio.to_thread(data.closing.close)
        raise
    return data, desk


def _open_data(settings: Settings, progress: Progress) -> _Data:
    """Make what is missing and open it. Takes seconds: for a worker thread."""
    from data.branch import Branch
    from data.embeddings import Embedder
    from data.knowledge import KnowledgeBase
    from data.prepare import KNOWLEDGE_FILE, prepare

    with ExitStack() as undo:
        embedder = Embedder.load(settings.models_dir)
        server = server_of(settings)
        prepare(settings.data_dir, server=server, progress=progress, embedder=embedder)
        branch = Branch.open(server or settings.data_dir)
        undo.callback(branch.close)
        knowledge = KnowledgeBase.open(settings.data_dir / KNOWLEDGE_FILE, embedder)
        undo.callback(knowledge.close)
        return _Data(branch, knowledge, embedder, undo.pop_all())


def server_of(settings: Settings) -> PostgresUrl | None:
    """The database server with the business data; None when they are in the data folder. Raises DataError."""
    from data.postgres import PostgresUrl

    address = settings.data_url.get_secret_value() if settings.data_url is not None else ""
    return PostgresUrl.parse(address, settings.data_password_file) if address else None


async def _open_store(settings: Settings, leave: Callable[[str], None]) -> SessionStore:
    """Where sessions are kept: on this node's disk, and in Redis where one is named."""
    folder, time_to_live_s = settings.data_dir / SESSIONS_FOLDER, settings.session_days * 24 * 3600
    if settings.redis_url is None:
        from sync.disk import DiskStore

        return await asyncio.to_thread(DiskStore, folder, time_to_live_s=time_to_live_s)
    from sync.mirrored import MirroredStore

    url = settings.redis_url.get_secret_value()
    return await MirroredStore.open(url, folder, time_to_live_s=time_to_live_s, leave=leave)


def _first(failed: BaseExceptionGroup[Exception]) -> BaseException:
    error: BaseException = failed
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
