"""Which passage fits a question best, whether it answers, and whether it is on the question's subject: small models,
learned by `bench/knowledge_evidence.py`.

A linear model over the evidence picks the passage. Whether it answers is judged by four terms, added up as log-odds:
a linear one and a small layer of tanh units over the evidence, for each word of the question how much the passage lacks
it, as heavily as the word's role in the question makes it, and a linear one over the vectors of the question and the
passage, which knows what is asked about things beside what houses tell ("How deep is ...?"). The role is read off the
word's vector as it stands there: in "Does the gym have a trainer?" the trainer counts, in "Is there a gym? I am a
trainer." he hardly does.

Whether a passage is on the subject, even if it does not answer ("Is the pool salty?" beside the pool's hours), is
judged by a linear model over the evidence, mostly by how far the passage stands out from the others.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Self

import numpy as np

from data.embeddings import DIMENSIONS
from data.knowledge.evidence import FEATURES, LACKS, PAIR, Evidence
from data.knowledge.question import KINDS, Numbers, Question

ROLE = DIMENSIONS + len(KINDS) + 3
"""How many numbers say what a word's role is: its vector in the question, its kind, rarity, whether known, and 1."""


def roles(question: Question) -> Numbers:
    """The role of each word: (words, `ROLE`)."""
    kinds = np.array([[kind == one for one in KINDS] for kind in question.kinds], dtype=np.float64)
    count = len(question.words)
    return np.concatenate(
        [
            question.roles,
            kinds.reshape(count, len(KINDS)),
            question.rarity[:, None],
            question.known[:, None],
            np.ones((count, 1)),
        ],
        axis=1,
    )


@dataclass(frozen=True, slots=True)
class Judge:
    """Weights over the evidence, shifted by `mean` and divided by `scale` first.

    `ranking` (features), `answering` (features) and `bias`; `layer` (units, features), `layer_bias` and `layer_out`
    (units); `lacking` (`LACKS`) and `role` (`ROLE`); `pair` (`PAIR`), not
    shifted. `threshold` is the likelihood from which a passage answers, `unsure` the one below which it is not told at
    all. `subject` (features) and `subject_bias` say how likely a passage is on the question's subject, `on_subject` is
    the likelihood from which it is clearly so.
    """

    ranking: Numbers
    answering: Numbers
    bias: float
    layer: Numbers
    layer_bias: Numbers
    layer_out: Numbers
    lacking: Numbers
    role: Numbers
    pair: Numbers
    subject: Numbers
    subject_bias: float
    mean: Numbers
    scale: Numbers
    threshold: float
    unsure: float
    on_subject: float

    @classmethod
    def load(cls) -> Self:
        """The judge that comes with this package. Raises ValueError when it was trained for other features."""
        stored: Mapping[str, object] = json.loads(files(__package__).joinpath("evidence.json").read_text("utf-8"))
        if stored["features"] != list(FEATURES) or stored["kinds"] != list(KINDS):
            raise ValueError("evidence.json was trained for other features: run bench/knowledge_evidence.py --write")
        numbers = {
            name: np.array(stored[name], dtype=np.float64)
            for name in (
                "ranking",
                "answering",
                "layer",
                "layer_bias",
                "layer_out",
                "lacking",
                "role",
                "pair",
                "subject",
                "mean",
                "scale",
            )
        }
        return cls(
            **numbers,
            bias=float(str(stored["bias"])),
            subject_bias=float(str(stored["subject_bias"])),
            threshold=float(str(stored["threshold"])),
            unsure=float(str(stored["unsure"])),
            on_subject=float(str(stored["on_subject"])),
        )

    @classmethod
    def untrained(cls) -> Self:
        """A judge without an opinion, to gather evidence with."""
        nothing = np.zeros(len(FEATURES))
        return cls(
            nothing,
            nothing,
            0.0,
            np.zeros((0, len(FEATURES))),
            np.zeros(0),
            np.zeros(0),
            np.zeros(LACKS),
            np.zeros(ROLE),
            np.zeros(PAIR),
            nothing,
            0.0,
            nothing,
            nothing + 1,
            0.5,
            0.5,
            0.5,
        )

    def fit(self, evidence: Sequence[Evidence]) -> Numbers:
        """How well each candidate fits, to rank by: (n,), only differences mean something."""
        return np.asarray(self._scaled(evidence) @ self.ranking, dtype=np.float64)

    def likelihood(self, question: Question, evidence: Sequence[Evidence]) -> Numbers:
        """How likely each candidate answers the question: (n,), 0 to 1."""
        rows = self._scaled(evidence)
        odds = rows @ self.answering + self.bias + np.tanh(rows @ self.layer.T + self.layer_bias) @ self.layer_out
        odds = odds + np.array([float(one.pair @ self.pair) for one in evidence])
        if question.words:
            weight = 1 / (1 + np.exp(-(roles(question) @ self.role)))
            odds = odds - np.array([float(weight @ (one.lacks @ self.lacking)) for one in evidence])
        return np.asarray(1 / (1 + np.exp(-odds)), dtype=np.float64)

    def nearness(self, evidence: Sequence[Evidence]) -> Numbers:
        """How likely each candidate is on the question's subject, if it is the first: (n,), 0 to 1."""
        return np.asarray(1 / (1 + np.exp(-(self._scaled(evidence) @ self.subject + self.subject_bias))))

    def _scaled(self, evidence: Sequence[Evidence]) -> Numbers:
        rows = np.stack([one.features for one in evidence]) if evidence else np.zeros((0, len(FEATURES)))
        return np.asarray((rows - self.mean) / self.scale, dtype=np.float64)
