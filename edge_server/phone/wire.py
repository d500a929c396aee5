"""What happens on a call's line, as client events, and what server events mean on a telephone.

Client events come from four sources, all through `received`: the caller's sound, their keys, the clock, and the call
(`hold`, `resume`). What each server event means is in `told`.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from agents.turn import Asked
from edge_server.audio import BYTES_PER_MS
from edge_server.phone import client_events
from edge_server.phone.announcements import Announcements
from edge_server.phone.comfort import Comfort
from edge_server.phone.exchange import CallEvents
from edge_server.phone.farewell import is_farewell
from edge_server.phone.frames import Digit, Frame
from edge_server.phone.keys import Keys
from edge_server.phone.line import Line
from edge_server.phone.resuming import ResumeCodes
from edge_server.phone.turn_heard import TurnHeard
from edge_server.realtime.client_events import AnyClientEvent
from edge_server.realtime.events import extension, input_audio, items, response
from edge_server.realtime.events.base import ServerEvent
from edge_server.realtime.events.error import ErrorEvent
from edge_server.realtime.events.session import ServerVad
from edge_server.realtime.silence import LAST
from sync.session import SessionState

if TYPE_CHECKING:
    from agents.desk import AgentDesk
    from edge_server.speech.service import SpeechService

log = logging.getLogger(__name__)

HEARD_APART_MS = 60
"""The conversation's reckoning of what was heard is corrected when the line knows better by more than this."""


class PhoneWire:
    """The wire of one call. `state`: of the session that is held, None before there is one.

    `go_on_with` is told the key of another session that the caller goes on with; `silence_s`: how long the caller may
    be silent after something that the conversation did not say itself.
    """

    def __init__(
        self,
        line: Line,
        call: CallEvents,
        desk: AgentDesk,
        speech: SpeechService,
        *,
        state: Callable[[], SessionState | None],
        go_on_with: Callable[[str], None],
        silence_s: float,
    ) -> None:
        self._line, self._call, self._desk, self._state = line, call, desk, state
        self._speech, self._silence_s = speech, silence_s
        self.frame: Frame | None = None
        """The last frame of the call, until `received` has taken it; None when none came for a while."""
        self._codes = ResumeCodes(call.redeem, go_on_with, self.write)
        self._keys = Keys(self, call.pressed, self._codes)
        self._announcements = Announcements(line, speech, self._voice, self._wait_for_a_word)
        self._comfort = Comfort()
        self._injected: deque[AnyClientEvent] = deque()
        self._turn = TurnHeard()
        self._silences = 0
        self._held = False
        self._corrected: set[str] = set()
        self._greet = False
        self._alone_until: float | None = None

    # What the call and its channel want

    async def begin(self, *texts: str) -> None:
        """A conversation begins: have `texts` said (none for an empty one), and then the greeting."""
        for text in texts:
            if text:
                await self._announcements.put(text)
        self._greet = True

    def hold(self) -> None:
        """The desk neither hears nor speaks until `resume`; the caller hears a soft tone."""
        self._held = True
        self._alone_until = None
        self._line.hush()
        self._inject(client_events.stop_reply())
        self._inject(client_events.listening(None))

    def resume(self, text: str, detection: ServerVad) -> None:
        """The desk is there again: say `text`, and listen as `detection` says."""
        self._held = False
        self._announcements.drop()
        self._line.hush()
        self._inject(client_events.listening(detection))
        self.say(text)

    def say(self, text: str, *, then: Callable[[], None] | None = None) -> None:
        """Have `text` said, after what was to be said before; `then` is called when it has been heard (or cut off)."""
        self._announcements.say(text, then=then)

    async def shut(self) -> None:
        """Nothing more is said, and no code tried."""
        await self._announcements.close()
        await self._codes.close()

    def _inject(self, event: AnyClientEvent) -> None:
        """Let the conversation have `event` within the next tenth of a second."""
        self._injected.append(event)

    def _wait_for_a_word(self) -> None:
        """The conversation did not say the last words, so it does not wait for the customer's: wait for it."""
        self._alone_until = self._line.clock() + self._silence_s

    def _voice(self) -> str:
        state = self._state()
        return self._speech.house_voice or self._desk.voice(None if state is None else state.agent)

    # The wire, as the connection sees it

    def received(self, frame: str | bytes) -> Sequence[AnyClientEvent]:
        """The client events that the last frame of the call, its keys and the clock make."""
        now, came = self._line.clock(), self.frame
        self.frame = None
        pcm = self._line.heard(came)
        if pcm and not self._held:
            self._inject(client_events.sound(pcm))
        if isinstance(came, Digit):
            self._keys.press(came.key, now, held=self._held)
        elif not self._held:
            self._keys.elapsed(now)
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
                    self._turn.sound(event.item_id, len(event.delta) / BYTES_PER_MS, self._state())
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
                self._turn = TurnHeard(self._state())
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
                if self._keys.keying:
                    self._inject(client_events.stop_reply())
            case items.TranscriptionCompleted() if (code := client_events.code_in(event.transcript)) is not None:
                self._codes.redeem(code)
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
        self._inject(client_events.heard(event.item_id, heard))

    def _interrupted(self) -> None:
        """The customer speaks, or presses a key: nothing else is said now, and no hint later."""
        self._line.hush()
        self._turn.cut = True
        self._announcements.drop_hint()

    def asked(self) -> Asked:
        """See `Asking`."""
        state = self._state()
        return Asked() if state is None else self._desk.asked(state)

    def question_heard(self, now: float) -> bool:
        """Whether a key answers what the desk asks for now; else it is for what the desk is about to ask."""
        heard_ms = self._line.pacer.heard_ms(self._turn.item, now) or 0.0
        return self._turn.question_heard(self._state(), heard_ms, speaking=self._line.speaking)

    def stop_reply(self) -> None:
        """See `Asking`."""
        self._interrupted()
        self._inject(client_events.stop_reply())

    def write(self, words: str) -> None:
        """See `Asking`."""
        self._silences = 0
        self._injected.extend(client_events.written(words))

    def _look_at_time(self, now: float) -> None:
        """What is due now: a greeting, a tone, what waited for the reply to be heard."""
        if self._greet and self._line.pacer.left_ms(now) < 100:
            self._greet = False
            self._inject(client_events.answer())
        if self._alone_until is not None and now >= self._alone_until:
            self._alone_until = None
            self._inject(client_events.answer())
        if (self._comfort.due(now) or (self._held and self._comfort.due_on_hold(now))) and not self._line.speaking:
            self._announcements.tone()
        if not self._held:
            self._keys.take_ahead(now)
        if self._turn.over and not self._line.speaking and not self._held:
            turn, self._turn = self._turn, TurnHeard()
            self._after(turn)

    def _after(self, turn: TurnHeard) -> None:
        """The reply has been heard (or was cut off)."""
        for details in turn.booked:
            self._call.booked(details)
        state = self._state()
        agent = None if state is None else state.agent
        if turn.person:
            self._call.person_wanted()
        elif self._silences >= LAST or is_farewell(turn.words, self._desk.registry, agent):
            self._call.said_goodbye()
        elif not turn.cut:
            self._announcements.hint(self.asked().asks)
