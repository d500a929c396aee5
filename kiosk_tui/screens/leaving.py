"""The end of a visit: the question whether somebody is still there, and the goodbye after everything is wiped."""

from __future__ import annotations

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Center, Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Button, Static

from kiosk_tui.screens.base import DeskModal
from kiosk_tui.widgets.large import Large

WIPED = "Everything you said and saw here has been wiped."


class IdleScreen(DeskModal[bool]):
    """True: somebody is there. False: they want to end."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,space,escape", "dismiss(True)", "I am here")]

    def __init__(self, left_s: int) -> None:
        super().__init__()
        self._left_s = left_s

    def compose(self) -> ComposeResult:
        """The question, the seconds, both answers."""
        with Vertical(classes="dialog"):
            yield Static(Content("Are you still there?"), classes="dialog-title")
            yield Large(str(self._left_s), most_rows=6, id="left", classes="amount")
            yield Static(Content("Then everything here is wiped for the next customer."), classes="dialog-hint")
            with Horizontal(classes="answers"):
                yield Button("Yes, go on", id="here", variant="primary")
                yield Button("End and wipe now", id="end")
            yield from self.footer()

    def on_mount(self) -> None:
        """Enter says yes."""
        self.query_one("#here").focus()

    def show_left(self, seconds: int) -> None:
        """So many seconds are left."""
        self.query_one("#left", Large).words = str(max(0, seconds))

    def on_key(self, event: events.Key) -> None:
        """Whatever key: somebody is there. Tab still goes to the other button."""
        if event.key not in ("tab", "shift+tab", "enter"):
            event.stop()
            self.dismiss(True)

    @on(Button.Pressed)
    def pressed(self, event: Button.Pressed) -> None:
        """One of the buttons."""
        event.stop()
        self.dismiss(event.button.id == "here")


class Farewell(Screen[None]):
    """Passes by itself."""

    def __init__(self, reason: str = "") -> None:
        super().__init__()
        self._reason = reason

    def compose(self) -> ComposeResult:
        """Goodbye, and that nothing is left."""
        with Vertical(id="invitation"):
            with Center():
                yield Large("Goodbye", id="headline")
            with Center():
                yield Static(Content(f"{self._reason} {WIPED}".strip()), id="subline")
