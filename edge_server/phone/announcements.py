"""What the line itself has to say beside the conversation: notices, offers, hints, and a soft tone.

Announcements are said one after the other, in the voice of the agent whose turn it is. The conversation knows nothing
of them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine

from edge_server.phone.comfort import tone
from edge_server.phone.line import Line
from edge_server.phone.texts import HINTS
from edge_server.speech.service import SpeechService
from edge_server.speech.workers import WorkerError

log = logging.getLogger(__name__)

NOTICE, HINT, TONE = "notice", "hint", "tone"
"""What is said, as the pacer names it."""


class Announcements:
    """Those of one call. `voice` gives the name of the voice now; `heard` is called when one was heard out."""

    def __init__(self, line: Line, speech: SpeechService, voice: Callable[[], str], heard: Callable[[], None]) -> None:
        self._line, self._speech, self._voice, self._heard = line, speech, voice, heard
        self._hinted: set[str] = set()
        self._saying: asyncio.Task[None] | None = None
        self._hinting: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._count = 0

    async def put(self, text: str, item: str = NOTICE) -> None:
        """Have `text` said; returns when its sound waits to be heard. What cannot be spoken is left out."""
        try:
            pcm = await self._speech.synthesise(text, voice=self._voice())
        except WorkerError as error:
            log.warning("not said on a call: %s", error)
            return
        self._speak(item, pcm)

    def say(self, text: str, *, then: Callable[[], None] | None = None) -> None:
        """Have `text` said, after what was to be said before; `then` is called when it was heard (or cut off)."""
        self._saying = self._soon(self._say_after(self._saying, text, then or self._heard))

    def hint(self, asked: str | None) -> None:
        """Tell once in a call what the keypad is good for where `asked` is asked for."""
        text = HINTS.get(asked or "")
        if text is not None and text not in self._hinted:
            self._hinted.add(text)
            self.say(text)
            self._hinting = self._saying

    def drop_hint(self) -> None:
        """The customer goes on: a hint that was not said yet is not said."""
        if self._hinting is not None:
            self._hinting.cancel()

    def drop(self) -> None:
        """What was still to be said is not said."""
        if self._saying is not None:
            self._saying.cancel()

    def tone(self) -> None:
        """Let a soft tone be heard."""
        self._speak(TONE, tone())

    async def close(self) -> None:
        """Nothing more is said."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _say_after(self, before: asyncio.Task[None] | None, text: str, then: Callable[[], None]) -> None:
        if before is not None:
            await asyncio.gather(before, return_exceptions=True)
        await self.put(text, HINT)
        await self._line.heard_out()
        then()

    def _speak(self, item: str, pcm: bytes) -> None:
        self._count += 1
        name = f"{item}-{self._count}"
        self._line.speak(name, pcm)
        self._line.spoken(name)

    def _soon(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
