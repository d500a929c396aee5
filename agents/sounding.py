"""How near words are to the flows of every agent, by sentence embeddings: as a whole, and by their clauses.

People tell a story and put their wish somewhere in it. A clause that says the wish by itself counts for the whole.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from agents.understand.intents import Examples, fitted, logits_of
from data.embeddings import Embedder

FirstSentences = Mapping[str, Mapping[str, Sequence[str]]]
"""For each persona and flow the sentences with which customers began what it does."""
Scores = Mapping[str, float]
"""For each flow of a persona how near the words are to its examples."""
PART_COSTS = 0.04
"""How much less a clause counts than all of the words."""
LIKELY = 0.15
"""What the regression's likelihood, from `_UNSURE` on, adds to the nearness of the examples. On the first sentences of
our own scripted customers nearness alone has the right flow first in 72 of 100, both together in 81."""
BEGAN = 0.15
"""What each factor of e, by which another flow is likelier to be what a customer begins with, takes from a flow's
score. On the first sentences of four rounds of scripted customers, each left out of the training in turn, the right
flow is first in 202 of 239 with it, and in 188 without."""
_LEAST = -5.0
"""The lowest such difference, natural logarithm, that counts."""
_BEGAN_COUNTS = 3.0
"""How much a sentence that a customer began with counts in training, an example being 1."""
_UNSURE = 0.3
_STEPS, _SHRINK, _EVENLY = 300, 1e-4, 0.5
_BEGAN_STEPS = 200
FIRST_SENTENCES = Path(__file__).parent / "first_sentences.yaml"
"""Sentences by persona and flow with which customers began what the flow does; made by `bench/first_sentences.py`."""
_FEWEST_WORDS = 4
"""A clause with fewer words says nothing by itself."""
_MAX_PARTS = 4
_CUT = re.compile(
    r"(?:[.;!?]|\.\.\.)\s+|,\s*(?:and|so|but|or|then|because|since|which means)\s+|"
    r"\s+(?:and|so|but|because|then|which means)\s+(?=(?:i|we|my|our|can|could|please|is|are|it|the|put|what|how)\b)",
    re.IGNORECASE,
)
"""Where one clause ends and another begins."""


@dataclass(frozen=True, slots=True)
class Sounding:
    """What words sound like: the unit vector of all of them, and those of their clauses (none for a single one)."""

    whole: NDArray[np.float32]
    clauses: tuple[NDArray[np.float32], ...] = ()


class FlowSounds:
    """Compares words with the examples of every persona's flows. Safe to share.

    Two views are added up: how near the nearest examples are, and which flow a logistic regression over all of them
    takes the words for. The first knows when nothing is near; the second tells alike flows apart. Where words begin
    something, a second regression counts, over the examples and what customers began with. Flows of which no such
    sentence is known are in it with their examples.
    """

    def __init__(
        self,
        embedder: Embedder,
        vectors: Mapping[str, NDArray[np.float32]],
        flows: Mapping[str, Mapping[str, Sequence[str]]],
        began: FirstSentences | None = None,
    ) -> None:
        """`flows`: for each persona the utterances of its flows, names made general; `vectors`: their unit vectors and
        those of `began`. Fits the regressions, some tenths of a second: make it in a thread."""
        self._embedder = embedder
        self._examples = {name: Examples(vectors, told) for name, told in flows.items()}
        labels = {name: {flow: _label(flows, name, flow) for flow in told} for name, told in flows.items()}
        texts = {labels[name][flow]: told[flow] for name, told in flows.items() for flow in told}
        every = Examples(vectors, texts)
        self._weights = fitted(every, steps=_STEPS, shrink=_SHRINK, evenly=_EVENLY)
        first = {label: list[str]() for label in texts}
        for name, told in (began or {}).items():
            for flow, sentences in told.items():
                if (label := labels.get(name, {}).get(flow)) is not None:
                    first[label] += sentences
        both = Examples(vectors, {label: (*texts[label], *first[label]) for label in texts})
        counts = [one for n in every.labels for one in (*[1.0] * len(texts[n]), *[_BEGAN_COUNTS] * len(first[n]))]
        self._began = fitted(both, steps=_BEGAN_STEPS, shrink=_SHRINK, evenly=0.0, counts=counts)
        place = {label: at for at, label in enumerate(every.labels)}
        self._places = {
            name: (tuple(known), np.array([place[label] for label in known.values()]))
            for name, told in labels.items()
            if (known := {flow: label for flow, label in told.items() if label in place})
        }

    async def of(self, general: str) -> Sounding | None:
        """What the words `general` (names made general) sound like; None when nothing was said. Embeds in a thread."""
        return await asyncio.to_thread(self._of, general) if general else None

    def _of(self, general: str) -> Sounding:
        embedded = self._embedder.embed_tokens([general])[0]
        return Sounding(embedded.sentence, tuple(embedded.part(*span) for span in clauses_of(general)))

    def scores(self, sounding: Sounding | None, *, begins: bool = False) -> dict[str, Scores]:
        """For each persona how well its flows fit, -1 to about 1; empty for nothing said. `begins`: whether the words
        can begin something, because no question is open."""
        if sounding is None:
            return {}
        vectors = np.stack([sounding.whole, *sounding.clauses])
        logits = logits_of(vectors, self._weights)
        scores = {name: self._best(name, vectors, logits) for name in self._examples}
        if begins:
            first = logits_of(sounding.whole, self._began)
            scores = {name: self._weighed(name, one, first) for name, one in scores.items()}
        return scores

    def begun(self, sounding: Sounding) -> Mapping[tuple[str, str], float]:
        """For each flow (agent, name) how likely words that begin something are for it, 0 to 1; a flow that several
        personas share is there for each."""
        likely = _softmax(logits_of(sounding.whole, self._began))
        return {
            (name, flow): float(likely[at])
            for name, (flows, places) in self._places.items()
            for flow, at in zip(flows, places.tolist(), strict=True)
        }

    def _weighed(self, name: str, scores: Scores, logits: NDArray[np.float32]) -> Scores:
        """`scores` of one persona, less what other flows of it are likelier to be what is begun."""
        flows, places = self._places[name]
        behind = np.maximum(logits[places] - logits[places].max(), _LEAST) if flows else logits[places]
        less = dict(zip(flows, behind.tolist(), strict=True))
        return {flow: score + BEGAN * less.get(flow, _LEAST) for flow, score in scores.items()}

    def _best(self, name: str, vectors: NDArray[np.float32], logits: NDArray[np.float32]) -> Scores:
        """The flows of one persona: of all of the words, or of the clause that fits better."""
        flows, places = self._places[name]
        likely = _softmax(logits[:, places])
        best: dict[str, float] = {}
        for at, vector in enumerate(vectors):
            costs = PART_COSTS * (at > 0)
            for flow, score in self._examples[name].scores(vector).items():
                score += LIKELY * (float(likely[at, flows.index(flow)]) - _UNSURE) - costs
                best[flow] = max(best.get(flow, -1.0), score)
        return best


def first_sentences() -> FirstSentences:
    """What customers began with, as it is kept with the agents."""
    told: FirstSentences = yaml.safe_load(FIRST_SENTENCES.read_text(encoding="utf-8"))
    return told


def _label(flows: Mapping[str, Mapping[str, Sequence[str]]], name: str, flow: str) -> str:
    """What a flow is called among those of all personas: one that others have too has one name."""
    shared = all(told.get(flow) == flows[name][flow] for told in flows.values())
    return flow if shared else f"{name}/{flow}"


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    odds = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=-1, keepdims=True), dtype=np.float32)


def clauses_of(text: str) -> Sequence[tuple[int, int]]:
    """Where the clauses of `text` start and end (characters), the last few; none for a single one."""
    cuts = [0, *(at for cut in _CUT.finditer(text) for at in cut.span()), len(text)]
    spans = zip(cuts[::2], cuts[1::2], strict=True)
    found = [(start, end) for start, end in spans if len(text[start:end].split()) >= _FEWEST_WORDS]
    return found[-_MAX_PARTS:] if len(cuts) > 2 else []
