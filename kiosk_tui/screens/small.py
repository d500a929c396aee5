"""What is shown where not every screen would fit: what to do about it. Nothing of the conversation is lost below it."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

LEAST_COLUMNS, LEAST_ROWS = 64, 22
"""The read-back with its amount, its lines and its answers takes so much; a part of it would not do."""


class TooSmall(ModalScreen[None]):
    """Goes by itself when the window is large enough."""

    DEFAULT_CSS = "TooSmall { align: center middle; background: $background; } TooSmall Static { text-align: center; }"

    def compose(self) -> ComposeResult:
        """What is wrong, and what helps."""
        yield Static(Content(self._words()))

    def on_resize(self) -> None:
        """Say how large the window is now."""
        self.query_one(Static).update(Content(self._words()))

    def on_screen_resume(self) -> None:
        """The window may have grown while another screen lay over this one."""
        if not too_small(*self.app.size):
            self.call_later(self.dismiss)

    def _words(self) -> str:
        columns, rows = self.app.size
        return (
            f"This window is too small: {columns} x {rows}.\n"
            f"The desk needs {LEAST_COLUMNS} columns and {LEAST_ROWS} rows.\n\n"
            "Make the window larger, or its letters smaller\n(in most terminals: Ctrl and -)."
        )


def too_small(columns: int, rows: int) -> bool:
    """Whether a window of this size cannot show every screen of the desk."""
    return columns < LEAST_COLUMNS or rows < LEAST_ROWS
