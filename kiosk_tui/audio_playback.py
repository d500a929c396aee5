"""What the loudspeaker plays, and how much of it was heard."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from kiosk_tui.audio_blocks import RATE, Resampler

JITTER_S = 0.06
"""So much of a reply is gathered before it sounds, and again after it ran dry: what comes late does not stutter."""
ECHO_TAIL_S = 0.25
"""How long a room and a device's buffers go on sounding after the last sample was handed over."""

STALLED_S = 5.0
"""A device that has not asked for what waits for so long has stopped, whatever it says of itself."""


class Playback:
    """What is still to be played of a reply, and how much of it was. Safe between threads.

    `rate`: the device's samples a second. `latency_s`: from handing audio to the device until it sounds.
    `on_played` gets each block as it is handed to the device (PCM16 mono at `rate`), silence included.
    """

    def __init__(self, rate: int = RATE, on_played: Callable[[bytes], None] | None = None) -> None:
        self.latency_s = 0.0
        self.volume = 1.0
        """How loud it is played, 0 to 1."""
        self._gathering_until: float | None = None
        self._dry = True
        self._rate = rate
        self._on_played = on_played
        self._lock = threading.Lock()
        self._waiting = bytearray()
        self._item: str | None = None
        self._played = 0
        self._sounded_at = float("-inf")
        self._asked_at = float("-inf")
        self._resampler = Resampler(RATE, rate, quality="HQ")

    def add(self, item_id: str, pcm: bytes) -> None:
        """More audio (PCM16 mono 24 kHz) of an item. The first of another item starts a new count of what was heard."""
        with self._lock:
            if not self._waiting:
                self._asked_at = time.monotonic()
            if item_id != self._item:
                self._item, self._played = item_id, 0
                self._resampler = Resampler(RATE, self._rate, quality="HQ")
            if self._dry:
                self._dry = False
                self._gathering_until = time.monotonic() + JITTER_S
            self._waiting += self._resampler.feed(pcm)

    def take(self, size: int) -> bytes:
        """The next `size` bytes for the device, filled up with silence."""
        with self._lock:
            self._asked_at = time.monotonic()
            block = b"" if self._gathers() else bytes(self._waiting[:size])
            del self._waiting[: len(block)]
            self._played += len(block)
            if block:
                self._sounded_at = time.monotonic()
                self._dry = not self._waiting
        block = self._at_volume(block).ljust(size, b"\0")
        if self._on_played is not None:
            self._on_played(block)
        return block

    def _gathers(self) -> bool:
        """Whether it is too early to play what waits: a jitter buffer of JITTER_S, in audio or in time."""
        if self._gathering_until is None:
            return False
        enough = len(self._waiting) >= int(JITTER_S * self._rate) * 2
        if not enough and time.monotonic() < self._gathering_until:
            return True
        self._gathering_until = None
        return False

    def _at_volume(self, block: bytes) -> bytes:
        if self.volume >= 1.0 or not block:
            return block
        import numpy as np

        return (np.frombuffer(block, dtype=np.int16) * self.volume).astype(np.int16).tobytes()

    def flush(self) -> tuple[str, int] | None:
        """Drop what was not played yet: the item that was cut and the ms of it that were heard; None if nothing was."""
        with self._lock:
            cut = bool(self._waiting) and self._item is not None
            heard_ms = max(0, self._played // 2 * 1000 // self._rate - round(self.latency_s * 1000))
            self._waiting.clear()
            self._dry, self._gathering_until = True, None
            return (self._item or "", heard_ms) if cut else None

    def sounding(self, now: float | None = None) -> bool:
        """Whether a reply can be heard now (seconds on the monotonic clock), its echo included."""
        at = time.monotonic() if now is None else now
        with self._lock:
            return bool(self._waiting) or at - self._sounded_at < ECHO_TAIL_S

    def stalled(self, now: float | None = None) -> bool:
        """Whether audio waits that the device no longer asks for (seconds on the monotonic clock)."""
        at = time.monotonic() if now is None else now
        with self._lock:
            return bool(self._waiting) and at - self._asked_at > STALLED_S
