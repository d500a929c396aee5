"""Speech synthesis: written text in, spoken audio out, in one of several voices at an even loudness."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

from edge_server.audio import RATE, Pcm, Resampler, amplified
from edge_server.speech.kokoro_voice import kokoro_voices
from edge_server.speech.normalise import normalise
from edge_server.speech.piper_voice import piper_voices
from edge_server.speech.voice import DEFAULT_VOICE, SPEEDS, Floats, Voice, VoiceSource

LOUDNESS = 0.1
"""Mean level of the voiced parts (root mean square, -20 dB of full scale) of `SAMPLE`; a voice keeps its gain."""
SAMPLE = "Good morning, how can I help you?"
"""What a voice says when it is loaded, to find its gain. Sentences differ by 1.3 dB (standard deviation)."""
VOICED = 0.02
"""Frames of 10 ms above this level (of full scale) count as voiced."""
SOUND, BREATH = 0.01, 0.003
"""A frame of 5 ms with a sample above the first is sound; one above the second may be a soft consonant before it."""
LEAD_S, SOFT_S = 0.005, 0.03
"""Silence kept before the first sound, in seconds, which fades in; soft consonants may come so long before it."""
EDGE_S = 0.03
"""Silence kept after the last frame of sound, in seconds: soft consonants live there."""
PAUSES_S = {".": 0.275, "!": 0.275, "?": 0.275, ",": 0.145, ";": 0.205, ":": 0.205}
"""Silence after a clause by its last sign, in seconds."""
SHORTEST_PAUSE_S = 0.085


class Synthesiser:
    """Voices, each loaded before it first speaks. Several threads may use them at once."""

    def __init__(self, sources: Mapping[str, VoiceSource]) -> None:
        self._sources = dict(sources)
        self._loaded: dict[str, tuple[Voice, float]] = {}
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
        sound = f"{LOUDNESS} {LEAD_S} {SOFT_S} {EDGE_S} {sorted(PAUSES_S.items())} {SHORTEST_PAUSE_S}"
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
        self._voice(voice)

    def synthesise(self, text: str, *, voice: str = DEFAULT_VOICE, speed: float = 1.0) -> Pcm:
        """All that `pieces` gives, in one."""
        return np.concatenate([np.zeros(0, dtype=np.int16), *self.pieces(text, voice=voice, speed=speed)])

    def pieces(self, text: str, *, voice: str = DEFAULT_VOICE, speed: float = 1.0) -> Iterator[Pcm]:
        """The written `text` (one clause or a few sentences) spoken: int16 mono at 24 kHz, piece by piece as it is
        made, none of them empty.

        A `voice` that is not there is spoken by the default one: a customer hears an answer in any case. `speed` is
        kept within `SPEEDS`. What has nothing to say gives no samples.
        """
        speaker, gain = self._voice(voice if voice in self._sources else DEFAULT_VOICE)
        pace = float(np.clip(speed, *SPEEDS))
        spoken = normalise(text)
        resampler = Resampler(speaker.rate, RATE)
        for sentence in re.split(r"(?<=[.!?])\s+", spoken) if spoken else ():
            said = False
            for samples in trimmed(speaker.speak(sentence, pace), speaker.rate):
                said = True
                yield from _some(amplified(resampler.feed(_int16(samples)), gain))
            if said:
                pause_s = PAUSES_S.get(sentence[-1], SHORTEST_PAUSE_S) / pace
                yield from _some(amplified(resampler.feed(np.zeros(int(pause_s * speaker.rate), dtype=np.int16)), gain))
        yield from _some(amplified(resampler.feed(np.zeros(0, dtype=np.int16), last=True), gain))

    def _voice(self, name: str) -> tuple[Voice, float]:
        """The voice, and the gain that makes it as loud as the others. One is loaded at a time; who wants one that is
        there does not wait for that."""
        if (loaded := self._loaded.get(name)) is not None:
            return loaded
        with self._loading:
            if name not in self._loaded:
                voice = self._sources[name].load()
                sample = np.concatenate(list(voice.speak(SAMPLE, 1.0)))
                self._loaded[name] = voice, LOUDNESS / _level(sample, voice.rate)
            return self._loaded[name]


def trimmed(pieces: Iterable[Floats], rate: int) -> Iterator[Floats]:
    """Speech (float32, in `pieces` of any length) without the silence before and after, which cannot be told from a
    pause in its midst before it ends."""
    frame, edge = rate // 200, int(EDGE_S * rate)
    held, owed, began = np.zeros(0, dtype=np.float32), 0, False
    for piece in pieces:
        held = np.concatenate((held, piece))
        sound = _above(SOUND, held, frame)
        if not len(sound):
            continue
        ends = (int(sound[-1]) + 1) * frame + edge
        if not began:
            soft = int(_above(BREATH, held, frame)[0]) * frame
            begins = max(0, soft - int(LEAD_S * rate), int(sound[0]) * frame - int(SOFT_S * rate))
            held, ends, began = held[begins:], ends - begins, True
            rise = min(len(held), int(LEAD_S * rate))
            held[:rise] *= np.linspace(0.0, 1.0, rise, dtype=np.float32)
        yield held[:ends]
        held, owed = held[ends:], max(0, ends - len(held))
    if owed and len(held):
        yield held[:owed]


def _above(level: float, samples: Floats, frame: int) -> npt.NDArray[np.int64]:
    """The frames (of `frame` samples) that have a sample above `level`."""
    frames = np.abs(samples[: len(samples) // frame * frame]).reshape(-1, frame)
    return np.flatnonzero(frames.max(axis=1, initial=0.0) > level)


def _level(samples: Floats, rate: int) -> float:
    """The mean level (root mean square) of the voiced parts; of what has none, the highest."""
    frame = rate // 100
    frames = samples[: len(samples) // frame * frame].reshape(-1, frame)
    levels = np.sqrt(np.mean(np.square(frames), axis=1))
    voiced = levels[levels > VOICED]
    return float(np.sqrt(np.mean(np.square(voiced)))) if len(voiced) else float(np.abs(samples).max(initial=LOUDNESS))


def _int16(samples: Floats) -> Pcm:
    return np.asarray(np.rint(np.clip(samples, -1.0, 1.0) * 32767.0), dtype=np.int16)


def _some(pcm: Pcm) -> tuple[Pcm, ...]:
    return (pcm,) if len(pcm) else ()
