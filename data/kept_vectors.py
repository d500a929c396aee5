"""Vectors of texts that are the same at every start, kept in a file so that only the first start computes them."""

from __future__ import annotations

import logging
import os
import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from data.embeddings import DIMENSIONS, Embedder, Vectors

log = logging.getLogger(__name__)


class KeptVectors:
    """An embedder for fixed texts. `path` is its file (NumPy's npz, no pickle); a file that cannot be read, or of
    another model, is made anew."""

    def __init__(self, path: Path, embedder: Embedder) -> None:
        self._path = path
        self._embedder = embedder

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One unit vector a text: float32 (len(texts), `DIMENSIONS`). Keeps exactly these texts for the next start."""
        kept = self._read()
        lacking = [text for text in dict.fromkeys(texts) if text not in kept]
        kept.update(zip(lacking, self._embedder.embed(lacking), strict=True))
        vectors = np.stack([kept[text] for text in texts]) if texts else np.zeros((0, DIMENSIONS), np.float32)
        if lacking or len(kept) > len(set(texts)):
            self._write(texts, vectors)
        return vectors

    def _read(self) -> dict[str, Vectors]:
        try:
            with np.load(self._path, allow_pickle=False) as stored:
                if str(stored["fingerprint"]) != self._embedder.fingerprint:
                    return {}
                texts, vectors = stored["texts"], stored["vectors"]
                if vectors.shape != (len(texts), DIMENSIONS) or vectors.dtype != np.float32:
                    return {}
                return {str(text): vector for text, vector in zip(texts, vectors, strict=True)}
        except FileNotFoundError:
            return {}
        except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
            log.warning("%s cannot be read (%s); its vectors are computed again", self._path, error)
            return {}

    def _write(self, texts: Sequence[str], vectors: Vectors) -> None:
        half_written = self._path.with_suffix(f".{os.getpid()}.tmp")
        try:
            with half_written.open("wb") as file:
                np.savez(file, fingerprint=self._embedder.fingerprint, texts=np.array(texts), vectors=vectors)
            half_written.replace(self._path)
        except OSError as error:
            half_written.unlink(missing_ok=True)
            log.warning("%s cannot be written (%s); the next start computes its vectors again", self._path, error)
