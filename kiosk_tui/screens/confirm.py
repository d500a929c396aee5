"""What would be done and what it costs, before it is done: a yes on the screen, or by voice."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import Key
from textual.widgets import Button, Static

from kiosk_tui.cards import Card
from kiosk_tui.screens.base import DeskModal
from kiosk_tui.widgets.cards import table
from kiosk_tui.widgets.large import Large

YES, NO = "yes", "no"


class ConfirmScreen(DeskModal[str | None]):
    """Gives "yes" or "no"; None when the customer would rather say something else.

    A yes counts only when the read-back has been heard, so the button waits for its end.
    """

    AUTO_FOCUS = ""
    """No answer lies under Enter by itself: the customer chooses."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer('yes')", "Yes"),
        Binding("n", "answer('no')", "No"),
        Binding("escape", "dismiss(None)", "Something else"),
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]

    def __init__(self, card: Card, *, heard: bool) -> None:
        super().__init__()
        self.card = card
        self.heard = heard

    def compose(self) -> ComposeResult:
        """Title, amount, what changes, yes and no."""
        with Vertical(classes="dialog"):
            yield Static(Content(self.card.title), classes="dialog-title")
            if self.card.big:
                yield Large(self.card.big, most_rows=6 if self.app.size.height > 30 else 4, classes="amount")
            if self.card.rows:
                yield Static(table(self.card.rows), classes="dialog-rows")
            yield Static(Content("Nothing is done before you say yes."), classes="dialog-hint")
            with Horizontal(classes="answers"):
                yield Button("Yes, do it", id="yes", variant="success")
                yield Button("No", id="no", variant="error")
                yield Button("Something else", id="else")
            yield from self.footer()

    def on_mount(self) -> None:
        """Whether Yes counts yet."""
        self.set_heard(self.heard)

    def set_heard(self, heard: bool) -> None:
        """Whether the read-back has been heard to its end."""
        self.heard = heard
        button = self.query_one("#yes", Button)
        button.disabled = not heard
        button.label = "Yes, do it" if heard else "Yes (in a moment)"

    def action_answer(self, answer: str) -> None:
        """Y or N."""
        if answer != YES or self.heard:
            self.dismiss(answer)

    def on_key(self, event: Key) -> None:
        """Who types a sentence wants to say something else: no letter inside it is an answer."""
        typed = event.character or ""
        if event.is_printable and typed.isalnum() and typed.lower() not in "yn":
            event.stop()
            self.dismiss(None)

    @on(Button.Pressed)
    def pressed(self, event: Button.Pressed) -> None:
        """One of the three buttons."""
        event.stop()
        self.dismiss({"yes": YES, "no": NO}.get(event.button.id or ""))
