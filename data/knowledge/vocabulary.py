"""The words of a knowledge base: how rare each one is, its vector, and the thing that it stands for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from data.embeddings import DIMENSIONS, Vectors
from data.knowledge.concepts import concepts

Rows = NDArray[np.int64]


class Vocabulary:
    """The stems of the passages, numbered. Each has a row in `vectors` and a concept's number in `concepts`, or -1."""

    def __init__(self, words: Mapping[str, tuple[int, Vectors]]) -> None:
        """`words`: stem to (how many passages have it, its vector)."""
        self.stems = tuple(words)
        self.vectors: Vectors = (
            np.stack([vector for _, vector in words.values()]) if words else np.zeros((0, DIMENSIONS), dtype=np.float32)
        )
        self.concepts = concepts().numbers(self.stems)
        self._rows = {stem: row for row, stem in enumerate(self.stems)}
        self._counts = {stem: count for stem, (count, _) in words.items()}

    def __contains__(self, stem: object) -> bool:
        return stem in self._rows

    def count(self, stem: str) -> int:
        """How many passages have the stem."""
        return self._counts.get(stem, 0)

    def row(self, stem: str) -> int:
        """The number of a stem, -1 for one that no passage has."""
        return self._rows.get(stem, -1)

    def rows(self, stems: Iterable[str]) -> Rows:
        """The numbers of those of `stems` that some passage has, in order."""
        return np.array([self._rows[stem] for stem in stems if stem in self._rows], dtype=np.int64)
