"""All that the operator API is made of, for one server."""

from __future__ import annotations

import asyncio
import importlib.metadata
import logging
import time
from collections.abc import Callable, Mapping

from pydantic import JsonValue

from edge_server.lan.pairing import Pairing
from edge_server.observation.observation import Observation
from edge_server.operator.events import Event, Events
from edge_server.operator.key import OperatorKey
from edge_server.operator.latency import Latency
from edge_server.operator.live import LiveView
from edge_server.operator.recent_errors import RecentErrors
from edge_server.operator.recording.recordings import Recordings, recordings_of
from edge_server.readiness import Readiness
from edge_server.settings import Settings

log = logging.getLogger(__name__)

WATCHED_LOGS = ("edge_server", "agents", "sync", "data")


class Operator:
    """Made inside a running event loop; watches what `observation` observes. `clock` gives seconds since the epoch."""

    def __init__(
        self,
        settings: Settings,
        readiness: Readiness,
        observation: Observation,
        pairing: Pairing,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.key = OperatorKey(settings)
        self.events = Events()
        self.live = LiveView(self.events, clock)
        self.latency = Latency()
        self.pairing = pairing
        self.recordings: Recordings | None = recordings_of(settings, clock)
        if self.recordings is not None:
            self.live.record = self.recordings.record
        self._settings = settings
        self._readiness = readiness
        self._loop = asyncio.get_running_loop()
        self._errors = RecentErrors(self._alert)
        self._models: asyncio.Task[list[JsonValue]] | None = None
        for name in WATCHED_LOGS:
            logging.getLogger(name).addHandler(self._errors)
        observation.watch(self.live.connected, self.latency)

    async def start(self) -> None:
        """Begin what runs beside the server."""
        if self.recordings is not None:
            await self.recordings.start()

    async def close(self) -> None:
        """End the streams, and what runs."""
        for name in WATCHED_LOGS:
            logging.getLogger(name).removeHandler(self._errors)
        self.events.close()
        if self._models is not None:
            await asyncio.gather(self._models, return_exceptions=True)
        if self.recordings is not None:
            await self.recordings.close()

    async def status(self) -> Mapping[str, JsonValue]:
        """How the server is."""
        services = self._readiness.services
        data: dict[str, JsonValue] = {"schema": None, "sample_day": None}
        store = "loading"
        if services is not None:
            version, store = services.branch.data_version, services.store.health().state
            day = version.sample_day
            data = {"schema": version.schema, "sample_day": day.isoformat() if day is not None else None}
        return {
            "version": importlib.metadata.version("lobby"),
            "engine": self._settings.engine,
            "ready": services is not None and not self._readiness.draining,
            "data": data,
            "models": await self._models_known(),
            "sessions": {"live": sum(one.live for one in self.live.sessions()), "store": store},
            "recording": self._settings.recording,
            "errors": self._errors.to_json(),
        }

    async def _models_known(self) -> list[JsonValue]:
        if self._models is None:
            from edge_server.operator.models import models_known

            self._models = asyncio.create_task(asyncio.to_thread(models_known, self._settings.models_dir))
        return await asyncio.shield(self._models)

    def _alert(self, error: dict[str, JsonValue]) -> None:
        """Tell listeners of an error; from any thread."""
        try:
            self._loop.call_soon_threadsafe(self.events.tell, Event("alert", error))
        except RuntimeError:
            log.debug("the loop has ended")
