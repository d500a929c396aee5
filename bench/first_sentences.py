"""Train and measure the choice of what customers begin with (`agents/openings.npz`).

    python bench/first_sentences.py [--held-out bench/openings_held_out.yaml] [--write]

Learns from `bench/openings` (for each persona and flow the first sentences of seven writers) and, counting half, from
the examples, further utterances and situations of the shipped personas. Figures are of each writer in turn, learned
from the others, and with --held-out of sentences that are in no training. With --write what is learned from all is
kept, and its SHA-256 is put into `agents/openings.py`.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar
from scipy.sparse import csr_matrix, hstack

from agents import openings
from agents.openings import Openings, grams
from agents.registry import Registry
from agents.understand.heard import understand
from data.embeddings import Embedder
from edge_server.evaluation.listener import SAMPLE_DAY, Listener

HERE = Path(__file__).resolve().parent
SENTENCES = HERE / "openings"
CODE = Path(openings.__file__)
KINDS = {"hello": "small_talk", "thanks": "small_talk", "goodbye": "small_talk", "date_and_time": "small_talk",
         "anything_else": "other", "who_are_you": "what_can_you_do"}  # fmt: skip
"""Labels of the concierge's own flows, where a label stands for several."""
SHRINK, EXAMPLE, FEWEST = 0.05, 0.5, 2
"""L2 weight; what an example of a persona counts; in how many sentences a gram must be to be learned from."""
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Sentence:
    """A sentence with names made general, the types of its values, its vector, what it begins, and who wrote it ("":
    the personas)."""

    general: str
    types: tuple[str, ...]
    vector: Numbers
    label: str
    writer: str


@dataclass(frozen=True)
class Learned:
    """Weights as `Openings` takes them."""

    labels: tuple[str, ...]
    grams: tuple[str, ...]
    rarity: Numbers
    words: Numbers
    sound: Numbers

    def openings(self) -> Openings:
        """What the desk makes of it."""
        places = {one: at for at, one in enumerate(self.grams)}
        parts = (np.asarray(one, np.float16).astype(np.float32) for one in (self.rarity, self.words, self.sound))
        return Openings(self.labels, places, *parts, fingerprint="")


def told(folder: Path) -> list[tuple[str, str, str]]:
    """Text, label and writer of every sentence in the files of `folder`."""
    found: list[tuple[str, str, str]] = []
    for path in sorted(folder.glob("*.yaml")):
        flows: Mapping[str, Mapping[str, Sequence[str]]] = yaml.safe_load(path.read_text("utf-8"))
        for flow, writers in flows.items():
            for writer, texts in writers.items():
                found += [(text, f"{path.stem}.{flow}", writer) for text in texts]
    return found


def examples() -> list[tuple[str, str, str]]:
    """The same of what the shipped personas list themselves."""
    registry = Registry.load()
    found: dict[str, tuple[str, str, str]] = {}
    for name, persona in registry.taught.items():
        for flow_name, flow in persona.flows.items():
            owner = name if persona.name != registry.default and flow_name not in KINDS else registry.default
            shared = all(other.flows.get(flow_name) == flow for other in registry.taught.values())
            label = f"{registry.default if shared else owner}.{KINDS.get(flow_name, flow_name)}"
            found.update({text: (text, label, "") for text in (*flow.phrasings, *flow.situations)})
    return list(found.values())


async def heard(sentences: Sequence[tuple[str, str, str]]) -> list[Sentence]:
    """The sentences as the desk of the sample branch hears them."""
    embedder = Embedder.load()
    listener = await Listener.open(embedder, lambda *_: None)
    said = [understand(text, lexicon=listener.lexicon, today=SAMPLE_DAY) for text, _, _ in sentences]
    vectors = embedder.embed([one.general for one in said]).astype(np.float64)
    rows = zip(said, vectors, sentences, strict=True)
    return [
        Sentence(one.general, tuple(found.type for found in one.found), vector, label, writer)
        for one, vector, (_, label, writer) in rows
    ]


def learned(sentences: Sequence[Sentence]) -> Learned:
    """A multinomial logistic regression on the sentences, its likelihoods scaled so that they come true."""
    labels = tuple(sorted({one.label for one in sentences if one.writer}))
    sentences = [one for one in sentences if one.label in labels]
    said = [sorted(grams(one.general, one.types)) for one in sentences]
    counted = Counter(gram for one in said for gram in one)
    known = tuple(sorted(gram for gram, count in counted.items() if count >= FEWEST))
    rarity = np.log((1 + len(said)) / (1 + np.array([counted[gram] for gram in known]))) + 1
    features = _features(sentences, said, known, rarity)
    owners = np.array([labels.index(one.label) for one in sentences])
    counts = np.array([1.0 if one.writer else EXAMPLE for one in sentences])[:, None]
    truth, shape = np.eye(len(labels))[owners], (features.shape[1] + 1, len(labels))

    def loss(flat: Numbers) -> tuple[float, Numbers]:
        weights = flat.reshape(shape)
        likely = softmax(features @ weights[:-1] + weights[-1])
        slope = counts * (likely - truth)
        of_weights = np.vstack([features.T @ slope + SHRINK * weights[:-1], slope.sum(axis=0)[None]])
        missed = -(counts[:, 0] * np.log(likely[np.arange(len(owners)), owners] + 1e-12)).sum()
        return float(missed + SHRINK / 2 * (weights[:-1] ** 2).sum()), of_weights.ravel()

    start = np.zeros(shape[0] * shape[1])
    weights = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 120}).x.reshape(shape)
    size = sentences[0].vector.shape[0]
    return Learned(labels, known, rarity, weights[size:-1], np.vstack([weights[:size], weights[-1]]))


def _features(
    sentences: Sequence[Sentence], said: Sequence[Sequence[str]], known: Sequence[str], rarity: Numbers
) -> csr_matrix:
    """The evidence of each sentence: its vector, then its grams by their rarity, scaled to unit length."""
    place = {gram: at for at, gram in enumerate(known)}
    rows, columns, values = list[int](), list[int](), list[float]()
    for row, one in enumerate(said):
        places = [place[gram] for gram in one if gram in place]
        rows += [row] * len(places)
        columns += places
        values += (rarity[places] / (np.linalg.norm(rarity[places]) or 1.0)).tolist()
    counted = csr_matrix((values, (rows, columns)), shape=(len(said), len(known)))
    return csr_matrix(hstack([csr_matrix(np.stack([one.vector for one in sentences])), counted]))


def softmax(logits: Numbers) -> Numbers:
    """Likelihoods, row by row."""
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def likelihoods(choice: Openings, sentences: Sequence[Sentence]) -> Numbers:
    """What the desk would think of each sentence: one row a sentence, one column a label."""
    rows = (choice.of(one.general, one.vector.astype(np.float32), one.types) for one in sentences)
    return np.array([[row[label] for label in choice.labels] for row in rows])


def sharpened(likely: Numbers, right: NDArray[np.int64]) -> float:
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


def main() -> None:
    """Print the figures, and with --write learn from all and keep it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--held-out", type=Path, help="sentences by label that are only measured")
    parser.add_argument("--write", action="store_true", help="learn from all and write agents/openings.npz")
    options = parser.parse_args()
    sentences = asyncio.run(heard([*told(SENTENCES), *examples()]))
    writers = sorted({one.writer for one in sentences} - {""})
    parts: list[Numbers] = []
    rights: list[NDArray[np.int64]] = []
    for writer in writers:
        held = [one for one in sentences if one.writer == writer]
        choice = learned([one for one in sentences if one.writer != writer]).openings()
        parts.append(likelihoods(choice, held))
        rights.append(np.array([choice.labels.index(one.label) for one in held]))
        print(f"{writer}: right {(parts[-1].argmax(axis=1) == rights[-1]).mean():.1%} of {len(held)}")
    factor = sharpened(np.concatenate(parts), np.concatenate(rights))
    print(f"the logits times {factor:.2f}")
    figures("each writer by the others", softmax(factor * np.log(np.concatenate(parts) + 1e-12)),
            np.concatenate(rights))  # fmt: skip
    if not (options.held_out or options.write):
        return
    every = learned(sentences)
    kept = Learned(every.labels, every.grams, every.rarity, every.words * factor, every.sound * factor)
    if options.held_out:
        by_label: Mapping[str, Sequence[str]] = yaml.safe_load(options.held_out.read_text("utf-8"))
        others = asyncio.run(heard([(text, label, "") for label, texts in by_label.items() for text in texts]))
        right = np.array([kept.labels.index(one.label) for one in others])
        figures(options.held_out.name, likelihoods(kept.openings(), others), right)
    if options.write:
        write(kept)


def write(kept: Learned) -> None:
    """Keep what was learned, and its SHA-256 in the code that loads it."""
    file = io.BytesIO()
    halves = {name: np.asarray(getattr(kept, name), np.float16) for name in ("rarity", "words", "sound")}
    np.savez_compressed(
        file, labels=np.array(kept.labels), grams=np.array(kept.grams), model=Embedder.load().fingerprint, **halves
    )
    CODE.with_name("openings.npz").write_bytes(file.getvalue())
    digest = hashlib.sha256(file.getvalue()).hexdigest()
    CODE.write_text(re.sub(r'sha256="\w*"', f'sha256="{digest}"', CODE.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
