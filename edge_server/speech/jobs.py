"""What worker processes do: load a model once, then jobs, in each lane one after the other.

These functions run in workers only; the models live in their process, and all its lanes use them.
"""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edge_server.audio import RATE, Pcm, from_bytes

if TYPE_CHECKING:
    from edge_server.speech.recogniser import Recogniser, Transcript
    from edge_server.speech.synthesiser import Synthesiser

_recogniser: Recogniser | None = None
_synthesiser: Synthesiser | None = None


class _Speaking(threading.local):
    """What is left to say in the lane whose thread asks."""

    pieces: Iterator[Pcm] = iter(())


_speaking = _Speaking()


def load_recogniser(models_dir: Path | None) -> None:
    """Load the recogniser and run it once, so that the first utterance finds it warm. Raises ModelError."""
    global _recogniser
    from edge_server.speech.recogniser import Recogniser

    _recogniser = Recogniser.load(models_dir=models_dir)
    noise = np.random.default_rng(0).normal(0.0, 500.0, RATE)
    _recogniser.transcribe(noise.astype(np.int16))
    _give_memory_back()


def recognise(pcm: bytes, vocabulary: str, spelled: bool, digits: bool = True) -> Transcript:
    """What was said in `pcm` (PCM16 mono 24 kHz)."""
    assert _recogniser is not None
    return _recogniser.transcribe(from_bytes(pcm), vocabulary, spelled=spelled, digits=digits)


def load_synthesiser(models_dir: Path | None) -> None:
    """Find the voices and load the default one. Raises ModelError."""
    global _synthesiser
    from edge_server.speech.synthesiser import Synthesiser

    _synthesiser = Synthesiser.load(models_dir)
    _give_memory_back()


def voices() -> dict[str, str]:
    """The voices by name, the default one first, each with a mark that tells its sound apart from others."""
    assert _synthesiser is not None
    return _synthesiser.marks


def warm(voice: str) -> None:
    """Load a voice that will speak soon. Raises ModelError."""
    assert _synthesiser is not None
    _synthesiser.warm(voice)
    _give_memory_back()


def synthesise(text: str, voice: str, speed: float) -> bytes:
    """The written `text` as PCM16 mono 24 kHz."""
    assert _synthesiser is not None
    return _synthesiser.synthesise(text, voice=voice, speed=speed).tobytes()


def speak(text: str, voice: str, speed: float) -> bytes:
    """The first piece of what `synthesise` gives; b"" when there is nothing to say."""
    assert _synthesiser is not None
    _speaking.pieces = _synthesiser.pieces(text, voice=voice, speed=speed)
    return speak_on()


def speak_on() -> bytes:
    """The next piece of what this lane speaks; b"" when all has been said."""
    piece = next(_speaking.pieces, None)
    return b"" if piece is None else piece.tobytes()


def _give_memory_back() -> None:
    """Hand what loading freed back to the system; glibc keeps it otherwise."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL("libc.so.6").malloc_trim(0)
