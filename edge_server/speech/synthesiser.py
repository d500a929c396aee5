"""Speech synthesis: written text in, spoken audio out, in one of several voices at an even loudness."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from edge_server.audio import RATE, Pcm, resample
from edge_server.speech.kokoro_voice import kokoro_voices
from edge_server.speech.normalise import normalise
from edge_server.speech.piper_voice import piper_voices
from edge_server.speech.voice import DEFAULT_VOICE, SPEEDS, Floats, Voice, VoiceSource

LOUDNESS = 0.1
"""Mean level of the voiced parts (root mean square, -20 dB of full scale)."""
PEAK = 0.9
"""Highest sample after the gain: it is lowered where a peak would clip."""
VOICED = 0.02
"""Frames of 10 ms above this level (of full scale) count as voiced."""
EDGE_S = 0.03
"""Silence kept before the first and after the last voiced frame, in seconds: soft consonants live there."""
PAUSES_S = {".": 0.25, "!": 0.25, "?": 0.25, ",": 0.12, ";": 0.18, ":": 0.18}
"""Silence after a clause by its last sign, in seconds."""
SHORTEST_PAUSE_S = 0.06


class Synthesiser:
    """Voices, each loaded before it first speaks. Several threads may use them at once."""

    def __init__(self, sources: Mapping[str, VoiceSource]) -> None:
        self._sources = dict(sources)
        self._loaded: dict[str, Voice] = {}
        self._loading = threading.Lock()

    @classmethod
    def load(cls, models_dir: Path | None = None) -> Synthesiser:
        """The packaged voices and those of `models_dir`, the default one loaded. Raises ModelError."""
        made = cls({**piper_voices(models_dir), **kokoro_voices(models_dir)})
        made.warm(DEFAULT_VOICE)
        return made

    @property
    def marks(self) -> dict[str, str]:
        """For each voice, the default one first, a hash of its model and of how it is made to speak."""
        sound = f"{LOUDNESS} {EDGE_S} {sorted(PAUSES_S.items())} {SHORTEST_PAUSE_S}"
        return {
            name: hashlib.sha256(f"{source.mark} {sound}".encode()).hexdigest()[:16]
            for name, source in self._sources.items()
        }

    @property
    def voices(self) -> tuple[str, ...]:
        """The names of the voices, the default one first."""
        return tuple(self._sources)

    def warm(self, voice: str) -> None:
        """Load a voice, unless it is, and let it speak once. Raises ModelError."""
        self.synthesise("Good morning, how can I help you?", voice=voice)

    def synthesise(self, text: str, *, voice: str = DEFAULT_VOICE, speed: float = 1.0) -> Pcm:
        """The written `text` (one clause or a few sentences) spoken: int16 mono at 24 kHz.

        A `voice` that is not there is spoken by the default one: a customer hears an answer in any case. `speed` is
        kept within `SPEEDS`. What has nothing to say gives no samples.
        """
        speaker = self._voice(voice if voice in self._sources else DEFAULT_VOICE)
        pace = float(np.clip(speed, *SPEEDS))
        spoken = normalise(text)
        sentences = re.split(r"(?<=[.!?])\s+", spoken) if spoken else []
        pieces: list[Floats] = []
        for sentence in sentences:
            samples = speaker.speak(sentence, pace)
            if len(samples):
                pause_s = PAUSES_S.get(sentence[-1], SHORTEST_PAUSE_S) / pace
                pieces += [_trimmed(samples, speaker.rate), np.zeros(int(pause_s * speaker.rate), dtype=np.float32)]
        return _pcm(pieces, speaker.rate)

    def _voice(self, name: str) -> Voice:
        with self._loading:
            if name not in self._loaded:
                self._loaded[name] = self._sources[name].load()
            return self._loaded[name]


def _trimmed(samples: Floats, rate: int) -> Floats:
    """`samples` without the silence before and after."""
    frame = rate // 100
    levels = np.abs(samples[: len(samples) // frame * frame]).reshape(-1, frame).max(axis=1, initial=0.0)
    voiced = np.flatnonzero(levels > VOICED / 2)
    if not len(voiced):
        return samples[:0]
    edge = int(EDGE_S * rate)
    return samples[max(0, int(voiced[0]) * frame - edge) : (int(voiced[-1]) + 1) * frame + edge]


def _pcm(pieces: Sequence[Floats], rate: int) -> Pcm:
    """`pieces` joined, at an even loudness, as int16 at 24 kHz."""
    samples = np.concatenate([np.zeros(0, dtype=np.float32), *pieces])
    peak = float(np.abs(samples).max(initial=0.0))
    if not peak:
        return np.zeros(0, dtype=np.int16)
    frame = rate // 100
    frames = samples[: len(samples) // frame * frame].reshape(-1, frame)
    levels = np.sqrt(np.mean(np.square(frames), axis=1))
    voiced = levels[levels > VOICED]
    level = float(np.sqrt(np.mean(np.square(voiced)))) if len(voiced) else peak
    gain = min(LOUDNESS / level, PEAK / peak)
    return resample((samples * (gain * 32767.0)).astype(np.int16), rate, RATE)
