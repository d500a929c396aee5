"""A code typed on a keypad: the operator's (masked), or one with which a conversation goes on here."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Static

from kiosk_tui.screens.base import DeskModal
from kiosk_tui.widgets.keypad import Keypad


class CodeScreen(DeskModal[None]):
    """Stays until whoever asked closes it: a wrong code is said here, and another may be tried."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "Back")]

    class Entered(Message):
        """Somebody entered a code."""

        def __init__(self, screen: CodeScreen, code: str) -> None:
            super().__init__()
            self.screen = screen
            self.code = code

    def __init__(self, title: str, hint: str, *, purpose: str, masked: bool, most: int) -> None:
        super().__init__()
        self.purpose = purpose
        self._title, self._hint = title, hint
        self._masked, self._most = masked, most

    def compose(self) -> ComposeResult:
        """Title, hint, keypad, the way back."""
        with Vertical(classes="dialog"):
            yield Static(Content(self._title), classes="dialog-title")
            yield Static(Content(self._hint), classes="dialog-hint", id="hint")
            yield Keypad(most=self._most, masked=self._masked)
            yield Button("Esc  Back", id="back")

    def on_mount(self) -> None:
        """The keyboard goes to the keypad."""
        self.query_one(Keypad).focus()

    def say(self, words: str) -> None:
        """What is wrong with the code."""
        hint = self.query_one("#hint", Static)
        hint.update(Content(words))
        hint.add_class("trouble")

    @on(Keypad.Entered)
    def entered(self, event: Keypad.Entered) -> None:
        """OK was pressed."""
        event.stop()
        self.app.post_message(self.Entered(self, event.digits))

    @on(Button.Pressed, "#back")
    def back(self) -> None:
        """The button below the keypad."""
        self.dismiss()
