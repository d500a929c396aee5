"""What happens at the desk, for whoever listens: one bounded queue a listener."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal

from pydantic import JsonValue

MOST_WAITING = 1_000
"""A listener that has so many events to read is let go; it asks anew."""
MOST_LISTENERS = 50


@dataclass(frozen=True, slots=True)
class Event:
    """One event of the operator API's stream."""

    name: Literal["session", "turn", "gone", "alert"]
    data: JsonValue


class TooManyListenersError(Exception):
    """As many listen as may."""


class Events:
    """Tells events to all who listen. Call it inside one event loop."""

    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[Event | None]] = set()

    def tell(self, event: Event) -> None:
        """Tell everybody. Never blocks."""
        for queue in list(self._listeners):
            if queue.qsize() >= MOST_WAITING:
                self._listeners.discard(queue)
                queue.put_nowait(None)
            else:
                queue.put_nowait(event)

    def close(self) -> None:
        """End all streams."""
        for queue in self._listeners:
            queue.put_nowait(None)
        self._listeners.clear()

    def listen(self, idle_s: float) -> AsyncIterator[Event | None]:
        """The events from now on; None when nothing has happened for `idle_s`. Raises TooManyListenersError at once."""
        if len(self._listeners) >= MOST_LISTENERS:
            raise TooManyListenersError(f"{MOST_LISTENERS} listen already.")
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self._listeners.add(queue)
        return self._told(queue, idle_s)

    async def _told(self, queue: asyncio.Queue[Event | None], idle_s: float) -> AsyncIterator[Event | None]:
        try:
            while True:
                try:
                    async with asyncio.timeout(idle_s):
                        event = await queue.get()
                except TimeoutError:
                    yield None
                    continue
                if event is None:
                    return
                yield event
        finally:
            self._listeners.discard(queue)
