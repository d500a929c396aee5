"""Microphone and loudspeaker of this machine, by PortAudio (sounddevice). What is missing is told, never raised.

Outside of this module audio is PCM16 mono at 24 000 Hz, as on the wire. A device that does not do that rate runs at
its own, resampled here. Blocks last 20 ms. PortAudio calls from its own threads; what is said here about the loop is
done on the loop.

The microphone hears the loudspeaker, so it gives silence while a reply plays, and a moment after: the customer speaks
when the desk has finished. With a headset (`LOBBY_KIOSK_HEADSET=1`) nothing is muted, and who speaks over a reply
interrupts it.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

RATE = 24_000
"""Samples a second on the wire (`audio/pcm` of the OpenAI Realtime protocol)."""
BLOCK_MS = 20
ECHO_TAIL_S = 0.25
"""How long a room and a device's buffers go on sounding after the last sample was handed over."""
HEADSET_VARIABLE = "LOBBY_KIOSK_HEADSET"
QUIETEST_DB = -60.0
"""Level at which the meter shows nothing; 0 dB is the loudest that PCM16 can hold."""

Side = Literal["input", "output"]


class _Stream(Protocol):
    """What is used of a PortAudio stream."""

    latency: float
    active: bool

    def start(self) -> None: ...

    def abort(self) -> None: ...

    def close(self) -> None: ...


class Resampler:
    """Resamples a stream of PCM16 mono blocks from one rate to another; passes them on where the rates agree."""

    def __init__(self, from_rate: int, to_rate: int) -> None:
        self._same = from_rate == to_rate
        if not self._same:
            import soxr

            self._stream = soxr.ResampleStream(from_rate, to_rate, 1, dtype="int16")

    def feed(self, pcm: bytes) -> bytes:
        """The next block in, what is ready out: a few milliseconds later than it came."""
        import numpy as np

        if self._same or not pcm:
            return pcm
        out: npt.NDArray[np.int16] = self._stream.resample_chunk(np.frombuffer(pcm, dtype=np.int16))
        return out.tobytes()


class Playback:
    """What is still to be played of a reply, and how much of it was. Safe between threads.

    `rate`: the device's samples a second. `latency_s`: from handing audio to the device until it sounds.
    """

    def __init__(self, rate: int = RATE) -> None:
        self.latency_s = 0.0
        self._rate = rate
        self._lock = threading.Lock()
        self._waiting = bytearray()
        self._item: str | None = None
        self._played = 0
        self._sounded_at = float("-inf")
        self._resampler = Resampler(RATE, rate)

    def add(self, item_id: str, pcm: bytes) -> None:
        """More audio (PCM16 mono 24 kHz) of an item. The first of another item starts a new count of what was heard."""
        with self._lock:
            if item_id != self._item:
                self._item, self._played = item_id, 0
                self._resampler = Resampler(RATE, self._rate)
            self._waiting += self._resampler.feed(pcm)

    def take(self, size: int) -> bytes:
        """The next `size` bytes for the device, filled up with silence."""
        with self._lock:
            block = bytes(self._waiting[:size])
            del self._waiting[:size]
            self._played += len(block)
            if block:
                self._sounded_at = time.monotonic()
        return block.ljust(size, b"\0")

    def flush(self) -> tuple[str, int] | None:
        """Drop what was not played yet: the item that was cut and the ms of it that were heard; None if nothing was."""
        with self._lock:
            cut = bool(self._waiting) and self._item is not None
            heard_ms = max(0, self._played // 2 * 1000 // self._rate - round(self.latency_s * 1000))
            self._waiting.clear()
            return (self._item or "", heard_ms) if cut else None

    def sounding(self, now: float | None = None) -> bool:
        """Whether a reply can be heard now (seconds on the monotonic clock), its echo included."""
        at = time.monotonic() if now is None else now
        with self._lock:
            return bool(self._waiting) or at - self._sounded_at < ECHO_TAIL_S


def level_db(pcm: bytes) -> float:
    """How loud PCM16 audio is: root mean square in dB below full scale, at least QUIETEST_DB."""
    import numpy as np

    samples = np.frombuffer(pcm, dtype=np.int16).astype(np.float32)
    if not len(samples):
        return QUIETEST_DB
    power = float(np.mean(samples * samples)) / 32768.0**2
    return max(QUIETEST_DB, 10.0 * float(np.log10(power + 1e-12)))


@dataclass(slots=True)
class Sound:
    """The devices that were found. `notices`: one line for each that was not, saying what happens instead."""

    microphone: _Stream | None = None
    loudspeaker: _Stream | None = None
    playback: Playback | None = None
    notices: tuple[str, ...] = ()
    level: float = QUIETEST_DB

    @property
    def hears(self) -> bool:
        """Whether there is a microphone."""
        return self.microphone is not None

    @property
    def speaks(self) -> bool:
        """Whether there is a loudspeaker."""
        return self.playback is not None

    def sounding(self) -> bool:
        """Whether a reply is to be heard now."""
        return self.playback is not None and self.playback.sounding()

    def unplugged(self) -> bool:
        """Whether a device that was found has stopped since."""
        return any(stream is not None and not stream.active for stream in (self.microphone, self.loudspeaker))

    def close(self) -> None:
        """Give the devices back."""
        for stream in (self.microphone, self.loudspeaker):
            if stream is not None:
                stream.abort()
                stream.close()
        self.microphone = self.loudspeaker = self.playback = None


def has_headset() -> bool:
    """Whether the operator says that the microphone cannot hear the loudspeaker."""
    return os.environ.get(HEADSET_VARIABLE, "") not in ("", "0")


def find_sound(loop: asyncio.AbstractEventLoop, on_audio: Callable[[bytes], None]) -> Sound:
    """Open the default microphone and loudspeaker. Takes up to a second: call it in a thread.

    `on_audio` gets each block of the microphone (PCM16 mono 24 kHz) on `loop`. Never raises for want of a device.
    """
    sound = Sound()
    try:
        import sounddevice
    except (OSError, ImportError):
        sound.notices = ("No sound here (the PortAudio library is not installed): type your question.",)
        return sound
    problems = (sounddevice.PortAudioError, ValueError, OSError)
    missing: list[tuple[str, str]] = []
    try:
        _open_loudspeaker(sound)
    except problems as error:
        missing.append(("loudspeaker", _because(error)))
    try:
        _open_microphone(sound, loop, on_audio)
    except problems as error:
        missing.append(("microphone", _because(error)))
    sound.notices = _notices(missing)
    return sound


def _notices(missing: list[tuple[str, str]]) -> tuple[str, ...]:
    """What is said about devices that are missing, given with the reason why they do not open."""
    match missing:
        case [("loudspeaker", why)]:
            return (f"No loudspeaker here{why}: read the answers.",)
        case [("microphone", why)]:
            return (f"No microphone here{why}: type your question.",)
        case [(_, no_loudspeaker), (_, no_microphone)]:
            return (f"No microphone and no loudspeaker here{no_microphone or no_loudspeaker}: type your question.",)
    return ()


def _open_loudspeaker(sound: Sound) -> None:
    import sounddevice

    rate = _rate("output")
    playback = Playback(rate)

    def fill(out: bytearray, frames: int, when: object, status: object) -> None:
        out[:] = playback.take(frames * 2)

    stream: _Stream = sounddevice.RawOutputStream(
        samplerate=rate, blocksize=rate * BLOCK_MS // 1000, channels=1, dtype="int16", callback=fill
    )
    stream.start()
    playback.latency_s = stream.latency
    sound.loudspeaker, sound.playback = stream, playback


def _open_microphone(sound: Sound, loop: asyncio.AbstractEventLoop, on_audio: Callable[[bytes], None]) -> None:
    import sounddevice

    rate = _rate("input")
    resampler = Resampler(rate, RATE)
    headset = has_headset()

    def take(block: bytes, frames: int, when: object, status: object) -> None:
        heard = bytes(block) if headset or not sound.sounding() else bytes(len(block))
        sound.level = level_db(heard)
        pcm = resampler.feed(heard)
        if pcm:
            with suppress(RuntimeError):  # the loop may have closed while PortAudio was calling
                loop.call_soon_threadsafe(on_audio, pcm)

    stream: _Stream = sounddevice.RawInputStream(
        samplerate=rate, blocksize=rate * BLOCK_MS // 1000, channels=1, dtype="int16", callback=take
    )
    stream.start()
    sound.microphone = stream


def _rate(side: Side) -> int:
    """24 kHz where the default device of this side does it, else the device's own rate."""
    import sounddevice

    check = sounddevice.check_input_settings if side == "input" else sounddevice.check_output_settings
    device = sounddevice.query_devices(kind=side)
    try:
        check(channels=1, dtype="int16", samplerate=RATE)
    except sounddevice.PortAudioError:
        return int(device["default_samplerate"])
    return RATE


def _because(error: Exception) -> str:
    """A device that is there and does not open is busy or broken; that it is not there needs no reason."""
    text = str(error)
    if "querying device" in text or "No Default" in text:
        return ""
    return " (it is in use by another program)" if "unavailable" in text.lower() else " (it does not open)"
