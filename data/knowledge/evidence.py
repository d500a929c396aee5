"""What speaks for a passage as the answer to a question, and what against it.

A neighbouring passage is often as similar as the right one ("Is there a gym at ...?" beside the pool of that hotel
and the gyms of others). So beside similarity the evidence is: is each word that carries the question covered by
the passage, does it tell a price when one is asked for, does it stand out from the more distant passages, and do
other entities' passages fit the question much better, and is it about the same subject (`subjects.py`). What it is
worth is learned: see `judge.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data.embeddings import DIMENSIONS, Vectors
from data.knowledge.concepts import concepts
from data.knowledge.passage import Passage
from data.knowledge.question import Numbers, Places, Question
from data.knowledge.subjects import Subjects, subjects
from data.knowledge.vocabulary import Rows, Vocabulary
from data.knowledge.words import asks_time, measure_missing, mentions_price, mentions_time, one_inside_other

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
    "measure_lacks",  # a speed, height, weight, number, ... is asked for and nothing measured in that way is told
    "stands_out",  # how much better it fits than the question's more distant candidates
    "stands_far_out",  # how much better it fits than passages further off, when several may answer
    "elsewhere",  # how much better the best passage of the domain fits, whatever its entity
    "few_words",  # at most one word carries the question
    "long_body",
    "specific",  # the passage is about one entity, not the whole domain
    "same_subject",  # how likely passage and question are about the same of the known subjects
    "likeliest_subject",  # the same, as a share of the question's likeliest subject
    "other_subject",  # how much likelier another candidate is about the question's subject
    "known_subject",  # how likely the question's likeliest subject is
)

LACKS = 3
"""What `Evidence.lacks` says of a word: how far the passage does not cover it, whether it has neither the word nor one
for the same thing, and then how unlike its most alike word is."""

PAIR = 3 * DIMENSIONS
"""How many numbers compare a question's vector with that of the passage's nearest view."""

_PRODUCT = 15  # makes the products of two unit vectors' numbers about as large as the numbers themselves


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage that may answer, and how near it is to the question.

    `views` has the vectors of all its views. `best` is the similarity of the nearest one, `nearest` its vector,
    `by_sentence` the similarity of each sentence of the body, in order. `words` are the numbers of its stems in the
    vocabulary.
    """

    passage: Passage
    words: Rows
    views: Vectors
    best: float
    nearest: Vectors
    by_sentence: tuple[float, ...]

    @property
    def sentence(self) -> float:
        """The similarity of the nearest sentence of the body."""
        return max(self.by_sentence, default=self.best)


@dataclass(frozen=True, slots=True)
class Evidence:
    """For a candidate: `features` in the order of `FEATURES`, `lacks`, 0 to 1 (words of the question, `LACKS`), and
    `pair` (`PAIR`): the vector of what asks, how it differs from the passage's nearest view, and their product."""

    features: Numbers
    lacks: Numbers
    pair: Numbers


@dataclass(frozen=True, slots=True)
class _Cover:
    """How far each word of the question is in a passage: by the same word or thing (`same`), by words that are alike
    too (`cover`), by how alike the most alike word is, whatever it stands for (`alike`)."""

    same: Numbers
    cover: Numbers
    alike: Numbers


def weigh(
    question: Question,
    candidates: Sequence[Candidate],
    vocabulary: Vocabulary,
    best_in_domain: float,
    background: float,
) -> list[Evidence]:
    """The evidence for each candidate.

    `best_in_domain` is the best similarity over all entities, `background` that of passages too distant to answer.
    """
    distant = sorted((candidate.best for candidate in candidates), reverse=True)[_NEAR:]
    near_by = distant[len(distant) // 2] if distant else 0.0
    covers = _covers(question, candidates, vocabulary)
    asked = _Asked(
        question,
        question.rarity / question.rarity.sum() if question.words else question.rarity,
        question.which("thing"),
        question.which("other"),
        question.which("judging"),
        question.which("thing", "judging", "other"),
        mentions_price(question.text),
        asks_time(question.text),
    )
    about = shared_subjects(subjects(), question, candidates)
    return [
        _evidence(asked, candidate, cover, (best_in_domain, near_by, background), shared)
        for candidate, cover, shared in zip(candidates, covers, about, strict=True)
    ]


def shared_subjects(known: Subjects, question: Question, candidates: Sequence[Candidate]) -> Numbers:
    """The last features of each candidate: (candidates, 4)."""
    return known.compare(question.vector, [candidate.views for candidate in candidates])


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is the same for all candidates: the question, its words' weights, the places of its words by kind (`point`:
    all that it is about), and whether it asks for a price or a time."""

    question: Question
    weight: Numbers
    thing: Places
    other: Places
    judging: Places
    point: Places
    price: bool
    time: bool


def _evidence(
    asked: _Asked, candidate: Candidate, found: _Cover, similarities: tuple[float, float, float], shared: Numbers
) -> Evidence:
    question = asked.question
    lacks = things = all_things = others = without = neighbour = judging = covered = exactly = second = rarest = 0.0
    best_in_domain, near_by, background = similarities
    cover = found.cover
    if question.words and len(candidate.words):
        rarity, missing = question.rarity, 1 - cover
        rare_missing = rarity * missing
        covered, exactly = float(cover @ asked.weight), float(found.same @ asked.weight)
        order = np.sort(1 - rare_missing)
        second = float(order[1]) if len(order) > 1 else 1.0
        rarest = float(cover[int(rarity.argmax())])
        lacks = float((question.known * rare_missing).max())
        if len(asked.thing):
            things = float(missing[asked.thing].max())
            all_things = float(things == 0)
        if len(asked.other):
            others = float(rare_missing[asked.other].max())
        if len(asked.judging):
            judging = float(missing[asked.judging].max())
        if len(asked.point):
            nearer = question.without @ candidate.nearest - float(question.vector @ candidate.nearest)
            without = max(0.0, float((nearer * missing)[asked.point].max()))
        by_word = dict(zip(question.words, cover.tolist(), strict=True))
        for first, second_word in question.neighbours:
            if first in by_word and second_word in by_word:
                neighbour = max(neighbour, abs(by_word[first] - by_word[second_word]))
    passage = candidate.passage
    features = np.array(
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
            asked.price and not mentions_price(f"{passage.title} {passage.body}"),
            asked.time and not mentions_time(passage.body),
            measure_missing(question.text, f"{passage.title} {passage.body}"),
            candidate.best - near_by,
            candidate.best - background,
            max(0.0, best_in_domain - candidate.best),
            len(question.words) <= 1,
            len(passage.body) > _LONG,
            passage.entity != "",
            *shared,
        ],
        dtype=np.float64,
    )
    not_same = 1 - found.same
    lacking = np.stack([1 - cover, not_same, (1 - found.alike) * not_same], axis=1)
    asks, nearest = question.vector.astype(np.float64), candidate.nearest.astype(np.float64)
    return Evidence(features, lacking, np.concatenate([asks, asks - nearest, _PRODUCT * asks * nearest]))


def _covers(question: Question, candidates: Sequence[Candidate], vocabulary: Vocabulary) -> list[_Cover]:
    """How far each candidate covers the question's words: all pairs of words are compared once for all candidates."""
    words = [candidate.words for candidate in candidates]
    count = len(question.words)
    every, places = np.unique(np.concatenate(words), return_inverse=True) if words else (np.zeros(0, np.int64), [])
    if not count or not len(every):
        return [_Cover(*(np.zeros(count) for _ in range(3))) for _ in candidates]
    known = concepts()
    stems = [vocabulary.stems[row] for row in every]
    asked, there = known.numbers(question.words), vocabulary.concepts[every]
    cosine = question.word_vectors @ vocabulary.vectors[every].T
    rows = np.array([vocabulary.row(word) for word in question.words])
    equal = rows[:, None] == every[None, :]
    alike = _likeness(cosine)
    likeness = alike.copy()
    for row, column in np.argwhere(likeness > 0):
        if one_inside_other(question.words[row], stems[column]):
            likeness[row, column] = 0.0
    likeness[(asked >= 0)[:, None] & (there >= 0)[None, :]] = 0.0
    things, judging = question.which("thing"), question.which("judging")
    likeness[things] = np.minimum(likeness[things], _MISTAKABLE)
    judged = np.array([stem in known.judging for stem in stems])
    covers = []
    ends = np.cumsum([len(rows) for rows in words])
    for columns in np.split(np.asarray(places), ends[:-1]):
        if not len(columns):
            covers.append(_Cover(*(np.zeros(count) for _ in range(3))))
            continue
        same = equal[:, columns] | known.alike(asked, there[columns])
        near = likeness[:, columns]
        if judged[columns].any():
            near[judging] = np.maximum(near[judging], _JUDGED)
        exact = same.any(axis=1)
        covers.append(
            _Cover(exact.astype(np.float64), np.where(exact, 1.0, near.max(axis=1)), alike[:, columns].max(axis=1))
        )
    return covers


def _likeness(cosine: Vectors) -> Numbers:
    """Word similarity from the cosine of their vectors: 0 for unrelated words, near 1 for synonyms."""
    return np.clip((cosine.astype(np.float64) - 0.3) / 0.5, 0.0, 0.95)
