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
            nearest = sorted(similar[rows].tolist())[-_NEAREST:]
            scores[label] = _BEST_WEIGHT * nearest[-1] + (1 - _BEST_WEIGHT) * sum(nearest) / len(nearest)
        return scores


_RATE, _MOMENTUM = 10.0, 0.9


def fitted(examples: Examples, *, steps: int, shrink: float, evenly: float = 1.0) -> NDArray[np.float32]:
    """Weights (features + 1, labels) of a multinomial logistic regression on `examples`, for `logits_of`.

    `steps` of gradient descent with an L2 weight of `shrink`. `evenly` 1: every label weighs the same, 0: every
    example.
    """
    x, owners, labels = _with_one(examples.vectors), examples.owners, len(examples.labels)
    truth = np.eye(labels, dtype=np.float32)[owners]
    weighs = 1.0 / np.bincount(owners, minlength=labels)[owners] ** evenly
    share = (weighs / weighs.sum()).astype(np.float32)[:, None]
    weights = np.zeros((x.shape[1], labels), dtype=np.float32)
    momentum = np.zeros_like(weights)
    for _ in range(steps):
        logits = x @ (weights + _MOMENTUM * momentum)
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        error = (odds / odds.sum(axis=1, keepdims=True) - truth) * share
        momentum = _MOMENTUM * momentum - _RATE * (x.T @ error + shrink * weights)
        weights = weights + momentum
    return weights


def logits_of(vectors: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """The log odds of each label for one vector or several, by the weights that `fitted` gave."""
    return np.asarray(_with_one(vectors) @ weights, dtype=np.float32)


def _with_one(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Vectors with a constant 1 as last feature, for the bias."""
    return np.concatenate([vectors, np.ones((*vectors.shape[:-1], 1), dtype=np.float32)], axis=-1)
