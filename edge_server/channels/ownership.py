"""Which connections are open. One a session: the newest takes over, since the older is most often a dead line.

With `LOBBY_SECOND_SOCKET=listens` a further one listens instead (`listener.py`) until the owner has gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from edge_server.channels.farewell import RESTARTING
from edge_server.channels.listener import Audiences


class Holder(Protocol):
    """A connection that holds a session."""

    def leave(self) -> None:
        """Another connection wants the session: end soon."""
        ...

    def drain(self) -> None:
        """The server restarts: end as soon as no response runs."""
        ...


@dataclass(slots=True)
class _Owner:
    """Who holds a session now, and when it has left."""

    holder: Holder
    left: asyncio.Event = field(default_factory=asyncio.Event)


class LiveSessions:
    """Which connection of this process holds which session key."""

    def __init__(self) -> None:
        self._owners: dict[str, _Owner] = {}
        self.audiences = Audiences()
        """Who listens to them."""

    def __contains__(self, key: str) -> bool:
        return key in self._owners

    def __len__(self) -> int:
        return len(self._owners)

    def leave(self, key: str) -> None:
        """Another node wants the session: ask whoever holds it here to end soon."""
        if (owner := self._owners.get(key)) is not None:
            owner.holder.leave()

    @asynccontextmanager
    async def owned(self, key: str, holder: Holder) -> AsyncIterator[None]:
        """Hold the session `key`, once whoever held it has left and written its state down."""
        while (other := self._owners.get(key)) is not None:
            other.holder.leave()
            await other.left.wait()
        owner = _Owner(holder)
        self._owners[key] = owner
        try:
            yield
        finally:
            del self._owners[key]
            owner.left.set()

    async def drained(self, seconds: float) -> bool:
        """Ask all connections to end with their running responses. Whether all had ended after `seconds` at most."""
        owners = list(self._owners.values())
        for owner in owners:
            owner.holder.drain()
        try:
            async with asyncio.timeout(seconds):
                for owner in owners:
                    await owner.left.wait()
        except TimeoutError:
            return False
        finally:
            self.audiences.leave(RESTARTING)
        return True
