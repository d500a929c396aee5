"""What Whisper's encoder makes of the sounds that a network over its states learns from."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from edge_server.audio import RATE, Pcm, read_wav, resample
from edge_server.speech.encoder_states import states_of
from edge_server.speech.mel import MODEL_RATE
from edge_server.speech.recogniser import LEAD_S, Recogniser


class Sound(Protocol):
    """What is heard as one utterance."""

    @property
    def text(self) -> str:
        """What was said in it, in the words of the network."""

    @property
    def speaker(self) -> str:
        """The person who said it; "" where nobody in particular did."""

    @property
    def change(self) -> str:
        """How it is heard: "telephone", "babble" and the like."""

    @property
    def pcm(self) -> Pcm:
        """The sound: int16 mono at 24 kHz."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the encoder makes of a sound: float16[frames, width]."""

    text: str
    speaker: str
    change: str
    states: npt.NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class Recordings:
    """People: single `words` (word, speaker, sound), and `readings`, sentences and more of them."""

    words: list[tuple[str, str, Pcm]]
    readings: list[Pcm]


def recordings(manifest: Path) -> Recordings:
    """The recordings of a manifest of `lobby eval speech` with a `speaker` in each line."""
    lines = [json.loads(line) for line in manifest.read_text("utf-8").splitlines() if line.strip()]
    read = [(line, read_wav(manifest.parent / line["file"])) for line in lines]
    return Recordings(
        [(str(line["text"]), str(line["speaker"]), pcm) for line, pcm in read if line["kind"] == "word"],
        [pcm for line, pcm in read if line["kind"] != "word"],
    )


def hear(recogniser: Recogniser, one: Sound, margin: tuple[int, int]) -> Heard:
    """What the recogniser's encoder makes of a sound, with so many states before and after it."""
    samples = resample(one.pcm, RATE, MODEL_RATE).astype(np.float32) / 32768.0
    window = np.asarray(recogniser.encoded(samples))[0]
    states = states_of(window, LEAD_S, len(samples) / MODEL_RATE, margin)
    return Heard(one.text, one.speaker, one.change, states.astype(np.float16))


def encoded(sounds: Callable[[], Iterable[Sound]], margin: tuple[int, int], kept: Path | None) -> list[Heard]:
    """What the encoder makes of all `sounds`: read from the file `kept` where it is there, or else kept in it."""
    if kept is not None and kept.is_file():
        stored: list[Heard] = pickle.loads(kept.read_bytes())
        return stored
    recogniser = Recogniser.load()
    found = [hear(recogniser, one, margin) for one in sounds()]
    if kept is not None:
        kept.write_bytes(pickle.dumps(found))
    return found
