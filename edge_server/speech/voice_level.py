"""Speech that goes on as loud as it was, where the voice activity network grows tired of it.

Over a telephone line, characters said one at a time ("F ... nine ... K") get ever lower probabilities: the third or
fourth is often no speech for the network any more, and the rest of a code was lost. Once somebody speaks, and the line
is quiet between their words, sound as loud as their words before is theirs.
"""

from __future__ import annotations

from collections import deque

LOUD_AS_BEFORE_DB = 14.0
"""Sound that is no more than so much softer than the loudest word before goes on."""
ABOVE_FLOOR_DB = 25.0
"""It must be so much louder than the quietest moment of the last `FLOOR_WINDOWS`: in babble or traffic nothing is."""
FLOOR_WINDOWS = 60
"""Windows of 32 ms: two seconds hold a gap between two words."""
RUN = 2
"""So many windows in a row: a click fills one."""
FORGOTTEN_DB = 0.05
"""So much of the loudest word is forgotten with each window, 1.5 dB in a second."""


class VoiceLevel:
    """The levels of one stream, window by window of 32 ms, in dB of full scale."""

    def __init__(self) -> None:
        self._floor: deque[float] = deque(maxlen=FLOOR_WINDOWS)
        self._loudest: float | None = None
        self._run = 0

    def goes_on(self, level_db: float, voice: bool) -> bool:
        """Whether the next window, at `level_db`, is as loud as the speech before; `voice`: it is speech anyway."""
        self._floor.append(level_db)
        if self._loudest is not None:
            self._loudest -= FORGOTTEN_DB
        if voice:
            self._loudest = level_db if self._loudest is None else max(self._loudest, level_db)
        before = self._loudest is not None and level_db > self._loudest - LOUD_AS_BEFORE_DB
        self._run = self._run + 1 if before and level_db > min(self._floor) + ABOVE_FLOOR_DB else 0
        return self._run >= RUN
