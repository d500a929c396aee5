"""What `lobby doctor` found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["ok", "note", "problem"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `advice` says what to do, where there is something to do."""

    what: str
    verdict: Verdict
    found: str
    advice: str | None = None
