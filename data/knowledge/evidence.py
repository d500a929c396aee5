"""Whether a passage answers a question: evidence measured, weighed by two small linear models.

A neighbouring passage is often as similar as the right one ("Is there a gym at ...?" beside the pool of that hotel
and the gyms of others). So beside similarity the evidence is: is each word that carries the question covered by
the passage, does it tell a price when one is asked for, does it stand out from the more distant passages, and do
other entities' passages fit the question much better. The weights come from `bench/knowledge_evidence.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from data.embeddings import Vectors
from data.knowledge.passage import Passage
from data.knowledge.words import mentions_price, one_inside_other

Numbers = NDArray[np.float64]

_LONG = 400  # characters; passages made to be spoken are shorter
_NEAR = 4  # the candidates that may all answer; the ones after them are the background

FEATURES = (
    "best",  # similarity of the nearest view: a title or listed question, the whole, a sentence
    "sentence",  # similarity of the nearest sentence of the body
    "covered",  # share of the question's words that the passage has, synonyms in part, by rarity
    "exactly_covered",  # the same, synonyms left out
    "second_least",  # how far the second worst covered word is covered, less strict for common words
    "rarest_covered",  # how far the rarest word is covered
    "known_lacks",  # how far a word is missing that other passages have: the knowledge base would say it so
    "price_lacks",  # a price is asked for and none told
    "stands_out",  # how much better it fits than the question's more distant candidates
    "elsewhere",  # how much better the best passage of the domain fits, whatever its entity
    "few_words",  # at most one word carries the question
    "long_body",
    "specific",  # the passage is about one entity, not the whole domain
)


@dataclass(frozen=True, slots=True)
class Question:
    """A question made ready: its words without the entity's name.

    `vector` is that of the bare text; `words` its stems, `word_vectors` one row each, `rarity` their inverse
    document frequency, scaled to at most 1, `known` whether any passage has the word.
    """

    text: str
    vector: Vectors
    words: tuple[str, ...]
    word_vectors: Vectors
    rarity: Numbers
    known: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage, its similarity to the question, and its words.

    `best` is the similarity of the nearest view, `sentence` that of the nearest sentence of the body. `word_vectors`
    has one row a stem.
    """

    passage: Passage
    best: float
    sentence: float
    stems: tuple[str, ...]
    word_vectors: Vectors


def weigh(question: Question, candidates: Sequence[Candidate], best_in_domain: float) -> list[Numbers]:
    """The evidence for each candidate; `best_in_domain` is the best similarity over all entities."""
    distant = sorted((candidate.best for candidate in candidates), reverse=True)[_NEAR:]
    background = distant[len(distant) // 2] if distant else 0.0
    return [_evidence(question, candidate, best_in_domain, background) for candidate in candidates]


def _evidence(question: Question, candidate: Candidate, best_in_domain: float, background: float) -> Numbers:
    """The features in the order of `FEATURES`."""
    covered = exactly = second = rarest = lacks = 0.0
    if question.words and candidate.stems:
        same = np.array([[word == other for other in candidate.stems] for word in question.words])
        apart = np.array([[one_inside_other(word, other) for other in candidate.stems] for word in question.words])
        likeness = np.where(same, 1.0, _likeness(question.word_vectors @ candidate.word_vectors.T) * ~apart)
        cover = likeness.max(axis=1)
        weight = question.rarity / question.rarity.sum()
        covered, exactly = float(cover @ weight), float(same.any(axis=1) @ weight)
        order = np.sort(1 - question.rarity * (1 - cover))
        second = float(order[1]) if len(order) > 1 else 1.0
        rarest = float(cover[int(question.rarity.argmax())])
        lacks = float((question.known * question.rarity * (1 - cover)).max())
    passage = candidate.passage
    price_lacks = mentions_price(question.text) and not mentions_price(f"{passage.title} {passage.body}")
    return np.array(
        [
            candidate.best,
            candidate.sentence,
            covered,
            exactly,
            second,
            rarest,
            lacks,
            price_lacks,
            candidate.best - background,
            max(0.0, best_in_domain - candidate.best),
            len(question.words) <= 1,
            len(passage.body) > _LONG,
            passage.entity != "",
        ],
        dtype=np.float64,
    )


def _likeness(cosine: Vectors) -> Numbers:
    """Word similarity from the cosine of their vectors: 0 for unrelated words, near 1 for synonyms."""
    return np.clip((cosine.astype(np.float64) - 0.3) / 0.5, 0.0, 0.95)


@dataclass(frozen=True, slots=True)
class Judge:
    """Two linear models over the evidence: which candidate fits best, and whether the best one answers.

    Evidence is shifted by `mean` and divided by `scale` first. `threshold` is the likelihood from which a passage
    counts as an answer.
    """

    ranking: Numbers
    answering: Numbers
    bias: float
    mean: Numbers
    scale: Numbers
    threshold: float

    @classmethod
    def load(cls) -> Judge:
        """The judge that comes with this package. Raises ValueError when it was trained for other features."""
        stored: Mapping[str, object] = json.loads(files(__package__).joinpath("evidence.json").read_text("utf-8"))
        if stored["features"] != list(FEATURES):
            raise ValueError("evidence.json was trained for other features: run bench/knowledge_evidence.py --write")
        ranking, answering, mean, scale = (
            np.array(stored[name], dtype=np.float64) for name in ("ranking", "answering", "mean", "scale")
        )
        return cls(ranking, answering, float(str(stored["bias"])), mean, scale, float(str(stored["threshold"])))

    def fit(self, rows: Sequence[Numbers]) -> Numbers:
        """How well each row's passage fits, to rank by: (n,), only differences mean something."""
        return np.asarray(self._scaled(rows) @ self.ranking, dtype=np.float64)

    def likelihood(self, rows: Sequence[Numbers]) -> Numbers:
        """How likely each row's passage answers the question: (n,), 0 to 1."""
        return np.asarray(1 / (1 + np.exp(-(self._scaled(rows) @ self.answering + self.bias))), dtype=np.float64)

    def _scaled(self, rows: Sequence[Numbers]) -> Numbers:
        stacked = np.stack(rows) if len(rows) else np.zeros((0, len(FEATURES)))
        return np.asarray((stacked - self.mean) / self.scale, dtype=np.float64)
