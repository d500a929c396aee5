"""One connection a session: the newest takes over, since the older one is most often a line that has gone dead."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Owner:
    """Who holds a session now: how to ask it to leave, and when it has."""

    leave: Callable[[], None]
    left: asyncio.Event = field(default_factory=asyncio.Event)


class LiveSessions:
    """Which connection of this process holds which session key."""

    def __init__(self) -> None:
        self._owners: dict[str, _Owner] = {}

    @asynccontextmanager
    async def owned(self, key: str, leave: Callable[[], None]) -> AsyncIterator[None]:
        """Hold the session `key`, once whoever held it has left and written its state down.

        `leave` is called when another connection wants the session: it must make this context end soon.
        """
        while (other := self._owners.get(key)) is not None:
            other.leave()
            await other.left.wait()
        owner = _Owner(leave)
        self._owners[key] = owner
        try:
            yield
        finally:
            del self._owners[key]
            owner.left.set()
