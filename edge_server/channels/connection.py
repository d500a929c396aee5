"""The shell around one conversation: a socket on one side, an engine on the other, two tasks between them.

`from_client_to_realtime` reads frames and hands them to the conversation; `from_realtime_to_client` hands it what the
engine says and writes what is to be sent. Neither waits for a model, a tool or a database: the conversation answers at
once, and the engine takes commands without blocking.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from starlette.websockets import WebSocket, WebSocketDisconnect

from edge_server.realtime.client_events import decode
from edge_server.realtime.conversation import Conversation
from edge_server.realtime.effects import Command, Effect, EngineEvent, Send
from edge_server.realtime.errors import ProtocolError
from edge_server.realtime.events.base import ServerEvent
from edge_server.realtime.ids import NewId

log = logging.getLogger(__name__)


class Engine(Protocol):
    """What a connection needs of an engine."""

    def do(self, command: Command) -> None:
        """Take a command without blocking."""
        ...

    async def close(self) -> None:
        """Stop, and keep what must be kept."""
        ...


TAKEN_OVER = 4001
"""The close code (of those that RFC 6455 leaves to applications) when the session goes on at another connection."""


class Connection:
    """One client's socket and its conversation."""

    def __init__(
        self,
        websocket: WebSocket,
        conversation: Conversation,
        *,
        new_id: NewId,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._websocket = websocket
        self._conversation = conversation
        self._new_id = new_id
        self._clock = clock
        self._said: deque[EngineEvent] = deque()
        self._outbox: deque[ServerEvent] = deque()
        self._work = asyncio.Event()
        self._leaving = asyncio.Event()
        self._engine: Engine | None = None

    def leave(self) -> None:
        """End the connection soon: its session goes on elsewhere."""
        self._leaving.set()

    def hear(self, event: EngineEvent) -> None:
        """Take what the engine says. Never blocks."""
        self._said.append(event)
        self._work.set()

    async def run(self, engine: Engine) -> None:
        """Serve the client with `engine` until it leaves, or is told to; closes the engine in the end."""
        self._engine = engine
        try:
            self._apply(self._conversation.start())
            tasks = (
                asyncio.create_task(self.from_client_to_realtime(), name="from_client_to_realtime"),
                asyncio.create_task(self.from_realtime_to_client(), name="from_realtime_to_client"),
                asyncio.create_task(self._leaving.wait(), name="leaving"),
            )
            try:
                finished, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                outcomes = await asyncio.gather(*tasks, return_exceptions=True)
            if self._leaving.is_set() and tasks[2] in finished:
                await self._websocket.close(TAKEN_OVER, "the session goes on at another connection")
            for outcome in outcomes:
                if isinstance(outcome, Exception) and not isinstance(outcome, WebSocketDisconnect):
                    raise outcome
        finally:
            await engine.close()

    async def from_client_to_realtime(self) -> None:
        """Client frames into the conversation. Ends when the client leaves."""
        while True:
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            frame = message.get("text") or message.get("bytes") or ""
            try:
                effects = self._conversation.receive(decode(frame), self._clock())
            except ProtocolError as error:
                effects = self._conversation.reject(error)
            self._apply(effects)

    async def from_realtime_to_client(self) -> None:
        """The engine's events into the conversation, and what is to be sent onto the socket."""
        while True:
            await self._work.wait()
            self._work.clear()
            while self._said or self._outbox:
                while self._said:
                    self._apply(self._conversation.hear(self._said.popleft(), self._clock()))
                if self._outbox:
                    event = self._outbox.popleft()
                    await self._websocket.send_text(event.to_wire(self._new_id("event")))

    def _apply(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Send):
                self._outbox.append(effect.event)
                self._work.set()
            else:
                assert self._engine is not None, "run() gives the engine before anything happens"
                self._engine.do(effect)
