"""Resume codes that a caller gives, by voice or by keys: the call goes on with the session behind one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


class ResumeCodes:
    """Those of one call. `redeem` gives the session key behind a code, None for no code; `taken` is told the key.

    `write` is told the words that a caller's digits were to be, when they are no code.
    """

    def __init__(
        self, redeem: Callable[[str], Awaitable[str | None]], taken: Callable[[str], None], write: Callable[[str], None]
    ) -> None:
        self._redeem, self._taken, self._write = redeem, taken, write
        self._tasks: set[asyncio.Task[None]] = set()

    def redeem(self, code: str, otherwise: str = "") -> None:
        """Try `code`, soon; `otherwise` is written when there is no such code."""
        task = asyncio.create_task(self._try(code, otherwise), name="resume code")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _try(self, code: str, otherwise: str) -> None:
        key = await self._redeem(code)
        if key is not None:
            self._taken(key)
        elif otherwise:
            self._write(otherwise)

    async def close(self) -> None:
        """No code is tried any more."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
