"""The near end made clean: the loudspeaker's echo taken out, noise lowered, speech brought to one level.

WebRTC's audio processing (echo canceller AEC3, noise suppressor, gain controller AGC2; package `pywebrtc-audio`) works
on frames of 10 ms. It is given the far end, which is what the loudspeaker is really handed, beside each frame of the
microphone, and finds the delay between them by itself.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk_tui.audio_blocks import RATE, Resampler

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Pcm = npt.NDArray[np.int16]

FRAME = RATE // 100
"""Samples in 10 ms."""
NOISE_SUPPRESSION = 0
"""WebRTC's mildest, 6 dB: stronger steps cost the recogniser words."""
MOST_GAIN_DB = 18.0
"""How far quiet speech is raised at most; WebRTC brings it to about -15 dB of full scale."""
SLACK_BYTES = 2 * RATE * 30 // 1000
"""What may lie in the far end's queue all the time: more than 30 ms come from clocks that drift apart."""
KEPT_BYTES = 2 * RATE * 10 // 1000
MOST_BYTES = 2 * RATE
"""What the queue holds where nobody takes from it: a second."""
LOOK_FRAMES = 100
"""The queue's least filling is looked at once a second."""


class FarEnd:
    """What the loudspeaker was handed, in step with the microphone. Safe between threads.

    `rate`: the loudspeaker's samples a second. The two devices' callbacks come in no fixed order and their clocks
    drift, so the queue runs dry or fills up by and by: it gives silence then, or drops what lay there for a second.
    """

    def __init__(self, rate: int) -> None:
        self._lock = threading.Lock()
        self._resampler = Resampler(rate, RATE)
        self._queue = bytearray()
        self._taken = 0
        self._least = 0

    def played(self, block: bytes) -> None:
        """The next block (PCM16 mono at the loudspeaker's rate) that was handed over."""
        ready = self._resampler.feed(block)
        with self._lock:
            self._queue += ready
            del self._queue[:-MOST_BYTES]

    def take(self) -> Pcm:
        """The frame (int16 mono, 10 ms at 24 kHz) that belongs to the microphone's next one."""
        import numpy as np

        size = FRAME * 2
        with self._lock:
            if not self._taken:
                del self._queue[:-size]
            frame = bytes(self._queue[:size])
            del self._queue[:size]
            left = len(self._queue)
            self._least = left if self._taken % LOOK_FRAMES == 0 else min(self._least, left)
            self._taken += 1
            if self._taken % LOOK_FRAMES == 0 and self._least > SLACK_BYTES:
                del self._queue[: self._least - KEPT_BYTES]
        return np.frombuffer(frame.ljust(size, b"\0"), dtype=np.int16)


@dataclass(frozen=True, slots=True)
class Frame:
    """10 ms (int16 mono at 24 kHz): what the microphone heard, what the loudspeaker was handed, and what is left.

    `gain_db`: how far `clean` was raised over what cancelling left.
    """

    near: Pcm
    far: Pcm
    clean: Pcm
    gain_db: float


class NearEnd:
    """Takes the microphone's blocks (PCM16 mono 24 kHz) and gives clean frames. Used from one thread.

    Raises ImportError where `pywebrtc-audio` is not installed. `delay_ms`: of both devices' buffers, a hint only.
    """

    def __init__(self, far_end: FarEnd | None, *, delay_ms: int = 0) -> None:
        from pywebrtc_audio import AudioProcessor

        self._far_end = far_end
        self._waiting = bytearray()
        self._processor = AudioProcessor(
            sample_rate=RATE,
            echo_cancellation=True,
            noise_suppression=True,
            ns_level=NOISE_SUPPRESSION,
            auto_gain_control=True,
            agc_max_gain_db=MOST_GAIN_DB,
            stream_delay_ms=delay_ms,
        )

    def feed(self, block: bytes, *, cancel: bool = True) -> list[Frame]:
        """The frames that are whole with this block.

        `cancel` False: the microphone does not hear the loudspeaker. A canceller that finds no echo to learn from
        takes the customer's words for one: over the first reply they come out 20 to 50 dB too soft.
        """
        import numpy as np

        self._waiting += block
        whole = len(self._waiting) // (FRAME * 2)
        heard = np.frombuffer(bytes(self._waiting[: whole * FRAME * 2]), dtype=np.int16)
        del self._waiting[: whole * FRAME * 2]
        frames: list[Frame] = []
        nothing = np.zeros(FRAME, dtype=np.int16)
        for start in range(0, len(heard), FRAME):
            near = heard[start : start + FRAME]
            far = self._far_end.take() if self._far_end is not None else nothing
            clean = self._processor.process(near, far if cancel else nothing)
            frames.append(Frame(near, far, clean, self._processor.gain_db))
        return frames
