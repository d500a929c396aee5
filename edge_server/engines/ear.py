"""The ear of one session: input audio in, turns and their words out.

Audio goes through voice activity detection in a worker thread. When speech pauses, recognition starts at once, inside
the wait that decides whether the turn has ended. Its words say how long that wait is (`speech/end_pointing.py`), and
what to rehearse meanwhile (`HeardSoFar`); when speech goes on, both are dropped (`SpokeOn`). All words before the last
are told as the transcript so far (`TranscribedPartly`); the last may change with the next sound.

A client that set `silence_duration_ms` gets just that wait.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from agents.turn import CODES, Expectation
from data.code_sounds import CodeSound
from edge_server.audio import BYTES_PER_MS, Pcm
from edge_server.realtime import effects as fx
from edge_server.realtime.effects import EngineEvent
from edge_server.realtime.events.session import SemanticVad, TurnDetection
from edge_server.speech import end_pointing, vad
from edge_server.speech.hearing import DOUBTFUL_NO_SPEECH
from edge_server.speech.recogniser import Transcript
from edge_server.speech.service import SpeechService
from sync.session import CONFIRM

log = logging.getLogger(__name__)

LONGEST_BUFFER_MS = 120_000
"""Audio kept of one turn. Somebody who speaks for longer is answered on the last two minutes."""
KEPT_IN_SILENCE_MS = 5_000 + vad.LONGEST_ONSET_MS + 500
"""Audio kept before speech is told: the longest prefix padding that a client may ask for, how long before that speech
may have begun, and a little more."""
MOST_AT_ONCE_MS = 80
"""Audio that waits is listened to in pieces of this length at most, which is less than a pause."""
EAGERNESS = {"low": 1.6, "medium": 1.0, "auto": 1.0, "high": 0.75}
"""Factor on the waits of end-pointing under `semantic_vad`."""

SHORT_MS = 1_500
"""A sound over a reply that is no longer than this, padding included, and hardly speech, is taken for a hum."""

EarCommand = fx.Listen | fx.Hear | fx.ForgetAudio | fx.Transcribe


class Listening(Protocol):
    """What the ear may know of the conversation that it hears for."""

    def vocabulary(self) -> str:
        """Words to expect next, for the recogniser's prompt."""
        ...

    def expectation(self, words: str) -> Expectation:
        """What the turn that begins with `words` is expected to hold."""
        ...

    def replying(self) -> bool:
        """Whether a reply is still to be heard."""
        ...

    def sounded(self, words: str, code: CodeSound) -> None:
        """How the code in `words` sounded, before they are told."""
        ...

    def aside(self, words: str) -> bool:
        """Whether `words`, said over a reply, would only tell that it is heard, or are its echo."""
        ...


@dataclass(slots=True)
class _Recognition:
    """Recognition of a clip that is under way, and the end of speech (ms) that it reaches to. `heard`: its words, once
    a wait was decided by them."""

    task: asyncio.Task[Transcript]
    speech_end_ms: int
    seconds: float
    heard: str | None = None


class Ear:
    """Hears one session. `emit` takes what it notices; `listening` tells what to expect."""

    def __init__(self, speech: SpeechService, emit: Callable[[EngineEvent], None], listening: Listening) -> None:
        self._speech = speech
        self._emit = emit
        self._listening = listening
        self._waits = end_pointing.Waits()
        self._eagerness: float | None = 1.0
        self._commands: asyncio.Queue[EarCommand] = asyncio.Queue()
        self._activity: vad.VoiceActivity | None = None
        self._buffer = bytearray()
        self._buffer_from_ms = 0
        self._unheard = bytearray()
        self._activity_from_ms = 0
        self._speech_from_ms: int | None = None
        self._finished: tuple[bytes, _Recognition | None] | None = None
        self._ahead: _Recognition | None = None
        self._told: list[str] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._listener = asyncio.create_task(self._listen(), name="ear")

    def do(self, command: EarCommand) -> None:
        """Take a command; they are carried out in order. Never blocks."""
        self._commands.put_nowait(command)

    async def close(self) -> None:
        """Stop listening and drop what is being recognised."""
        self._listener.cancel()
        self._drop_ahead()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(self._listener, *self._tasks, return_exceptions=True)

    async def _listen(self) -> None:
        next_one: EarCommand | None = None
        while True:
            command, next_one = next_one or await self._commands.get(), None
            match command:
                case fx.Listen():
                    self._set_detection(command.turn_detection)
                case fx.Hear(pcm=pcm):
                    pcm, next_one = self._with_waiting(pcm)
                    await self._hear(pcm)
                case fx.ForgetAudio():
                    self._finished = None
                    self._forget()
                case fx.Transcribe():
                    self._start_transcription(command)

    def _with_waiting(self, pcm: bytes) -> tuple[bytes, EarCommand | None]:
        """`pcm` and audio that waits behind it, which is heard sooner in one; and the command behind that."""
        while len(self._unheard) + len(pcm) < MOST_AT_ONCE_MS * BYTES_PER_MS and not self._commands.empty():
            command = self._commands.get_nowait()
            if not isinstance(command, fx.Hear):
                return pcm, command
            pcm += command.pcm
        return pcm, None

    def _set_detection(self, detection: TurnDetection | None) -> None:
        if detection is None:
            self._activity = None
            return
        if self._activity is None:
            self._activity = self._speech.voice_activity()
            self._unheard.clear()
            self._activity_from_ms = self._heard_ms
        if isinstance(detection, SemanticVad):
            self._eagerness = EAGERNESS[detection.eagerness]
            self._activity.threshold, self._activity.prefix_padding_ms = vad.THRESHOLD, vad.PREFIX_PADDING_MS
        else:
            self._eagerness = None if "silence_duration_ms" in detection.model_fields_set else 1.0
            self._activity.threshold = detection.threshold
            self._activity.prefix_padding_ms = detection.prefix_padding_ms
            self._activity.silence_duration_ms = detection.silence_duration_ms
        self._wait_after(None)

    def answered(self, enough: bool) -> None:
        """The answer to the words of this pause is known: they were `enough` for it, or nothing came of them."""
        if self._ahead is not None and self._ahead.heard is not None:
            self._wait_after(self._ahead.heard, enough)

    def _wait_after(self, words: str | None, enough: bool | None = None) -> None:
        """Decide how much silence after `words` (None: not known yet) ends the turn. `enough`: see `answered`."""
        if self._eagerness is None or self._activity is None:
            return
        expected = Expectation() if words is None else self._listening.expectation(words)
        wait = end_pointing.wait(words, expected, self._waits, enough=enough, eagerness=self._eagerness)
        self._activity.silence_duration_ms = wait.ms
        if words is not None:
            log.debug("%d ms of silence end the turn: %s (asked: %s)", wait.ms, wait.reason, expected.asked)

    @property
    def _heard_ms(self) -> int:
        return self._buffer_from_ms + len(self._buffer) // BYTES_PER_MS

    async def _hear(self, pcm: bytes) -> None:
        self._buffer += pcm
        if self._activity is not None:
            self._unheard += pcm
            if len(self._unheard) < 2 * self._activity.lacking:
                return  # a thread is not woken for what can tell nothing yet
            samples: Pcm = np.frombuffer(bytes(self._unheard), dtype=np.int16)
            self._unheard.clear()
            self._activity.guarded = self._listening.replying()
            for event in await self._speech.listen(self._activity, samples):
                self._notice(event)
        quiet = self._activity is not None and self._speech_from_ms is None
        self._trim(KEPT_IN_SILENCE_MS if quiet else LONGEST_BUFFER_MS)

    def _notice(self, event: vad.VoiceEvent) -> None:
        match event:
            case vad.SpeechStarted():
                self._speech_from_ms = max(self._buffer_from_ms, self._activity_from_ms + event.audio_start_ms)
                self._told = []
                self._wait_after(None)
                self._emit(fx.SpeechStarted(self._speech_from_ms))
            case vad.Pause():
                self._drop_ahead()
                end_ms = self._activity_from_ms + event.at_ms
                self._ahead = self._recognise(self._clip(end_ms), event.speech_end_ms)
                self._ahead.task.add_done_callback(self._heard_so_far)
            case vad.SpeechResumed():
                self._drop_ahead()
                self._wait_after(None)
                self._emit(fx.SpokeOn())
            case vad.SpeechStopped():
                end_ms = self._activity_from_ms + event.at_ms
                ahead = self._ahead
                if ahead is not None and ahead.speech_end_ms != event.speech_end_ms:
                    self._drop_ahead()
                    ahead = None
                self._finished, self._ahead = (self._clip(end_ms), ahead), None
                self._speech_from_ms = None
                self._trim(max(0, self._heard_ms - end_ms))
                self._emit(fx.SpeechStopped(end_ms, event.at_ms - event.speech_end_ms))

    def _heard_so_far(self, task: asyncio.Task[Transcript]) -> None:
        """The words before the pause are there; unless the turn is over, or goes on, they say how long to wait."""
        if task.cancelled() or task.exception() is not None or self._ahead is None or self._ahead.task is not task:
            return
        text = self._ahead.heard = task.result().text
        self._tell_sound(task.result())
        self._wait_after(text)
        aside = self._is_aside(task.result())
        self._emit(fx.HeardSoFar(text, aside))
        if not aside:
            self._tell_so_far(text)

    def _tell_so_far(self, text: str) -> None:
        """Tell the words that go on from those told before in this turn; nothing, once a hearing contradicts them."""
        words, told = text.split()[:-1], self._told
        if len(words) > len(told) and [_plain(word) for word in words[: len(told)]] == [_plain(word) for word in told]:
            self._told = words
            self._emit(fx.TranscribedPartly(None, (" " if told else "") + " ".join(words[len(told) :])))

    def _clip(self, end_ms: int) -> bytes:
        """The turn's audio up to `end_ms`."""
        start_ms = self._buffer_from_ms if self._speech_from_ms is None else self._speech_from_ms
        first = max(0, start_ms - self._buffer_from_ms) * BYTES_PER_MS
        last = max(0, end_ms - self._buffer_from_ms) * BYTES_PER_MS
        return bytes(self._buffer[first:last])

    def _trim(self, keep_ms: int) -> None:
        surplus = len(self._buffer) - keep_ms * BYTES_PER_MS
        if surplus >= BYTES_PER_MS:
            surplus -= surplus % BYTES_PER_MS
            del self._buffer[:surplus]
            self._buffer_from_ms += surplus // BYTES_PER_MS

    def _forget(self) -> None:
        self._trim(0)
        self._speech_from_ms = None
        self._drop_ahead()
        self._unheard.clear()
        if self._activity is not None:
            self._activity.reset()
            self._activity_from_ms = self._heard_ms

    def _drop_ahead(self) -> None:
        if self._ahead is not None:
            self._ahead.task.cancel()
            self._ahead = None

    def _recognise(self, clip: bytes, speech_end_ms: int = 0) -> _Recognition:
        asked = self._listening.expectation("").asked
        heard = self._speech.transcribe(
            clip, self._listening.vocabulary(), spelled=asked in CODES, digits=asked not in (None, CONFIRM)
        )
        task = asyncio.create_task(heard)
        return _Recognition(task, speech_end_ms, len(clip) / BYTES_PER_MS / 1000)

    def _start_transcription(self, command: fx.Transcribe) -> None:
        if command.pcm is not None:
            recognition = self._recognise(command.pcm)
        elif self._finished is not None:
            (clip, ahead), self._finished = self._finished, None
            recognition = ahead or self._recognise(clip)
        else:
            clip = self._clip(self._heard_ms)
            self._forget()
            recognition = self._recognise(clip)
        task = asyncio.create_task(self._transcribe(command.item_id, recognition))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _transcribe(self, item_id: str, recognition: _Recognition) -> None:
        try:
            transcript = await recognition.task
        except Exception:
            log.exception("recognition failed")
            self._emit(fx.TranscriptionBroke(item_id, "Speech recognition failed; please say it again."))
        else:
            self._tell_sound(transcript)
            aside = self._is_aside(transcript)
            self._emit(fx.Transcribed(item_id, transcript.text, recognition.seconds, aside))

    def _tell_sound(self, transcript: Transcript) -> None:
        if transcript.code is not None:
            self._listening.sounded(transcript.text, transcript.code)

    def _is_aside(self, transcript: Transcript) -> bool:
        """Whether this, said over a reply, would only mean that it is heard; a hum is written as any short word."""
        hum = transcript.no_speech_prob > DOUBTFUL_NO_SPEECH and transcript.audio_ms < SHORT_MS
        return hum or self._listening.aside(transcript.text)


def _plain(word: str) -> str:
    return "".join(letter for letter in word.lower() if letter.isalnum())
