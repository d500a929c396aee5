"""A socket that listens to a session which another one holds: it hears all that is said, and may not act.

It may configure its own side of the wire (`session.update`: formats, turn detection); anything else gets the error
`listening_only` as long as the session has an owner. When the owner has gone, the first listener that acts takes its
place (`websocket.py`): its events are carried out as if it had always been there.

| state | event | next |
|---|---|---|
| listening | the owner's client is told something | listening; the same is told here, in this socket's own format |
| listening | the client acts, and the session has an owner | listening; error `listening_only` |
| listening | the client acts, and the session has none | over; the client's events are given to whoever runs it |
| listening | the client leaves, reads too slowly, or the session goes elsewhere | over |
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from starlette.websockets import WebSocket

from edge_server.channels.farewell import TOO_SLOW, Farewell, say_farewell
from edge_server.channels.limits import Limits, Pace
from edge_server.channels.outbox import Outbox
from edge_server.channels.wire import Wire
from edge_server.realtime.client_events import AnyClientEvent
from edge_server.realtime.conversation import Conversation
from edge_server.realtime.effects import Effect, Send
from edge_server.realtime.errors import ProtocolError
from edge_server.realtime.events import session
from edge_server.realtime.events.base import ServerEvent
from edge_server.realtime.events.error import ErrorEvent
from edge_server.realtime.events.extension import ExtensionEvent
from edge_server.realtime.events.input_audio import AppendAudio
from edge_server.realtime.events.response import AudioDelta, AudioDone, ResponseCreated, ResponseDone

MOST_LISTENERS = 8
"""How many sockets may listen to one session."""
REMIND_SECONDS = 5.0
"""A client that keeps sending audio is told only so often that nobody hears it."""


class Audiences:
    """Who listens to which session of this process."""

    def __init__(self) -> None:
        self._listeners: dict[str, list[Listener]] = {}

    def full(self, key: str) -> bool:
        """Whether no more may listen to the session `key`."""
        return len(self._listeners.get(key, ())) >= MOST_LISTENERS

    @contextmanager
    def with_listener(self, key: str, listener: Listener) -> Iterator[None]:
        """`listener` hears what is told in the session `key`."""
        self._listeners.setdefault(key, []).append(listener)
        try:
            yield
        finally:
            self._listeners[key].remove(listener)
            if not self._listeners[key]:
                del self._listeners[key]

    def tell(self, key: str, event: ServerEvent) -> None:
        """The owner of the session `key` is told `event`."""
        for listener in self._listeners.get(key, ()):
            listener.tell(event)

    def leave(self, farewell: Farewell, key: str | None = None) -> None:
        """All who listen to the session `key` (None: to any) end soon."""
        for listeners in [self._listeners.get(key, [])] if key is not None else list(self._listeners.values()):
            for listener in listeners:
                listener.leave(farewell)


class Listener:
    """One socket that listens. `extensions`: whether its client wants events outside the protocol."""

    def __init__(
        self,
        websocket: WebSocket,
        conversation: Conversation,
        wire: Wire,
        limits: Limits,
        *,
        extensions: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._websocket = websocket
        self._conversation = conversation
        self._wire = wire
        self._limits = limits
        self._extensions = extensions
        self._clock = clock
        self._outbox = Outbox(limits.largest_backlog)
        self._work = asyncio.Event()
        self._farewell: Farewell | None = None
        self._heard: set[str] = set()
        """The responses that this socket hears from their beginning."""
        self._reminded_at = float("-inf")
        self.begun: list[Effect] = []
        """What an engine is to do first if this socket becomes the session's owner."""
        self._take(conversation.start())

    def tell(self, event: ServerEvent) -> None:
        """The owner's client is told `event`. Never blocks."""
        if isinstance(event, ErrorEvent | session.SessionCreated | session.SessionUpdated):
            return  # they are about the owner's own side of the wire
        if isinstance(event, ExtensionEvent) and not self._extensions:
            return
        if isinstance(event, ResponseCreated):
            self._heard.add(event.response.id)
            output = replace(event.response.audio.output, format=self._conversation.config.audio.output.format)
            event = replace(event, response=replace(event.response, audio=replace(event.response.audio, output=output)))
        if isinstance(event, AudioDelta | AudioDone) and event.response_id not in self._heard:
            return
        if isinstance(event, ResponseDone):
            self._heard.discard(event.response.id)
        self._post(event)

    def leave(self, farewell: Farewell) -> None:
        """End soon."""
        if self._farewell is None:
            self._farewell = farewell
            self._work.set()

    async def run(
        self, owned: Callable[[], bool], too_late: Sequence[AnyClientEvent] = ()
    ) -> list[AnyClientEvent] | None:
        """Listen until the client leaves or is told to (None), or acts while nobody owns the session (its events).

        `too_late`: what it did when another listener had just become the owner.
        """
        for event in too_late:
            self._remind(event)
        reading = asyncio.create_task(self._read(owned), name="listener-reads")
        writing = asyncio.create_task(self._write(), name="listener-writes")
        try:
            await asyncio.wait((reading, writing), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (reading, writing):
                task.cancel()
            await asyncio.gather(reading, writing, return_exceptions=True)
        if self._farewell is not None:
            await say_farewell(self._farewell, self._websocket, self._wire, self._outbox)
            return None
        events = None if reading.cancelled() else reading.result()
        while events is not None and self._outbox:
            await self._websocket.send_text(self._outbox.take())
        return events

    async def _read(self, owned: Callable[[], bool]) -> list[AnyClientEvent] | None:
        pace, volume = Pace(self._limits.events_per_second), Pace(self._limits.bytes_per_second)
        while True:
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                return None
            frame = message.get("text") or message.get("bytes") or ""
            now = self._clock()
            await asyncio.sleep(max(pace.take(1, now), volume.take(len(frame), now)))
            try:
                events = self._wire.received(frame)
            except ProtocolError as error:
                self._refuse(error)
                continue
            for at, event in enumerate(events):
                if isinstance(event, session.UpdateSession):
                    self._take(self._conversation.receive(event, now))
                elif not owned():
                    return events[at:]
                else:
                    self._remind(event)

    def _remind(self, event: AnyClientEvent) -> None:
        """Tell the client that it may not act."""
        if isinstance(event, AppendAudio):
            if self._clock() - self._reminded_at < REMIND_SECONDS:
                return
            self._reminded_at = self._clock()
        message = "Another connection holds this session: this one hears it and may not act until that one has gone."
        self._refuse(ProtocolError("listening_only", message, event_id=event.event_id))

    async def _write(self) -> None:
        while self._farewell is None:
            await self._work.wait()
            self._work.clear()
            while self._outbox and self._farewell is None:
                await self._websocket.send_text(self._outbox.take())

    def _refuse(self, error: ProtocolError) -> None:
        self._take(self._conversation.reject(error))

    def _take(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Send):
                self._post(effect.event)
            else:
                self.begun.append(effect)

    def _post(self, event: ServerEvent) -> None:
        self._outbox.post(event, self._wire.told(event))
        if self._outbox.full:
            self.leave(TOO_SLOW)
        self._work.set()
