"""One stage of the desk's turns in a row: its name, its figures, its last values as a line."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Sparkline, Static

from kiosk_tui.operator_view import Stage


class StageRow(Horizontal):
    """Shows `stage`, and what comes after it by `show`."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(classes="stage")
        self.stage = stage.name
        self._figures = Static(classes="stage-figures")
        self._line = Sparkline([], classes="stage-line")
        self.show(stage)

    def compose(self) -> ComposeResult:
        """Name, figures, line."""
        yield Static(Content(self.stage), classes="stage-name")
        yield self._figures
        yield self._line

    def show(self, stage: Stage) -> None:
        """Newer values of the same stage."""
        self._figures.update(Content(f"{stage.p50:.0f} / {stage.p95:.0f}"))
        self._line.data = list(stage.recent)
