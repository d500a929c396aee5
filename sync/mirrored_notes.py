"""Notes in a shared Redis while it is there, else on this node's disk; what was noted stays where it is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from sync.notes import Notes
from sync.redis_link import RedisGoneError

T = TypeVar("T")


class MirroredNotes:
    """`reachable` tells whether Redis is there; `cut_off` is told when it turns out that it is not."""

    def __init__(
        self, shared: Notes, local: Notes, reachable: Callable[[], bool], cut_off: Callable[[RedisGoneError], None]
    ) -> None:
        self._shared = shared
        self._local = local
        self._reachable = reachable
        self._cut_off = cut_off

    async def put(self, name: str, text: str, seconds: float) -> bool:
        """See `Notes.put`."""
        return await self._there(lambda notes: notes.put(name, text, seconds))

    async def pull(self, name: str) -> str | None:
        """See `Notes.pull`. A note made here while Redis was gone is found here."""
        text = await self._there(lambda notes: notes.pull(name))
        return text if text is not None else await self._local.pull(name)

    async def count(self, name: str, by: int, seconds: float) -> int:
        """See `Notes.count`."""
        return await self._there(lambda notes: notes.count(name, by, seconds))

    async def _there(self, work: Callable[[Notes], Awaitable[T]]) -> T:
        if self._reachable():
            try:
                return await work(self._shared)
            except RedisGoneError as gone:
                self._cut_off(gone)
        return await work(self._local)
