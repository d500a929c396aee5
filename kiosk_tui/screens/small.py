"""What is shown where nothing fits."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

LEAST_COLUMNS, LEAST_ROWS = 40, 12


class TooSmall(ModalScreen[None]):
    """Goes by itself when the window is large enough."""

    DEFAULT_CSS = "TooSmall { align: center middle; background: $background; } TooSmall Static { text-align: center; }"

    def compose(self) -> ComposeResult:
        """One sentence."""
        yield Static(Content(f"Please make this window larger: {LEAST_COLUMNS} columns, {LEAST_ROWS} rows."))


def too_small(columns: int, rows: int) -> bool:
    """Whether a window of this size cannot show the desk."""
    return columns < LEAST_COLUMNS or rows < LEAST_ROWS
