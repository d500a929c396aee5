"""How often the first utterance of a conversation goes to the right agent."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from edge_server.evaluation.files import LABELS, Label, Utterance
from edge_server.evaluation.listener import Listener, Progress, label_of, milliseconds
from sync.session import SessionState

WORST = 20


@dataclass(frozen=True, slots=True)
class RoutingError:
    """An utterance that went elsewhere. `confidence`: how sure the router was of it, 0 to 1."""

    text: str
    label: Label
    went_to: Label
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True)
class RoutingFigures:
    """`accuracy`: share of utterances that reached the agent of their label. `confusion`: for each label, how many
    went where. `worst`: the errors that the router was surest of. Times are ms a decision."""

    accuracy: float
    utterances: int
    errors: int
    confusion: dict[Label, dict[Label, int]]
    worst: list[RoutingError]
    p50_ms: float
    p95_ms: float


async def evaluate_routing(utterances: Sequence[Utterance], listener: Listener, progress: Progress) -> RoutingFigures:
    """Route each utterance as the first of a new conversation. `utterances` may not be empty."""
    went: Counter[tuple[Label, Label]] = Counter()
    errors: list[RoutingError] = []
    taken: list[float] = []
    for index, utterance in enumerate(utterances):
        began = time.perf_counter()
        intent = await listener.intent(utterance.text, SessionState(key="evaluation"))
        taken.append(time.perf_counter() - began)
        label = label_of(intent.agent)
        went[utterance.label, label] += 1
        if label != utterance.label:
            errors.append(RoutingError(utterance.text, utterance.label, label, intent.confidence, intent.reason))
        progress("utterances", index + 1, len(utterances))
    return RoutingFigures(
        accuracy=1 - len(errors) / len(utterances),
        utterances=len(utterances),
        errors=len(errors),
        confusion={gold: {label: went[gold, label] for label in LABELS} for gold in LABELS},
        worst=sorted(errors, key=lambda error: -error.confidence)[:WORST],
        p50_ms=milliseconds(taken, 0.5),
        p95_ms=milliseconds(taken, 0.95),
    )
