"""Short-lived notes beside the session states: resume codes, and counts of wrong tries.

A note is a text or a number under a name, and is gone after its time. Every node that shares a store sees the same
notes; each step is atomic, so that of two takers one gets the note.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol


class Notes(Protocol):
    """Notes by name. Names are printable and hold no personal data."""

    async def put(self, name: str, text: str, seconds: float) -> bool:
        """Keep `text` for so long; False, and nothing is changed, when there is such a note. Raises StoreError."""
        ...

    async def pull(self, name: str) -> str | None:
        """The text, which is gone then; None when there is none. Raises StoreError."""
        ...

    async def count(self, name: str, by: int, seconds: float) -> int:
        """Add `by` to a number that begins with 0 and lives for `seconds` from its first count on; the new number.

        Raises StoreError.
        """
        ...


class MemoryNotes:
    """Notes in this process only. `now` gives seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._kept: dict[str, tuple[float, str]] = {}

    async def put(self, name: str, text: str, seconds: float) -> bool:
        """See `Notes.put`."""
        self._expire()
        if name in self._kept:
            return False
        self._kept[name] = (self._now() + seconds, text)
        return True

    async def pull(self, name: str) -> str | None:
        """See `Notes.pull`."""
        self._expire()
        kept = self._kept.pop(name, None)
        return None if kept is None else kept[1]

    async def count(self, name: str, by: int, seconds: float) -> int:
        """See `Notes.count`."""
        self._expire()
        until, text = self._kept.get(name, (self._now() + seconds, "0"))
        self._kept[name] = (until, str(int(text) + by))
        return int(text) + by

    def _expire(self) -> None:
        now = self._now()
        self._kept = {name: kept for name, kept in self._kept.items() if kept[0] > now}
