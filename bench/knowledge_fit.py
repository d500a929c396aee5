"""Fits the judge of the knowledge base (`data/knowledge/judge.py`) to weighed questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize

from bench.knowledge_examples import Asked
from data.embeddings import DIMENSIONS
from data.knowledge.base import Weighed
from data.knowledge.evidence import FEATURES, LACKS
from data.knowledge.judge import ROLE, Judge, roles
from data.knowledge.question import Numbers

SHARES = {
    "hotels": 1.0,
    "hotels, made": 0.5,
    "any hotel": 0.4,
    "any hotel, spoken": 0.4,
    "any hotel, made": 0.15,
    "sample": 1.0,
    "sample, missing": 0.4,
    "sample, made": 0.25,
    "sample, spoken": 1.0,
    "sample, spoken, missing": 0.4,
    "sample, told": 1.0,
    "sample, told, missing": 0.4,
    "desk": 1.0,
    "desk, missing": 0.4,
}
"""How much a question of each kind weighs in training: what was made from patterns counts less than what was asked."""

RIDGE, RIDGE_ROLE, RIDGE_LAYER, RIDGE_LACKING, RIDGE_PAIR, RIDGE_SUBJECT = 3.0, 1.0, 4.0, 0.3, 2.0, 1.0
UNITS = 8
COMPONENTS = 32
"""Roles are learned in so many principal components of the words' vectors, not in all their dimensions."""
PAIR_COMPONENTS = 64
"""The same for the vectors of questions and passages."""

# Evidence that can only speak for a passage, or only against it, whatever a small sample says.
FOR, AGAINST = (0.0, None), (None, 0.0)
SIGNS = {
    **dict.fromkeys(("best", "sentence", "stands_out", "stands_far_out", "specific"), FOR),
    **dict.fromkeys(("covered", "exactly_covered", "second_least", "rarest_covered"), FOR),
    **dict.fromkeys(("thing_covered", "same_subject", "likeliest_subject"), FOR),
    **dict.fromkeys(("known_lacks", "thing_lacks", "other_lacks", "better_without", "neighbour_lacks"), AGAINST),
    **dict.fromkeys(
        ("judging_lacks", "price_lacks", "time_lacks", "measure_lacks", "elsewhere", "other_subject"), AGAINST
    ),
}
# Being about one entity makes a passage the better candidate, not the better answer.
SIGNS_ANSWERING = {**SIGNS, "specific": (0.0, 0.0)}
# What is asked about the thing, and whether an answer to it is told, says nothing of the subject.
SIGNS_SUBJECT = {
    **SIGNS_ANSWERING,
    **dict.fromkeys(("better_without", "neighbour_lacks", "judging_lacks"), (0.0, 0.0)),
    **dict.fromkeys(("price_lacks", "time_lacks", "measure_lacks"), (0.0, 0.0)),
}


@dataclass(frozen=True)
class Example:
    """A question, what the knowledge base makes of it, and whether the agent asks which entity is meant instead."""

    asked: Asked
    weighed: Weighed
    nameless: bool

    @property
    def ids(self) -> list[str]:
        """The candidates' ids."""
        return [candidate.passage.id for candidate in self.weighed.candidates]

    @property
    def rows(self) -> Numbers:
        """The candidates' features: (candidates, features)."""
        evidence = self.weighed.evidence
        return np.stack([one.features for one in evidence]) if evidence else np.zeros((0, len(FEATURES)))


def fit(examples: Sequence[Example]) -> Judge:
    """Train all models: ranking (conditional logit) first, then answering and the subject on what it ranks first."""
    examples = [example for example in examples if example.ids]
    every = np.concatenate([example.rows for example in examples])
    mean, scale = every.mean(axis=0), every.std(axis=0) + 1e-6
    shift = [(example.rows - mean) / scale for example in examples]
    ranking = fit_ranking(examples, shift)
    best = [int(np.argmax(rows @ ranking)) for rows in shift]
    first = np.stack([rows[index] for rows, index in zip(shift, best, strict=True)])
    judge = fit_answering(examples, best, first, ranking, mean, scale)
    subject, bias = fit_subject(examples, best, first)
    return replace(judge, subject=subject, subject_bias=bias)


def fit_ranking(examples: Sequence[Example], shift: Sequence[Numbers]) -> Numbers:
    """The weights under which the answering passages of each question win over its other candidates."""
    cases = []
    for example, rows in zip(examples, shift, strict=True):
        wanted = np.array([float(name in example.asked.gold) for name in example.ids])
        if 0 < wanted.sum() < len(wanted):
            cases.append((SHARES[example.asked.kind], rows, wanted / wanted.sum()))

    def loss(weights: Numbers) -> tuple[float, Numbers]:
        total, slope = RIDGE / 2 * float(weights @ weights), RIDGE * weights
        for share, rows, wanted in cases:
            fits = rows @ weights
            log_chance = fits - fits.max() - np.log(np.exp(fits - fits.max()).sum())
            total -= share * float(wanted @ log_chance)
            slope = slope - share * rows.T @ (wanted - np.exp(log_chance))
        return total, slope

    bounds = [SIGNS.get(name, (None, None)) for name in FEATURES]
    return np.asarray(minimize(loss, np.zeros(len(FEATURES)), jac=True, method="L-BFGS-B", bounds=bounds).x)


def fit_subject(examples: Sequence[Example], best: Sequence[int], first: Numbers) -> tuple[Numbers, float]:
    """The weights and the bias under which the scaled features `first` say whether each question's `best` candidate is
    on its subject, where that is known."""
    known = [one.asked.on_subject(one.ids[index]) for one, index in zip(examples, best, strict=True)]
    rows = np.array([on is not None for on in known])
    near = np.array([float(bool(on)) for on in known])[rows]
    share = np.array([SHARES[one.asked.kind] for one in examples])[rows]
    shown = first[rows]

    def loss(weights: Numbers) -> tuple[float, Numbers]:
        linear, bias = weights[:-1], weights[-1]
        odds = shown @ linear + bias
        total = float(share @ (np.logaddexp(0, odds) - near * odds)) + RIDGE_SUBJECT / 2 * float(linear @ linear)
        slope = share * (1 / (1 + np.exp(-odds)) - near)
        return total, np.append(shown.T @ slope + RIDGE_SUBJECT * linear, slope.sum())

    bounds = [*(SIGNS_SUBJECT.get(name, (None, None)) for name in FEATURES), (None, None)]
    fitted = minimize(loss, np.zeros(len(FEATURES) + 1), jac=True, method="L-BFGS-B", bounds=bounds).x
    return fitted[:-1], float(fitted[-1])


def fit_answering(
    examples: Sequence[Example], best: Sequence[int], first: Numbers, ranking: Numbers, mean: Numbers, scale: Numbers
) -> Judge:
    """The judge whose likelihood fits whether each question's `best` candidate, with the scaled features `first`, is a
    right one (logistic loss, ridge penalties).

    A question whose right passage is among the candidates but not the best teaches nothing here: it is ranked wrongly,
    but to refuse it would be wrong as well.
    """
    fair = [
        place
        for place, (one, index) in enumerate(zip(examples, best, strict=True))
        if one.ids[index] in one.asked.gold or not one.asked.gold & set(one.ids)
    ]
    examples, best, first = [examples[place] for place in fair], [best[place] for place in fair], first[fair]
    right = np.array([float(one.ids[index] in one.asked.gold) for one, index in zip(examples, best, strict=True)])
    share = np.array([SHARES[example.asked.kind] for example in examples])
    lacks = np.concatenate(
        [
            one.weighed.evidence[index].lacks if one.weighed.question.words else np.zeros((0, LACKS))
            for one, index in zip(examples, best, strict=True)
        ]
    )
    counts = [len(example.weighed.question.words) for example in examples]
    owner = np.repeat(np.arange(len(examples)), counts)
    role = np.concatenate([roles(example.weighed.question) for example in examples])
    middle = role[:, :DIMENSIONS].mean(axis=0)
    _, spread, axes = np.linalg.svd(role[:, :DIMENSIONS] - middle, full_matrices=False)
    spread = spread[:COMPONENTS] / np.sqrt(len(role))
    project = axes[:COMPONENTS].T / spread
    known = 2.0 * role[:, DIMENSIONS:-1]  # twice as large, so that the ridge holds these few back less
    role = np.hstack([(role[:, :DIMENSIONS] - middle) @ project, known, np.ones((len(role), 1))])
    features, count = len(FEATURES), len(examples)
    pairs = np.stack([one.weighed.evidence[index].pair for one, index in zip(examples, best, strict=True)])
    centre = pairs.mean(axis=0)
    turn = np.linalg.svd(pairs - centre, full_matrices=False)[2][:PAIR_COMPONENTS].T
    turn = turn / ((pairs - centre) @ turn).std(axis=0).max()  # the first component of unit spread, the others less
    pairs = (pairs - centre) @ turn
    sizes = (features, 1, LACKS, role.shape[1], UNITS * features, UNITS, UNITS, turn.shape[1])
    cuts = np.cumsum(sizes)[:-1]
    held = np.append(np.full(role.shape[1] - 1, RIDGE_ROLE), 0.0)

    def loss(weights: Numbers) -> tuple[float, Numbers]:
        linear, bias, lacking, part, flat, offset, out, paired = np.split(weights, cuts)
        layer = flat.reshape(UNITS, features)
        weight = 1 / (1 + np.exp(-(role @ part)))
        lack = lacks @ lacking
        units = np.tanh(first @ layer.T + offset)
        odds = first @ linear + bias + units @ out + pairs @ paired - np.bincount(owner, weight * lack, minlength=count)
        total = float(share @ (np.logaddexp(0, odds) - right * odds))
        total += (RIDGE * linear @ linear + held @ part**2 + RIDGE_LACKING * lacking @ lacking) / 2
        total += RIDGE_LAYER / 2 * float(flat @ flat + out @ out)
        total += RIDGE_PAIR / 2 * float(paired @ paired)
        slope = share * (1 / (1 + np.exp(-odds)) - right)
        by_word = -slope[owner]
        by_unit = slope[:, None] * out * (1 - units**2)
        return total, np.concatenate(
            [
                first.T @ slope + RIDGE * linear,
                [slope.sum()],
                lacks.T @ (by_word * weight) + RIDGE_LACKING * lacking,
                role.T @ (by_word * lack * weight * (1 - weight)) + held * part,
                (by_unit.T @ first + RIDGE_LAYER * layer).ravel(),
                by_unit.sum(axis=0),
                units.T @ slope + RIDGE_LAYER * out,
                pairs.T @ slope + RIDGE_PAIR * paired,
            ]
        )

    random = np.random.default_rng(0)
    start = np.zeros(sum(sizes))
    parts = np.split(start, cuts)  # views
    parts[2][:] = 0.3
    parts[4][:] = random.normal(0, 0.3, UNITS * features)
    parts[6][:] = random.normal(0, 0.3, UNITS)
    free: tuple[None, None] = (None, None)
    bounds = [*(SIGNS_ANSWERING.get(name, free) for name in FEATURES), free, *[(0.0, None)] * LACKS]
    bounds += [free] * (len(start) - len(bounds))
    fitted = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 200}).x
    linear, bias, lacking, part, flat, offset, out, paired = np.split(fitted, cuts)
    bias = bias - float(centre @ (turn @ paired))
    towards = project @ part[:COMPONENTS]
    whole = np.concatenate([towards, 2.0 * part[COMPONENTS:-1], [part[-1] - middle @ towards]])
    assert len(whole) == ROLE
    return Judge(
        ranking,
        linear,
        float(bias[0]),
        flat.reshape(UNITS, features),
        offset,
        out,
        lacking,
        whole,
        turn @ paired,
        np.zeros(features),
        0.0,
        mean,
        scale,
        0.5,
        0.5,
        0.5,
    )
