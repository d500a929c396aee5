"""Against dead air: a soft tone while the desk takes long, or while a person is being called. No await, no I/O.

| state | event | next |
|---|---|---|
| quiet | the desk begins to think | thinking |
| thinking | something is heard, the desk is done | quiet |
| thinking | `FIRST_S` passed, and every `EVERY_S` from then on | thinking; a tone |

The persona's own filler ("One moment…") comes earlier (`engines/reply.py`); this is for what takes longer than that.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from edge_server.audio import RATE

FIRST_S = 4.0
EVERY_S = 4.0
_TONE_HZ, _TONE_S, _LOUDNESS = 440.0, 0.18, 0.04


@dataclass(slots=True)
class Comfort:
    """When a tone is due. Times are seconds on a monotonic clock."""

    _next_at: float | None = None
    _held_at: float | None = None

    def thinking(self, now: float) -> None:
        """The desk begins to think."""
        self._next_at = now + FIRST_S

    def heard_something(self) -> None:
        """Somebody is heard, or the desk is done."""
        self._next_at = None

    def due(self, now: float) -> bool:
        """Whether a tone is due now; the next is due `EVERY_S` later."""
        if self._next_at is None or now < self._next_at:
            return False
        self._next_at = now + EVERY_S
        return True

    def due_on_hold(self, now: float) -> bool:
        """The same, while the caller is on hold."""
        if self._held_at is not None and now < self._held_at:
            return False
        self._held_at = now + EVERY_S
        return True


@cache
def tone() -> bytes:
    """A soft tone: PCM16 mono 24 kHz."""
    at = np.arange(round(RATE * _TONE_S)) / RATE
    envelope = np.sin(np.pi * at / _TONE_S)
    wave = np.sin(2 * np.pi * _TONE_HZ * at) * envelope * _LOUDNESS * 32767
    return np.rint(wave).astype("<i2").tobytes()
