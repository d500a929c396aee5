"""The shell around one conversation: a socket on one side, an engine on the other, two tasks between them.

`from_client_to_realtime` reads frames and hands them to the conversation; `from_realtime_to_client` hands it what the
engine says and the passing of time, and writes what is to be sent. Neither waits for a model, a tool or a database: the
conversation answers at once, and the engine takes commands without blocking.

How a connection ends:

| why | what the client sees first | close code |
|---|---|---|
| it leaves | | its own |
| its session goes on at another connection | | 4001 |
| somebody ended its session | error `session_ended` | 1000 |
| the server restarts | the running response to its end | 1012 |
| it sent nothing for `idle_seconds` | error `session_idle` | 1000 |
| it is older than `session_seconds` | error `session_expired` | 1000 |
| a person of the branch ends it | error `session_ended` | 1000 |
| it reads too slowly | error `reads_too_slowly`, if it reads that | 1008 |
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from starlette.websockets import WebSocketDisconnect

from edge_server.channels.farewell import ENDED, EXPIRED, IDLE, RESTARTING, TAKEN_OVER, TOO_SLOW, Farewell, say_farewell
from edge_server.channels.limits import BURST_SECONDS, Limits, Pace
from edge_server.channels.outbox import Outbox
from edge_server.channels.socket import Socket, Wiring
from edge_server.observation.observation import SessionObserver
from edge_server.realtime.client_events import AnyClientEvent
from edge_server.realtime.conversation import Conversation
from edge_server.realtime.effects import Command, Effect, EngineEvent, Send
from edge_server.realtime.errors import ProtocolError
from edge_server.realtime.events.base import ServerEvent


class Engine(Protocol):
    """What a connection needs of an engine."""

    def do(self, command: Command) -> None:
        """Take a command without blocking."""
        ...

    async def close(self) -> None:
        """Stop, and keep what must be kept."""
        ...


LAST_REPLY_SECONDS = 30.0
"""How long an expired connection may wait for the running response."""


class Connection:
    """One client's socket and its conversation. `clock` gives seconds and never goes back."""

    def __init__(
        self,
        websocket: Socket,
        conversation: Conversation,
        wire: Wiring,
        limits: Limits,
        observer: SessionObserver,
        *,
        heard_along: Callable[[ServerEvent], None] = lambda event: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._websocket = websocket
        self._conversation = conversation
        self._wire = wire
        self._limits = limits
        self._observer = observer
        self._heard_along = heard_along
        """Told each event that the client is told."""
        self._clock = clock
        self._said: deque[EngineEvent] = deque()
        self._outbox = Outbox(limits.largest_backlog)
        self._work = asyncio.Event()
        self._farewell: Farewell | None = None
        self._leaving = asyncio.Event()
        self._alarm: asyncio.TimerHandle | None = None
        self._draining = False
        self._began = self._last_event = clock()
        self._engine: Engine | None = None

    @property
    def farewell(self) -> Farewell | None:
        """Why the server ends the connection; None while it does not."""
        return self._farewell

    def leave(self, farewell: Farewell = TAKEN_OVER) -> None:
        """End the connection soon."""
        if self._farewell is None:
            self._farewell = farewell
            self._leaving.set()

    def drain(self) -> None:
        """End the connection as soon as no response runs: the server restarts."""
        self._draining = True
        self._work.set()

    def hear(self, event: EngineEvent) -> None:
        """Take what the engine says. Never blocks."""
        self._said.append(event)
        self._work.set()

    async def run(
        self, engine: Engine, begun: list[Effect] | None = None, first: Sequence[AnyClientEvent] = ()
    ) -> None:
        """Serve the client with `engine` until it leaves, or is told to; closes the engine in the end.

        With a conversation that has started before (the client listened), `begun` is what is left to do of that, and
        `first` what the client has sent since.
        """
        self._engine = engine
        self._observer.opened(engine, lambda: self.leave(ENDED))
        try:
            self._apply(self._conversation.start() if begun is None else begun)
            for event in first:
                self._apply(self._conversation.receive(event, self._clock()))
            tasks = (
                asyncio.create_task(self.from_client_to_realtime(), name="from_client_to_realtime"),
                asyncio.create_task(self.from_realtime_to_client(), name="from_realtime_to_client"),
                asyncio.create_task(self._leaving.wait(), name="leaving"),
            )
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                gone = tasks[0].done()
            finally:
                for task in tasks:
                    task.cancel()
                outcomes = await asyncio.gather(*tasks, return_exceptions=True)
            if self._farewell is not None and not gone:
                await say_farewell(self._farewell, self._websocket, self._wire, self._outbox)
            for outcome in outcomes:
                if isinstance(outcome, Exception) and not isinstance(outcome, WebSocketDisconnect):
                    raise outcome
        finally:
            self._observer.closed(self._farewell.error if self._farewell is not None else None)
            await engine.close()

    async def from_client_to_realtime(self) -> None:
        """Client frames into the conversation, no faster than the limits say. Ends when the client leaves."""
        events, volume = Pace(self._limits.events_per_second), Pace(self._limits.bytes_per_second)
        warned_at = float("-inf")
        while True:
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            frame = message.get("text") or message.get("bytes") or ""
            now = self._last_event = self._clock()
            wait = max(events.take(1, now), volume.take(len(frame), now))
            if wait and now - warned_at > BURST_SECONDS:
                warned_at = now
                rate = f"{self._limits.events_per_second:g} events and {self._limits.bytes_per_second:g} bytes a second"
                self._tell(ProtocolError("rate_limit_exceeded", f"No more than {rate} are taken; nothing is lost."))
            if wait:
                await asyncio.sleep(wait)
            try:
                for event in self._wire.received(frame):
                    self._apply(self._conversation.receive(event, self._clock()))
            except ProtocolError as error:
                self._tell(error)

    async def from_realtime_to_client(self) -> None:
        """The engine's events and the time into the conversation, and what is to be sent onto the socket.

        Ends when the connection has lasted long enough.
        """
        while True:
            await self._work_or_time()
            while self._said or self._outbox:
                while self._said:
                    event, now = self._said.popleft(), self._clock()
                    self._observer.heard(event, now)
                    self._apply(self._conversation.hear(event, now))
                if self._outbox:
                    await self._websocket.send_text(self._outbox.take())
            self._watch_time()
            if self._farewell is not None:
                return

    async def _work_or_time(self) -> None:
        """Wait until there is something to do, or until the next moment at which something is due."""
        due = [self._expires_at()]
        if not self._conversation.busy:
            due.append(self._last_event + self._limits.idle_seconds)
        wakes_at = self._conversation.wakes_at()
        if wakes_at is not None:
            due.append(wakes_at)
        if not self._work.is_set():
            self._wake_at(min(due))
            await self._work.wait()
        self._work.clear()

    def _wake_at(self, due: float) -> None:
        """Have `_work` set at `due`, or before: a timer that is set already is left alone, since frames come often."""
        loop, now = asyncio.get_running_loop(), self._clock()
        if self._alarm is not None:
            if loop.time() < self._alarm.when() <= loop.time() + due - now:
                return
            self._alarm.cancel()
        self._alarm = loop.call_later(max(0.0, due - now), self._work.set)

    def _expires_at(self) -> float:
        return self._began + self._limits.session_seconds + (LAST_REPLY_SECONDS if self._conversation.busy else 0.0)

    def _watch_time(self) -> None:
        now = self._clock()
        self._apply(self._conversation.elapsed(now))
        if self._draining and not self._conversation.busy and not self._outbox:
            self.leave(RESTARTING)
        elif now >= self._expires_at():
            self.leave(EXPIRED)
        elif now - self._last_event >= self._limits.idle_seconds and not self._conversation.busy:
            self.leave(IDLE)

    def _tell(self, error: ProtocolError) -> None:
        self._apply(self._conversation.reject(error))

    def _apply(self, effects: list[Effect]) -> None:
        for effect in effects:
            self._observer.did(effect, self._clock())
            if isinstance(effect, Send):
                self._post(self._observer.completed(effect.event))
            else:
                assert self._engine is not None, "run() gives the engine before anything happens"
                self._engine.do(effect)

    def _post(self, event: ServerEvent) -> None:
        self._heard_along(event)
        self._outbox.post(event, self._wire.told(event))
        if self._outbox.full:
            self.leave(TOO_SLOW)
        self._work.set()
