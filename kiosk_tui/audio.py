"""Microphone and loudspeaker of this machine, by PortAudio (sounddevice). What is missing is told, never raised.

Outside of this module audio is PCM16 mono at 24 000 Hz, as on the wire. A device that does not do that rate runs at
its own, resampled here. Blocks last 20 ms. PortAudio calls from its own threads; what is said here about the loop is
done on the loop.

The microphone hears the loudspeaker, so the loudspeaker's echo is taken out of what it hears (`audio_near_end.py`).
As soon as that has been seen to work (`audio_hands_free.py`), who speaks over a reply interrupts it. Until then, and
where it does not work, the microphone gives silence while a reply plays and a moment after: Esc stops the reply, then
the customer speaks. With a headset (`LOBBY_KIOSK_HEADSET=1`) the microphone is always open, and nothing is taken out.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from kiosk_tui.audio_blocks import BLOCK_MS, QUIETEST_DB, RATE, Resampler, level_db
from kiosk_tui.audio_devices import Chosen, Side, candidates
from kiosk_tui.audio_hands_free import HandsFree
from kiosk_tui.audio_near_end import FarEnd, Frame, NearEnd
from kiosk_tui.audio_playback import Playback

HEADSET_VARIABLE = "LOBBY_KIOSK_HEADSET"
NO_CANCELLER = (
    "The microphone is off while the desk speaks (the package pywebrtc-audio is not installed): "
    "press Esc to stop the desk, then speak."
)


class _Stream(Protocol):
    """What is used of a PortAudio stream."""

    latency: float
    active: bool

    def start(self) -> None: ...

    def abort(self) -> None: ...

    def close(self) -> None: ...


@dataclass(slots=True)
class Sound:
    """The devices that were found. `notices`: one line for each that was not, saying what happens instead."""

    microphone: _Stream | None = None
    loudspeaker: _Stream | None = None
    playback: Playback | None = None
    notices: tuple[str, ...] = ()
    level: float = QUIETEST_DB
    headset: bool = False
    hands_free: HandsFree | None = None
    """None: nothing cancels the echo here."""

    @property
    def hears(self) -> bool:
        """Whether there is a microphone."""
        return self.microphone is not None

    @property
    def speaks(self) -> bool:
        """Whether there is a loudspeaker."""
        return self.playback is not None

    @property
    def hears_over_replies(self) -> bool:
        """Whether the microphone is open while a reply sounds."""
        return self.hears and (self.headset or (self.hands_free is not None and self.hands_free.open))

    def sounding(self) -> bool:
        """Whether a reply is to be heard now."""
        return self.playback is not None and self.playback.sounding()

    def unplugged(self) -> bool:
        """Whether a device that was found has stopped since. After an underrun one may stop without saying so."""
        if self.playback is not None and self.playback.stalled():
            return True
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


def find_sound(
    loop: asyncio.AbstractEventLoop,
    on_audio: Callable[[bytes], None],
    on_frames: Callable[[list[Frame]], None] | None = None,
    chosen: Chosen | None = None,
) -> Sound:
    """Open microphone and loudspeaker: the `chosen`, the default ones, else any that open. Takes up to a second: call
    it in a thread.

    `on_audio` gets each block of the microphone (PCM16 mono 24 kHz) on `loop`; `on_frames` what was made of it, on the
    device's thread. Never raises for want of a device.
    """
    sound = Sound(headset=has_headset())
    try:
        import sounddevice
    except (OSError, ImportError):
        sound.notices = ("No sound here (the PortAudio library is not installed): type your question.",)
        return sound
    problems = (sounddevice.PortAudioError, ValueError, OSError)
    missing: list[tuple[str, str]] = []
    far_end: FarEnd | None = None
    wanted = chosen or Chosen()
    troubles: list[Exception] = []
    for device in candidates("output", wanted.loudspeaker):
        try:
            far_end = _open_loudspeaker(sound, device)
            break
        except problems as error:
            troubles.append(error)
    else:
        missing.append(("loudspeaker", _because(troubles[0])))
    troubles.clear()
    for device in candidates("input", wanted.microphone):
        try:
            _open_microphone(sound, _Microphone(sound, far_end, loop, on_audio, on_frames, device), device)
            break
        except problems as error:
            troubles.append(error)
    else:
        missing.append(("microphone", _because(troubles[0])))
    sound.notices = _notices(missing)
    if sound.hears and sound.speaks and sound.hands_free is None and not sound.headset:
        sound.notices = (*sound.notices, NO_CANCELLER)
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


def _open_loudspeaker(sound: Sound, device: int | None) -> FarEnd:
    import sounddevice

    rate = _rate("output", device)
    far_end = FarEnd(rate)
    playback = Playback(rate, far_end.played)

    def fill(out: bytearray, frames: int, when: object, status: object) -> None:
        out[:] = playback.take(frames * 2)
        if status and sound.hands_free is not None:
            sound.hands_free.disturbed()

    stream: _Stream = sounddevice.RawOutputStream(
        samplerate=rate,
        blocksize=rate * BLOCK_MS // 1000,
        channels=1,
        dtype="int16",
        callback=fill,
        **({} if device is None else {"device": device}),
    )
    stream.start()
    playback.latency_s = stream.latency
    sound.loudspeaker, sound.playback = stream, playback
    return far_end


class _Microphone:
    """What becomes of the microphone's blocks. Its methods are called by the device's thread."""

    def __init__(
        self,
        sound: Sound,
        far_end: FarEnd | None,
        loop: asyncio.AbstractEventLoop,
        on_audio: Callable[[bytes], None],
        on_frames: Callable[[list[Frame]], None] | None,
        device: int | None = None,
    ) -> None:
        self.rate = _rate("input", device)
        self._sound = sound
        self._loop = loop
        self._on_audio, self._on_frames = on_audio, on_frames
        self._near_end: NearEnd | None = None
        self._to_wire = Resampler(self.rate, RATE)
        delay_s = sound.playback.latency_s if sound.playback is not None else 0.0
        with suppress(ImportError):
            self._near_end = NearEnd(far_end, delay_ms=round(delay_s * 1000))
            sound.hands_free = HandsFree()

    def take(self, block: bytes, frames: int, when: object, status: object) -> None:
        """One call of the device's thread."""
        if status and self._sound.hands_free is not None:
            self._sound.hands_free.disturbed()
        heard = self._cleaned(self._to_wire.feed(bytes(block)))
        if self._sound.sounding() and not self._sound.hears_over_replies:
            heard = bytes(len(heard))
        if heard:
            self._sound.level = level_db(heard)
            with suppress(RuntimeError):  # the loop may have closed while PortAudio was calling
                self._loop.call_soon_threadsafe(self._on_audio, heard)

    def _cleaned(self, block: bytes) -> bytes:
        """`block` (24 kHz) without echo; as it is where nothing cancels."""
        if self._near_end is None:
            return block
        hands_free = self._sound.hands_free
        echo = not self._sound.headset and (hands_free is None or hands_free.echo)
        frames = self._near_end.feed(block, cancel=echo)
        if hands_free is not None:
            for frame in frames:
                hands_free.hear(frame)
        if self._on_frames is not None:
            self._on_frames(frames)
        return b"".join(frame.clean.tobytes() for frame in frames)


def _open_microphone(sound: Sound, microphone: _Microphone, device: int | None) -> None:
    import sounddevice

    stream: _Stream = sounddevice.RawInputStream(
        samplerate=microphone.rate,
        blocksize=microphone.rate * BLOCK_MS // 1000,
        channels=1,
        dtype="int16",
        callback=microphone.take,
        **({} if device is None else {"device": device}),
    )
    stream.start()
    sound.microphone = stream


def _rate(side: Side, device: int | None) -> int:
    """24 kHz where the device (None: the default of this side) does it, else its own rate."""
    import sounddevice

    check = sounddevice.check_input_settings if side == "input" else sounddevice.check_output_settings
    named = {} if device is None else {"device": device}
    known = sounddevice.query_devices(kind=side, **named)
    try:
        check(channels=1, dtype="int16", samplerate=RATE, **named)
    except sounddevice.PortAudioError:
        return int(known["default_samplerate"])
    return RATE


def _because(error: Exception) -> str:
    """A device that is there and does not open is busy or broken; that it is not there needs no reason."""
    text = str(error)
    if "querying device" in text or "No Default" in text:
        return ""
    return " (it is in use by another program)" if "unavailable" in text.lower() else " (it does not open)"
