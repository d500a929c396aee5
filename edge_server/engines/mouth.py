"""What is told of a reply, and how long the customer still hears what was sent of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from agents.turn import Clause
from edge_server.audio import BYTES_PER_MS
from edge_server.realtime import effects as fx
from edge_server.realtime.effects import EngineEvent


class Mouth:
    """Tells `emit` of the replies of one engine. `clock` gives seconds and never goes back."""

    def __init__(self, emit: Callable[[EngineEvent], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._emit = emit
        self._clock = clock
        self._heard_until = 0.0

    def tell(self, generation: int, told: Clause | bytes | fx.ReplyDone | fx.ReplyBroke) -> None:
        """Words, audio (PCM16 mono 24 kHz) or the end of the reply `generation`."""
        match told:
            case Clause(text=text):
                self._emit(fx.ReplyText(generation, text))
            case bytes():
                self._heard_until = max(self._clock(), self._heard_until) + len(told) / BYTES_PER_MS / 1000
                self._emit(fx.ReplyAudio(generation, told))
            case fx.ReplyDone() | fx.ReplyBroke():
                self._emit(replace(told, generation=generation))

    @property
    def playing(self) -> bool:
        """Whether audio is still to be heard, as far as can be reckoned from what was sent."""
        return self._clock() < self._heard_until

    def fell_silent(self) -> None:
        """The client has stopped playing: nothing more is heard of what was sent."""
        self._heard_until = 0.0
