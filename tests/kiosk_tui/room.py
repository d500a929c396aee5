"""A room with a loudspeaker and a microphone: what the one plays comes back to the other, late and reverberant."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from edge_server.speech.synthesiser import Synthesiser
from tests.kiosk_tui.sound_card import SoundCard

Pcm = npt.NDArray[np.int16]
Floats = npt.NDArray[np.float64]

REPLY = (
    "Flight LB204 from Boston to Denver is on time. It leaves at nine fifteen from gate twelve. You can take two bags "
    "on board, and one more for thirty dollars. Would you like me to add a bag to your booking?"
)


@cache
def reply() -> Pcm:
    """What the desk says, by its own voice: int16 mono at 24 kHz."""
    return Synthesiser.load().synthesise(REPLY)


class Room:
    """At `rate` Hz. `echo_db`: by how much the echo is quieter than what is played; `noise_db`: of full scale.
    `drive`: how far the loudspeaker is overdriven, which bends its sound; 0 for a good one.
    """

    def __init__(
        self,
        rate: int = 24_000,
        *,
        delay_ms: int = 80,
        echo_db: float = -8.0,
        noise_db: float = -65.0,
        drive: float = 0.0,
        seed: int = 7,
    ) -> None:
        self.rate = rate
        self.noisy = noise_db > -50.0
        self._drive = drive
        self._random = np.random.default_rng(seed)
        self._noise = 32768 * 10 ** (noise_db / 20)
        reverberation = self._random.standard_normal(rate // 5) * np.exp(-np.arange(rate // 5) / (rate * 0.04)) * 0.15
        reverberation[0] = 1.0
        reverberation *= 10 ** (echo_db / 20) / np.sqrt(np.sum(reverberation**2))
        self._response = np.concatenate((np.zeros(delay_ms * rate // 1000), reverberation))
        self._coming: Floats = np.zeros(0)

    def heard(self, played: bytes, spoken: Pcm | None = None) -> bytes:
        """The microphone's block while `played` is handed to the loudspeaker and a customer says `spoken`."""
        block = np.frombuffer(played, dtype=np.int16).astype(np.float64)
        if self._drive:
            block = np.tanh(block / 32768 * self._drive) * 32768 / self._drive
        size = len(block) + len(self._response) - 1
        echo = np.fft.irfft(np.fft.rfft(block, size) * np.fft.rfft(self._response, size), size)
        echo[: len(self._coming)] += self._coming
        self._coming = echo[len(block) :]
        mixed = echo[: len(block)] + self._random.standard_normal(len(block)) * self._noise
        if spoken is not None:
            mixed[: len(spoken)] += spoken
        return np.clip(mixed, -32768, 32767).astype(np.int16).tobytes()


def pass_time(card: SoundCard, room: Room, blocks: int, spoken: Pcm | None = None) -> None:
    """`blocks` times 20 ms of both devices. `spoken`: int16 mono at the room's rate, from the first block on."""
    assert card.loudspeaker is not None
    size = card.loudspeaker.block
    for number in range(blocks):
        words = None if spoken is None else spoken[number * size : (number + 1) * size]
        card.speak(room.heard(card.play(), words))


def level(pcm: Pcm) -> float:
    """Root mean square in dB of full scale."""
    return float(10 * np.log10(np.mean((pcm / 32768.0) ** 2) + 1e-12))
