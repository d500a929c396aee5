"""How long a search takes in a knowledge base of ten thousand passages.

    python bench/knowledge_search.py [--passages 10000] [--queries 200]

The passages are the sample's, said of many invented places. To build in seconds, only different texts are embedded.
The questions are those that any hotel may be asked (`knowledge_any_hotel*.yaml`), most of them in other words than the
passages'. Prints median and 95th percentile in milliseconds, of questions asked for the first time, on one thread; and
of the CPU time that they took, which other work on the machine disturbs less.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import yaml

from data.embeddings import Embedded, Embedder
from data.knowledge import KnowledgeBase, Passage, sample_passages
from data.knowledge.words import without_name


class RememberingEmbedder(Embedder):
    """Embeds every text once, so that the same text said of many places costs nothing."""

    def embed_tokens(self, texts: Sequence[str]) -> list[Embedded]:
        """As in `Embedder`."""
        met: dict[str, Embedded] = self.__dict__.setdefault("met", {})
        for text in texts:
            if text not in met:
                (met[text],) = super().embed_tokens([text])
        return [met[text] for text in texts]


def said_of_many(count: int) -> list[Passage]:
    """The sample's passages, said of places in turn, until there are `count`."""
    passages = [passage for passage in sample_passages() if passage.domain == "hotel"]
    many = []
    for number in range(count):
        passage, place = passages[number % len(passages)], f"Place Number{number // len(passages)}"
        title, body = without_name(passage.title, passage.entity), without_name(passage.body, passage.entity)
        many.append(replace(passage, id=f"{place}/{number}", entity=place, title=title, body=body, source=place))
    return many


def main() -> None:
    """Build, search, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=10_000)
    parser.add_argument("--queries", type=int, default=200)
    options = parser.parse_args()
    plain = Embedder.load()
    builder = RememberingEmbedder(plain._session, plain._tokenizer, plain.fingerprint)
    passages = said_of_many(options.passages)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "many.db"
        with KnowledgeBase.open(path, builder) as base:
            base.add(passages)
        with KnowledgeBase.open(path, plain) as base:
            asked = different_questions(2 * options.queries)
            places = (("whole domain", None, asked[::2]), ("one place", "Place Number7", asked[1::2]))
            for name, entity, ways in places:
                spent, worked = [], []
                for way in ways:
                    began, before = time.perf_counter(), time.thread_time()
                    base.answer(way, domain="hotel", entity=entity)
                    spent.append((time.perf_counter() - began) * 1000)
                    worked.append((time.thread_time() - before) * 1000)
                (p50, p95), (cpu, most) = np.percentile(spent, [50, 95]), np.percentile(worked, [50, 95])
                print(
                    f"{base.count()} passages, {name}: p50 {p50:.1f} ms, p95 {p95:.1f} ms"
                    f" (CPU time: p50 {cpu:.1f} ms, p95 {most:.1f} ms)"
                )


def different_questions(count: int) -> list[str]:
    """`count` different questions, in any order."""
    files = sorted(Path(__file__).parent.glob("knowledge_any_hotel*.yaml"))
    asked = sorted({entry["ask"] for file in files for entry in yaml.safe_load(file.read_text("utf-8"))})
    return [str(one) for one in np.random.default_rng(1).permutation(asked)[:count]]


if __name__ == "__main__":
    main()
