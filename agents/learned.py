"""What words are for, by a regression learned from sentences that people wrote: what customers begin with
(`agents/openings.py`), what a reply does to what the desk has said (`agents/acts.py`).

Its evidence is the sentence's embedding, its stemmed words and pairs of words, and of what types the values in it are
(two dates, a seat). The scripts in `bench` train it.
"""

from __future__ import annotations

import io
import logging
import re
from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Self

import numpy as np
import Stemmer
from numpy.typing import NDArray

from data.embeddings import Embedder
from data.model_files import ModelFile, read_verified

log = logging.getLogger(__name__)

MANY = 3
"""From so many values of one type on they are many."""
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+")
_STEMMER = Stemmer.Stemmer("english")

Likely = Mapping[str, float]
"""For each label how likely the words are for what it stands for: 0 to 1, in sum 1."""


@lru_cache(maxsize=64)
def grams(general: str, types: tuple[str, ...] = ()) -> frozenset[str]:
    """The stemmed words of a sentence (names made general) and its pairs of neighbours; all numbers are one word. The
    `types` of the values in it, one for each value, count as words, and so does how often a type comes."""
    found = (match[0] for match in _WORD.finditer(general.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")))
    words = ["^", *_STEMMER.stemWords(["0" if word.isdigit() else word for word in found]), "$"]
    pairs = (f"{one} {other}" for one, other in pairwise(words))
    counted = Counter(types)
    often = (f"<{one} {min(count, MANY)}>" for one, count in counted.items() if count > 1)
    return frozenset((*words[1:-1], *pairs, *(f"<{one}>" for one in counted), *often))


@dataclass(frozen=True, slots=True)
class Learned:
    """A learned choice between labels. Safe to share.

    `sound` (dimensions + 1, labels) are the weights of the embedding and the bias, `words` (grams, labels) those of
    `places`, the grams that are known; `rarity` (grams,) is what each counts. `fingerprint` names the embedding model.
    """

    labels: tuple[str, ...]
    places: Mapping[str, int]
    rarity: NDArray[np.float32]
    words: NDArray[np.float32]
    sound: NDArray[np.float32]
    fingerprint: str
    what: str

    @classmethod
    def load(cls, file: ModelFile) -> Self:
        """The weights in `file`, which comes with this package. Raises ModelError when it is missing or damaged."""
        with np.load(io.BytesIO(read_verified(file)), allow_pickle=False) as kept:
            numbers = {name: kept[name].astype(np.float32) for name in ("rarity", "words", "sound")}
            known = [str(one) for one in kept["grams"]]
            labels = tuple(str(one) for one in kept["labels"])
            places = {one: at for at, one in enumerate(known)}
            return cls(labels, places, **numbers, fingerprint=str(kept["model"]), what=file.what)

    def knows(self, embedder: Embedder) -> bool:
        """Whether the vectors of `embedder` are those that were learned from; an operator's own model gives others."""
        if embedder.fingerprint != self.fingerprint:
            log.warning("the sentence embedding model is another one: the %s are not used", self.what)
        return embedder.fingerprint == self.fingerprint

    def of(self, said: Set[str], vector: NDArray[np.float32]) -> Likely:
        """How likely a sentence with the grams `said` and the unit vector `vector` is for what each label names."""
        logits = vector @ self.sound[:-1] + self.sound[-1] + self._said(said)
        odds = np.exp(logits - logits.max())
        return dict(zip(self.labels, (odds / odds.sum()).tolist(), strict=True))

    def _said(self, said: Set[str]) -> NDArray[np.float32]:
        """What the grams of a sentence add to the logits: their rarities, scaled to unit length, times the weights."""
        places = sorted(self.places[one] for one in said if one in self.places)
        if not places:
            return np.zeros(len(self.labels), dtype=np.float32)
        counts = self.rarity[places]
        return np.asarray((counts / np.linalg.norm(counts)) @ self.words[places], dtype=np.float32)
