"""Whether a passage answers a question: evidence measured, weighed by two small linear models.

A neighbouring passage is often as similar as the right one ("Is there a gym at ...?" beside the pool of that hotel
and the gyms of others). So beside similarity the evidence is: is each word that carries the question covered by
the passage, is what the passage is about asked for, does it tell a price or time when one is asked for, and do
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
from data.knowledge.words import mentions_price, mentions_time

Numbers = NDArray[np.float64]

FEATURES = (
    "title",  # similarity to the title, or to another way of asking that the passage lists
    "whole",  # similarity to title and body together
    "sentence",  # similarity to the nearest sentence of the body
    "best",  # the largest of the three
    "covered",  # share of the question's words that the passage has, synonyms in part, by rarity
    "exactly_covered",  # the same, synonyms left out
    "least_covered",  # how far the worst covered word is covered, less strict for common words
    "second_least",
    "rarest_covered",
    "about_asked",  # share of the title's words that the question has, synonyms in part
    "price_lacks",  # a price is asked for and none told
    "time_lacks",
    "price_met",
    "time_met",
    "elsewhere",  # how much better the best passage of the domain fits, whatever its entity
    "unknown_word",  # a word that the knowledge base has nowhere, and nothing like it
    "few_words",  # at most one word carries the question
    "long_body",
)


@dataclass(frozen=True, slots=True)
class Question:
    """A question made ready: its words without the entity's name.

    `vector` is that of the bare text; `words` its stems, `word_vectors` one row each, `rarity` their inverse
    document frequency, scaled to at most 1, `known` whether the knowledge base has the word at all.
    """

    text: str
    vector: Vectors
    words: tuple[str, ...]
    word_vectors: Vectors
    rarity: Numbers
    known: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage, its similarity to the question in three views, and its words.

    `title` is that of the title or of the nearest listed way of asking, `whole` of title and body together,
    `sentence` of the nearest sentence. `word_vectors` has one row a stem, those of title and listed questions first.
    """

    passage: Passage
    title: float
    whole: float
    sentence: float
    title_stems: tuple[str, ...]
    body_stems: tuple[str, ...]
    word_vectors: Vectors


def evidence(question: Question, candidate: Candidate, best_in_domain: float) -> Numbers:
    """The features in the order of `FEATURES`; `best_in_domain` is the best similarity over all entities."""
    stems = (*candidate.title_stems, *candidate.body_stems)
    covered = exactly = least = second = rarest = about = unknown = 0.0
    if question.words and stems:
        same = np.array([[word == other for other in stems] for word in question.words])
        likeness = np.where(same, 1.0, _likeness(question.word_vectors @ candidate.word_vectors.T))
        cover = likeness.max(axis=1)
        weight = question.rarity / question.rarity.sum()
        covered, exactly = float(cover @ weight), float(same.any(axis=1) @ weight)
        order = np.sort(1 - question.rarity * (1 - cover))
        least, second = float(order[0]), float(order[1]) if len(order) > 1 else 1.0
        rarest = float(cover[int(question.rarity.argmax())])
        titled = len(candidate.title_stems)
        about = float(likeness[:, :titled].max(axis=0).mean()) if titled else 0.0
        unknown = float((~question.known * question.rarity * (1 - cover)).max())
    told = f"{candidate.passage.title} {candidate.passage.body}"
    asks_price, asks_time = mentions_price(question.text), mentions_time(question.text)
    tells_price, tells_time = mentions_price(told), mentions_time(told)
    best = max(candidate.title, candidate.whole, candidate.sentence)
    return np.array(
        [
            candidate.title,
            candidate.whole,
            candidate.sentence,
            best,
            covered,
            exactly,
            least,
            second,
            rarest,
            about,
            asks_price and not tells_price,
            asks_time and not tells_time,
            asks_price and tells_price,
            asks_time and tells_time,
            max(0.0, best_in_domain - best),
            unknown,
            len(question.words) <= 1,
            len(candidate.body_stems) > 40,
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
