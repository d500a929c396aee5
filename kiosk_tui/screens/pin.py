"""The PIN, by keypad or keyboard. It can be spoken as well; the desk never says it, and it is shown as dots."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Button, Static

from kiosk_tui.screens.base import DeskModal
from kiosk_tui.widgets.keypad import Keypad


class PinScreen(DeskModal[str | None]):
    """Gives the digits; None when the customer would rather say or type something else."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Something else")]

    def compose(self) -> ComposeResult:
        """What to do, the keypad, the way out."""
        with Vertical(classes="dialog"):
            yield Static(Content("Your PIN"), classes="dialog-title")
            yield Static(Content("Touch or type it, then OK. Nobody can read it here."), classes="dialog-hint")
            yield Keypad()
            yield Button("Esc  Something else", id="else")
            yield from self.footer()

    def on_mount(self) -> None:
        """The keyboard goes to the keypad."""
        self.query_one(Keypad).focus()

    @on(Keypad.Entered)
    def entered(self, event: Keypad.Entered) -> None:
        """OK was pressed."""
        event.stop()
        self.dismiss(event.digits)

    @on(Button.Pressed, "#else")
    def other(self) -> None:
        """The button below the keypad."""
        self.dismiss(None)
