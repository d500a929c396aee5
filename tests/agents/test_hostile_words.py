"""No words, however they are repeated, keep a pattern busy: each is searched in time that grows with the words."""

from __future__ import annotations

import importlib
import pkgutil
import random
import re
import time
from collections.abc import Iterator

import agents
from agents.flow import Flow
from agents.registry import Registry

WORDS = [
    "i",
    "my",
    "the",
    "a",
    "to",
    "want",
    "flight",
    "hotel",
    "and",
    "so",
    "um",
    "uh",
    "no",
    "not",
    "yes",
    "please",
    "thanks",
    "thank",
    "you",
    "what",
    "when",
    "how",
    "is",
    "are",
    "that",
    "it's",
    "on",
    "for",
    "from",
    "room",
    "code",
    "pin",
    "one",
    "two",
    "seven",
    "bag",
    "change",
    "cancel",
    "day",
    "night",
    "friday",
    "december",
    "would",
    "like",
    "could",
    "there",
    "okay",
    "dog",
]
REPEATED = (
    "um",
    "uh",
    "no",
    "yes",
    "and",
    "one",
    "1",
    "thanks",
    "okay",
    "well",
    "so much",
    "the day",
    "is it",
    "to the",
)
SLOWEST_S = 0.1
"""Of a pattern and an utterance; the slowest takes a tenth of it. One that doubles with each word takes far longer."""


def hostile() -> Iterator[str]:
    """Utterances that make a careless pattern try every way to read them."""
    chance = random.Random(1)
    for _ in range(4):
        yield " ".join(chance.choice(WORDS) for _ in range(28))
    for word in REPEATED:
        yield " ".join([word] * 18)
        yield ", ".join([word] * 18)
    yield "a" * 200
    yield " " * 200 + "x"


def of_flow(flow: Flow) -> Iterator[str]:
    """The patterns that a persona's author wrote."""
    yield from flow.patterns
    yield from (one for patterns in flow.reworded.values() for one in patterns)
    yield from ([flow.only] if flow.only is not None else [])
    yield from (slot.pattern for slot in flow.slots.values() if slot.pattern is not None)


def of_modules() -> Iterator[re.Pattern[str]]:
    """The patterns that stand in the modules of the agents."""
    for found in pkgutil.walk_packages(agents.__path__, "agents."):
        for value in vars(importlib.import_module(found.name)).values():
            each = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else [value]
            yield from (one for one in each if isinstance(one, re.Pattern) and isinstance(one.pattern, str))


def slow(patterns: Iterator[re.Pattern[str]]) -> list[str]:
    """The patterns that take longer than they may."""
    late = []
    said = list(hostile())
    for pattern in set(patterns):
        for words in said:
            began = time.thread_time()
            pattern.search(words)
            if time.thread_time() - began > SLOWEST_S:
                late.append(f"{pattern.pattern} ... {words[:30]}")
                break
    return late


def test_no_pattern_of_a_persona_is_kept_busy() -> None:
    flows = [flow for persona in Registry.load().personas.values() for flow in persona.flows.values()]
    written = [re.compile(one, re.IGNORECASE) for flow in flows for one in of_flow(flow)]
    assert len(written) > 100
    assert slow(iter(written)) == []


def test_no_pattern_of_the_agents_is_kept_busy() -> None:
    assert slow(of_modules()) == []
