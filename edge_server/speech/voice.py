"""What every voice can do, whatever speaks in it, and the voices that Lobby brings along.

| voice | what speaks | whose voice | first phrase |
|---|---|---|---|
| `joe` (default) | Piper (GPL-3.0-or-later) | an American man | 0.1 s |
| `june` | the same network, higher and with a shorter vocal tract | | 0.1 s |
| `alma` | Kokoro (Apache-2.0) | a woman | 0.5 to 1 s: five times the work |
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

DEFAULT_VOICE = "joe"
SPEEDS = (0.25, 1.5)
"""Slowest and fastest speaking rate, as in the protocol's `audio.output.speed`."""
_ENDS = 1 << 20
"""Bytes at the beginning and at the end of a model that tell it from another."""


class Voice(Protocol):
    """A loaded voice. Several threads may have it speak at once."""

    rate: int
    """Samples a second of what it says."""

    def speak(self, sentence: str, speed: float) -> Iterator[Floats]:
        """A `sentence` written as it is said (no digits), in pieces as they are made, as float32 in -1..1, of any
        loudness; none for nothing to say. `speed` is within `SPEEDS`; 1 is the voice's own."""
        ...


@dataclass(frozen=True, slots=True)
class VoiceSource:
    """A voice that can be loaded: `mark` tells how it sounds from any other way to sound (a hash)."""

    mark: str
    load: Callable[[], Voice]


def mark(files: tuple[Path, ...], settings: str) -> str:
    """A hash of a voice's model `files` (their sizes, first and last megabytes) and of the settings of its sound."""
    digest = hashlib.sha256(settings.encode())
    for path in files:
        with path.open("rb") as file:
            digest.update(file.read(_ENDS))
            size = file.seek(0, 2)
            file.seek(max(0, size - _ENDS))
            digest.update(file.read() + str(size).encode())
    return digest.hexdigest()[:16]
