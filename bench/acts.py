"""Train and measure the choice of what a reply does (`agents/acts.npz`).

    python bench/acts.py [--write]

Learns from `bench/acts.jsonl`: replies by seven writers who knew nothing of the desk, each with the moment that it
answers. Figures are of each writer in turn, learned from the others; of the yeses and the other replies to a read-back
it says how many are taken for a yes at each likelihood. With --write what is learned from all is kept, and its SHA-256
is put into `agents/acts.py`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agents import acts
from agents.acts import Moment, said_at
from agents.understand.consent import consents
from agents.understand.understanding import understand
from bench.learning import Numbers, Sentence, figures, learned, learned_labels, left_out, write
from data.embeddings import Embedder
from edge_server.evaluation.listener import SAMPLE_DAY, Listener

REPLIES = Path(__file__).resolve().parent / "acts.jsonl"
MOMENTS: Mapping[str, tuple[Moment, str | None]] = {
    "date": ("asked", "date"), "stay_days": ("asked", "date"), "flight": ("asked", "flight_number"),
    "code": ("asked", "booking_code"), "pin": ("asked", "pin"), "booking": ("asked", "booking_code"),
    "seat": ("asked", "spelled"), "room": ("asked", "choice"), "city": ("asked", "airport"),
    "count": ("asked", "count"), "until": ("asked", "time"), "read_change": ("read_back", None),
    "read_cancel": ("read_back", None), "read_add": ("read_back", None), "guess_one": ("guessed", None),
    "guess_two": ("guessed", None), "done": ("free", None), "told": ("free", None),
}  # fmt: skip
"""What the writers were told of a moment, as the desk knows it."""


async def heard(rows: Sequence[Mapping[str, str]]) -> list[Sentence]:
    """The replies as the desk of the sample branch hears them."""
    embedder = Embedder.load()
    listener = await Listener.open(embedder, lambda *_: None)
    said = [understand(row["text"], lexicon=listener.lexicon, today=SAMPLE_DAY) for row in rows]
    vectors = embedder.embed([one.general for one in said]).astype(np.float64)
    return [
        Sentence(said_at(*MOMENTS[row["moment"]], one.general, one.types), vector, row["act"], row["writer"])
        for row, one, vector in zip(rows, said, vectors, strict=True)
    ]


def yeses(held: Sequence[Sentence], likely: Numbers, right: NDArray[np.int64], labels: Sequence[str]) -> None:
    """Print what is taken for a yes to a read-back."""
    read = np.array(["@read_back" in one.said for one in held])
    yes = right == labels.index("accepts")
    for least in (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95):
        taken = likely[:, labels.index("accepts")] >= least
        wrong = Counter(labels[at] for at in right[read & taken & ~yes])
        print(f"a yes from {least:.2f}: {taken[read & yes].mean():.1%} of {int((read & yes).sum())} yeses, "
              f"{sum(wrong.values())} of {int((read & ~yes).sum())} other replies {dict(wrong)}")  # fmt: skip


def main() -> None:
    """Print the figures, and with --write learn from all and keep it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="learn from all and write agents/acts.npz")
    options = parser.parse_args()
    rows = [json.loads(line) for line in REPLIES.read_text("utf-8").splitlines()]
    sentences = asyncio.run(heard(rows))
    labels = learned_labels(sentences)
    held, likely, right, factor = left_out(sentences)
    figures("each writer by the others", likely, right)
    for at, label in enumerate(labels):
        print(f"{label}: found {(likely[right == at].argmax(axis=1) == at).mean():.1%} of {int((right == at).sum())}")
    yeses(held, likely, right, labels)
    by_rule = [row for row in rows if row["moment"].startswith("read") and consents(row["text"])]
    print("explicit by their words alone:", dict(Counter(row["act"] for row in by_rule)))
    if options.write:
        write(learned(sentences).times(factor), Path(acts.__file__), "acts.npz")


if __name__ == "__main__":
    main()
