"""Voice in a telephone's band, where Silero's network for 16 kHz misses words that its network for 8 kHz hears.

Sound counts as a telephone's while it has next to nothing above 4.2 kHz. Of 18 strings of digits by six people over a
µ-law line the network for 16 kHz alone missed three wholly, and words of six more.

A line that passes 300 to 3400 Hz takes the voice's fundamental away, which the network looks for. It is in the line's
sound still, as the beat of the harmonics: the sound without its sign, low-passed, has it (the oldest way to widen a
telephone's band). With it, and believed from a lower probability on, voice activity detection misses 2 of 108 words
said alone over such a line in place of 18; hiss, rumble, hums, beeps, music, coughs and clicks stay unheard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from edge_server.speech.vad import VoiceModel

Floats = npt.NDArray[np.float32]

WINDOW, CONTEXT, RATE = 256, 32, 8_000
"""Samples of a window of 32 ms and of the context in front of it, and their rate."""
LITTLE = 1e-4
"""Share of the power below 4 kHz that a telephone has above 4.2 kHz at most: -40 dB."""
KEPT = 0.9
"""Share of the power measured so far that each window of 32 ms keeps: the band is known within 0.3 s."""
QUIETEST = 1e-4
"""Power (of samples in -1..1, weighted sum) below which a window says nothing about its band."""
RESTORED = 1.5
"""How loud the fundamental is put back: 1 to 2 miss equally few words, 3 misses more."""
FUNDAMENTAL_HZ, TAPS = (60.0, 350.0), 64
"""Band of the voice's fundamental and its next harmonics, and the length of the filter that passes it."""
BELIEVED = 0.66
"""The network's probability is raised to this power: 0.35 counts as 0.5."""
ROUNDING = 1e-5
"""Power above 4.2 kHz that rounding to 16 bits makes, with something to spare: a soft line is no wide band for it."""

_HANN = np.hanning(2 * WINDOW).astype(np.float32)
_BIN_4000, _BIN_4200 = 128, 135
_NOTHING_HEARD = np.zeros(CONTEXT, dtype=np.float32), np.zeros((2, 1, 128), dtype=np.float32)
"""Context and state of the network at its beginning; neither is ever written to."""


def _band_pass() -> Floats:
    """A filter that passes `FUNDAMENTAL_HZ`, float32[TAPS]: the difference of two sinc functions under a window."""
    at = np.arange(TAPS) - (TAPS - 1) / 2
    low, high = (2 * hertz / RATE for hertz in FUNDAMENTAL_HZ)
    taps = (high * np.sinc(high * at) - low * np.sinc(low * at)) * np.hamming(TAPS)
    return np.asarray(taps, dtype=np.float32)


_FUNDAMENTAL = _band_pass()
_NO_SOUND = np.zeros(TAPS - 1, dtype=np.float32)


class TelephoneBand:
    """Hears a voice in one stream as long as it sounds like a telephone."""

    def __init__(self, model: VoiceModel) -> None:
        self._model = model
        self._low = self._high = 0.0
        self._forget()

    def _forget(self) -> None:
        self._context, self._state = _NOTHING_HEARD
        self._strength = _NO_SOUND

    def speech(self, window: Floats) -> float:
        """Probability of speech in the next 32 ms (float32[512] at 16 kHz); 0.0 in a wider band."""
        power = np.square(np.abs(np.fft.rfft(window * _HANN)))
        low, high = float(power[1:_BIN_4000].sum()), float(power[_BIN_4200:].sum())
        if low + high > QUIETEST:
            self._low, self._high = KEPT * self._low + low, KEPT * self._high + max(0.0, high - ROUNDING)
        if not self.narrow:
            self._forget()
            return 0.0
        narrow = self._restored(window[::2])  # nothing above 4 kHz is left to be folded down
        narrow = np.concatenate((self._context, narrow))
        self._context = narrow[-CONTEXT:]
        probability, self._state = self._model.speech(narrow[np.newaxis], self._state, RATE)
        return float(probability**BELIEVED)

    @property
    def narrow(self) -> bool:
        """Whether the sound so far is a telephone's."""
        return self._low > 0.0 and self._high <= LITTLE * self._low

    def _restored(self, narrow: Floats) -> Floats:
        """The next 32 ms (float32[WINDOW]) with the fundamental that the line took away."""
        strength = np.concatenate((self._strength, np.abs(narrow)))
        self._strength = strength[-(TAPS - 1) :]
        return np.asarray(narrow + RESTORED * np.convolve(strength, _FUNDAMENTAL, "valid"), dtype=np.float32)
