"""Train the list of short words of `edge_server/speech/short_words.py`, and measure it on people it has not heard.

    OMP_NUM_THREADS=1 python -m bench.short_words MANIFEST [--states FILE] [--write]

MANIFEST is one of `lobby eval speech` (with a `speaker` in each line) whose lines of the kind `word` are people saying
one word of the list; two words of a speaker one after the other, and stretches of the other recordings, are no word of
the list. To them come words and short phrases by synthetic voices, and noises (`bench/short_sounds.py`). The figures
leave one speaker out at a time, without the decoder's say. `--states` keeps what the encoder makes of all sounds,
which takes ten minutes, for the next time.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.encoded_sounds import Heard, encoded, recordings
from bench.learning import regression
from bench.short_sounds import (
    LETTERS,
    WORDS,
    Sound,
    Surroundings,
    human_sounds,
    noise_sounds,
    synthetic_sounds,
    voices,
)
from bench.weights import keep
from edge_server.audio import Pcm
from edge_server.speech.mel import Floats
from edge_server.speech.short_words import MARGIN, OTHER, pooled

CODE = Path(__file__).parents[1] / "edge_server" / "speech" / "short_words.py"
NAMES = (*WORDS, *LETTERS, *OTHER)
SEED = 1
PRINCIPAL = 128
"""Pooled states are reduced to so many dimensions before the fit; both steps are folded into one layer."""
PENALTY = 5e-4
CROPS, MOST_BEFORE, MOST_AFTER = 3, 8, 6
"""Each sound counts so often, with up to so many states less at its ends: where speech is found varies."""
PERSON = 2.0
"""The weight of a person against a synthetic voice."""
ROUNDS = 150
CROWD = ("What time does breakfast start and is it included in the price?", "I want to stay one night longer, please.")

Whole = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Layer:
    """From pooled states to a score of each of `NAMES`: float32[PARTS * width + 1, names], the last row the bias."""

    weights: Floats

    def best(self, pooled_states: Floats) -> Whole:
        """The likeliest name of each row."""
        return np.asarray((pooled_states @ self.weights[:-1] + self.weights[-1]).argmax(axis=1))


def sounds(manifest: Path) -> Iterator[Sound]:
    """All sounds that are learnt from."""
    told, said = recordings(manifest), voices()
    crowd: list[Pcm] = [*told.readings, *(say(text, 1.0) for say in list(said.values())[:7] for text in CROWD)]
    around = Surroundings(SEED, crowd)
    words = [one for one in told.words if one[0] in WORDS]
    yield from human_sounds(words, around)
    yield from noise_sounds(told.readings, around)
    yield from synthetic_sounds(said, around)


def fit(rows: Floats, names: Whole, weights: Floats) -> Layer:
    """Multinomial logistic regression on the principal components of `rows` (float32[sounds, PARTS * width])."""
    middle = rows.mean(axis=0)
    variances, axes = np.linalg.eigh((rows - middle).T @ (rows - middle) / len(rows))
    turn = axes[:, -PRINCIPAL:] / np.sqrt(variances[-PRINCIPAL:]).mean()
    points = (rows - middle) @ turn
    wanted = np.eye(len(NAMES))[names]
    layer = regression(points.astype(np.float64), wanted, weights / weights.sum(), 2 * PENALTY, ROUNDS)
    whole = turn @ layer[:-1]
    return Layer(np.concatenate((whole, (layer[-1] - middle @ whole)[np.newaxis])).astype(np.float32))


def trained(heard: Sequence[Heard]) -> Layer:
    """The layer that `heard` gives, each sound cut a few times."""
    dice = np.random.default_rng(SEED)
    rows, names, weights = [], [], []
    for one in heard:
        for _ in range(CROPS):
            before, after = int(dice.integers(MOST_BEFORE)), int(dice.integers(MOST_AFTER))
            cut = one.states[before : len(one.states) - after]
            rows.append(pooled((cut if len(cut) > MOST_BEFORE else one.states).astype(np.float32)))
            names.append(NAMES.index(one.text))
            weights.append(PERSON if one.speaker else 1.0)
    return fit(np.stack(rows), np.array(names), np.array(weights, dtype=np.float32))


def left_out(heard: Sequence[Heard]) -> Iterator[tuple[Heard, str]]:
    """Each sound of a person with the name that it gets from a layer which has not heard that person."""
    for speaker in sorted({one.speaker for one in heard if one.speaker}):
        layer = trained([one for one in heard if one.speaker != speaker])
        own = [one for one in heard if one.speaker == speaker]
        best = layer.best(np.stack([pooled(one.states.astype(np.float32)) for one in own]))
        yield from zip(own, (NAMES[place] for place in best), strict=True)


def main() -> None:
    """Train, tell the figures, and write the weights where that is wanted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--states", type=Path, help="read the encoder's states from this file, or keep them there")
    parser.add_argument("--write", action="store_true", help="write short_words.npz")
    options = parser.parse_args()
    heard = encoded(lambda: sounds(options.manifest), MARGIN, options.states)
    print(len(heard), "sounds")
    if options.write:
        weights = trained(heard).weights.astype(np.float16)
        keep(CODE, "short_words.npz", {"names": np.array(NAMES), "weights": weights})
        return
    right: Counter[tuple[str, bool]] = Counter()
    for one, name in left_out(heard):
        right[one.change, name == one.text] += 1
    for change in sorted({change for change, _ in right}):
        print(f"{change or 'clean':20} {right[change, True]} of {right[change, True] + right[change, False]}")


if __name__ == "__main__":
    main()
