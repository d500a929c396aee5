"""Hear what people say next at one point of a conversation after the other, for a reader to judge.

    python bench/said_next.py bench/said_next/stays.yaml [--only breakfast_readback] [--tools]

The file lists utterances under the names of points in `bench/said_next/points.yaml` (`start`: the first sentence). Each
utterance is heard anew at its point, on the sample branch as new; several turns in one are split at " | ". Printed are
the desk's words, what was written, and with --tools the calls. Nobody judges them here: whether a customer was served
well at that very point is read by people, and a conversation as a whole by `lobby eval dialogues`.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from data.embeddings import Embedder
from edge_server.evaluation.dialogues.desk import A_TURN, OPENS, OwnDesk
from edge_server.evaluation.dialogues.facts import Given
from edge_server.evaluation.dialogues.figures import Exchange
from edge_server.evaluation.dialogues.records import take_stock
from edge_server.evaluation.listener import SAMPLE_DAY
from sync.session import SessionState

POINTS = Path(__file__).resolve().parent / "said_next" / "points.yaml"
START = "start"
"""The point where nothing was said yet."""


async def heard(desk: OwnDesk, key: str, lines: Sequence[str]) -> list[Exchange]:
    """The exchanges of a customer who says `lines`, on a branch that is as new afterwards."""
    state, given, said = SessionState(key=key), Given(desk.fixed, SAMPLE_DAY), list[Exchange]()
    desk.clock.time = OPENS
    for line in lines:
        state, exchange = await desk.turn(state, line, given)
        desk.clock.time += A_TURN
        said.append(exchange)
    if await desk.branch.read(take_stock) != desk.before:
        await asyncio.to_thread(desk.branch.renew)
    return said


async def run(texts: Mapping[str, Sequence[str]], only: str | None, *, tools: bool) -> None:
    """Print what is said to each of `texts`, by point."""
    points: Mapping[str, Sequence[str]] = {START: (), **yaml.safe_load(POINTS.read_text("utf-8"))}
    async with OwnDesk.open(Embedder.load(), lambda *_: None) as desk:
        for point, lines in texts.items():
            if only not in (None, point):
                continue
            print(f"\n## {point}")
            for at, line in enumerate(lines):
                said = [part.strip() for part in line.split(" | ")]
                for exchange in (await heard(desk, f"{point}-{at}", [*points[point], *said]))[-len(said) :]:
                    print(f"  customer: {exchange.customer}\n  {exchange.agent}: {exchange.desk}")
                    if tools:
                        print(f"    {'; '.join(exchange.tools)}")


def main() -> None:
    """Read the arguments and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", type=Path, help="utterances by point, in YAML")
    parser.add_argument("--only", help="one point")
    parser.add_argument("--tools", action="store_true", help="print the calls, too")
    given = parser.parse_args()
    logging.disable(logging.WARNING)
    asyncio.run(run(yaml.safe_load(given.file.read_text("utf-8")), given.only, tools=given.tools))


if __name__ == "__main__":
    main()
