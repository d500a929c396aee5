"""Teaches what questions are about (`data/knowledge/subjects.py`), and asks a model that did not learn a question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from bench.knowledge_examples import TOPICS, Asked, topic, topics
from bench.knowledge_fit import Example
from bench.learning import regression
from bench.weights import keep
from data.embeddings import Embedder
from data.knowledge.evidence import FEATURES, shared_subjects
from data.knowledge.passage import Passage
from data.knowledge.question import Numbers
from data.knowledge.subjects import Subjects
from data.knowledge.words import sentences, without_name

FOLDS = 8
RIDGE = 0.05
ROUNDS = 120
TITLE, SENTENCE, REVIEW = 0.3, 0.15, 0.1
"""How much a title, a sentence of the text under it and one of a review weigh in training; a question weighs 1."""
UNKNOWN = 0.2
"""The share of questions about whose subject nothing is known, as of a branch's own files: the judge has to learn what
to do without."""
PATTERNS = ("any hotel, made", "sample, made")
"""The kinds of questions that are not learned from."""
ALSO = {
    "accessibility": "accessible",
    "airport": "shuttle",
    "extra-bed": "extra bed",
    "bar": "restaurant",
    "room-service": "room service",
    "meeting-rooms": "meeting",
    "minimum-age": "age",
    "payment": "card",
}
"""Sample hotels' subjects that are called otherwise among the topics of the hotel FAQs."""


@dataclass(frozen=True)
class Lesson:
    """A text's vector, its subjects (shares that add up to 1), its weight, and the fold that it is held out with."""

    vector: Numbers
    subjects: Numbers
    weight: float
    fold: int


def folds_of(examples: Sequence[Example]) -> dict[str, int]:
    """The fold that each group is held out with."""
    groups = sorted({one.asked.group for one in examples})
    np.random.default_rng(1).shuffle(groups)
    return {group: index % FOLDS for index, group in enumerate(groups)}


def subject_of(passage: Passage) -> str | None:
    """What a passage is about; None for a review, which is about many things."""
    if "/" not in passage.id:
        return None if "guest review" in passage.title else topic(passage.title)
    name = passage.id.split("/")[1]
    return f"flight {name}" if passage.domain == "flight" else ALSO.get(name, name)


def lessons(
    passages: Sequence[Passage], examples: Sequence[Example], fold: Mapping[str, int], embedder: Embedder
) -> tuple[tuple[str, ...], list[Lesson]]:
    """The names of the subjects, and all texts to learn them from."""
    about = {passage.id: subject_of(passage) for passage in passages}
    names = tuple(sorted({name for name in about.values() if name} | set(TOPICS)))
    place = {name: index for index, name in enumerate(names)}
    learned = []
    for passage in passages:
        held = fold.get(passage.entity, -1)  # the hotels of the public files are groups
        told = sentences(without_name(passage.body, passage.entity))
        if name := about[passage.id]:
            titles = (passage.title, *passage.asked)
            texts = [(without_name(title, passage.entity), name, TITLE) for title in titles]
            texts += [(sentence, name, SENTENCE) for sentence in told]
        else:
            texts = [(sentence, *found, REVIEW) for sentence in told if len(found := topics(sentence)) == 1]
        vectors = embedder.embed([text for text, *_ in texts])
        for vector, (_, name, weight) in zip(vectors, texts, strict=True):
            learned.append(Lesson(vector, np.eye(len(names))[place[name]], weight, held))
    met: set[tuple[str, int]] = set()
    for one in examples:
        key = one.weighed.question.text, fold[one.asked.group]
        subjects = None if one.asked.kind in PATTERNS or key in met else _asked_about(one.asked, about, place)
        if subjects is not None:
            met.add(key)
            learned.append(Lesson(one.weighed.question.vector, subjects, 1.0, key[1]))
    return names, learned


def _asked_about(asked: Asked, about: Mapping[str, str | None], place: Mapping[str, int]) -> Numbers | None:
    """The subjects of what answers a question, or else the topic that it names; None where nothing answers."""
    if not asked.gold:
        return None
    names = [name for gold in asked.gold if (name := about.get(gold))] or [name for name in [topic(asked.text)] if name]
    return np.mean([np.eye(len(place))[place[name]] for name in names], axis=0) if names else None


def fit_subjects(names: tuple[str, ...], learned: Sequence[Lesson]) -> Subjects:
    """The model under which the texts are likeliest about their subjects (ridge penalty)."""
    rows = np.stack([one.vector for one in learned]).astype(np.float64)
    wanted = np.stack([one.subjects for one in learned])
    fitted = regression(rows, wanted, np.array([one.weight for one in learned]), RIDGE, ROUNDS)
    weights, bias = fitted[:-1], fitted[-1]
    return Subjects(names, weights.astype(np.float16).astype(np.float32), bias.astype(np.float16).astype(np.float32))


def without(known: Subjects, subjects: Set[str | None], random: np.random.Generator) -> Subjects:
    """The model as it would be if it knew neither `subjects` nor every second of the others."""
    kept = [place for place, name in enumerate(known.names) if name not in subjects and random.random() < 0.5]
    return Subjects(tuple(known.names[place] for place in kept), known.weights[:, kept], known.bias[kept])


def told_by(known: Subjects, example: Example) -> Example:
    """The example with the evidence that `known` gives on its subject."""
    weighed = example.weighed
    shared = shared_subjects(known, weighed.question, weighed.candidates)
    evidence = [
        replace(one, features=np.concatenate([one.features[: -shared.shape[1]], row]))
        for one, row in zip(weighed.evidence, shared, strict=True)
    ]
    assert all(len(one.features) == len(FEATURES) for one in evidence)
    return replace(example, weighed=replace(weighed, evidence=evidence))


@dataclass(frozen=True)
class Taught:
    """What is learned from everything (`known`); the examples with evidence from models that did not learn their fold
    (`asked`); and the same to train a judge on, where some models do not know the subject either (`learned_from`)."""

    known: Subjects
    asked: list[Example]
    learned_from: list[Example]


def taught(passages: Sequence[Passage], examples: Sequence[Example], embedder: Embedder) -> Taught:
    """Learn what the examples are about."""
    fold = folds_of(examples)
    names, learned = lessons(passages, examples, fold, embedder)
    models = [fit_subjects(names, [one for one in learned if one.fold != held]) for held in range(FOLDS)]
    about = {passage.id: subject_of(passage) for passage in passages}
    random = np.random.default_rng(2)
    asked = [told_by(models[fold[one.asked.group]], one) for one in examples]
    learned_from = []
    for one in asked:
        model = models[fold[one.asked.group]]
        if random.random() < UNKNOWN:
            subjects = {about.get(name) for name in one.asked.gold | one.asked.without}
            learned_from.append(told_by(without(model, subjects, random), one))
        else:
            learned_from.append(one)
    return Taught(fit_subjects(names, learned), asked, learned_from)


def store(known: Subjects, code: Path) -> None:
    """Keep the model in the file that ships, and its SHA-256 in the module `code`."""
    weights, bias = known.weights.astype(np.float16), known.bias.astype(np.float16)
    keep(code, "subjects.npz", {"names": np.array(known.names), "weights": weights, "bias": bias})
