"""A keypad for digits that nobody may read: touched, or typed on the keyboard; dots show how many there are."""

from __future__ import annotations

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Center, Grid, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Static

KEYS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "⌫", "0", "OK")


class Keypad(Vertical, can_focus=True):
    """Gathers up to `most` digits. Every key of it can be reached by Tab, or typed."""

    class Entered(Message):
        """The customer pressed OK or Enter."""

        def __init__(self, digits: str) -> None:
            super().__init__()
            self.digits = digits

    def __init__(self, *, most: int = 8, masked: bool = True) -> None:
        super().__init__()
        self._most, self._masked = most, masked
        self._digits = ""
        self._shown = Static(id="digits")

    def compose(self) -> ComposeResult:
        """Dots over the keys."""
        yield self._shown
        with Center(), Grid(id="keys"):
            for key in KEYS:
                yield Button(key, name=key, classes="key")

    def on_mount(self) -> None:
        """Show that nothing is there."""
        self._show()

    def press(self, key: str) -> None:
        """One key of the pad."""
        match key:
            case "OK":
                if self._digits:
                    digits, self._digits = self._digits, ""
                    self._show()
                    self.post_message(self.Entered(digits))
                return
            case "⌫":
                self._digits = self._digits[:-1]
            case _ if len(self._digits) < self._most:
                self._digits += key
        self._show()

    @on(Button.Pressed, ".key")
    def touched(self, event: Button.Pressed) -> None:
        """A key was touched."""
        event.stop()
        self.press(event.button.name or "")

    def on_key(self, event: events.Key) -> None:
        """A key was typed."""
        typed = event.character or ""
        if len(typed) == 1 and typed in "0123456789":
            self.press(typed)
        elif event.key == "backspace":
            self.press("⌫")
        elif event.key == "enter" and self.has_focus:
            self.press("OK")
        else:
            return
        event.stop()
        event.prevent_default()

    def _show(self) -> None:
        filled = "●" * len(self._digits) if self._masked else self._digits
        self._shown.update(Content(" ".join(filled + "○" * max(0, 4 - len(self._digits)))))
