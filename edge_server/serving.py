"""A serving process: the socket, uvicorn, and what is loaded behind it.

The socket is bound first, so that a port in use is told at once; then the server answers probes while models and data
load; then it serves. Whatever fails on the way is a StartError with one clear line.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import logging
import os
import socket
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import uvicorn
from starlette.routing import BaseRoute

from agents.persona import PersonaError
from data.errors import DataError
from data.knowledge.passage import KnowledgeError
from data.model_files import ModelError
from edge_server.app import make_app
from edge_server.channels.ownership import LiveSessions
from edge_server.observation.observation import Observation
from edge_server.readiness import Readiness
from edge_server.services import Progress, opened, server_of
from edge_server.settings import Settings, SettingsError
from edge_server.speech.workers import WorkerError
from sync.session import SessionState
from sync.store import StoreError, StoreHealth

if TYPE_CHECKING:
    from edge_server.phone.switchboard import Switchboard

log = logging.getLogger(__name__)

SERVER_FILE = "server.json"
"""In the data folder: where the server that owns it listens, for `lobby ask` and the kiosk."""
GRACE_SECONDS = 3
"""How long a clean stop waits for connections to finish."""


class StartError(Exception):
    """The server cannot start; the message is one line that says why and what to do."""


class EdgeServer:
    """An edge server in this process: `start` makes it ready at `url`, `stop` ends it. Also a context of the two."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.url = ""
        self._progress: Progress | None = None
        self._readiness = Readiness()
        self._live_sessions = LiveSessions()
        self._observation = Observation(settings.otlp_endpoint)
        self._observation.metrics.watch(self._is_ready, self._worker_restarts, self._store_health)
        self._stack = AsyncExitStack()
        self._phone: Switchboard | None = None
        self._http: uvicorn.Server | None = None
        self._serving: asyncio.Task[None] | None = None

    async def start(self, progress: Progress | None = None) -> None:
        """Listen, load, and be ready. Raises StartError; `stop` is due even then."""
        settings, self._progress = self.settings, progress
        _check_folder(settings.data_dir)
        listener = _bind(settings.host, settings.port)
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        self.url = f"http://{host}:{listener.getsockname()[1]}"
        config = uvicorn.Config(
            make_app(settings, self._readiness, self._live_sessions, self._observation, self._phone_routes()),
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="websockets-sansio",
            ws_max_size=settings.largest_frame,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        self._http = _Uvicorn(config)
        self._serving = asyncio.create_task(self._http.serve(sockets=[listener]), name="uvicorn")
        try:
            services = await self._stack.enter_async_context(opened(settings, self._loading, self._live_sessions.leave))
        except (DataError, KnowledgeError, ModelError, PersonaError, SettingsError, StoreError, WorkerError) as error:
            raise StartError(f"Lobby cannot start: {error}") from None
        self._readiness.services = services
        server_file = settings.data_dir / SERVER_FILE
        server_file.write_text(json.dumps({"pid": os.getpid(), "url": self.url}))
        self._stack.callback(server_file.unlink, missing_ok=True)
        log.info("ready at %s, data in %s", self.url, server_of(settings) or settings.data_dir)
        made_for, today = services.branch.data_version.sample_day, services.branch.clock.today()
        if made_for is not None and made_for != today:
            log.warning("the sample branch was made for %s: `lobby data reset` makes it anew for %s", made_for, today)

    async def stop(self) -> None:
        """Stop cleanly: no new sessions, running responses to their end, connections closed (1012), workers and data.

        Responses get `drain_seconds`; a connection that is open after that is closed all the same.
        """
        self._readiness.draining = True
        if self._phone is not None:
            await self._phone.close()
        if not await self._live_sessions.drained(self.settings.drain_seconds):
            log.warning("%d connections are closed in the middle of a response", len(self._live_sessions))
        if self._http is not None and self._serving is not None:
            self._http.should_exit = True
            await asyncio.gather(self._serving, return_exceptions=True)
        self._readiness.services = None
        await self._stack.aclose()
        await self._observation.close()

    async def __aenter__(self) -> EdgeServer:
        """Start; stops again when that fails."""
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        await self.stop()

    def _phone_routes(self) -> list[BaseRoute]:
        """The paths of the phone, where it is on; its calls end when the server stops."""
        if not self.settings.phone:
            return []
        from edge_server.phone.switchboard import Switchboard

        self._phone = Switchboard(self.settings, self._readiness, self._live_sessions, self._observation)
        return self._phone.routes

    def phone_session(self) -> SessionState | None:
        """The session of the call that runs, if one does; for whoever shows a call of their own."""
        calls = self._phone.calls.values() if self._phone is not None else ()
        sessions = (call.channel.session for call in calls if call.channel is not None)
        return next((session.state for session in sessions if session is not None), None)

    def _is_ready(self) -> bool:
        services = self._readiness.services
        return services is not None and not self._readiness.draining and services.branch.trouble is None

    def _worker_restarts(self) -> dict[str, int]:
        services = self._readiness.services
        return services.speech.restarts if services is not None else {}

    def _store_health(self) -> StoreHealth:
        services = self._readiness.services
        return services.store.health() if services is not None else StoreHealth()

    def _loading(self, step: str, done: int, total: int) -> None:
        self._readiness.progress(step, done, total)
        if self._progress is not None:
            self._progress(step, done, total)


class _Uvicorn(uvicorn.Server):
    """Uvicorn that leaves signals to the command that runs it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing is captured."""
        yield


def _check_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        message = f"The data folder {folder} cannot be written ({error.strerror}): choose another with --data-dir."
        raise StartError(message) from None


def _bind(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            message = f"Port {port} on {host} is in use: stop what listens there, or choose another with --port."
        elif error.errno == errno.EACCES:
            message = f"Port {port} may not be used by this user: choose one above 1023 with --port."
        else:
            message = f"Cannot listen on {host}: {error.strerror or error}. Choose another address with --host."
        raise StartError(message) from None
    listener.setblocking(False)
    return listener
