"""What this node knows of Redis' side of each session, kept beside the copies on its disk."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from sync.text_cache import TextCache


@dataclass(frozen=True, slots=True)
class Copy:
    """One session: the fence that Redis had last, and whether Redis lacks the newest state."""

    fence: int = 0
    waiting: bool = False


class Copies:
    """All of them. Get them with `Copies.read`."""

    def __init__(self, texts: TextCache) -> None:
        self._texts = texts
        self._known: dict[str, Copy] = {}

    @classmethod
    async def read(cls, folder: Path, *, time_to_live_s: float) -> Self:
        """What is kept in `folder`. Raises StoreError when it cannot be used."""
        texts = TextCache(folder, time_to_live_s=time_to_live_s)
        copies = cls(texts)
        for key in await texts.keys():
            copies._known[key] = Copy(**json.loads(await texts.get(key) or "{}"))
        return copies

    def of(self, key: str, fence: int = 0) -> Copy:
        """What is known of the session `key`; where nothing is, it has `fence`."""
        return self._known.get(key, Copy(fence))

    @property
    def waiting(self) -> list[str]:
        """The sessions of which Redis lacks the newest state."""
        return [key for key, copy in self._known.items() if copy.waiting]

    async def know(self, key: str, copy: Copy) -> None:
        """That is known now. Raises StoreError."""
        if self._known.get(key) != copy:
            self._known[key] = copy
            await self._texts.set(key, json.dumps({"fence": copy.fence, "waiting": copy.waiting}))

    async def forget(self, key: str) -> None:
        """Nothing is known any more. Raises StoreError."""
        self._known.pop(key, None)
        await self._texts.delete(key)

    def close(self) -> None:
        """Let go of the files. Blocks for a moment."""
        self._texts.close()
