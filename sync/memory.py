"""Session states in this process only: for tests, and for a desk that is to remember nothing."""

from __future__ import annotations

import time
from collections.abc import Callable

from sync.notes import MemoryNotes, Notes
from sync.session import SessionState, from_json, to_json
from sync.store import TIME_TO_LIVE_S, Lease, LocalLeases


class MemoryStore(LocalLeases):
    """Keeps states in this process: gone when it ends. `now` gives seconds since the epoch."""

    def __init__(self, *, time_to_live_s: float = TIME_TO_LIVE_S, now: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._time_to_live_s = time_to_live_s
        self._now = now
        self._kept: dict[str, tuple[float, bytes]] = {}
        self._notes = MemoryNotes(now)

    @property
    def notes(self) -> Notes:
        """See `SessionStore.notes`."""
        return self._notes

    async def load(self, key: str) -> SessionState | None:
        """See `SessionStore.load`."""
        self._expire()
        kept = self._kept.get(key)
        return None if kept is None else from_json(kept[1])

    async def save(self, state: SessionState, lease: Lease) -> None:
        """See `SessionStore.save`."""
        self._check(lease)
        self._expire()
        self._kept[state.key] = (self._now() + self._time_to_live_s, to_json(state))

    async def delete(self, key: str) -> bool:
        """See `SessionStore.delete`."""
        self._expire()
        there = key in self._held or key in self._kept
        self._end(key)
        self._kept.pop(key, None)
        return there

    async def keys(self) -> tuple[str, ...]:
        """See `SessionStore.keys`."""
        self._expire()
        return tuple(sorted(self._kept))

    async def live(self) -> frozenset[str]:
        """See `SessionStore.live`."""
        return frozenset(self._held)

    async def close(self) -> None:
        """Forget everything."""
        self._kept.clear()

    def _expire(self) -> None:
        now = self._now()
        self._kept = {key: kept for key, kept in self._kept.items() if kept[0] > now}
