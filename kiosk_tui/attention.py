"""Whether somebody begins to speak while nobody is being served, by loudness alone: nothing leaves the terminal.

Speech must stand out from the room for a while; the room is the median of the quieter half of the last seconds.
"""

from __future__ import annotations

from collections import deque
from statistics import median

from kiosk_tui.audio_blocks import BLOCK_MS, QUIETEST_DB

ABOVE_ROOM_DB = 12.0
LOUD_ENOUGH_DB = -45.0
"""After gain control a voice at the terminal is near -15 dB of full scale, one across the room below -45."""
NEEDED_MS = 300
WINDOW_MS = 600
ROOM_S = 6.0
KEPT_S = 2.0
"""Sound from before the decision that belongs to what is being said."""


class Attention:
    """Hears blocks of 20 ms, and says when somebody speaks. Keeps the last KEPT_S of sound, no more."""

    def __init__(self) -> None:
        self._loud: deque[bool] = deque(maxlen=WINDOW_MS // BLOCK_MS)
        self._room: deque[float] = deque(maxlen=round(ROOM_S * 1000 / BLOCK_MS))
        self._kept: deque[bytes] = deque(maxlen=round(KEPT_S * 1000 / BLOCK_MS))

    def hear(self, pcm: bytes, level_db: float) -> bool:
        """One block (PCM16 mono 24 kHz) and its level; whether somebody speaks."""
        quieter = sorted(self._room)[: max(1, len(self._room) // 2)]
        room_db = median(quieter) if quieter else QUIETEST_DB
        self._loud.append(level_db > max(LOUD_ENOUGH_DB, room_db + ABOVE_ROOM_DB))
        self._room.append(level_db)
        self._kept.append(pcm)
        return sum(self._loud) * BLOCK_MS >= NEEDED_MS

    def take(self) -> list[bytes]:
        """What was said until now; it is forgotten here."""
        kept = list(self._kept)
        self.forget()
        return kept

    def forget(self) -> None:
        """Keep nothing of what was heard."""
        self._loud.clear()
        self._kept.clear()
