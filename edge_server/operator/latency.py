"""What turns took lately, stage by stage."""

from __future__ import annotations

import statistics
from collections import deque

from pydantic import JsonValue

from edge_server.observation.turns import Observed, TurnRecord

MOST_TURNS = 500
SHOWN = 60


class Latency:
    """Call it with what observers tell."""

    def __init__(self) -> None:
        self._turns = 0
        self._stages: dict[str, deque[float]] = {}

    def __call__(self, observed: Observed, engine: str) -> None:
        """Keep the stages of a completed turn, in ms."""
        if not isinstance(observed, TurnRecord) or observed.status != "completed":
            return
        stages = dict(observed.stages_ms)
        if "first_clause" not in stages:
            return  # nothing was said: the words wait for a person
        if (wait := observed.voice_to_voice_ms) is not None:
            stages["voice_to_voice"] = round(wait, 1)
        self._turns += 1
        for stage, ms in stages.items():
            self._stages.setdefault(stage, deque(maxlen=MOST_TURNS)).append(ms)

    def to_json(self) -> dict[str, JsonValue]:
        """As the operator API gives it: p50 and p95 of the last `MOST_TURNS`, and the last `SHOWN` values."""
        return {"turns": self._turns, "stages": {stage: _figures(list(ms)) for stage, ms in self._stages.items()}}


def _figures(ms: list[float]) -> dict[str, JsonValue]:
    twentieths = statistics.quantiles(ms, n=20, method="inclusive") if len(ms) > 1 else ms * 19
    return {"p50": round(twentieths[9], 1), "p95": round(twentieths[18], 1), "recent": list(ms[-SHOWN:])}
