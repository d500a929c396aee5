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


class Connection:
    """One client's socket and its conversation. `make_engine` gets the function that takes the engine's events."""

    def __init__(
        self,
        websocket: WebSocket,
        conversation: Conversation,
        make_engine: Callable[[Callable[[EngineEvent], None]], Engine],
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
        self._engine = make_engine(self._engine_says)

    async def run(self) -> None:
        """Serve the client until it leaves."""
        try:
            self._apply(self._conversation.start())
            tasks = (
                asyncio.create_task(self.from_client_to_realtime(), name="from_client_to_realtime"),
                asyncio.create_task(self.from_realtime_to_client(), name="from_realtime_to_client"),
            )
            finished, others = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            for task in finished:
                error = task.exception()
                if error is not None and not isinstance(error, WebSocketDisconnect):
                    raise error
        finally:
            await self._engine.close()

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

    def _engine_says(self, event: EngineEvent) -> None:
        self._said.append(event)
        self._work.set()

    def _apply(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Send):
                self._outbox.append(effect.event)
                self._work.set()
            else:
                self._engine.do(effect)
