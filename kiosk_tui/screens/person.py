"""A person was called: the number of the ticket, large enough to be read across the counter."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Button, Static

from kiosk_tui.screens.base import DeskModal
from kiosk_tui.widgets.large import Large


class PersonScreen(DeskModal[None]):
    """Shown when the desk has called somebody."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,enter", "dismiss", "Back")]

    def __init__(self, ticket: str) -> None:
        super().__init__()
        self.ticket = ticket

    def compose(self) -> ComposeResult:
        """The number, what happens now, back."""
        with Vertical(classes="dialog"):
            yield Static(Content("A person has been called"), classes="dialog-title")
            yield Large(f"No. {self.ticket}", most_rows=6, classes="amount")
            yield Static(Content("Please wait here. You may go on asking meanwhile."), classes="dialog-hint")
            yield Button("Back", id="back", variant="primary")
            yield from self.footer()

    def on_mount(self) -> None:
        """Enter closes it."""
        self.query_one("#back").focus()

    @on(Button.Pressed, "#back")
    def back(self) -> None:
        """The button."""
        self.dismiss()
