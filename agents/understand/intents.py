"""How near an utterance is to the examples of each flow or persona, by sentence embeddings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

_NEAREST = 3
_BEST_WEIGHT = 0.75
"""Share of the best example in a label's score; the rest is the mean of its three nearest."""


class TextEmbedder(Protocol):
    """What turns texts into unit vectors (`data.embeddings.Embedder`)."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One unit vector a text: float32 (len(texts), dimensions)."""
        ...


class Examples:
    """Labelled example utterances as vectors. `scores` compares a vector with all of them at once."""

    def __init__(self, vectors: Mapping[str, NDArray[np.float32]], examples: Mapping[str, Sequence[str]]) -> None:
        """`examples` maps a label to its utterances, `vectors` each utterance to its unit vector."""
        self.labels: tuple[str, ...] = tuple(label for label, texts in examples.items() if texts)
        texts = [text for label in self.labels for text in examples[label]]
        self._vectors = np.stack([vectors[text] for text in texts])
        owners = [index for index, label in enumerate(self.labels) for _ in examples[label]]
        self._rows = [np.flatnonzero(np.array(owners) == index) for index in range(len(self.labels))]

    @property
    def vectors(self) -> NDArray[np.float32]:
        """One row an example: float32 (examples, dimensions), unit length."""
        return self._vectors

    @property
    def owners(self) -> NDArray[np.int64]:
        """For each row of `vectors` the index of its label."""
        owners = np.zeros(len(self._vectors), dtype=np.int64)
        for index, rows in enumerate(self._rows):
            owners[rows] = index
        return owners

    def scores(self, vector: NDArray[np.float32]) -> dict[str, float]:
        """For each label how near `vector` (unit length) is to its nearest examples, -1 to 1."""
        if not self.labels:
            return {}
        similar = self._vectors @ vector
        scores: dict[str, float] = {}
        for label, rows in zip(self.labels, self._rows, strict=True):
            nearest = np.sort(similar[rows])[-_NEAREST:]
            scores[label] = float(_BEST_WEIGHT * nearest[-1] + (1 - _BEST_WEIGHT) * nearest.mean())
        return scores
