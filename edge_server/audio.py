"""PCM16 mono audio: resampling, and WAV files in and out.

Inside Lobby audio is int16 mono at `RATE` (24 000 Hz, the rate of the OpenAI Realtime protocol's `audio/pcm`).
Channels with another rate resample at their own edge.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

Pcm = npt.NDArray[np.int16]
"""int16 mono samples."""

RATE = 24_000
"""Samples a second of all audio inside Lobby."""

BYTES_PER_MS = RATE * 2 // 1000
"""PCM16 mono at `RATE`: two bytes a sample."""

CHUNK_BYTES = 200 * BYTES_PER_MS
"""Audio goes over the wire in pieces of 200 ms, small enough to stop between two."""

KNEE = 0.7
"""Share of full scale above which amplified peaks are rounded off."""

LOWEST_RATE, HIGHEST_RATE = 4_000, 192_000
"""Rates that a WAV file may have, in Hz."""


class AudioError(ValueError):
    """Audio that Lobby cannot use. The message says what to do."""


def from_bytes(data: bytes | bytearray | memoryview) -> Pcm:
    """The samples of little-endian PCM16 bytes. Raises AudioError when half a sample is left over."""
    if len(data) % 2:
        raise AudioError(f"PCM16 audio has two bytes a sample, but {len(data)} bytes came: send whole samples")
    return np.frombuffer(data, dtype="<i2")


def duration_ms(pcm: Pcm, rate: int = RATE) -> float:
    """How long `pcm` lasts, in milliseconds."""
    return len(pcm) * 1000 / rate


def resample(pcm: Pcm, from_rate: int, to_rate: int) -> Pcm:
    """`pcm` (int16 mono at `from_rate` Hz) at `to_rate` Hz. For a whole recording; see `Resampler` for a stream."""
    if from_rate == to_rate or not len(pcm):
        return pcm
    import soxr

    return np.asarray(soxr.resample(pcm, from_rate, to_rate, quality="HQ"), dtype=np.int16)


def amplified(pcm: Pcm, factor: float) -> Pcm:
    """`pcm` (int16) `factor` times as loud; peaks that would not fit are rounded off rather than cut."""
    scaled = pcm.astype(np.float32) * (factor / 32768.0)
    above = np.abs(scaled) > KNEE
    scaled[above] = np.sign(scaled[above]) * (KNEE + (1 - KNEE) * np.tanh((np.abs(scaled[above]) - KNEE) / (1 - KNEE)))
    return np.asarray(np.rint(scaled * 32767.0), dtype=np.int16)


class Resampler:
    """Resamples a stream, chunk by chunk, without clicks at the borders.

    What comes out lags behind what went in by the filter's length (a few milliseconds); output sample n still
    belongs to the time n / to_rate.
    """

    def __init__(self, from_rate: int, to_rate: int, *, quality: str = "HQ") -> None:
        self._from, self._to, self._quality = from_rate, to_rate, quality
        self.reset()

    def reset(self) -> None:
        """Forget the stream so far; the next chunk starts a new one."""
        import soxr

        self._stream = soxr.ResampleStream(self._from, self._to, 1, dtype="int16", quality=self._quality)

    def feed(self, pcm: Pcm, *, last: bool = False) -> Pcm:
        """The next chunk: int16 at `from_rate` in, what is ready at `to_rate` out; `last` flushes the rest."""
        if self._from == self._to:
            return pcm
        return np.asarray(self._stream.resample_chunk(pcm, last=last), dtype=np.int16)


def read_wav(path: Path | str) -> Pcm:
    """A sound file as int16 mono at 24 000 Hz.

    Takes WAV with 8, 16, 24 or 32-bit PCM, float, µ-law or A-law samples, any usual rate, and also FLAC and Ogg;
    channels are averaged. Raises AudioError, saying what to do, when the file is missing, damaged, empty or of
    another kind.
    """
    import soundfile

    path = Path(path)
    if not path.is_file():
        raise AudioError(f"{path}: no such file; give the path of a WAV file")
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError) as error:
        reason = str(error).rsplit(": ", 1)[-1].strip()
        raise AudioError(f"{path}: not a sound file that Lobby reads ({reason}); save it as WAV, 16-bit PCM") from None
    if not len(samples):
        raise AudioError(f"{path}: the file holds no sound; record it again")
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise AudioError(f"{path}: {rate} Hz is not a rate for speech; save it at 8000 to 48000 Hz")
    mono = np.nan_to_num(samples.mean(axis=1), posinf=1.0, neginf=-1.0)
    pcm = np.clip(np.rint(mono * 32768.0), -32768, 32767).astype(np.int16)
    return resample(pcm, rate, RATE)


def write_wav(path: Path | str, pcm: Pcm, rate: int = RATE) -> None:
    """Write int16 mono samples at `rate` Hz as a 16-bit PCM WAV file. Raises AudioError when it cannot."""
    import soundfile

    try:
        soundfile.write(path, pcm, rate, subtype="PCM_16", format="WAV")
    except (soundfile.LibsndfileError, OSError, RuntimeError) as error:
        raise AudioError(f"{path}: cannot write the sound file ({error}); choose a folder that you may write") from None
