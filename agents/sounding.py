"""How near words are to the flows of every agent, by sentence embeddings: as a whole, and by their clauses.

People tell a story and put their wish somewhere in it. A clause that says the wish by itself counts for the whole.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from agents.understand.intents import Examples, fitted, logits_of
from data.embeddings import Embedder

Scores = Mapping[str, float]
"""For each flow of a persona how near the words are to its examples."""
PART_COSTS = 0.04
"""How much less a clause counts than all of the words."""
LIKELY = 0.15
"""What the regression's likelihood, from `_UNSURE` on, adds to the nearness of the examples. On the first sentences of
our own scripted customers nearness alone has the right flow first in 72 of 100, both together in 81."""
_UNSURE = 0.3
_STEPS, _SHRINK, _EVENLY = 300, 1e-4, 0.5
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
    takes the words for. The first knows when nothing is near; the second tells alike flows apart.
    """

    def __init__(
        self,
        embedder: Embedder,
        vectors: Mapping[str, NDArray[np.float32]],
        flows: Mapping[str, Mapping[str, Sequence[str]]],
    ) -> None:
        """`flows`: for each persona the utterances of its flows, names made general; `vectors`: their unit vectors.
        Fits the regression, some tenths of a second: make it in a thread."""
        self._embedder = embedder
        self._examples = {name: Examples(vectors, told) for name, told in flows.items()}
        labels = {name: {flow: _label(flows, name, flow) for flow in told} for name, told in flows.items()}
        texts = {labels[name][flow]: told[flow] for name, told in flows.items() for flow in told}
        every = Examples(vectors, texts)
        self._weights = fitted(every, steps=_STEPS, shrink=_SHRINK, evenly=_EVENLY)
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

    def scores(self, sounding: Sounding | None) -> dict[str, Scores]:
        """For each persona how well its flows fit, -1 to about 1; empty for nothing said."""
        if sounding is None:
            return {}
        vectors = np.stack([sounding.whole, *sounding.clauses])
        logits = logits_of(vectors, self._weights)
        return {name: self._best(name, vectors, logits) for name in self._examples}

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
