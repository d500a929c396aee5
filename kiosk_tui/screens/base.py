"""What every screen over the conversation has: the status line and the last words of the desk, always in sight."""

from __future__ import annotations

from typing import TypeVar

from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from kiosk_tui.widgets.status import Mood, StatusLine

Result = TypeVar("Result")
LONGEST_CAPTION = 150
TALL_ROWS = 34


class Caption(Static):
    """The last words that the desk said."""

    def show(self, words: str) -> None:
        """The end of `words`, where they are long."""
        cut = words if len(words) <= LONGEST_CAPTION else "… " + words[-LONGEST_CAPTION:].split(" ", 1)[-1]
        self.update(Content(cut))


class DeskModal(ModalScreen[Result]):
    """A box over the conversation, which goes on below it by voice."""

    def on_resize(self, event: events.Resize) -> None:
        """Keys are as high as the window allows."""
        self.set_class(event.size.height >= TALL_ROWS, "tall")

    def footer(self) -> ComposeResult:
        """Caption and status; every modal ends with them."""
        yield Caption(classes="caption")
        yield StatusLine()

    def show_status(self, mood: Mood, level: float | None, caption: str) -> None:
        """What the desk is at, and what it last said."""
        for line in self.query(StatusLine):
            line.mood, line.level = mood, level
        for words in self.query(Caption):
            words.show(caption)
