"""Train and measure the choice of what customers begin with (`agents/openings.npz`).

    python bench/first_sentences.py [--held-out bench/openings_held_out.yaml] [--write]

Learns from `bench/openings` (for each persona and flow the first sentences of eight writers) and, counting half, from
the examples, further utterances and situations of the shipped personas. Figures are of each writer in turn, learned
from the others, and with --held-out of sentences that are in no training. With --write what is learned from all is
kept, and its SHA-256 is put into `agents/openings.py`.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import yaml

from agents import openings
from agents.learned import grams
from agents.registry import Registry
from agents.understand.understanding import understand
from bench.learning import Sentence, figures, learned, left_out, likelihoods, write
from data.embeddings import Embedder
from edge_server.evaluation.listener import SAMPLE_DAY, Listener

HERE = Path(__file__).resolve().parent
SENTENCES = HERE / "openings"
KINDS = {"hello": "small_talk", "thanks": "small_talk", "goodbye": "small_talk", "date_and_time": "small_talk",
         "anything_else": "other", "who_are_you": "what_can_you_do"}  # fmt: skip
"""Labels of the concierge's own flows, where a label stands for several."""
EXAMPLE = 0.5
"""What an example of a persona counts."""


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
    return [
        Sentence(grams(one.general, one.types), vector, label, writer, 1.0 if writer else EXAMPLE)
        for one, vector, (_, label, writer) in zip(said, vectors, sentences, strict=True)
    ]


def main() -> None:
    """Print the figures, and with --write learn from all and keep it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--held-out", type=Path, help="sentences by label that are only measured")
    parser.add_argument("--write", action="store_true", help="learn from all and write agents/openings.npz")
    options = parser.parse_args()
    written = told(SENTENCES)
    labels = {label for _, label, _ in written}
    sentences = asyncio.run(heard([*written, *(one for one in examples() if one[1] in labels)]))
    _, likely, right, factor = left_out(sentences)
    figures("each writer by the others", likely, right)
    if not (options.held_out or options.write):
        return
    kept = learned(sentences).times(factor)
    if options.held_out:
        by_label: Mapping[str, Sequence[str]] = yaml.safe_load(options.held_out.read_text("utf-8"))
        others = asyncio.run(heard([(text, label, "") for label, texts in by_label.items() for text in texts]))
        right = np.array([kept.labels.index(one.label) for one in others])
        figures(options.held_out.name, likelihoods(kept.choice(), others), right)
    if options.write:
        write(kept, Path(openings.__file__), "openings.npz")


if __name__ == "__main__":
    main()
