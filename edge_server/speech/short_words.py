"""Short words said alone, told apart by what Whisper's encoder makes of their sound.

Whisper's decoder writes sentences: for one short word it prefers what is often written alone ("Bye!" for "five",
"Thanks." for "six"). The encoder knows better. A linear layer over the means of `PARTS` stretches of its states says
which of a closed list of words it was, or another one, or none; `bench/short_words.py` trains it. Its say and the
decoder's own are multiplied, so that a word counts when both can live with it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np

from agents.understand.words import UNITS
from data.model_files import ModelFile, read_verified
from edge_server.speech.characters import only_characters
from edge_server.speech.mel import Floats

WEIGHTS = ModelFile(
    name="short_words.npz",
    package="edge_server",
    path="speech/short_words.npz",
    sha256="84398e696599370a13e32e31ba8f7a572d04899d954fb4819d26067c57d54678",
    what="weights of short words said alone",
)
PARTS = 4
"""The sound is cut into so many stretches of the same length, each stands for its mean."""
MARGIN = 3, 5
"""So many states before and after the utterance belong to its sound."""
LONGEST_S = 2.0
"""A longer utterance, padding included, is no single short word."""
MOST_WORDS = 2
"""What the decoder takes for more different words than this was not said alone."""
OTHER = ("other", "noise")
"""Names that stand for every other word, and for no word at all."""
DECODER = 0.5
"""The weight of the decoder's log probabilities against the encoder's."""
ALONE = 2.5
"""So much likelier (a logarithm) than in training is a word of the list against another, where one was written."""
UNLIKELY = 1e-4
"""No more than this counts against a word that the decoder does not think of."""
ALSO_SAID = frozenset({"bye", "goodbye", "thanks", "thank you", "great", "sure", "hi", "hello", "um", "uh-huh"})
"""Words that are no less often said alone to a desk than those of the list."""
SURE_AGAINST = 0.9
"""From this probability on a word is believed where the decoder wrote one of `ALSO_SAID`."""
SURE = 0.4
"""From this probability on a word is believed."""


class Tokens(Protocol):
    """What is needed of a tokenizer."""

    def encode(self, sequence: str, *, add_special_tokens: bool) -> Encoded:
        """The tokens of a text."""


class Encoded(Protocol):
    """A tokenised text."""

    @property
    def ids(self) -> list[int]:
        """The tokens' numbers."""


@dataclass(frozen=True, slots=True)
class ShortWord:
    """A word that was said alone; `logprob` is the log of its probability."""

    text: str
    logprob: float


class ShortWords:
    """The list and its weights. `weights`: float32[PARTS * width + 1, names], the last row the bias."""

    def __init__(self, names: Sequence[str], weights: Floats, tokenizer: Tokens) -> None:
        self._names = tuple(names)
        self._weights = weights
        self._openings = [_openings(name, tokenizer) for name in names]
        self._letters = np.array([len(name) == 1 for name in names])
        self._digits = np.array([name in UNITS for name in names])
        self._rest = np.array([name in OTHER for name in names])
        self._other = np.array([name == OTHER[0] for name in names])

    @classmethod
    def load(cls, tokenizer: Tokens) -> ShortWords:
        """The list that ships, for the packaged Whisper base. Raises ModelError when it is missing or damaged."""
        with np.load(io.BytesIO(read_verified(WEIGHTS)), allow_pickle=False) as content:
            return cls([str(name) for name in content["names"]], content["weights"].astype(np.float32), tokenizer)

    def heard(
        self, states: Floats, opening: Floats | None, *, letters: bool, digits: bool = True, written: str = ""
    ) -> ShortWord | None:
        """The word of the list that was said alone; None when none is likely enough.

        `states`: the encoder's float32[frames, width] of the sound. `opening`: the decoder's log probabilities
        float32[vocabulary] of the first token of text, None when it wrote none. `letters`: a letter may have been
        said, because one is expected, `digits`: a digit may. `written`: what the decoder wrote, where it is believed.
        """
        likely = _log_softmax(pooled(states) @ self._weights[:-1] + self._weights[-1])
        if opening is not None:
            decoder = DECODER * np.log(self._decoder(opening)) - ALONE * self._other
            likely = np.asarray(likely + decoder, dtype=np.float32)
        excluded = self._rest.copy()
        if not letters:
            excluded |= self._letters
        if not digits:
            excluded |= self._digits
        shares = np.exp(_log_softmax(likely))
        best = int(np.where(excluded, 0.0, shares).argmax())
        if shares[best] < (SURE_AGAINST if written.lower().strip(" .,!?") in ALSO_SAID else SURE):
            return None
        name = self._names[best]
        return ShortWord(name if self._letters[best] else name.capitalize(), float(np.log(shares[best])))

    def _decoder(self, opening: Floats) -> Floats:
        """The decoder's probability of each name; what is in none of the words stands for all others."""
        found = np.array([np.exp(opening[tokens]).sum() if tokens else 0.0 for tokens in self._openings])
        rest = max(0.0, 1.0 - float(found[~self._rest & ~self._letters].sum()))
        return np.maximum(np.where(self._rest, rest, found), UNLIKELY).astype(np.float32)


def several_words(text: str) -> bool:
    """Whether what the decoder wrote is more than one word, for all that it may mistake one for two ("All right" for
    "nine") or write it twice: several characters, or more than `MOST_WORDS` different words."""
    words = re.findall(r"[A-Za-z0-9']+", text)
    different = {word.lower() for word in words}
    run = any(len(word) > 1 and (any(map(str.isdigit, word)) or (len(word) > 2 and word.isupper())) for word in words)
    return run or len(different) > MOST_WORDS or (len(different) > 1 and only_characters(text))


def pooled(states: Floats) -> Floats:
    """The means of `PARTS` stretches of `states` (float32[frames, width], at least one frame), one after the other."""
    edges = np.linspace(0.0, len(states), PARTS + 1)
    means = [
        states[int(begins) : max(int(begins) + 1, int(np.ceil(ends)))].mean(axis=0) for begins, ends in pairwise(edges)
    ]
    return np.concatenate(means)


def _openings(name: str, tokenizer: Tokens) -> list[int]:
    """The first tokens of the ways to write `name`, where it is one of the words."""
    if name in OTHER:
        return []
    written = {name.capitalize()} if len(name) == 1 else {name, name.capitalize()}
    if name in UNITS:
        written.add(str(UNITS[name]))
    tokens = [tokenizer.encode(before + text, add_special_tokens=False).ids for text in written for before in (" ", "")]
    return sorted({ids[0] for ids in tokens if len(ids) == 1})


def _log_softmax(scores: Floats) -> Floats:
    top = scores.max()
    return np.asarray(scores - top - np.log(np.exp(scores - top).sum()), dtype=np.float32)
