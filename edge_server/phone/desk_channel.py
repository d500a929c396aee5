"""The desk on a call: the same conversation and engine as on a WebSocket, driven in this process.

`DeskChannel` is both ends that a `Connection` needs: the socket that gives frames (here of the call) and the wire that
turns them into client events and server events into sound. A socket to ourselves would carry each frame twice more
through JSON, and know less: so the channel sees when the reply has really been heard.

Client events come from four sources, all through `received`: the caller's sound, their keys, the clock, and the call
(`inject`). What each server event means on a telephone is in `told`.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.types import Message

from agents.turn import Asked
from edge_server.audio import BYTES_PER_MS
from edge_server.channels.connection import Connection
from edge_server.channels.limits import Limits
from edge_server.channels.ownership import LiveSessions
from edge_server.engines.choice import make_engine
from edge_server.observation.observation import Observation
from edge_server.phone import client_events
from edge_server.phone.announcements import Announcements
from edge_server.phone.comfort import Comfort
from edge_server.phone.exchange import CallEvents
from edge_server.phone.farewell import is_farewell
from edge_server.phone.frames import Digit, Frame
from edge_server.phone.keypad import RESUME_CODE_LENGTH, Keyed, Keypad
from edge_server.phone.line import Line
from edge_server.phone.returning import returned
from edge_server.phone.turn_heard import TurnHeard
from edge_server.realtime.client_events import AnyClientEvent
from edge_server.realtime.conversation import Conversation
from edge_server.realtime.events import extension, input_audio, items, response
from edge_server.realtime.events.base import ServerEvent
from edge_server.realtime.events.error import ErrorEvent
from edge_server.realtime.events.session import Audio, AudioInput, ServerVad, SessionConfig
from edge_server.realtime.ids import random_id
from edge_server.realtime.silence import LAST
from sync.kept_session import KeptSession, owned

if TYPE_CHECKING:
    from edge_server.services import Services
    from edge_server.settings import Settings

log = logging.getLogger(__name__)

HEARD_APART_MS = 60
"""The conversation's reckoning of what was heard is corrected when the line knows better by more than this."""


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
        self._line, self._call = line, call
        self._services, self._settings = services, settings
        self._live, self._observation = live, observation
        self._now = now
        self._keypad, self._comfort = Keypad(), Comfort()
        self._injected: deque[AnyClientEvent] = deque()
        self._frame: Frame | None = None
        self._turn = TurnHeard()
        self._announcements = Announcements(line, services.speech, self._voice, self._wait_for_a_word)
        self._silences = 0
        self._held = False
        self._corrected: set[str] = set()
        self._greet = False
        self._session: KeptSession | None = None
        self._connection: Connection | None = None
        self._next_key: str | None = None
        self._redeeming: set[asyncio.Task[None]] = set()
        self._alone_until: float | None = None

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
            await self._announcements.close()
            for task in (*beside, *self._redeeming):
                task.cancel()
            await asyncio.gather(*beside, *self._redeeming, return_exceptions=True)

    async def _converse(self, key: str, notice: str, opening: str) -> None:
        settings = self._settings
        limits = replace(Limits.of(settings), idle_seconds=1e9, session_seconds=1e9)
        conversation = Conversation(self._config(), new_id=random_id, extensions=True)
        observer = self._observation.session("phone", settings.engine)
        connection = self._connection = Connection(self, conversation, self, limits, observer, clock=self._line.clock)
        async with (
            self._live.owned(key, connection),
            owned(key, self._services.store, channel="phone", lost=connection.leave) as session,
        ):
            within_s = settings.phone_return_minutes * 60
            session.keep(returned(session.state, self._now(), within_s))
            self._session = session
            for text in (opening, "" if session.state.history else notice):
                if text:
                    await self._announcements.put(text)
            self._greet = True
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

    def inject(self, event: AnyClientEvent) -> None:
        """Let the conversation have `event` within the next tenth of a second."""
        self._injected.append(event)

    def hold(self) -> None:
        """The desk neither hears nor speaks until `resume`; the caller hears a soft tone."""
        self._held = True
        self._line.hush()
        self.inject(client_events.stop_reply())
        self.inject(client_events.listening(None))

    def resume(self, text: str) -> None:
        """The desk is there again: say `text`, and listen."""
        self._held = False
        self._announcements.drop()
        self._line.hush()
        self.inject(client_events.listening(self._detection()))
        self.say(text)

    def say(self, text: str, *, then: Callable[[], None] | None = None) -> None:
        """Have `text` said, after what was to be said before; `then` is called when it has been heard (or cut off)."""
        self._announcements.say(text, then=then)

    def _wait_for_a_word(self) -> None:
        """The conversation did not say the last words, so it does not wait for the customer's: wait for it."""
        self._alone_until = self._line.clock() + self._settings.phone_silence_seconds

    def _voice(self) -> str:
        return self._services.desk.voice(self._session.state.agent if self._session is not None else None)

    # The socket, as the connection sees it

    async def receive(self) -> Message:
        """Wait for the next frame of the call, or for a tenth of a second."""
        try:
            self._frame = await self._line.next()
        except EOFError:
            return {"type": "websocket.disconnect", "code": 1006}
        return {"type": "websocket.receive", "text": ""}

    async def send_text(self, data: str) -> None:
        """Never called: sound leaves through the line's pacer."""

    async def close(self, code: int = 1000, reason: str | None = None) -> None:
        """The connection ends: what is under way stops, the line is the call's to close."""
        self._line.hush()

    # The wire, as the connection sees it

    def received(self, frame: str | bytes) -> Sequence[AnyClientEvent]:
        """The client events that the last frame of the call, its keys and the clock make."""
        now, came = self._line.clock(), self._frame
        self._frame = None
        pcm = self._line.heard(came)
        if pcm and not self._held:
            self.inject(client_events.sound(pcm))
        if isinstance(came, Digit):
            self._press(came.key, now)
        elif (keyed := self._keypad.elapsed(self._asked(), now)) is not None:
            self._say_keyed(keyed)
        self._look_at_time(now)
        events = list(self._injected)
        self._injected.clear()
        return events

    def told(self, event: ServerEvent) -> Sequence[str]:
        """What a server event means on the telephone; no frame is ever sent by the connection itself."""
        now = self._line.clock()
        match event:
            case response.AudioDelta():
                if not self._held:
                    self._comfort.heard_something()
                    self._turn.sound(event.item_id, len(event.delta) / BYTES_PER_MS, self._state)
                    self._line.speak(event.item_id, event.delta)
            case response.AudioDone():
                self._line.spoken(event.item_id)
            case response.TranscriptDelta():
                self._turn.words += event.delta
            case input_audio.SpeechStarted():
                self._silences = 0
                self._alone_until = None
                self._comfort.heard_something()
                self._interrupted()
            case response.ResponseCreated():
                self._turn = TurnHeard(self._state)
                self._alone_until = None
                self._comfort.thinking(now)
            case response.ResponseDone():
                self._comfort.heard_something()
                if event.response.status == "cancelled":
                    self._line.hush()
                self._turn.over = True
            case items.ItemTruncated():
                self._correct(event, now)
            case input_audio.TimeoutTriggered():
                self._silences += 1
                if self._keypad.keying:
                    self.inject(client_events.stop_reply())
            case items.TranscriptionCompleted() if (code := client_events.code_in(event.transcript)) is not None:
                self._redeem(code)
            case extension.HandOff() | extension.ToolCall(name="hand_off"):
                self._turn.person = True
            case extension.BookingChanged():
                self._turn.booked.append({"code": event.code, **event.details})
            case ErrorEvent():
                log.info("on a call: %s", event.error.code)
        return ()

    # What the events mean

    def _correct(self, event: items.ItemTruncated, now: float) -> None:
        """Have the history keep what the line knows to have been heard, where the conversation reckoned otherwise."""
        heard = self._line.pacer.heard_ms(event.item_id, now)
        if event.item_id in self._corrected or heard is None or abs(heard - event.audio_end_ms) <= HEARD_APART_MS:
            return
        self._corrected.add(event.item_id)
        self.inject(client_events.heard(event.item_id, heard))

    def _interrupted(self) -> None:
        """The customer speaks, or presses a key: nothing else is said now, and no hint later."""
        self._line.hush()
        self._turn.cut = True
        self._announcements.drop_hint()

    @property
    def _state(self) -> object:
        return None if self._session is None else self._session.state

    def _asked(self) -> Asked:
        """What the desk waits for now."""
        return Asked() if self._session is None else self._services.desk.asked(self._session.state)

    def _press(self, key: str, now: float) -> None:
        if self._call.pressed(key):
            return
        if self._keypad.ahead or not self._question_heard(now):
            self._keypad.wait(key)
            return
        if not self._keypad.keying and key not in "*#":
            self._stop_reply()
        keyed = self._keypad.press(key, self._asked(), now)
        if keyed is not None:
            self._say_keyed(keyed)

    def _question_heard(self, now: float) -> bool:
        """Whether a key answers what the desk asks for now; else it is for what the desk is about to ask."""
        heard_ms = self._line.pacer.heard_ms(self._turn.item, now) or 0.0
        return self._turn.question_heard(self._state, heard_ms, speaking=self._line.speaking)

    def _take_keys_ahead(self, now: float) -> None:
        keyed = self._keypad.take(self._asked(), now)
        if keyed is not None or self._keypad.keying:
            self._stop_reply()
        if keyed is not None:
            self._say_keyed(keyed)

    def _stop_reply(self) -> None:
        self._interrupted()
        self.inject(client_events.stop_reply())

    def _say_keyed(self, keyed: Keyed) -> None:
        if len(keyed.digits) == RESUME_CODE_LENGTH and not keyed.secret and self._asked().asks is None:
            self._redeem(keyed.digits, otherwise=keyed.words)
            return
        self._silences = 0
        self._injected.extend(client_events.written(keyed.words))

    def _redeem(self, code: str, otherwise: str = "") -> None:
        async def redeem() -> None:
            key = await self._call.redeem(code)
            if key is not None:
                self._next_key = key
                self.leave()
            elif otherwise:
                self._injected.extend(client_events.written(otherwise))

        task = asyncio.create_task(redeem(), name="resume code")
        self._redeeming.add(task)
        task.add_done_callback(self._redeeming.discard)

    def _look_at_time(self, now: float) -> None:
        """What is due now: a greeting, a tone, what waited for the reply to be heard."""
        if self._greet and self._line.pacer.left_ms(now) < 100:
            self._greet = False
            self.inject(client_events.answer())
        if self._alone_until is not None and now >= self._alone_until:
            self._alone_until = None
            self.inject(client_events.answer())
        if (self._comfort.due(now) or (self._held and self._comfort.due_on_hold(now))) and not self._line.speaking:
            self._announcements.tone()
        if self._keypad.ahead and self._question_heard(now):
            self._take_keys_ahead(now)
        if self._turn.over and not self._line.speaking and not self._held:
            turn, self._turn = self._turn, TurnHeard()
            self._after(turn)

    def _after(self, turn: TurnHeard) -> None:
        """The reply has been heard (or was cut off)."""
        for details in turn.booked:
            self._call.booked(details)
        agent = self._session.state.agent if self._session is not None else None
        if turn.person:
            self._call.person_wanted()
        elif self._silences >= LAST or is_farewell(turn.words, self._services.desk.registry, agent):
            self._call.said_goodbye()
        elif not turn.cut:
            self._announcements.hint(self._asked().asks)
