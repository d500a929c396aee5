"""The sound picture that Whisper reads: log-mel spectrograms, in numpy.

Constants are those of Whisper's own front end: 16 kHz, frames of 400 samples every 160 (25 ms every 10 ms),
Hann window, 80 mel bands on Slaney's scale, log10 limited to 8 below the loudest, scaled to about -1..1.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

MODEL_RATE = 16_000
FRAME = 400
HOP = 160

Floats = npt.NDArray[np.float32]


def log_mel(samples: Floats, bands: int = 80) -> Floats:
    """The picture float32[bands, frames] of `samples` (float32 in -1..1 at 16 kHz), one frame each 10 ms.

    `samples` must be longer than half a frame (200 samples).
    """
    padded = np.pad(samples, FRAME // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::HOP][: len(samples) // HOP]
    spectrum = np.fft.rfft(frames * _window(), axis=1)
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
    picture = np.log10(np.maximum(mel_bands(bands) @ power.T, 1e-10))
    picture = np.maximum(picture, picture.max() - 8.0)
    return np.ascontiguousarray((picture + 4.0) / 4.0, dtype=np.float32)


@cache
def _window() -> Floats:
    return np.hanning(FRAME + 1)[:-1].astype(np.float32)


@cache
def mel_bands(bands: int) -> Floats:
    """Triangular filters float32[bands, FRAME // 2 + 1] of equal area, 0 to 8000 Hz (Slaney's auditory toolbox)."""
    bins = np.fft.rfftfreq(FRAME, 1.0 / MODEL_RATE)
    edges = _hertz(np.linspace(_mel(0.0), _mel(MODEL_RATE / 2), bands + 2))
    rising = (bins[np.newaxis] - edges[:-2, np.newaxis]) / np.diff(edges)[:-1, np.newaxis]
    falling = (edges[2:, np.newaxis] - bins[np.newaxis]) / np.diff(edges)[1:, np.newaxis]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    return np.asarray(triangles * (2.0 / (edges[2:] - edges[:-2]))[:, np.newaxis], dtype=np.float32)


_LINEAR = 200.0 / 3
"""Slaney's scale: 66.7 Hz a mel up to 1000 Hz, then 27 mels to each factor of 6.4."""
_BREAK = 1000.0
_LOG_STEP = float(np.log(6.4) / 27.0)


def _mel(hertz: float) -> float:
    return hertz / _LINEAR if hertz < _BREAK else _BREAK / _LINEAR + float(np.log(hertz / _BREAK)) / _LOG_STEP


def _hertz(mels: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    corner = _BREAK / _LINEAR
    return np.where(mels < corner, mels * _LINEAR, _BREAK * np.exp(_LOG_STEP * (mels - corner)))
