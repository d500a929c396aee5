"""Train the network of `edge_server/speech/spelled_signs.py`, and measure it on voices it has not heard.

    OMP_NUM_THREADS=1 python -m bench.spelled_signs MANIFEST PACKAGES STATES [--styles FOLDER] [--hear N/M]
                                                    [--out SPEAKER ...] [--write]

MANIFEST is one of `lobby eval speech` (with a `speaker` in each line) whose lines of the kind `word` are people saying
one word; PACKAGES has people who say letters (`bench/spelled_people.py`). The sounds are made as
`bench/spelled_sounds.py` says, and what the encoder makes of them is kept in the folder STATES: that takes half an
hour, so `--hear` makes one share of them and ends. `--out` leaves speakers out of training and tells how many of their
strings are read exactly; `--write` writes the weights.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.encoded_sounds import Heard, encoded, recordings
from bench.short_sounds import Surroundings, voices
from bench.spelled_people import lent_digits, people_spelling
from bench.spelled_sounds import Said, other_speech, people, spellers, voices_spelling
from bench.weights import keep
from edge_server.audio import Pcm
from edge_server.evaluation.own_speech import SENTENCES
from edge_server.speech.mel import Floats
from edge_server.speech.spelled_signs import AROUND, MARGIN, SIGNS, Network, SpelledSigns, around, likeliest

CODE = Path(__file__).parents[1] / "edge_server" / "speech" / "spelled_signs.py"
SEED = 1
PRINCIPAL, HIDDEN = 64, 128
"""States are reduced to so many dimensions; the hidden layer has so many units."""
EPOCHS, BATCH = 14, 24
RATE_OF_LEARNING, DECAY, STEEPEST = 4e-3, 1e-4, 5.0
"""Of Adam (Kingma and Ba, 2015), which falls along half a cosine; of weights; the longest gradient."""
DROPPED, JITTER = 0.3, 0.15
"""Share of hidden units left out at random, and noise on the states, of their own deviation."""
MOST_CUT = 6
"""Up to so many states less at each end: where speech is found varies."""
_NEVER = -1e9

Doubles = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]


Group = Callable[[], Iterator[Said]]


def groups(manifest: Path, packages: Path, styles: Path | None) -> dict[str, Group]:
    """All sounds that are learnt from, in groups; a group is the same whether or not the others were made before."""
    told, said = recordings(manifest), voices(styles)
    crowd: list[Pcm] = [*told.readings, *(say(text, 1.0) for say in list(said.values())[:4] for text in SENTENCES[:2])]

    def around(seed: int) -> Surroundings:
        return Surroundings(SEED + seed, crowd)

    everybody = people_spelling(packages, lent_digits(manifest))
    made: dict[str, Group] = {
        "people": lambda: people(told.words, around(0)),
        "spellers": lambda: spellers(everybody, around(1)),
        "other speech": lambda: other_speech(told.readings, said, around(2)),
    }
    for number, (voice, say) in enumerate(said.items()):
        made[voice] = partial(voices_spelling, {voice: say}, around(3 + number))
    return made


def slopes(logprobs: Floats, texts: Sequence[Places], lengths: Places) -> tuple[float, Floats]:
    """The summed loss of `texts` (columns of each) under `logprobs` (float32[sounds, frames, columns], so many frames
    of each count as `lengths` says), and its gradient by the scores that `logprobs` came from.

    Forward and backward sums over all ways to say a text (Graves et al., 2006).
    """
    count, frames, _ = logprobs.shape
    steps = 2 * max(map(len, texts)) + 1
    places = np.zeros((count, steps), dtype=np.intp)
    valid, skips = np.zeros((count, steps), dtype=bool), np.zeros((count, steps), dtype=bool)
    ends = np.array([2 * len(text) for text in texts])
    for row, text in enumerate(texts):
        places[row, 1 : 2 * len(text) : 2] = text
        valid[row, : 2 * len(text) + 1] = True
        skips[row, 3 : 2 * len(text) : 2] = text[1:] != text[:-1]
    rows = np.arange(count)
    emitted = logprobs[rows[:, None, None], np.arange(frames)[None, :, None], places[:, None, :]].astype(np.float64)
    emitted = np.where(valid[:, None, :], emitted, _NEVER)
    before, behind = np.full((2, count, frames, steps), _NEVER)
    before[:, 0, :2] = emitted[:, 0, :2]
    for at in range(1, frames):
        before[:, at] = _step(before[:, at - 1], skips) + emitted[:, at]
    last = np.full((count, steps), _NEVER)
    last[rows, ends] = 0.0
    last[rows[ends > 0], ends[ends > 0] - 1] = 0.0
    backwards = np.pad(skips, ((0, 0), (0, 2)))[:, 2:][:, ::-1]
    for at in range(frames - 1, -1, -1):
        if at < frames - 1:
            behind[:, at] = _step((behind[:, at + 1] + emitted[:, at + 1])[:, ::-1], backwards)[:, ::-1]
        behind[lengths - 1 == at, at] = last[lengths - 1 == at]
        behind[lengths - 1 < at, at] = _NEVER
    ways = before + behind
    found = np.logaddexp.reduce(ways[:, 0], axis=1)
    shares = np.exp(np.clip(ways - found[:, None, None], -80.0, 0.0))
    slope = np.exp(logprobs).astype(np.float32)
    for row in range(count):
        np.add.at(slope[row].T, places[row, : ends[row] + 1], -shares[row, :, : ends[row] + 1].T.astype(np.float32))
        slope[row, lengths[row] :] = 0.0
    return float(-found.sum()), slope


def _step(ways: Doubles, skips: npt.NDArray[np.bool_]) -> Doubles:
    """The log probabilities float64[sounds, steps] a frame later: stay, go on, or skip what lies between."""
    one = np.pad(ways, ((0, 0), (1, 0)), constant_values=_NEVER)[:, :-1]
    two = np.pad(ways, ((0, 0), (2, 0)), constant_values=_NEVER)[:, :-2]
    return np.asarray(np.logaddexp(np.logaddexp(ways, one), np.where(skips, two, _NEVER)))


def trained(heard: Sequence[Heard]) -> Network:
    """The network that `heard` gives."""
    dice = np.random.default_rng(SEED)
    network = _begun(heard, dice)
    points = [
        np.asarray((one.states.astype(np.float32) - network["middle"]) @ network["turn"], dtype=np.float32)
        for one in heard
    ]
    texts = [np.array([1 + SIGNS.index(sign) for sign in one.text], dtype=np.intp) for one in heard]
    learnt = ("w1", "b1", "w2", "b2")
    mean, square = ({name: np.zeros_like(network[name]) for name in learnt} for _ in range(2))
    done = 0
    for epoch in range(EPOCHS):
        pace = RATE_OF_LEARNING * min(1.0, (epoch + 1) / 2) * (0.52 + 0.5 * np.cos(np.pi * epoch / EPOCHS))
        order = sorted(range(len(heard)), key=lambda place: len(points[place]) + dice.uniform(0, 60))
        batches = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
        dice.shuffle(batches)
        total = 0.0
        for batch in batches:
            loss, gradients = _gradients(network, [points[one] for one in batch], [texts[one] for one in batch], dice)
            total += loss
            done += 1
            length = float(np.sqrt(sum(float(np.square(one).sum()) for one in gradients.values())))
            for name in learnt:
                gradient = gradients[name] * min(1.0, STEEPEST / length)
                mean[name] = 0.9 * mean[name] + 0.1 * gradient
                square[name] = 0.99 * square[name] + 0.01 * np.square(gradient)
                move = mean[name] / (1 - 0.9**done) / (np.sqrt(square[name] / (1 - 0.99**done)) + 1e-8)
                network[name] = (network[name] - pace * (move + DECAY * network[name])).astype(np.float32)
        print(f"epoch {epoch + 1}: {total / len(heard):.3f}", flush=True)
    return network


def _begun(heard: Sequence[Heard], dice: np.random.Generator) -> Network:
    """Principal components of the states, brought half of the way to one deviation, and random layers over them."""
    states = np.concatenate([one.states[::5] for one in heard]).astype(np.float32)
    middle = states.mean(axis=0)
    variances, axes = np.linalg.eigh(np.cov((states - middle).T))
    turn = axes[:, -PRINCIPAL:] / variances[-PRINCIPAL:] ** 0.25
    turn /= np.std((states[::7] - middle) @ turn)
    seen = len(AROUND) * PRINCIPAL
    layers = {
        "w1": dice.normal(0, seen**-0.5, (seen, HIDDEN)),
        "b1": np.zeros(HIDDEN),
        "w2": dice.normal(0, HIDDEN**-0.5, (HIDDEN, 1 + len(SIGNS))),
        "b2": np.zeros(1 + len(SIGNS)),
    }
    return {name: value.astype(np.float32) for name, value in {"middle": middle, "turn": turn, **layers}.items()}


def _gradients(
    network: Network, points: Sequence[Floats], texts: Sequence[Places], dice: np.random.Generator
) -> tuple[float, dict[str, Floats]]:
    """The summed loss of a batch and the gradients of its mean, each sound cut and blurred a little."""
    cut = [one[dice.integers(MOST_CUT) : len(one) - dice.integers(MOST_CUT)] for one in points]
    blurred = [
        one + JITTER * (dice.normal(size=one.shape) + dice.normal(size=(1, one.shape[1]))).astype(np.float32)
        for one in cut
    ]
    lengths = np.array([len(one) for one in cut])
    seen = np.zeros((len(cut), lengths.max(), len(AROUND) * PRINCIPAL), dtype=np.float32)
    for row, one in enumerate(blurred):
        seen[row, : len(one)] = around(one)
    kept = ((dice.random((len(cut), 1, HIDDEN)) > DROPPED) / (1 - DROPPED)).astype(np.float32)
    hidden = np.maximum(seen @ network["w1"] + network["b1"], 0.0) * kept
    scores = hidden @ network["w2"] + network["b2"]
    scores -= scores.max(axis=2, keepdims=True)
    loss, slope = slopes(scores - np.log(np.exp(scores).sum(axis=2, keepdims=True)), texts, lengths)
    slope /= len(cut)
    below = (slope @ network["w2"].T) * kept * (hidden > 0)
    return loss, {
        "w1": seen.reshape(-1, seen.shape[2]).T @ below.reshape(-1, HIDDEN),
        "b1": below.sum(axis=(0, 1)),
        "w2": hidden.reshape(-1, HIDDEN).T @ slope.reshape(-1, slope.shape[2]),
        "b2": slope.sum(axis=(0, 1)),
    }


def main() -> None:
    """Train, tell the figures, and write the weights where that is wanted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("packages", type=Path)
    parser.add_argument("states", type=Path, help="what the encoder makes of the sounds is kept in this folder")
    parser.add_argument("--styles", type=Path, help="a folder with more styles of Kokoro")
    parser.add_argument("--hear", metavar="N/M", help="only make the Nth of M shares of the sounds")
    parser.add_argument("--out", nargs="+", default=[], metavar="SPEAKER", help="leave them out, and measure them")
    parser.add_argument(
        "--write", action="store_true", help="write spelled_signs.npz, and its SHA-256 where it is checked"
    )
    options = parser.parse_args()
    options.states.mkdir(parents=True, exist_ok=True)
    share, shares = map(int, options.hear.split("/")) if options.hear else (0, 1)
    made = groups(options.manifest, options.packages, options.styles)
    for number, (name, group) in enumerate(made.items()):
        if number % shares == share:
            encoded(group, MARGIN, options.states / f"{name}.pkl")
            print(f"{name}: heard", flush=True)
    if options.hear:
        return
    heard = [one for name in made for one in encoded(made[name], MARGIN, options.states / f"{name}.pkl")]
    network = trained([one for one in heard if one.speaker not in options.out])
    if options.write:
        keep(CODE, "spelled_signs.npz", {name: value.astype(np.float16) for name, value in network.items()})
    read = SpelledSigns(network)
    right: Counter[tuple[str, bool]] = Counter()
    for one in heard:
        if one.speaker in options.out:
            text = likeliest(read.frames(one.states.astype(np.float32)))[0].text
            right[one.speaker, text == one.text] += 1
    for speaker in options.out:
        print(f"{speaker:20} {right[speaker, True]} of {right[speaker, True] + right[speaker, False]}")


if __name__ == "__main__":
    main()
