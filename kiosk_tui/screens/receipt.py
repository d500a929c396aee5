"""What was done, to take along: a QR code, and six digits with which the conversation goes on elsewhere."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from kiosk_tui.cards import Card
from kiosk_tui.screens.base import DeskModal
from kiosk_tui.widgets.cards import table
from kiosk_tui.widgets.large import Large
from kiosk_tui.widgets.qr import QrCode, compact


class ReceiptScreen(DeskModal[None]):
    """The receipt of one change."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,enter,f5", "dismiss", "Done")]

    def __init__(self, card: Card, *, resume_code: str | None = None) -> None:
        super().__init__()
        self.card = card
        self.resume_code = resume_code

    def compose(self) -> ComposeResult:
        """The code at the right, words at the left."""
        with Vertical(classes="dialog wide"):
            with Horizontal(classes="receipt"):
                with VerticalScroll(classes="receipt-words"):
                    yield Static(Content(f"✓ Done: {self.card.title}"), classes="dialog-title")
                    yield Large(self.card.big, most_rows=4, classes="amount")
                    yield Static(table(self.card.rows), classes="dialog-rows")
                    yield Static(Content(""), id="resume-code")
                yield QrCode(receipt_text(self.card))
            yield Button("Done", id="done", variant="primary")
            yield from self.footer()

    def on_mount(self) -> None:
        """Enter closes it."""
        self.query_one("#done").focus()
        self.show_resume_code(self.resume_code)

    def show_resume_code(self, code: str | None) -> None:
        """Six digits; None while there are none."""
        self.resume_code = code
        words = f"Go on elsewhere within 10 minutes\nwith this code: {code[:3]} {code[3:]}" if code else ""
        self.query_one("#resume-code", Static).update(Content(words))

    @on(Button.Pressed, "#done")
    def done(self) -> None:
        """The button."""
        self.dismiss()


def receipt_text(card: Card) -> str:
    """The receipt as the QR code holds it, short enough to be read from a terminal's cells."""
    told = [card.title.split("  ")[0], *(f"{label} {value}" for label, value in card.rows)]
    text = compact(f"LOBBY {card.big}. " + ". ".join(told))
    return text if len(text) <= 114 else text[:114].rsplit(" ", 1)[0]
