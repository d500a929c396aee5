"""The customer's side of a conversation: speech that begins and ends, its words, and silence.

| when | and | then |
|---|---|---|
| speech starts | a reply runs or is to be heard; may interrupt | response cancelled, item cut to what was heard |
| a turn ends | | its item is added and transcribed |
| words are there | they cut a reply off, but are nothing or "mm-hm" | a response says the rest of it |
| nobody speaks for `idle_timeout_ms` | | input_audio_buffer.timeout_triggered, a response begins |

Speech does not stop a response outside the conversation.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from edge_server.realtime import effects as do
from edge_server.realtime.effects import EngineEvent
from edge_server.realtime.events import input_audio, items, session
from edge_server.realtime.replying import Replying, thought
from edge_server.realtime.state import ConversationState

ANSWERABLE_MS = 600
"""Whoever speaks when no more than this of a reply is left answers it, and does not interrupt it."""


@dataclass(frozen=True, slots=True)
class _Interruption:
    """A reply (its generation) that speech has cut off, and the item whose words will tell whether for a reason."""

    generation: int
    item_id: str


class Listening:
    """What one customer says, as the engine hears it."""

    def __init__(self, state: ConversationState, replying: Replying) -> None:
        self._state = state
        self._replying = replying
        self._interruption: _Interruption | None = None
        self.input_ms = 0.0
        """Length of all audio that the client has sent."""

    def hear(self, event: EngineEvent, now: float) -> bool:
        """Something the engine hears. Whether the event was about hearing at all."""
        match event:
            case do.SpeechStarted():
                self._speech_started(event, now)
            case do.SpeechStopped():
                self._speech_stopped(event)
            case do.HeardSoFar():
                self._heard_so_far(event)
            case do.TranscribedPartly():
                self._transcribed_partly(event)
            case do.Transcribed():
                self._transcribed(event)
            case do.TranscriptionBroke():
                if self._state.items.set_words(event.item_id, "") is not None:
                    self._state.send(items.TranscriptionFailed(event.item_id, items.TranscriptionError(event.message)))
                self._replying.words_known(wanted=self._state.turns.transcribed(event.item_id))
            case _:
                return False
        return True

    def turn_over(self, item_id: str) -> None:
        """A turn has ended: announce its item and have it written down."""
        self._add_audio_item(item_id, None)
        self._state.open.append(item_id)
        self._state.do(do.Transcribe(item_id))

    def _add_audio_item(self, item_id: str, transcript: str | None) -> None:
        content = (items.ContentPart("input_audio", transcript=transcript),)
        item = items.Item(item_id, "message", "completed", role="user", content=content)
        self._state.make_room(for_item=item)
        previous = self._state.items.last_id()
        self._state.send(input_audio.AudioCommitted(item_id, previous))
        self._state.items.add(item)
        self._state.send(items.ItemAdded(item, previous))
        self._state.send(items.ItemDone(item, previous))

    def nobody_spoke(self) -> None:
        """The wait for the customer is over: the silence becomes an item, and the desk speaks."""
        detection = self._state.turn_detection
        assert isinstance(detection, session.ServerVad)
        wait_ms = detection.idle_timeout_ms or 0
        silences = self._state.silence.is_over()
        item_id = self._state.new_id("item")
        ends = round(self.input_ms)
        self._state.send(input_audio.TimeoutTriggered(max(0, ends - wait_ms), ends, item_id))
        self._state.turns.cleared()
        self._state.do(do.ForgetAudio())
        self._add_audio_item(item_id, "")
        self._replying.create(self._state.plan(silences=silences))

    def _speech_started(self, event: do.SpeechStarted, now: float) -> None:
        detection = self._state.turn_detection
        if detection is None or self._state.turns.speaking is not None:
            return
        item_id = self._state.new_id("item")
        self._state.turns.started(item_id)
        self._state.silence.broken()
        self._state.send(input_audio.SpeechStarted(item_id, event.at_ms))
        in_conversation = self._replying.running is None or self._replying.running.items is not None
        if detection.interrupt_response and in_conversation:
            cut = self._to_resume(now)
            if cut is None and self._interruption is not None:
                cut = self._interruption.generation
            self._interruption = None if cut is None else _Interruption(cut, item_id)
            self._replying.cut(now, "turn_detected")
            self._replying.begin_next()

    def _to_resume(self, now: float) -> int | None:
        """The generation of the reply that would be cut in its midst now."""
        playout = self._state.spoken.current
        if playout is None or not (self._replying.running is not None or playout.playing(now)):
            return None
        heard_ms = playout.heard_ms(now)
        all_sent = self._replying.running is None
        nearly_over = all_sent and playout.sent_ms - heard_ms < ANSWERABLE_MS
        return None if nearly_over or not playout.text_heard(heard_ms) else playout.generation

    def _resumes(self, event: do.Transcribed, *, wanted: bool) -> bool:
        """Say the rest of a reply that was cut off for nothing, if the words of the turn that cut it tell so."""
        cut = self._interruption
        if cut is None or cut.item_id != event.item_id:
            return False
        self._interruption = None
        if event.text and not event.aside:
            return False
        self._state.close_answered((event.item_id,))
        if self._state.turns.speaking is not None:
            self._interruption = _Interruption(cut.generation, self._state.turns.speaking)
            return False
        if not wanted or self._replying.running is not None or self._state.turns.waiting or self._state.open_words():
            return False
        plan = self._state.plan()
        self._replying.create(replace(plan, resumes=cut.generation))
        return True

    def _speech_stopped(self, event: do.SpeechStopped) -> None:
        detection = self._state.turn_detection
        item_id = self._state.turns.stopped(answer=detection is not None and detection.create_response)
        if item_id is None:
            self._state.do(do.ForgetAudio())
            return
        self._state.send(input_audio.SpeechStopped(item_id, event.at_ms))
        self.turn_over(item_id)

    def _heard_so_far(self, event: do.HeardSoFar) -> None:
        """Have the answer rehearsed that a response would begin with, if the turn ended here."""
        detection = self._state.turn_detection
        wanted = detection is not None and detection.create_response and self._state.turns.speaking is not None
        if event.aside and self._interruption is not None:
            return
        if not wanted or not event.text or self._replying.running is not None or self._state.turns.waiting:
            return
        plan = self._state.plan()
        utterance = " ".join(words for words in (self._state.open_words(), event.text) if words)
        self._state.do(do.ThinkAhead(thought(plan, 0, utterance, self._replying.open_offer(plan))))

    def _transcribed_partly(self, event: do.TranscribedPartly) -> None:
        item_id = event.item_id or self._state.turns.speaking
        pending = item_id is not None and (
            item_id == self._state.turns.speaking or item_id in self._state.turns.waiting
        )
        if pending and item_id and event.text_delta and self._state.config.audio.input.transcription is not None:
            self._state.send(items.TranscriptionDelta(item_id, event.text_delta))

    def _transcribed(self, event: do.Transcribed) -> None:
        known = self._state.items.set_words(event.item_id, event.text) is not None
        if known and self._state.config.audio.input.transcription is not None:
            usage = items.TranscriptionUsage(event.seconds)
            self._state.send(items.TranscriptionCompleted(event.item_id, event.text, usage))
        wanted = self._state.turns.transcribed(event.item_id)
        if not self._resumes(event, wanted=wanted):
            self._replying.words_known(wanted=wanted)
