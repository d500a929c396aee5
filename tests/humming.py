"""Voices without a model for synthesis in worker processes. They stand in a module that a worker can import."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial

import numpy as np

from edge_server.speech import jobs
from edge_server.speech.synthesiser import SAMPLE, Synthesiser
from edge_server.speech.voice import DEFAULT_VOICE, Floats, VoiceSource


class Hum:
    """A voice that hums five pieces, louder the more words there are. `step`: each waits for one of another lane."""

    rate = 24_000

    def __init__(self, step: threading.Barrier | None) -> None:
        self._step = step

    def speak(self, sentence: str, speed: float) -> Iterator[Floats]:
        """See `Voice.speak`."""
        for _ in range(5):
            if self._step is not None and sentence != SAMPLE:
                self._step.wait(10.0)
            yield np.full(self.rate // 20, 0.05 * len(sentence.split()), dtype=np.float32)


def load_hums() -> None:
    """Two voices that hum alike, the default one alone and `both` in step with the other lane."""
    steps = {DEFAULT_VOICE: None, "both": threading.Barrier(2)}
    jobs._synthesiser = Synthesiser({name: VoiceSource(name, partial(Hum, step)) for name, step in steps.items()})
