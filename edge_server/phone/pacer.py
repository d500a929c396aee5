"""What is spoken down the line, 20 ms at a time, in real time; and how much of it was heard. No await, no I/O.

| state | event | next |
|---|---|---|
| silent | audio | playing |
| playing | a frame is due | playing; that frame goes out |
| playing | the last frame has been heard | silent |
| playing | flush | silent; what was not heard is dropped, the line is told to stop |

Frames go out `LEAD_S` before they are to be heard, so that a short delay on the way makes no gap. Each frame is heard
when it is sent, or when the one before it has ended, whichever is later. A reply's last piece that fills no frame is
filled up with silence. Times are seconds on the caller's monotonic clock, lengths ms of audio.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from edge_server.phone.frames import FRAME_MS

LEAD_S = 0.2
_SLACK_S = 1e-6
KEPT_ITEMS = 32
"""Replies of which it is known how much was heard."""


@dataclass(slots=True)
class _Heard:
    """A reply's audio that went out."""

    sent_ms: float = 0.0
    ends_at: float = 0.0
    """When the last of it that was sent will have been heard."""


@dataclass(slots=True)
class Pacer:
    """Audio that waits for its time. `rate`: samples a second of PCM16 mono, in and out."""

    rate: int
    _waiting: deque[tuple[str, bytes]] = field(default_factory=deque)
    """Whole frames, and what they belong to."""
    _rest: bytes = b""
    _rest_of: str = ""
    _ends_at: float = 0.0
    _heard: dict[str, _Heard] = field(default_factory=dict)
    _playing_on: bool = False
    """Whether a frame waited already when the last one went out."""

    @property
    def frame_bytes(self) -> int:
        """Bytes of one frame."""
        return self.rate * 2 * FRAME_MS // 1000

    def feed(self, item: str, pcm: bytes) -> None:
        """More audio of `item`."""
        if self._rest and item != self._rest_of:
            self.end()
        data, size = self._rest + pcm, self.frame_bytes
        whole = len(data) - len(data) % size
        self._waiting.extend((item, data[at : at + size]) for at in range(0, whole, size))
        self._rest, self._rest_of = data[whole:], item

    def end(self) -> None:
        """Nothing follows what was fed: its last piece becomes a frame."""
        if self._rest:
            self._waiting.append((self._rest_of, self._rest.ljust(self.frame_bytes, b"\0")))
            self._rest = b""

    def wakes_at(self) -> float | None:
        """When the next frame is due (maybe in the past); None when none waits."""
        return self._ends_at - LEAD_S if self._waiting else None

    def due(self, now: float) -> list[bytes]:
        """The frames to send at `now`."""
        frames: list[bytes] = []
        while self._waiting and self._ends_at - LEAD_S <= now + _SLACK_S:
            item, frame = self._waiting.popleft()
            self._ends_at = max(now, self._ends_at) + FRAME_MS / 1000
            heard = self._heard.setdefault(item, _Heard())
            heard.sent_ms += FRAME_MS
            heard.ends_at = self._ends_at
            frames.append(frame)
            self._playing_on = bool(self._waiting)
        while len(self._heard) > KEPT_ITEMS:
            del self._heard[next(iter(self._heard))]
        return frames

    def late_ms(self, now: float) -> float:
        """How long the next frame has been missed in the midst of what is played; 0 while it is in time."""
        return max(0.0, now - self._ends_at) * 1000 if self._waiting and self._playing_on else 0.0

    def flush(self, now: float) -> bool:
        """Drop all that was not heard. Whether the line has to be told to stop."""
        playing = self.playing(now)
        for item in {one for one, _ in self._waiting} - set(self._heard):
            self._heard[item] = _Heard()
        for item, heard in self._heard.items():
            heard.sent_ms, heard.ends_at = self.heard_ms(item, now) or 0.0, min(heard.ends_at, now)
        self._waiting.clear()
        self._playing_on = False
        self._rest = b""
        self._ends_at = min(self._ends_at, now)
        return playing

    def playing(self, now: float) -> bool:
        """Whether something is still to be heard."""
        return bool(self._waiting or self._rest) or now < self._ends_at

    def left_ms(self, now: float) -> float:
        """How much is still to be heard."""
        return len(self._waiting) * FRAME_MS + max(0.0, self._ends_at - now) * 1000

    def heard_ms(self, item: str, now: float) -> float | None:
        """How much of `item` has been heard by `now`; None when nothing of it was ever fed (or it is long ago)."""
        heard = self._heard.get(item)
        return None if heard is None else max(0.0, heard.sent_ms - max(0.0, heard.ends_at - now) * 1000)
