"""All that watches one server: metrics always, spans where an endpoint is set."""

from __future__ import annotations

import asyncio
import importlib.metadata
import logging
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from edge_server.observation.metrics import CONTENT_TYPE, Metrics
from edge_server.observation.turns import Observed, TurnObserver
from edge_server.realtime.effects import Effect, EngineEvent, EngineSwitched, Send
from edge_server.realtime.events.base import ServerEvent
from edge_server.realtime.events.error import ErrorEvent
from edge_server.realtime.events.extension import TurnMetrics

log = logging.getLogger(__name__)


class Observation:
    """What watches a server. `otlp_endpoint`: where spans go (http://HOST:PORT); None: nowhere."""

    def __init__(self, otlp_endpoint: str | None = None) -> None:
        self.metrics = Metrics()
        self._sinks: list[Callable[[Observed, str], None]] = [self.metrics]
        self._close: Callable[[], None] | None = None
        if otlp_endpoint is not None:
            from edge_server.observation.spans import Spans

            spans = Spans(otlp_endpoint, importlib.metadata.version("lobby"))
            self._sinks.append(spans)
            self._close = spans.close

    def session(self, channel: str, engine: str) -> SessionObserver:
        """An observer for one connection on this channel; tell it when it opens and closes."""
        return SessionObserver(channel, engine, self)

    def tell(self, observed: Observed, engine: str) -> None:
        """Pass on what an observer has seen of an engine. What goes wrong here is logged and hurts nobody."""
        for sink in self._sinks:
            try:
                sink(observed, engine)
            except Exception:
                log.exception("a turn could not be observed")

    async def close(self) -> None:
        """Send what is left to be sent."""
        if self._close is not None:
            await asyncio.to_thread(self._close)


class SessionObserver:
    """Watches one connection. `engine` is the one that answers, and may be another from some turn on."""

    def __init__(self, channel: str, engine: str, observation: Observation) -> None:
        self.engine = engine
        self._channel = channel
        self._metrics = observation.metrics
        self._turns = TurnObserver(lambda observed: observation.tell(observed, self.engine))

    def opened(self) -> None:
        """The conversation begins."""
        self._metrics.session_opened(self._channel)

    def closed(self, limit: str | None) -> None:
        """The conversation is over; `limit` names the limit that ended it, if one did."""
        self._metrics.session_closed(self._channel)
        if limit is not None:
            self._metrics.refused(limit)

    def heard(self, event: EngineEvent, now: float) -> None:
        """The engine says `event`."""
        if isinstance(event, EngineSwitched):
            self.engine = event.engine
            self._metrics.engine_switched(event.previous, event.engine, event.reason)
        self._turns.heard(event, now)

    def did(self, effect: Effect, now: float) -> None:
        """The conversation wants `effect`."""
        if isinstance(effect, Send):
            if isinstance(effect.event, ErrorEvent):
                self._metrics.error_sent(effect.event.error.code or effect.event.error.type)
        else:
            self._turns.did(effect, now)

    def completed(self, event: ServerEvent) -> ServerEvent:
        """`event` with the stages that were observed, where it tells of a turn's stages."""
        if isinstance(event, TurnMetrics) and self._turns.last is not None:
            return event.with_stages(self._turns.last.stages_ms)
        return event


async def metrics(request: Request) -> Response:
    """Everything counted and timed since the server started."""
    observation: Observation = request.app.state.observation
    return Response(observation.metrics.page(), media_type=CONTENT_TYPE)
