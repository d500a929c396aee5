"""A serving process: its sockets, uvicorn, and what is loaded behind it.

There is one plain socket, on this machine only unless the settings say otherwise, and with `lan` one more on all
interfaces, which speaks TLS. Both serve the same application; what comes in by the second is marked (`guard.LAN`).

The sockets are bound first, so that a port in use is told at once; then the server answers probes while models and data
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
import ssl
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import uvicorn
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from agents.persona import PersonaError
from data.errors import DataError
from data.knowledge.passage import KnowledgeError
from data.model_files import ModelError
from edge_server.app import make_app
from edge_server.channels.ownership import LiveSessions
from edge_server.guard import LAN
from edge_server.lan.authority import AuthorityError
from edge_server.lan.http import lan_of
from edge_server.lan.network import LocalNetwork
from edge_server.lan.pairing import PairingCode
from edge_server.observation.observation import Observation
from edge_server.operator.operator import Operator
from edge_server.readiness import Readiness
from edge_server.resume_codes import ResumeCodes
from edge_server.services import Progress, Services, opened, server_of
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
    """An edge server in this process: `start` makes it ready at `url`, `stop` ends it. Also a context of the two.

    `code_told` is called with each new pairing code.
    """

    def __init__(self, settings: Settings, code_told: Callable[[PairingCode], None] = lambda code: None) -> None:
        self.settings = settings
        self.url = ""
        self.lan = lan_of(settings, code_told)
        self._progress: Progress | None = None
        self._readiness = Readiness()
        self._live_sessions = LiveSessions()
        self._observation = Observation(settings.otlp_endpoint)
        self._observation.metrics.watch(self._is_ready, self._worker_restarts, self._store_health)
        self._stack = AsyncExitStack()
        self._operator: Operator | None = None
        self._phone: Switchboard | None = None
        self._http: list[uvicorn.Server] = []
        self._serving: list[asyncio.Task[None]] = []

    async def start(self, progress: Progress | None = None) -> None:
        """Listen, load, and be ready. Raises StartError; `stop` is due even then."""
        settings, self._progress = self.settings, progress
        _check_folder(settings.data_dir)
        listener = _bind(settings.host, settings.port)
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        self.url = f"http://{host}:{listener.getsockname()[1]}"
        self._operator = Operator(settings, self._readiness, self._observation, self.lan.pairing)
        app = make_app(
            settings,
            self._readiness,
            self._live_sessions,
            self._observation,
            self.lan,
            self._operator,
            self._phone_routes(),
        )
        lan_listener = _bind_all(settings.lan_port) if settings.lan else None
        self._serve(app, listener)
        if lan_listener is not None:
            await self._serve_lan(app, lan_listener)
        try:
            services = await self._stack.enter_async_context(opened(settings, self._loading, self._live_sessions.leave))
        except (DataError, KnowledgeError, ModelError, PersonaError, SettingsError, StoreError, WorkerError) as error:
            raise StartError(f"Lobby cannot start: {error}") from None
        codes = ResumeCodes(services.store, self._live_sessions, minutes=settings.resume_minutes)
        services.desk.elsewhere.issue = codes.given
        if self._phone is not None:
            self._phone.resumes = codes
        self._readiness.services = services
        await self._operator.start()
        server_file = settings.data_dir / SERVER_FILE
        told: dict[str, object] = {"pid": os.getpid(), "url": self.url}
        if self.lan.network is not None:
            told |= {"lan_url": self.lan.network.urls[0], "ca_fingerprint": self.lan.network.authority.fingerprint}
        server_file.write_text(json.dumps(told))
        self._stack.callback(server_file.unlink, missing_ok=True)
        log.info("ready at %s, data in %s", self.url, server_of(settings) or settings.data_dir)
        made_for, today = services.branch.data_version.sample_day, services.branch.clock.today()
        if made_for is not None and made_for != today:
            log.warning("the sample branch was made for %s: `lobby data reset` makes it anew for %s", made_for, today)

    @property
    def services(self) -> Services | None:
        """What all sessions share; None until `start` has ended, and after `stop`."""
        return self._readiness.services

    async def stop(self) -> None:
        """Stop cleanly: no new sessions, running responses to their end, connections closed (1012), workers and data.

        Responses get `drain_seconds`; a connection that is open after that is closed all the same.
        """
        self._readiness.draining = True
        if self.lan.network is not None:
            await self.lan.network.close()
        if self._phone is not None:
            await self._phone.close()
        if not await self._live_sessions.drained(self.settings.drain_seconds):
            log.warning("%d connections are closed in the middle of a response", len(self._live_sessions))
        if self._operator is not None:
            self._operator.events.close()
        for http in self._http:
            http.should_exit = True
        await asyncio.gather(*self._serving, return_exceptions=True)
        if self._operator is not None:
            await self._operator.close()
        self._readiness.services = None
        await self._stack.aclose()
        await self._observation.close()

    def _serve(self, app: ASGIApp, listener: socket.socket, context: ssl.SSLContext | None = None) -> None:
        """Answer what comes in by `listener`, by TLS with a `context`."""
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="websockets-sansio",
            ws_max_size=self.settings.largest_frame,
            ws_per_message_deflate=False,  # sound in base64 hardly shrinks, and each frame would be packed and unpacked
            timeout_graceful_shutdown=GRACE_SECONDS,
            proxy_headers=context is None,
            ssl_context_factory=None if context is None else lambda config, default: context,
        )
        http = _Uvicorn(config)
        self._http.append(http)
        self._serving.append(asyncio.create_task(http.serve(sockets=[listener]), name="uvicorn"))

    async def _serve_lan(self, app: ASGIApp, listener: socket.socket) -> None:
        settings = self.settings
        try:
            network = await LocalNetwork.open(settings.data_dir, settings.name, mdns=settings.mdns)
        except AuthorityError as error:
            listener.close()
            raise StartError(f"Lobby cannot start: {error}") from None
        self.lan.network = network
        self._serve(_on_lan(app), listener, network.context)
        await network.serve(listener.getsockname()[1])

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


def _on_lan(app: ASGIApp) -> ASGIApp:
    """`app` as it answers the local network."""

    async def marked(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, LAN: True}, receive, send)

    return marked


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
        raise StartError(_why_not_bound(error, host, port, "--port", "--host")) from None
    listener.setblocking(False)
    return listener


def _bind_all(port: int) -> socket.socket:
    """A socket on every interface, for both versions of IP where the machine has both."""
    both = socket.has_dualstack_ipv6()
    try:
        listener = socket.create_server(
            ("", port), family=socket.AF_INET6 if both else socket.AF_INET, dualstack_ipv6=both
        )
    except OSError as error:
        raise StartError(_why_not_bound(error, "the local network", port, "--lan-port", "--lan-port")) from None
    listener.setblocking(False)
    return listener


def _why_not_bound(error: OSError, host: str, port: int, port_option: str, host_option: str) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is in use: stop what listens there, or choose another with {port_option}."
    if error.errno == errno.EACCES:
        return f"Port {port} may not be used by this user: choose one above 1023 with {port_option}."
    return f"Cannot listen on {host}: {error.strerror or error}. Choose another address with {host_option}."
