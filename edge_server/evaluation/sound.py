"""Sounds for measuring: where speech begins and ends, rooms and lines that it goes through, and noises that are none.

All audio is int16 mono at 24 000 Hz; levels are in dB of full scale. What is random comes from the generator given, so
that the same seed makes the same sound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from edge_server.audio import RATE, Pcm, resample

Floats = npt.NDArray[np.float64]
Random = np.random.Generator

FRAME = RATE // 100
"""Speech is found in frames of 10 ms."""
LOUD_SHARE = 0.02
"""A frame is speech when its level (root mean square) is above this share of the loudest frame's."""
TELEPHONE_RATE, TELEPHONE_BAND_HZ = 8_000, (300.0, 3_400.0)
MU = 255.0
"""The constant of G.711's µ-law."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """Audio, and the samples between which its speech lies: the first one, and the one after the last."""

    pcm: Pcm
    begins: int
    ends: int

    @classmethod
    def found_in(cls, pcm: Pcm) -> Spoken:
        """`pcm` with its speech found by level. Of a quiet recording only: noise passes for speech here."""
        levels = _levels(pcm)
        loud = np.flatnonzero(levels > LOUD_SHARE * levels.max(initial=0.0))
        if not len(loud):
            return cls(pcm, 0, len(pcm))
        return cls(pcm, int(loud[0]) * FRAME, min(len(pcm), (int(loud[-1]) + 1) * FRAME))

    def heard_as(self, pcm: Pcm) -> Spoken:
        """The same speech in other audio of the same length: through a line, or in noise."""
        return Spoken(pcm, self.begins, self.ends)


def silence(length_ms: float) -> Pcm:
    """No sound at all."""
    return np.zeros(int(length_ms * RATE / 1000), dtype=np.int16)


def joined(parts: Sequence[Pcm], pauses_ms: Sequence[float]) -> Spoken:
    """Pieces of speech with pauses of exactly that length (ms) between them; one pause less than pieces."""
    spoken = [Spoken.found_in(part) for part in parts]
    pieces: list[Pcm] = []
    for one, pause in zip(spoken, (*pauses_ms, 0.0), strict=True):
        pieces += [one.pcm[one.begins : one.ends], silence(pause)]
    whole = np.concatenate(pieces)
    return Spoken(whole, 0, len(whole))


def padded(spoken: Spoken, before_ms: float, after_ms: float) -> Spoken:
    """The speech alone, with that much silence around it."""
    lead = silence(before_ms)
    speech = spoken.pcm[spoken.begins : spoken.ends]
    whole = np.concatenate((lead, speech, silence(after_ms)))
    return Spoken(whole, len(lead), len(lead) + len(speech))


def telephone(pcm: Pcm) -> Pcm:
    """`pcm` as a telephone line passes it on: 8 kHz, 300 to 3400 Hz, µ-law in 8 bits (ITU-T G.711)."""
    narrow = resample(pcm, RATE, TELEPHONE_RATE).astype(np.float64) / 32768.0
    spectrum = np.fft.rfft(narrow)
    hertz = np.fft.rfftfreq(len(narrow), 1 / TELEPHONE_RATE)
    spectrum[(hertz < TELEPHONE_BAND_HZ[0]) | (hertz > TELEPHONE_BAND_HZ[1])] = 0.0
    banded = np.clip(np.fft.irfft(spectrum, len(narrow)), -1.0, 1.0)
    code = np.rint(np.sign(banded) * np.log1p(MU * np.abs(banded)) / np.log1p(MU) * 127.0) / 127.0
    line = np.sign(code) * np.expm1(np.abs(code) * np.log1p(MU)) / MU
    wide = resample(_pcm(line), TELEPHONE_RATE, RATE)
    return np.pad(wide, (0, max(0, len(pcm) - len(wide))))[: len(pcm)]


def in_noise(spoken: Spoken, noise: Pcm, ratio_db: float) -> Pcm:
    """The speech in `noise` (repeated as needed), which is `ratio_db` quieter than the speech itself."""
    speech = spoken.pcm[spoken.begins : spoken.ends].astype(np.float64)
    bed = np.resize(noise, len(spoken.pcm)).astype(np.float64)
    gain = _power(speech) / max(_power(bed), 1e-9) / 10 ** (ratio_db / 20)
    return _pcm((spoken.pcm + bed * gain) / 32768.0)


def babble(voices: Sequence[Pcm], length: int, random: Random) -> Pcm:
    """People talking all at once, `length` samples: each voice from a place of its own on, over and over."""
    bed = np.zeros(length)
    for voice in voices:
        speech = voice.astype(np.float64)
        bed += np.resize(np.roll(speech, int(random.integers(len(speech)))), length)
    return at_level(bed, -30.0)


def hiss(length_ms: float, random: Random, level_db: float = -35.0) -> Pcm:
    """White noise."""
    return at_level(random.normal(size=len(silence(length_ms))), level_db)


def rumble(length_ms: float, random: Random, level_db: float = -30.0) -> Pcm:
    """Noise whose power falls with frequency, as of ventilation and traffic."""
    count = len(silence(length_ms))
    spectrum = np.fft.rfft(random.normal(size=count))
    spectrum[1:] /= np.arange(1, len(spectrum))
    return at_level(np.fft.irfft(spectrum, count), level_db)


def tones(length_ms: float, hertz: Sequence[float], level_db: float = -25.0) -> Pcm:
    """Tones sounding together: a beep, a hum, a chord."""
    at = np.arange(len(silence(length_ms))) / RATE
    sounding: Floats = np.sum([np.sin(2 * np.pi * one * at) for one in hertz], axis=0)
    return at_level(sounding, level_db)


def melody(length_ms: float, random: Random, level_db: float = -28.0) -> Pcm:
    """Chords of three harmonics that change twice a second, as of music in a lobby."""
    notes = 220.0 * 2 ** (np.array([0, 2, 4, 5, 7, 9, 11, 12]) / 12)
    beats = int(np.ceil(length_ms / 500))
    chords = [random.choice(notes, 3, replace=False) for _ in range(beats)]
    parts = [tones(500, [float(note * part) for note in chord for part in (1, 2, 3)], level_db) for chord in chords]
    return np.concatenate(parts)[: len(silence(length_ms))]


def bursts(count: int, random: Random, level_db: float = -20.0) -> Pcm:
    """Short bursts of noise that die away, as of a cough or a cup put down: `count` of them, 180 ms each."""
    at = np.arange(RATE * 18 // 100) / RATE
    shape = np.minimum(at / 0.01, 1.0) * np.exp(-at / 0.05)
    pieces = [np.concatenate((random.normal(size=len(at)) * shape, np.zeros(RATE // 8))) for _ in range(count)]
    return at_level(np.concatenate(pieces), level_db)


def murmur(random: Random, level_db: float = -22.0) -> Pcm:
    """A hummed "mm-hm": two short hums with closed lips, the second one higher."""
    hums = []
    for hertz, length_ms in ((110.0 + 20.0 * random.random(), 170), (135.0 + 25.0 * random.random(), 230)):
        at = np.arange(RATE * length_ms // 1000) / RATE
        hum: Floats = np.sum([np.sin(2 * np.pi * hertz * part * at) / part**2 for part in range(1, 9)], axis=0)
        hums += [hum * np.sin(np.pi * at / at[-1]) ** 0.5, np.zeros(RATE * 40 // 1000)]
    return at_level(np.concatenate(hums[:-1]), level_db)


def at_level(samples: Floats, level_db: float) -> Pcm:
    """`samples` (any scale) with this level (root mean square), peaks clipped."""
    return _pcm(samples / max(_power(samples), 1e-12) * 10 ** (level_db / 20))


def _levels(pcm: Pcm) -> Floats:
    frames = pcm[: len(pcm) // FRAME * FRAME].reshape(-1, FRAME).astype(np.float64)
    levels: Floats = np.sqrt(np.mean(frames**2, axis=1))
    return levels


def _power(samples: Floats) -> float:
    return float(np.sqrt(np.mean(samples**2))) if len(samples) else 0.0


def _pcm(samples: Floats) -> Pcm:
    """Samples in -1..1 as int16."""
    return np.clip(np.rint(samples * 32767.0), -32768, 32767).astype(np.int16)
