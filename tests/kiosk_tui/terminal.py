"""A running terminal, driven by keys, and what is painted on it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widgets import Input

from kiosk_tui.app import KioskApp
from kiosk_tui.options import Options
from kiosk_tui.remembered import Desk, Remembered
from kiosk_tui.talk import BackOff
from kiosk_tui.widgets.bubbles import Bubble, ConversationLog
from kiosk_tui.widgets.status import Mood, StatusLine

PATIENCE = 4_000
"""How often a condition is looked at, 10 ms apart, before a test gives up."""


class Clock:
    """Time that the test owns, in seconds."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Terminal:
    """A running terminal."""

    def __init__(self, app: KioskApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def bubbles(self) -> list[Bubble]:
        """What was said, on the conversation's screen."""
        screen = self.app.conversation
        return [] if screen is None else [bubble for bubble in screen.log_view.query(Bubble) if bubble.text]

    @property
    def mood(self) -> Mood:
        """What the status line tells."""
        assert self.app.conversation is not None
        return self.app.conversation.query_one(StatusLine).mood

    @property
    def log(self) -> ConversationLog:
        """The conversation's log."""
        assert self.app.conversation is not None
        return self.app.conversation.log_view

    @property
    def line(self) -> Input:
        """What is typed in."""
        assert self.app.conversation is not None
        return self.app.conversation.words

    @property
    def strips(self) -> list[Strip]:
        """The painted lines, with their styles."""
        return self.app.screen._compositor.render_strips()

    @property
    def lines(self) -> list[str]:
        """The painted lines, as text."""
        return [strip.text.rstrip() for strip in self.strips]

    @property
    def painted(self) -> str:
        """All words on the screen, as they are painted."""
        return "\n".join(self.lines)

    async def until(self, reached: Callable[[], bool]) -> None:
        for _ in range(PATIENCE):
            if reached():
                await self.pilot.pause()
                return
            await asyncio.sleep(0.01)
        pytest.fail(f"waited too long; on screen:\n{self.painted}")

    async def sees(self, *words: str) -> None:
        """Wait until all of `words` are painted."""
        await self.until(lambda: all(word in self.painted for word in words))

    async def greeted(self) -> None:
        """Begin where nobody is served, and wait for the greeting."""
        if self.app.visit is None:
            await self.until(lambda: self.app.desk is None or self.app.attract.online or self.app.visit is not None)
            if self.app.visit is None:
                await self.pilot.press("enter")
        await self.until(lambda: len(self.bubbles) == 1 and self.bubbles[0].final)

    async def ask(self, text: str) -> Bubble:
        """Type `text` and wait for the whole answer."""
        before = len(self.bubbles)
        await self.type(text)
        await self.until(lambda: len(self.bubbles) == before + 2 and self.bubbles[-1].final)
        return self.bubbles[-1]

    async def type(self, text: str) -> None:
        self.line.insert_text_at_cursor(text)
        await self.pilot.press("enter")


@asynccontextmanager
async def terminal(
    url: str | None,
    *,
    size: tuple[int, int] = (80, 24),
    text_only: bool = True,
    key: str | None = None,
    kept: Remembered | None = None,
    options: Options | None = None,
) -> AsyncIterator[Terminal]:
    """A terminal for the desk at `url`. A fault of its own fails the test."""
    given = replace(
        options or Options(reduced_motion=True),
        desk=None if url is None else Desk(url),
        text_only=text_only,
        session_key=key,
        back_off=BackOff(0.01, 0.05),
    )
    app = KioskApp(given, kept)
    async with app.run_test(size=size) as pilot:
        yield Terminal(app, pilot)
    if app.fault is not None:
        raise app.fault
