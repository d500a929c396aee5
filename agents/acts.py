"""What a reply does to what the desk has just said: it answers, corrects, says yes, asks something in between ...

`bench/acts.py` trains it on `bench/acts.jsonl`: replies that people wrote, moment by moment. What it says is evidence
for the planner, likelihoods from 0 to 1; a yes by it writes only beside the checks of `agents/planner/agreement.py`.

| act | the reply |
|---|---|
| `answers` | gives what was asked for, or picks one of what was told |
| `corrects` | changes something said or read back |
| `accepts` | says yes to exactly what was read back or guessed |
| `yes_and` | the same, and asks for something else as well |
| `declines` | wants it no longer |
| `asks` | asks something in between, or makes the yes depend on something |
| `other` | wants another thing done |
| `cannot` | does not know, has not got it, does not care |
| `again` | did not hear or understand |
| `person` | wants a human |
| `chat` | is for somebody else, or for nobody: hesitates, comments |
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from agents.learned import Learned, Likely, grams
from agents.planner.plan import pending
from agents.understand.heard import Heard
from data.model_files import ModelFile
from sync.session import CONFIRM, SessionState

ACTS = ModelFile(
    name="acts.npz",
    package="agents",
    path="acts.npz",
    sha256="9e4f51264fcaadfd196ead875038f1cf02c2bde0e2dbf0ab8a4b3935519ae852",
    what="weights of what a reply does",
)
Moment = Literal["read_back", "asked", "guessed", "free"]
"""What the desk has just done: read a change back, asked for a slot, asked whether its guess is right, or none."""


def said_at(moment: Moment, type_: str | None, general: str, types: tuple[str, ...]) -> frozenset[str]:
    """The grams of a reply at a `moment`, of which a slot of `type_` was asked for: each counts by itself and as said
    at such a moment."""
    said = grams(general, types)
    return said | {f"{moment}:{one}" for one in said} | {f"@{moment}", f"@{type_}"}


def moment_of(state: SessionState) -> Moment | None:
    """What the last reply of `state` did; None before the first."""
    flow = pending(state)
    if not state.history:
        return None
    if state.flow is not None and flow is not None:
        return "read_back" if flow.asking == CONFIRM else "asked"
    offered = state.on_yes is not None or (state.guess is not None and not state.guess.refused)
    return "guessed" if offered else "asked" if flow is not None else "free"


class Acts:
    """Says what replies do. Safe to share."""

    def __init__(self, learned: Learned) -> None:
        self._learned = learned

    def of(self, heard: Heard, vector: NDArray[np.float32], moment: Moment, type_: str | None) -> Likely:
        """How likely the reply `heard`, whose unit vector is `vector`, does each act."""
        said = said_at(moment, type_, heard.general, heard.types)
        return self._learned.of(said, vector)
