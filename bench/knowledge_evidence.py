"""Train and measure the judge that decides whether a passage answers a question (`data/knowledge/evidence.json`), and
what questions are about (`data/knowledge/subjects.npz`).

    OMP_NUM_THREADS=1 python bench/knowledge_evidence.py --docs DOCS.jsonl --queries QUERIES.jsonl [--write] [--last]

With more than one thread the small matrices are fitted ten times slower.

The files are hotel FAQs and reviews with questions, as `lobby eval knowledge` takes them (DSTC11 track 5,
CDLA-Sharing-1.0, was used). To them come the questions of `ANY_HOTEL`, those of `TRAINING` (to
the sample passages), and near misses put together from `knowledge_near_misses.yaml`. Negatives are real passages that
do not answer: those of the same question when everything that answers it is left out (the hotel is there, the fact
is not), and those of an attribute that nothing tells. Figures are cross-validated: whole entities are held out for the
hotel FAQs, questions for the rest. `--last` asks the questions of `LAST` too, the sets that nothing was trained on.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.knowledge_examples import (
    BENCH,
    Asked,
    about,
    any_hotel_questions,
    hotel_questions,
    missing,
    near_misses,
    sample_questions,
)
from bench.knowledge_fit import Example, fit
from bench.knowledge_subjects import Taught, folds_of, store, taught, told_by
from data.embeddings import Embedder
from data.knowledge import sample_passages
from data.knowledge.base import KnowledgeBase
from data.knowledge.evidence import FEATURES
from data.knowledge.judge import Judge
from data.knowledge.passage import Passage
from data.knowledge.question import KINDS
from data.knowledge.words import without_name

WEIGHTS = BENCH.parent / "data" / "knowledge" / "evidence.json"
SUBJECTS = WEIGHTS.with_name("subjects.py")
TRAINING = {
    "sample": ("training",),
    "sample, spoken": ("training_spoken",),
    "sample, told": ("training_told",),
    "desk": ("kiosk", "untouched", "held_out", "counter"),
}
"""Files of questions to the sample passages by kind. Those of the desk were frozen, asked once, and trained on after
that."""
ANY_HOTEL = {"any hotel": "any_hotel", "any hotel, spoken": "any_hotel_spoken"}
"""The same for questions that any hotel may be asked."""
UNSEEN = {"test": BENCH.parent / "tests" / "data" / "knowledge_questions.yaml"}
LAST = {name: BENCH / f"knowledge_{name}.yaml" for name in ("lobby", "lift", "own_words")}
WEIGHTY = ("hotels", "hotels, made", "sample")
"""The kinds on which the threshold is chosen, each as heavy as the others."""
REFUSED_WRONGLY = 0.065
TAKEN_AWAY = (
    "hotels, made",
    "any hotel",
    "sample, missing",
    "sample, spoken, missing",
    "sample, told, missing",
    "desk, missing",
)
"""The kinds that show how often a passage on another subject is told with reservation, each as heavy as the others."""
RESERVED = (
    "hotels",
    "hotels, made",
    "any hotel",
    "any hotel, made",
    "sample",
    "sample, spoken",
    "sample, told",
    "desk",
)
"""The kinds that show how often the right one is."""
OTHER_SUBJECT, KEPT = 0.04, 0.95
"""At most so many questions whose subject is taken away are told of something else; of the right tellings, so many are
kept by the lower threshold of likelihood."""


def weigh(base: KnowledgeBase, questions: Sequence[Asked]) -> list[Example]:
    """Candidates and evidence for each question."""
    examples = []
    for asked in questions:
        weighed = base.weigh(asked.text, domain=asked.domain, entity=asked.entity, without=asked.without)
        nameless = asked.entity is None and base.named_entity(asked.text, asked.domain) is None
        bound = all(candidate.passage.entity for candidate in weighed.candidates)
        examples.append(Example(asked, weighed, nameless and bound))
    return examples


@dataclass(frozen=True)
class Thresholds:
    """From which likelihood a passage answers, may be told with reservation, and is on the subject."""

    answers: float
    unsure: float
    on_subject: float


@dataclass(frozen=True)
class Told:
    """What a judge makes of a question: the first passage (`found`), how likely it answers and is on the subject,
    whether it and the first three are gold, and whether it is on the subject (None: not known)."""

    asked: Asked
    score: float
    nearness: float
    first: bool
    in_three: bool
    near: bool | None
    found: str

    def reserved(self, judge: Thresholds) -> bool:
        """Whether the first passage is told with reservation."""
        return judge.unsure <= self.score < judge.answers and self.nearness >= judge.on_subject


def tell(judge: Judge, one: Example) -> Told:
    """Rank the candidates of one question."""
    evidence = one.weighed.evidence
    order = np.argsort(-judge.fit(evidence), kind="stable")
    names = [one.ids[index] for index in order]
    gold = one.asked.gold
    best = [evidence[order[0]]] if len(order) else []
    score = float(judge.likelihood(one.weighed.question, best)[0]) if best else 0.0
    nearness = float(judge.nearness(best)[0]) if best else 0.0
    if one.nameless:  # the agent asks which hotel is meant: nothing is answered
        score = nearness = 0.0
    first = names[0] if names else ""
    near = one.asked.on_subject(first)
    return Told(one.asked, score, nearness, first in gold, bool(gold & set(names[:3])), near, first)


def figures(told: list[Told], at: Thresholds) -> str:
    """One line of figures for questions of one kind."""
    threshold = at.answers
    good, bad = [t for t in told if t.asked.gold], [t for t in told if not t.asked.gold]
    parts = []
    if good:
        refused = np.mean([t.score < threshold for t in good])
        right = np.mean([t.first and t.score >= threshold for t in good])
        parts.append(
            f"{len(good)} answerable: hit@1 {np.mean([t.first for t in good]):.3f} hit@3 "
            f"{np.mean([t.in_three for t in good]):.3f} refused {refused:.3f} answered right {right:.3f}; "
            + _told([t for t in good if t.score < threshold], at)
        )
    if bad:
        parts.append(
            f"{len(bad)} unanswerable: refused {np.mean([t.score < threshold for t in bad]):.3f}; "
            + _told([t for t in bad if t.score < threshold], at)
        )
    return "; ".join(parts)


def _told(refused: Sequence[Told], at: Thresholds) -> str:
    """How many of the questions that get no answer are told of something with reservation, and of what."""
    told = [t for t in refused if t.reserved(at)]
    by = {
        "right": sum(t.first for t in told),
        "on the subject": sum(bool(t.near) and not t.first for t in told),
        "other": sum(t.near is False for t in told),
        "not looked at": sum(t.near is None for t in told),
    }
    return f"of those {len(refused)} told with reservation {len(told)} ({', '.join(f'{n} {k}' for k, n in by.items())})"


def cross_validated(lesson: Taught) -> list[Told]:
    """What judges that never saw a question's group make of it."""
    fold = folds_of(lesson.asked)
    told = []
    for held in range(max(fold.values()) + 1):
        judge = fit([one for one in lesson.learned_from if fold[one.asked.group] != held])
        told += [tell(judge, one) for one in lesson.asked if fold[one.asked.group] == held]
    return told


def best_threshold(told: Sequence[Told]) -> float:
    """The highest threshold under which at most `REFUSED_WRONGLY` of the answerable questions are refused, on average
    over `WEIGHTY`."""
    kinds = [np.array([t.score for t in told if t.asked.gold and t.asked.kind == kind]) for kind in WEIGHTY]
    steps = np.arange(0.01, 1.0, 0.01)
    return float(max(at for at in steps if np.mean([np.mean(scores < at) for scores in kinds]) <= REFUSED_WRONGLY))


def reserving_thresholds(told: Sequence[Told], answers: float) -> Thresholds:
    """The lowest threshold of the subject at which few questions whose subject is taken away are told of something else
    (`OTHER_SUBJECT`), then the highest lower threshold of likelihood that keeps most right tellings (`KEPT`)."""
    refused = [t for t in told if t.score < answers]

    def right(at: Thresholds) -> float:
        kinds = [[t.reserved(at) for t in refused if t.first and t.asked.kind == kind] for kind in RESERVED]
        return float(np.mean([np.mean(kind) for kind in kinds if kind]))

    def other(at: Thresholds) -> float:
        kinds = [[t.reserved(at) for t in refused if t.near is False and t.asked.kind == kind] for kind in TAKEN_AWAY]
        return float(np.mean([np.mean(kind) for kind in kinds if kind]))

    steps = [Thresholds(answers, 0.0, float(step)) for step in np.arange(0.3, 1.0, 0.05)]
    alone = min((at for at in steps if other(at) <= OTHER_SUBJECT), key=lambda at: at.on_subject)
    lower = [Thresholds(answers, float(step), alone.on_subject) for step in np.arange(0.0, 0.1, 0.005)]
    at = max((one for one in lower if right(one) >= KEPT * right(alone)), key=lambda one: one.unsure)
    print(f"told with reservation, of those refused: {right(at):.3f} of the right ones, {other(at):.3f} of others")
    return at


def subject_of(passages: Sequence[Passage], subject: str) -> frozenset[str]:
    """The sample passages about a subject: the last part of their ids."""
    return frozenset(passage.id for passage in passages if passage.id.endswith(f"/{subject}"))


def stored(judge: Judge, at: Thresholds) -> str:
    """The judge as the file that ships."""

    def short(name: str, digits: int) -> object:
        return np.round(getattr(judge, name), digits).tolist()

    names = ("ranking", "answering", "layer", "layer_bias", "layer_out", "lacking", "role", "pair", "subject")
    kept: dict[str, object] = {"features": list(FEATURES), "kinds": list(KINDS)}
    kept |= {name: short(name, 4) for name in names} | {name: short(name, 5) for name in ("mean", "scale")}
    kept |= {"bias": round(judge.bias, 4), "subject_bias": round(judge.subject_bias, 4)}
    kept |= {"threshold": round(at.answers, 3), "unsure": round(at.unsure, 3), "on_subject": round(at.on_subject, 3)}
    return "{\n" + ",\n".join(f" {json.dumps(name)}: {json.dumps(value)}" for name, value in kept.items()) + "\n}\n"


def main() -> None:
    """Train, print the figures, and with `--write` keep the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--docs", type=Path, required=True)
    parser.add_argument("--queries", type=Path, required=True)
    parser.add_argument("--write", action="store_true", help="write evidence.json and subjects.npz")
    parser.add_argument("--last", action="store_true", help="ask the questions that nothing was tuned on")
    options = parser.parse_args()
    embedder = Embedder.load()
    passages = [
        Passage(doc["id"], doc["domain"], doc["entity"], without_name(doc["title"], doc["entity"]), doc["body"], "faq")
        for doc in map(json.loads, options.docs.read_text("utf-8").splitlines())
    ]
    with tempfile.TemporaryDirectory() as folder:
        hotels = KnowledgeBase.open(Path(folder) / "hotels.db", embedder, Judge.untrained())
        hotels.add(passages)
        sample, told_here = (
            KnowledgeBase.open(Path(folder) / "sample.db", embedder, Judge.untrained()),
            sample_passages(),
        )
        sample.add(told_here)
        lines = []
        for kind, names in TRAINING.items():
            asked = [one for name in names for one in sample_questions(BENCH / f"knowledge_{name}.yaml", kind)]
            lines += asked + missing(asked, f"{kind}, missing")
        for domain in ("hotel", "flight"):
            lines += near_misses(told_here, domain, "sample, made", subject_of)
        asked_hotels = hotel_questions(passages, options.queries)
        for kind, name in ANY_HOTEL.items():
            asked_hotels += any_hotel_questions(passages, name, kind)
        asked_hotels += near_misses(passages, "hotel", "any hotel, made", about)
        examples = weigh(hotels, asked_hotels) + weigh(sample, lines)
        others = UNSEEN | LAST if options.last else UNSEEN
        unseen = {name: weigh(sample, sample_questions(path, name)) for name, path in others.items()}
    lesson = taught([*passages, *told_here], examples, embedder)
    told = cross_validated(lesson)
    at = reserving_thresholds(told, best_threshold(told))
    print(f"cross-validated, {at}:")
    for kind in dict.fromkeys(one.asked.kind for one in examples):
        print(f"  {kind}: {figures([t for t in told if t.asked.kind == kind], at)}")
    judge = fit(lesson.learned_from)
    for name, questions in unseen.items():
        heard = [tell(judge, told_by(lesson.known, one)) for one in questions]
        print(f"{name} (never trained on): {figures(heard, at)}")
        for one in heard:
            answered = one.score >= at.answers
            if one.reserved(at) or answered != bool(one.asked.gold) or (answered and not one.first):
                what = "answered from" if answered else "told with reservation" if one.reserved(at) else "refused, near"
                likely = f"likelihood {one.score:.2f}, on the subject {one.nearness:.2f}"
                print(f"  {one.asked.text!r} {sorted(one.asked.gold)}: {what} {one.found} ({likely})")
    if options.write:
        WEIGHTS.write_text(stored(judge, at), "utf-8")
        store(lesson.known, SUBJECTS)


if __name__ == "__main__":
    main()
