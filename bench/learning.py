"""Fit, measure and keep a learned choice (`agents.learned`): for the scripts that train one. `regression` is for all.

A multinomial logistic regression on a sentence's embedding and its grams; each gram counts by its rarity, all of a
sentence scaled to unit length.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar
from scipy.sparse import csr_matrix, hstack

from agents.learned import Learned
from bench.weights import keep
from data.embeddings import Embedder

SHRINK, FEWEST, STEPS = 0.05, 2, 120
"""L2 weight; in how many sentences a gram must be to be learned from; steps of the fit at the most."""
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Sentence:
    """A sentence's grams and unit vector, its label, who wrote it, and what it counts."""

    said: Set[str]
    vector: Numbers
    label: str
    writer: str
    counts: float = 1.0


@dataclass(frozen=True)
class Fit:
    """Weights as `Learned` takes them."""

    labels: tuple[str, ...]
    grams: tuple[str, ...]
    rarity: Numbers
    words: Numbers
    sound: Numbers

    def choice(self) -> Learned:
        """What the desk makes of it."""
        places = {one: at for at, one in enumerate(self.grams)}
        parts = (np.asarray(one, np.float16).astype(np.float32) for one in (self.rarity, self.words, self.sound))
        return Learned(self.labels, places, *parts, fingerprint="", what="")

    def times(self, factor: float) -> Fit:
        """The same with all logits times `factor`."""
        return Fit(self.labels, self.grams, self.rarity, self.words * factor, self.sound * factor)


def learned(sentences: Sequence[Sentence]) -> Fit:
    """The regression on `sentences`."""
    labels = tuple(sorted({one.label for one in sentences}))
    counted = Counter(gram for one in sentences for gram in one.said)
    known = tuple(sorted(gram for gram, count in counted.items() if count >= FEWEST))
    rarity = np.log((1 + len(sentences)) / (1 + np.array([counted[gram] for gram in known]))) + 1
    features = _features(sentences, known, rarity)
    wanted = np.eye(len(labels))[[labels.index(one.label) for one in sentences]]
    weights = regression(features, wanted, np.array([one.counts for one in sentences]), SHRINK, STEPS)
    size = sentences[0].vector.shape[0]
    return Fit(labels, known, rarity, weights[size:-1], np.vstack([weights[:size], weights[-1]]))


def regression(features: Numbers | csr_matrix, wanted: Numbers, counts: Numbers, shrink: float, steps: int) -> Numbers:
    """Multinomial logistic regression: weights (columns of `features` + 1, labels), the last row the bias.

    `wanted`: the labels' shares in each row of `features`, which add up to 1; `counts`: what each row counts. The sum
    of the rows' losses and of half of `shrink` times each squared weight, the bias left out, gets smallest, in at most
    so many steps.
    """
    each, shape = counts[:, None], (features.shape[1] + 1, wanted.shape[1])

    def loss(flat: Numbers) -> tuple[float, Numbers]:
        weights = flat.reshape(shape)
        logits = features @ weights[:-1] + weights[-1]
        logits -= logits.max(axis=1, keepdims=True)
        likely = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        off = each * (np.exp(likely) - wanted)
        slope = np.vstack([features.T @ off + shrink * weights[:-1], off.sum(axis=0)])
        missed = -(each * wanted * likely).sum() + shrink / 2 * (weights[:-1] ** 2).sum()
        return float(missed), slope.ravel()

    start = np.zeros(shape[0] * shape[1])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": steps}).x
    return np.asarray(found).reshape(shape)


def _features(sentences: Sequence[Sentence], known: Sequence[str], rarity: Numbers) -> csr_matrix:
    """The evidence of each sentence: its vector, then its grams by their rarity, scaled to unit length."""
    place = {gram: at for at, gram in enumerate(known)}
    rows, columns, values = list[int](), list[int](), list[float]()
    for row, one in enumerate(sentences):
        places = sorted(place[gram] for gram in one.said if gram in place)
        rows += [row] * len(places)
        columns += places
        values += (rarity[places] / (np.linalg.norm(rarity[places]) or 1.0)).tolist()
    counted = csr_matrix((values, (rows, columns)), shape=(len(sentences), len(known)))
    return csr_matrix(hstack([csr_matrix(np.stack([one.vector for one in sentences])), counted]))


def softmax(logits: Numbers) -> Numbers:
    """Likelihoods, row by row."""
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def likelihoods(choice: Learned, sentences: Sequence[Sentence]) -> Numbers:
    """What the desk would think of each sentence: one row a sentence, one column a label."""
    rows = (choice.of(one.said, one.vector.astype(np.float32)) for one in sentences)
    return np.array([[row[label] for label in choice.labels] for row in rows])


def left_out(sentences: Sequence[Sentence]) -> tuple[list[Sentence], Numbers, NDArray[np.int64], float]:
    """The sentences of each writer in turn ("" counts for nobody), their likelihoods by what all others taught, the
    places of their labels, and the factor on the logits by which the likelihoods come true."""
    held: list[Sentence] = []
    parts: list[Numbers] = []
    rights: list[int] = []
    labels = learned_labels(sentences)
    for writer in sorted({one.writer for one in sentences} - {""}):
        theirs = [one for one in sentences if one.writer == writer]
        choice = learned([one for one in sentences if one.writer != writer]).choice()
        if choice.labels != labels:
            raise ValueError(f"only {writer!r} wrote for some label: every label needs two writers")
        parts.append(likelihoods(choice, theirs))
        rights += [labels.index(one.label) for one in theirs]
        held += theirs
        hits = parts[-1].argmax(axis=1) == rights[-len(theirs) :]
        print(f"{writer}: right {hits.mean():.1%} of {len(theirs)}", flush=True)
    likely, right = np.concatenate(parts), np.array(rights)
    factor = _sharpened(likely, right)
    print(f"the logits times {factor:.2f}")
    return held, softmax(factor * np.log(likely + 1e-12)), right, factor


def learned_labels(sentences: Sequence[Sentence]) -> tuple[str, ...]:
    """All labels, in the order of the columns."""
    return tuple(sorted({one.label for one in sentences}))


def _sharpened(likely: Numbers, right: NDArray[np.int64]) -> float:
    """The factor on the logits by which the likelihoods come true most often."""

    def missed(factor: float) -> float:
        return float(-np.log(softmax(factor * np.log(likely + 1e-12))[np.arange(len(right)), right] + 1e-12).mean())

    return float(minimize_scalar(missed, bounds=(0.5, 4.0), method="bounded").x)


def figures(name: str, likely: Numbers, right: NDArray[np.int64]) -> None:
    """Print how often the likeliest, or one of the two likeliest, is right, and how true the likelihoods are."""
    order = np.argsort(-likely, axis=1)
    first = likely[np.arange(len(right)), order[:, 0]]
    hit, either = order[:, 0] == right, (order[:, :2] == right[:, None]).any(axis=1)
    print(f"{name}: right {hit.mean():.1%}, one of two {either.mean():.1%} of {len(right)}")
    for least, most in ((0.0, 0.3), (0.3, 0.5), (0.5, 0.7), (0.7, 0.85), (0.85, 0.95), (0.95, 1.01)):
        among = (first >= least) & (first < most)
        if among.any():
            print(f"   likelihood {least:.2f} to {most:.2f}: {among.mean():.1%} of all, right {hit[among].mean():.1%}, "
                  f"one of two {either[among].mean():.1%}")  # fmt: skip


def write(fit: Fit, code: Path, name: str) -> None:
    """Keep `fit` in the file `name` beside the module `code`, and its SHA-256 in that module."""
    names = {"labels": fit.labels, "grams": fit.grams, "model": Embedder.load().fingerprint}
    halves = {one: np.asarray(getattr(fit, one), np.float16) for one in ("rarity", "words", "sound")}
    keep(code, name, {one: np.array(told) for one, told in names.items()} | halves)
