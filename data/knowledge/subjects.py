"""What questions and passages are about, as far as that is one of the subjects that hotels and airlines are mostly
asked about: learned from questions in many people's words by `bench/knowledge_evidence.py`.

The model of language finds "When can we have the key?" far from "Check-in begins at 4 PM". A linear model over its
vectors, taught by questions of that kind, says how likely each subject is; a passage is compared with the question by
that. It says nothing of other subjects: it is evidence beside the rest (`evidence.py`).
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from data.embeddings import Vectors
from data.model_files import ModelFile, read_verified

_LEAST = 0.01  # less likely agreement than this counts as this
_EITHER = np.log(0.1)  # an agreement that speaks neither for a passage nor against it

SUBJECTS = ModelFile(
    name="subjects.npz",
    package="data",
    path="knowledge/subjects.npz",
    sha256="ab133d45bdc03593826fbfb959cd2812e5996d090f2e0fb8c89d57af0044b23c",
    what="weights of what questions are about",
)


@dataclass(frozen=True, slots=True)
class Subjects:
    """Multinomial logistic regression: `names` (n,), `weights` (dimensions, n), `bias` (n,)."""

    names: tuple[str, ...]
    weights: Vectors
    bias: Vectors

    def likely(self, vectors: Vectors) -> Vectors:
        """How likely each subject is for each text: (texts, subjects), every row adds up to 1."""
        odds = vectors @ self.weights + self.bias
        chance = np.exp(odds - odds.max(axis=1, keepdims=True))
        return np.asarray(chance / chance.sum(axis=1, keepdims=True), dtype=np.float32)

    def compare(self, question: Vectors, passages: Sequence[Vectors]) -> NDArray[np.float64]:
        """How far each passage, by the vectors of its views, is about what the question is: (passages, 4).

        `question` is one vector. The columns: how likely both are about the same (log, 0 for neither way), the same as
        a share of the question's likeliest subject (-0.5 to 0.5), how much likelier another passage is (log), and how
        likely that likeliest subject is. The first three are multiplied by the last: they say little where the subject
        is not known.
        """
        if not passages:
            return np.zeros((0, 4))
        asked = self.likely(question[None, :])[0]
        each = self.likely(np.concatenate(passages)) @ asked
        starts = np.cumsum([0, *(len(views) for views in passages[:-1])])
        both = np.maximum.reduceat(each, starts).astype(np.float64)
        same = np.log(both + _LEAST)
        known = float(asked.max())
        share = np.minimum(1.0, both / known) - 0.5
        return np.stack(
            [known * (same - _EITHER), known * share, known * (same.max() - same), np.full(len(both), known)], axis=1
        )


@cache
def subjects() -> Subjects:
    """The subjects that come with this package. Raises ModelError when their file is missing or damaged."""
    with np.load(io.BytesIO(read_verified(SUBJECTS)), allow_pickle=False) as stored:
        weights, bias = stored["weights"].astype(np.float32), stored["bias"].astype(np.float32)
        return Subjects(tuple(map(str, stored["names"])), weights, bias)
