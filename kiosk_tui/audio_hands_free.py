"""Whether the microphone may stay open while the desk speaks: decided by what is left of the desk's own voice.

| state | the microphone while a reply sounds | goes to |
|---|---|---|
| learning | gives silence | open: of 2 s of echo at most a tenth is left audible; echoing: not so in 4 s |
| open | stays open, who speaks interrupts | echoing: of 1.5 s of echo over half is audible; learning: samples lost |
| echoing | gives silence | open: of 4 s of echo at most a tenth is left audible |
| learning, echoing | | apart: 3 s of replies in a row without any echo |
| apart | stays open, and nothing is taken out | learning: over half of the last 3 s of replies is heard |

Echo is what the microphone hears above the room's own sound while the loudspeaker speaks; its seconds are counted over
replies. There is none with a headset, or when the volume is down; who interrupts there stops the reply long before half
of 3 s has been spoken over. Between replies the microphone is always open.
"""

from __future__ import annotations

from collections import deque
from enum import Enum
from statistics import median
from typing import TYPE_CHECKING

from kiosk_tui.audio_blocks import QUIETEST_DB, decibels, power

if TYPE_CHECKING:
    from kiosk_tui.audio_near_end import Frame

WINDOW_FRAMES = 10
"""Levels are taken over 100 ms."""
FAR_DB = -50.0
"""Level above which the loudspeaker is heard to speak."""
REVERBERATION_WINDOWS = 4
"""How long after a sample was handed over its echo may still come back, devices' buffers included."""
INAUDIBLE_DB = -58.0
"""What is below this level, before any gain, is taken for speech by nobody: voice activity detection hears a voice down
to -59 dB in a quiet room."""
ABOVE_ROOM_DB = 4.0
"""What is this much above the room's own sound stands out from it."""
ROOM_WINDOWS = 50
LEARNT, GIVEN_UP, LOST, REGAINED, UNHEARD, JOINED = 20, 40, 15, 40, 30, 30
"""Windows until a decision; see the table above. The last: from apart to learning."""
SHARE_LEARNT, SHARE_LOST, SHARE_JOINED = 0.1, 0.5, 0.5


class State(Enum):
    """See the table above."""

    LEARNING = "learning"
    OPEN = "open"
    ECHOING = "echoing"
    APART = "apart"


class HandsFree:
    """Watches frames of the near end, and says whether who speaks over a reply can be heard."""

    def __init__(self) -> None:
        self.state = State.LEARNING
        self._far = self._near = self._left = 0.0
        self._frames = 0
        self._since_far = REVERBERATION_WINDOWS
        self._unheard = 0
        self._audible: deque[bool] = deque(maxlen=max(GIVEN_UP, REGAINED))
        self._heard: deque[bool] = deque(maxlen=JOINED)
        self._room_near: deque[float] = deque(maxlen=ROOM_WINDOWS)
        self._room_left: deque[float] = deque(maxlen=ROOM_WINDOWS)

    @property
    def open(self) -> bool:
        """Whether the microphone may stay open while a reply sounds."""
        return self.state in (State.OPEN, State.APART)

    @property
    def echo(self) -> bool:
        """Whether there may be an echo to take out."""
        return self.state is not State.APART

    def disturbed(self) -> None:
        """A device lost samples: what the loudspeaker plays and what is known of it are no longer in step.

        The microphone stays shut over replies until the canceller has been seen to work again; what was seen before
        does not count.
        """
        if self.state is not State.APART:
            self._go(State.LEARNING if self.state is State.OPEN else self.state)

    def hear(self, frame: Frame) -> None:
        """The next 10 ms."""
        self._far += power(frame.far)
        self._near += power(frame.near)
        self._left += power(frame.clean) / 10 ** (frame.gain_db / 10)
        self._frames += 1
        if self._frames == WINDOW_FRAMES:
            self.window(*(decibels(total / WINDOW_FRAMES) for total in (self._far, self._near, self._left)))
            self._far = self._near = self._left = 0.0
            self._frames = 0

    def window(self, far_db: float, near_db: float, left_db: float) -> None:
        """100 ms, in dB of full scale: what the loudspeaker was handed, what the microphone heard, what is left."""
        self._since_far = 0 if far_db > FAR_DB else self._since_far + 1
        if self._since_far >= REVERBERATION_WINDOWS:
            self._room_near.append(near_db)
            self._room_left.append(left_db)
        elif self.state is State.APART:
            self._heard.append(_stands_out(near_db, self._room_near))
            if len(self._heard) == JOINED and sum(self._heard) > SHARE_JOINED * JOINED:
                self._go(State.LEARNING)
        elif _stands_out(near_db, self._room_near):
            self._unheard = 0
            self._audible.append(_stands_out(left_db, self._room_left))
            self._weigh_echo()
        else:
            self._unheard += 1
            if self._unheard >= UNHEARD and self.state is not State.OPEN:
                self._go(State.APART)

    def _weigh_echo(self) -> None:
        match self.state:
            case State.LEARNING if self._share(LEARNT) <= SHARE_LEARNT:
                self._go(State.OPEN)
            case State.LEARNING if len(self._audible) >= GIVEN_UP:
                self._go(State.ECHOING)
            case State.ECHOING if self._share(REGAINED) <= SHARE_LEARNT:
                self._go(State.OPEN)
            case State.OPEN if len(self._audible) >= LOST and self._share(LOST) > SHARE_LOST:
                self._go(State.ECHOING)

    def _share(self, windows: int) -> float:
        """The share of the last `windows` that was audible; 1 while there are fewer."""
        last = list(self._audible)[-windows:]
        return sum(last) / windows if len(last) == windows else 1.0

    def _go(self, state: State) -> None:
        self.state = state
        self._unheard = 0
        self._audible.clear()
        self._heard.clear()


def _stands_out(level_db: float, room: deque[float]) -> bool:
    """Whether a level is above the room's own: the median of the lower half of its last 5 s without a reply."""
    quieter = sorted(room)[: max(1, len(room) // 2)]
    room_db = median(quieter) if quieter else QUIETEST_DB
    return level_db > max(INAUDIBLE_DB, room_db + ABOVE_ROOM_DB)
