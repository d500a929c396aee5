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
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from pydantic import JsonValue
from starlette.types import Message

from agents.turn import Asked
from edge_server.channels.connection import Connection
from edge_server.channels.limits import Limits
from edge_server.channels.ownership import LiveSessions
from edge_server.engines.choice import make_engine
from edge_server.observation.observation import Observation
from edge_server.phone.comfort import Comfort, tone
from edge_server.phone.farewell import is_farewell
from edge_server.phone.frames import Digit, Frame
from edge_server.phone.keypad import RESUME_CODE_LENGTH, Keyed, Keypad
from edge_server.phone.line import Line
from edge_server.phone.returning import returned
from edge_server.realtime.client_events import AnyClientEvent
from edge_server.realtime.conversation import Conversation
from edge_server.realtime.events import extension, input_audio, items, response
from edge_server.realtime.events.base import ServerEvent
from edge_server.realtime.events.error import ErrorEvent
from edge_server.realtime.events.session import (
    Audio,
    AudioInput,
    ServerVad,
    SessionConfig,
    SessionUpdate,
    UpdateSession,
)
from edge_server.realtime.ids import random_id
from edge_server.realtime.silence import LAST
from sync.kept_session import KeptSession, owned
from sync.session import CONFIRM

if TYPE_CHECKING:
    from edge_server.services import Services
    from edge_server.settings import Settings

log = logging.getLogger(__name__)

NOTICE, HINT, TONE = "notice", "hint", "tone"
"""What the channel itself has to be heard, as the pacer names it."""
HEARD_APART_MS = 60
"""The conversation's reckoning of what was heard is corrected when the line knows better by more than this."""
PIN_HINT = "You can also key it in."
NUMBER_HINT = "You can also key in your customer number, and then the hash key."
YES_NO_HINT = "You can also press one for yes, or two for no."


class CallEvents(Protocol):
    """What the channel tells the call."""

    def person_wanted(self) -> None:
        """The caller asked for a person, and has heard that one is called."""
        ...

    def said_goodbye(self) -> None:
        """The conversation is over and its last word was heard."""
        ...

    def booked(self, details: dict[str, JsonValue]) -> None:
        """A write was carried out."""
        ...

    def pressed(self, key: str) -> bool:
        """A key was pressed. Whether the call itself waited for it."""
        ...

    async def redeem(self, code: str) -> str | None:
        """The session key behind a resume code; None when there is none."""
        ...


@dataclass(slots=True)
class _Turn:
    """What is to happen once the running reply has been heard."""

    words: str = ""
    person: bool = False
    booked: list[dict[str, JsonValue]] = field(default_factory=list)
    over: bool = False
    cut: bool = False
    """The customer did not hear it out."""


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
        self._turn = _Turn()
        self._silences = 0
        self._held = False
        self._hints: set[str] = set()
        self._corrected: set[str] = set()
        self._greet = False
        self._session: KeptSession | None = None
        self._connection: Connection | None = None
        self._next_key: str | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._alone_until: float | None = None
        self._saying: asyncio.Task[None] | None = None
        self._hinting: asyncio.Task[None] | None = None
        self._said = 0

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
            for task in (*beside, *self._tasks):
                task.cancel()
            await asyncio.gather(*beside, *self._tasks, return_exceptions=True)

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
                    await self._announce(text, NOTICE)
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
        self.inject(input_audio.ClearOutputAudio(type="output_audio_buffer.clear"))
        self.inject(_listening(None))

    def resume(self, text: str) -> None:
        """The desk is there again: say `text`, and listen."""
        self._held = False
        if self._saying is not None:
            self._saying.cancel()
        self._line.hush()
        self.inject(_listening(self._detection()))
        self.say(text)

    def _wait_for_a_word(self) -> None:
        """The conversation did not say the last words, so it does not wait for the customer's: wait for it."""
        self._alone_until = self._line.clock() + self._settings.phone_silence_seconds

    def say(self, text: str, *, then: Callable[[], None] | None = None) -> None:
        """Have `text` said, after what was to be said before; `then` is called when it has been heard (or cut off)."""

        before = self._saying

        async def announce() -> None:
            if before is not None:
                await asyncio.gather(before, return_exceptions=True)
            await self._announce(text, HINT)
            await self._line.heard_out()
            (then or self._wait_for_a_word)()

        self._saying = self._do(announce())

    def _do(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _announce(self, text: str, item: str) -> None:
        agent = self._session.state.agent if self._session is not None else None
        voice = self._services.desk.voice(agent)
        pcm = await self._services.speech.synthesise(text, voice=voice)
        self._said += 1
        name = f"{item}-{self._said}"
        self._line.speak(name, pcm)
        self._line.spoken(name)

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
            self.inject(input_audio.AppendAudio.model_construct(type="input_audio_buffer.append", audio=pcm))
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
                self._turn = _Turn()
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
                    self.inject(input_audio.ClearOutputAudio(type="output_audio_buffer.clear"))
            case items.TranscriptionCompleted() if (code := code_in(event.transcript)) is not None:
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
        self.inject(
            items.TruncateItem(
                type="conversation.item.truncate", item_id=event.item_id, content_index=0, audio_end_ms=round(heard)
            )
        )

    def _interrupted(self) -> None:
        """The customer speaks, or presses a key: nothing else is said now, and no hint later."""
        self._line.hush()
        self._turn.cut = True
        if self._hinting is not None:
            self._hinting.cancel()

    def _asked(self) -> Asked:
        """What the desk waits for now."""
        return Asked() if self._session is None else self._services.desk.asked(self._session.state)

    def _press(self, key: str, now: float) -> None:
        if self._call.pressed(key):
            return
        if not self._keypad.keying and key not in "*#":
            self._interrupted()
            self.inject(input_audio.ClearOutputAudio(type="output_audio_buffer.clear"))
        keyed = self._keypad.press(key, self._asked(), now)
        if keyed is not None:
            self._say_keyed(keyed)

    def _say_keyed(self, keyed: Keyed) -> None:
        if len(keyed.digits) == RESUME_CODE_LENGTH and not keyed.secret and self._asked().asks is None:
            self._redeem(keyed.digits, otherwise=keyed.words)
            return
        self._silences = 0
        self._words(keyed.words)

    def _words(self, text: str) -> None:
        """Words of the customer that were not spoken."""
        content = (items.NewContent(type="input_text", text=text),)
        self.inject(
            items.CreateItem(
                type="conversation.item.create", item=items.NewItem(type="message", role="user", content=content)
            )
        )
        self.inject(response.CreateResponse(type="response.create"))

    def _redeem(self, code: str, otherwise: str = "") -> None:
        async def redeem() -> None:
            key = await self._call.redeem(code)
            if key is not None:
                self._next_key = key
                self.leave()
            elif otherwise:
                self._words(otherwise)

        self._do(redeem())

    def _look_at_time(self, now: float) -> None:
        """What is due now: a greeting, a tone, what waited for the reply to be heard."""
        if self._greet and self._line.pacer.left_ms(now) < 100:
            self._greet = False
            self.inject(response.CreateResponse(type="response.create"))
        if self._alone_until is not None and now >= self._alone_until:
            self._alone_until = None
            self.inject(response.CreateResponse(type="response.create"))
        if (self._comfort.due(now) or (self._held and self._comfort.due_on_hold(now))) and not self._line.speaking:
            self._said += 1
            self._line.speak(f"{TONE}-{self._said}", tone())
            self._line.spoken(f"{TONE}-{self._said}")
        if self._turn.over and not self._line.speaking and not self._held:
            turn, self._turn = self._turn, _Turn()
            self._after(turn)

    def _after(self, turn: _Turn) -> None:
        """The reply has been heard (or was cut off)."""
        for details in turn.booked:
            self._call.booked(details)
        agent = self._session.state.agent if self._session is not None else None
        if turn.person:
            self._call.person_wanted()
        elif self._silences >= LAST or is_farewell(turn.words, self._services.desk.registry, agent):
            self._call.said_goodbye()
        elif not turn.cut:
            self._hint()

    def _hint(self) -> None:
        """Tell once in a call what the keypad is good for here."""
        asked = self._asked().asks
        hint = {"pin": PIN_HINT, "booking_code": NUMBER_HINT, CONFIRM: YES_NO_HINT}.get(asked or "")
        if hint is not None and hint not in self._hints:
            self._hints.add(hint)
            self.say(hint)
            self._hinting = self._saying


def _listening(detection: ServerVad | None) -> UpdateSession:
    """The event that has turns heard so, or (None) not at all."""
    heard = None if detection is None else {"type": detection.type, **detection.model_dump(exclude_unset=True)}
    update = SessionUpdate.model_validate({"audio": {"input": {"turn_detection": heard}}})
    return UpdateSession(type="session.update", session=update)


def code_in(transcript: str) -> str | None:
    """A resume code that was said, and nothing else beside it."""
    digits = "".join(letter for letter in transcript if letter.isdigit())
    words = [word for word in transcript.lower().replace(",", " ").split() if not any(map(str.isdigit, word))]
    plain = {"my", "code", "is", "the", "resume", "it's", "here", "number"}
    return digits if len(digits) == RESUME_CODE_LENGTH and all(word.strip(".!?") in plain for word in words) else None
