"""What a desk's words stand for: which say the same, and which name two different things that a model finds alike.

The words are in `concepts.yaml`. A word that is not there is left to the embedding model.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import yaml
from numpy.typing import NDArray

from data.knowledge.words import stem


@dataclass(frozen=True, slots=True)
class Concepts:
    """`of` names the concept of a stem, `order` its number; `above` has that of each one's wider one, -2 for none.

    The rest are stems by their part in a question.
    """

    of: Mapping[str, str]
    order: Mapping[str, int]
    above: NDArray[np.int64]
    things: frozenset[str]
    judging: frozenset[str]
    asking: frozenset[str]
    framing: frozenset[str]

    def numbers(self, stems: Sequence[str]) -> NDArray[np.int64]:
        """The number of each stem's concept, -1 for a stem that has none: (n,)."""
        return np.array([self.order.get(self.of.get(word, ""), -1) for word in stems], dtype=np.int64)

    def alike(self, words: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether each of `others` (by number) serves for each of `words`: (words, others).

        It does when it is the same, the narrower one, or the wider one, unless another of its kind is among `others`:
        pets serve for a rabbit, but not where dogs and cats are named.
        """
        above, above_others = self.above[words], self.above[others]
        same = words[:, None] == others[None, :]
        named = (above[:, None] == above_others[None, :]).any(axis=1)
        wider = (above[:, None] == others[None, :]) & ~named[:, None] | (words[:, None] == above_others[None, :])
        return np.asarray((same | wider) & (words >= 0)[:, None] & (others >= 0)[None, :], dtype=np.bool_)


@cache
def concepts() -> Concepts:
    """The concepts of `concepts.yaml`. Raises ValueError when a word stands in two of them."""
    stored: Mapping[str, list[str] | str] = yaml.safe_load(
        files(__package__).joinpath("concepts.yaml").read_text("utf-8")
    )
    of: dict[str, str] = {}
    wider: dict[str, str] = {}
    for line in (*stored["things"], *stored["loosely"]):
        words, _, above = line.partition("<")
        name = words.split()[0]
        if above:
            wider[name] = above.strip()
        for word in _stems(words.split()):
            if of.setdefault(word, name) != name:
                raise ValueError(f"concepts.yaml: {word} stands for {of[word]} and for {name}: take it out of one")
    judging, asking, framing = (_stems(str(stored[part]).split()) for part in ("judging", "asking", "framing"))
    things = frozenset(word for word, name in of.items() if name in {line.split()[0] for line in stored["things"]})
    order = {name: number for number, name in enumerate(dict.fromkeys(of.values()))}
    above = np.full(len(order) + 1, -2, dtype=np.int64)  # the last is that of -1, no concept
    for name, wide in wider.items():
        above[order[name]] = order[wide]
    return Concepts(of, order, above, things, judging, asking, framing)


def _stems(words: Iterable[str]) -> frozenset[str]:
    return frozenset(stem(word) for word in words)
