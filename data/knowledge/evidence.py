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
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from data.embeddings import Vectors
from data.knowledge.concepts import concepts
from data.knowledge.passage import Passage
from data.knowledge.words import asks_time, mentions_price, mentions_time, one_inside_other

Numbers = NDArray[np.float64]
WordKind = Literal["thing", "judging", "asking", "framing", "other"]

_NEAR = 4  # the candidates that may all answer, mostly
_MISTAKABLE = 0.5  # at most so alike is a thing of `concepts.yaml` to a word that is not there
_JUDGED = 0.9  # how far one judgement covers another
_LONG = 400  # characters; passages made to be spoken are shorter

FEATURES = (
    "best",  # similarity of the nearest view: a title or listed question, the whole, a sentence
    "sentence",  # similarity of the nearest sentence of the body
    "covered",  # share of the question's words that the passage has, synonyms in part, by rarity
    "exactly_covered",  # the same, synonyms left out
    "second_least",  # how far the second worst covered word is covered, less strict for common words
    "rarest_covered",  # how far the rarest word is covered
    "known_lacks",  # how far a word is missing that other passages have: the knowledge base would say it so
    "thing_lacks",  # how far a thing that the question names is missing (`concepts.yaml`), where words cannot excuse it
    "thing_covered",  # the question names things, and the passage speaks of all of them
    "other_lacks",  # how far a word is missing that is no known thing, no judgement and no framing
    "better_without",  # how much nearer the question comes when a word is taken out of it: that word is not answered
    "neighbour_lacks",  # of two words that belong together one is there and the other is not ("valet parking")
    "judging_lacks",  # a judgement is asked for and none given
    "price_lacks",  # a price is asked for and none told
    "time_lacks",  # a time is asked for and none told
    "stands_out",  # how much better it fits than the question's more distant candidates
    "stands_far_out",  # how much better it fits than passages further off, when several may answer
    "elsewhere",  # how much better the best passage of the domain fits, whatever its entity
    "few_words",  # at most one word carries the question
    "long_body",
    "specific",  # the passage is about one entity, not the whole domain
)


@dataclass(frozen=True, slots=True)
class Question:
    """A question made ready: its words without the entity's name.

    `vector` is that of the bare text; `words` its stems, `word_vectors` one row each, `rarity` their inverse
    document frequency, scaled to at most 1, `known` whether any passage has the word, `without` the question's
    vector with each of them taken out, `kinds` their part in the question;
    `neighbours` are pairs of stems that follow one another.
    """

    text: str
    vector: Vectors
    words: tuple[str, ...]
    word_vectors: Vectors
    rarity: Numbers
    known: NDArray[np.bool_]
    without: Vectors
    kinds: tuple[WordKind, ...]
    neighbours: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage, its similarity to the question, and its words.

    `best` is the similarity of the nearest view, `sentence` that of the nearest sentence of the body. `word_vectors`
    has one row a stem; `by_sentence` has the similarity of each sentence of the body, in order;
    `nearest` is the vector of the nearest view.
    """

    passage: Passage
    best: float
    sentence: float
    stems: tuple[str, ...]
    word_vectors: Vectors
    by_sentence: tuple[float, ...]
    nearest: Vectors


def word_kind(stem: str) -> WordKind:
    """The part that a stem plays in a question."""
    known = concepts()
    if stem in known.things:
        return "thing"
    if stem in known.judging:
        return "judging"
    if stem in known.asking:
        return "asking"
    return "framing" if stem in known.framing else "other"


def weigh(
    question: Question, candidates: Sequence[Candidate], best_in_domain: float, background: float
) -> list[Numbers]:
    """The evidence for each candidate.

    `best_in_domain` is the best similarity over all entities, `background` that of passages too distant to answer.
    """
    distant = sorted((candidate.best for candidate in candidates), reverse=True)[_NEAR:]
    near_by = distant[len(distant) // 2] if distant else 0.0
    return [_evidence(question, candidate, best_in_domain, near_by, background) for candidate in candidates]


def _evidence(
    question: Question, candidate: Candidate, best_in_domain: float, near_by: float, background: float
) -> Numbers:
    """The features in the order of `FEATURES`."""
    covered = exactly = second = rarest = lacks = things = all_things = others = without = neighbour = judging = 0.0
    if question.words and candidate.stems:
        same, cover = _cover(question, candidate)
        rarity = question.rarity
        weight = rarity / rarity.sum()
        covered, exactly = float(cover @ weight), float(same @ weight)
        order = np.sort(1 - rarity * (1 - cover))
        second = float(order[1]) if len(order) > 1 else 1.0
        rarest = float(cover[int(rarity.argmax())])
        lacks = float((question.known * rarity * (1 - cover)).max())
        kinds = np.array(question.kinds)
        if (thing := kinds == "thing").any():
            things = float((1 - cover[thing]).max())
            all_things = float(things == 0)
        if (other := kinds == "other").any():
            others = float((rarity * (1 - cover))[other].max())
        if (judgement := kinds == "judging").any():
            judging = float((1 - cover[judgement]).max())
        counted = (kinds != "asking") & (kinds != "framing")
        if counted.any():
            nearer = question.without @ candidate.nearest - float(question.vector @ candidate.nearest)
            without = max(0.0, float((nearer * (1 - cover))[counted].max()))
        by_word = dict(zip(question.words, cover, strict=True))
        for first, second_word in question.neighbours:
            if first in by_word and second_word in by_word:
                neighbour = max(neighbour, abs(float(by_word[first]) - float(by_word[second_word])))
    passage = candidate.passage
    price_lacks = mentions_price(question.text) and not mentions_price(f"{passage.title} {passage.body}")
    time_lacks = asks_time(question.text) and not mentions_time(passage.body)
    return np.array(
        [
            candidate.best,
            candidate.sentence,
            covered,
            exactly,
            second,
            rarest,
            lacks,
            things,
            all_things,
            others,
            without,
            neighbour,
            judging,
            price_lacks,
            time_lacks,
            candidate.best - near_by,
            candidate.best - background,
            max(0.0, best_in_domain - candidate.best),
            len(question.words) <= 1,
            len(passage.body) > _LONG,
            passage.entity != "",
        ],
        dtype=np.float64,
    )


def _cover(question: Question, candidate: Candidate) -> tuple[Numbers, Numbers]:
    """How far each word of the question is in the passage: by the same word or thing, and with words that are alike."""
    known = concepts()
    asked, there = known.numbers(question.words), known.numbers(candidate.stems)
    same = np.array([[word == other for other in candidate.stems] for word in question.words])
    same |= known.alike(asked, there)
    likeness = _likeness(question.word_vectors @ candidate.word_vectors.T)
    for row, column in np.argwhere(likeness > 0):
        if one_inside_other(question.words[row], candidate.stems[column]):
            likeness[row, column] = 0.0
    kinds = np.array(question.kinds)
    likeness[(asked >= 0)[:, None] & (there >= 0)[None, :]] = 0.0
    likeness[kinds == "thing"] = np.minimum(likeness[kinds == "thing"], _MISTAKABLE)
    if not known.judging.isdisjoint(candidate.stems):
        likeness[kinds == "judging"] = np.maximum(likeness[kinds == "judging"], _JUDGED)
    covers = np.where(same, 1.0, likeness).max(axis=1)
    return np.asarray(same.any(axis=1), dtype=np.float64), np.asarray(covers, dtype=np.float64)


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
