"""The desk on a call: the same conversation and engine as on a WebSocket, driven in this process.

`DeskChannel` is the socket that a `Connection` needs, which gives frames (here of the call), and has the wire that
turns them into client events and server events into sound. A socket to ourselves would carry each frame twice more
through JSON, and know less: so the wire sees when the reply has really been heard.

What happens on the line, and what the desk's events mean on it, is in `wire.py`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.types import Message

from edge_server.channels.connection import Connection
from edge_server.channels.limits import Limits
from edge_server.channels.ownership import LiveSessions
from edge_server.engines.choice import make_engine
from edge_server.observation.observation import Observation
from edge_server.phone.exchange import CallEvents
from edge_server.phone.line import Line
from edge_server.phone.returning import returned
from edge_server.phone.wire import PhoneWire
from edge_server.realtime.conversation import Conversation
from edge_server.realtime.events.session import Audio, AudioInput, ServerVad, SessionConfig
from edge_server.realtime.ids import random_id
from sync.kept_session import KeptSession, owned

if TYPE_CHECKING:
    from edge_server.services import Services
    from edge_server.settings import Settings


class DeskChannel:
    """One call's conversation over one line. `run` holds it; it ends when the line does or `leave` is called."""

    def __init__(
        self,
        line: Line,
        call: CallEvents,
        services: Services,
        settings: Settings,
        live: LiveSessions,
        observation: Observation,
        *,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._line = line
        self._services, self._settings = services, settings
        self._live, self._observation = live, observation
        self._now = now
        self._wire = PhoneWire(
            line,
            call,
            services.desk,
            services.speech,
            state=lambda: None if self._session is None else self._session.state,
            go_on_with=self._go_on_with,
            silence_s=settings.phone_silence_seconds,
        )
        self._session: KeptSession | None = None
        self._connection: Connection | None = None
        self._next_key: str | None = None

    # The conversation

    async def run(self, key: str, *, notice: str = "", opening: str = "") -> None:
        """Hold the conversation of the session `key`, and of others that the caller goes on with by their codes.

        `opening` is said before anything else; `notice` then, to a caller whose session is new.
        """
        beside = [asyncio.create_task(self._line.read(), name="line"), asyncio.create_task(self._line.pace())]
        try:
            while True:
                await self._converse(key, notice, opening)
                if self._next_key is None:
                    return
                key, self._next_key, notice, opening = self._next_key, None, "", ""
        finally:
            await self._wire.shut()
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)

    async def _converse(self, key: str, notice: str, opening: str) -> None:
        settings = self._settings
        limits = replace(Limits.of(settings), idle_seconds=1e9, session_seconds=1e9)
        conversation = Conversation(self._config(), new_id=random_id, extensions=True)
        observer = self._observation.session("phone", settings.engine)
        connection = self._connection = Connection(
            self, conversation, self._wire, limits, observer, clock=self._line.clock
        )
        async with (
            self._live.owned(key, connection),
            owned(key, self._services.store, channel="phone", lost=connection.leave) as session,
        ):
            within_s = settings.phone_return_minutes * 60
            session.keep(returned(session.state, self._now(), within_s))
            self._session = session
            await self._wire.begin(opening, "" if session.state.history else notice)
            engine = make_engine(session, self._services, connection.hear)
            observer.engine = engine.active
            await connection.run(engine)

    def _config(self) -> SessionConfig:
        return SessionConfig(id=random_id("sess"), audio=Audio(input=AudioInput(turn_detection=self._detection())))

    def _detection(self) -> ServerVad:
        return ServerVad(idle_timeout_ms=round(self._settings.phone_silence_seconds * 1000))

    @property
    def session(self) -> KeptSession | None:
        """The session that is being held; None before there is one."""
        return self._session

    def leave(self) -> None:
        """End the conversation soon; what was said is kept."""
        if self._connection is not None:
            self._connection.leave()

    def hold(self) -> None:
        """The desk neither hears nor speaks until `resume`; the caller hears a soft tone."""
        self._wire.hold()

    def resume(self, text: str) -> None:
        """The desk is there again: say `text`, and listen."""
        self._wire.resume(text, self._detection())

    def say(self, text: str, *, then: Callable[[], None] | None = None) -> None:
        """Have `text` said, after what was to be said before; `then` is called when it has been heard (or cut off)."""
        self._wire.say(text, then=then)

    def _go_on_with(self, key: str) -> None:
        """The caller goes on with another session."""
        self._next_key = key
        self.leave()

    # The socket, as the connection sees it

    async def receive(self) -> Message:
        """Wait for the next frame of the call, or for a tenth of a second."""
        try:
            self._wire.frame = await self._line.next()
        except EOFError:
            return {"type": "websocket.disconnect", "code": 1006}
        return {"type": "websocket.receive", "text": ""}

    async def send_text(self, data: str) -> None:
        """Never called: sound leaves through the line's pacer."""

    async def close(self, code: int = 1000, reason: str | None = None) -> None:
        """The connection ends: what is under way stops, the line is the call's to close."""
        self._line.hush()
