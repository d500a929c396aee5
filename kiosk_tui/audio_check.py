"""A check that hears itself: plays a sound, and measures how much of it comes back before and after cancelling.

The sound is a buzz with the pitch, vowels and rhythm of speech: what has no voice in it is lowered as noise. What is
measured, over the last two seconds of it: how loud it comes back, how loud what is left of it is, how long its way
takes, and before it how loud the room is. Levels are in dB below full scale, root mean square.
"""

from __future__ import annotations

import asyncio
import threading
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from kiosk_tui.audio import HEADSET_VARIABLE, NO_CANCELLER, Sound, find_sound
from kiosk_tui.audio_blocks import RATE, decibels, power
from kiosk_tui.audio_hands_free import ABOVE_ROOM_DB, INAUDIBLE_DB
from kiosk_tui.audio_near_end import FRAME, Frame

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Pcm = npt.NDArray[np.int16]

ROOM_S, SOUND_S, MEASURED_S = 1.0, 4.0, 2.0
"""Silence before the sound, the sound, and how much of its end is measured: what goes before is for learning."""
TAIL_S = 0.5
SOUND_DB = -20.0
ABOVE_NOTHING_DB = 3.0
"""What comes back less than this above the room was not heard."""
LONGEST_WAY_S = 0.5
PATIENCE_S = 5.0
"""How much longer than it lasts the check may take before the device is said to stand still."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the check found. Levels in dB of full scale, `delay_ms` from the loudspeaker's queue to the microphone's.

    The figures are None where there was nothing to measure.
    """

    hands_free: bool
    line: str
    room_db: float | None = None
    returned_db: float | None = None
    left_db: float | None = None
    delay_ms: int | None = None

    def as_dict(self) -> dict[str, bool | str | float | int | None]:
        """All of it, for JSON."""
        return asdict(self)


def speech_like_sound() -> Pcm:
    """SOUND_S of a buzz like a voice (int16 mono at 24 kHz): harmonics of a moving pitch, four syllables a second."""
    import numpy as np

    seconds = np.arange(int(RATE * SOUND_S)) / RATE
    pitch = 130 + 25 * np.sin(2 * np.pi * 0.7 * seconds) + 12 * np.sin(2 * np.pi * 2.3 * seconds)
    turned = 2 * np.pi * np.cumsum(pitch) / RATE
    voices = np.zeros(len(seconds))
    vowel = 700 + 300 * np.sin(2 * np.pi * 1.7 * seconds)
    for harmonic in range(1, 45):
        hertz = harmonic * pitch
        loud = 1 / (1 + ((hertz - vowel) / 400) ** 2) + 0.3 / (1 + ((hertz - 2.2 * vowel) / 500) ** 2)
        voices += loud * np.sin(harmonic * turned + harmonic**2)
    sound = voices * np.sin(np.pi * 4 * seconds) ** 2
    scale = 32768 * 10 ** (SOUND_DB / 20) / np.sqrt(np.mean(sound**2))
    samples: Pcm = np.clip(sound * scale, -32768, 32767).astype(np.int16)
    return samples


def measure(frames: list[Frame]) -> Verdict:
    """What the frames of a whole check say: ROOM_S of silence first, then the sound."""
    import numpy as np

    far = np.concatenate([frame.far for frame in frames])
    near = np.concatenate([frame.near for frame in frames])
    left = np.concatenate([frame.clean / 10 ** (frame.gain_db / 20) for frame in frames]).astype(np.int16)
    begin = int(np.argmax(np.abs(far) > 0))
    end = begin + int(SOUND_S * RATE)
    part = slice(end - int(MEASURED_S * RATE), end)
    room_db = decibels(power(near[int(0.2 * RATE) : begin]))
    returned_db, left_db = decibels(power(near[part])), decibels(power(left[part]))
    return _verdict(room_db, returned_db, left_db, _delay_ms(far[part], near[part]))


def _verdict(room_db: float, returned_db: float, left_db: float, delay_ms: int) -> Verdict:
    figures = (round(room_db, 1), round(returned_db, 1), round(left_db, 1))
    if returned_db < room_db + ABOVE_NOTHING_DB:
        line = (
            f"the microphone does not hear the loudspeaker (room {room_db:.0f} dB): fine with a headset; "
            "otherwise turn the volume up, or unmute it, and check again"
        )
        return Verdict(True, line, *figures)
    heard = (
        f"its own voice comes back at {returned_db:.0f} dB after {delay_ms} ms, at {left_db:.0f} dB after cancelling; "
        f"room {room_db:.0f} dB"
    )
    if left_db <= max(INAUDIBLE_DB, room_db + ABOVE_ROOM_DB):
        return Verdict(True, f"hands-free will work: {heard}", *figures, delay_ms)
    line = (
        f"hands-free will not work, the microphone will be off while the desk speaks: {heard}. Turn the volume down, "
        f"move the microphone away from the loudspeaker, or use a headset ({HEADSET_VARIABLE}=1)"
    )
    return Verdict(False, line, *figures, delay_ms)


def _delay_ms(far: Pcm, near: Pcm) -> int:
    """By how much `near` lags `far`, by cross-correlation with whitened spectra (GCC-PHAT)."""
    import numpy as np

    size = 2 * len(far)
    cross = np.fft.rfft(near, size) * np.conj(np.fft.rfft(far, size))
    correlation = np.fft.irfft(cross / (np.abs(cross) + 1e-9), size)[: int(LONGEST_WAY_S * RATE)]
    return int(np.argmax(np.abs(correlation))) * 1000 // RATE


class _Tape:
    """Keeps the frames of the near end until there are enough. `feed` is called by the device's thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.frames: list[Frame] = []
        self._loop = loop
        self._lock = threading.Lock()
        self._awaited: tuple[int, asyncio.Event] | None = None

    def feed(self, frames: list[Frame]) -> None:
        with self._lock:
            self.frames += frames
            awaited = self._awaited
        if awaited is not None and len(self.frames) >= awaited[0]:
            self._loop.call_soon_threadsafe(awaited[1].set)

    async def wait_for(self, more_s: float) -> None:
        """Wait until `more_s` more were heard. Raises TimeoutError when the microphone stands still."""
        reached = asyncio.Event()
        with self._lock:
            self._awaited = (len(self.frames) + int(more_s * RATE) // FRAME, reached)
        async with asyncio.timeout(more_s + PATIENCE_S):
            await reached.wait()


async def check_sound() -> Verdict:
    """Play the sound and measure what comes back; about 6 s. Never raises for want of a device."""
    loop = asyncio.get_running_loop()
    tape = _Tape(loop)
    sound = await asyncio.to_thread(find_sound, loop, lambda _: None, tape.feed)
    try:
        if not sound.hears or not sound.speaks:
            return Verdict(False, "no hands-free: " + " ".join(sound.notices))
        if sound.hands_free is None:
            return Verdict(False, "no hands-free: " + NO_CANCELLER)
        return await _played(sound, tape)
    finally:
        sound.close()


async def _played(sound: Sound, tape: _Tape) -> Verdict:
    assert sound.playback is not None
    try:
        await tape.wait_for(ROOM_S)
        sound.playback.add("check", speech_like_sound().tobytes())
        await tape.wait_for(SOUND_S + TAIL_S)
    except TimeoutError:
        return Verdict(False, "no hands-free: the sound device stands still; unplug it and plug it in again")
    frames = list(tape.frames)
    if not any(frame.far.any() for frame in frames):
        return Verdict(False, "no hands-free: the loudspeaker takes no sound; unplug it and plug it in again")
    return measure(frames)
