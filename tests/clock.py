"""A clock that a test owns."""

from __future__ import annotations


class Clock:
    """Seconds that pass when a test says so; since the epoch, where that matters."""

    def __init__(self, now: float = 1_795_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now
