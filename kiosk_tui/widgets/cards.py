"""Cards beside or in the conversation: what the desk has looked up, in type that can be read from a step away."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from kiosk_tui.cards import Card
from kiosk_tui.widgets.large import Large

MOST_CARDS = 4
"""So many are kept on screen; the oldest goes."""


class CardBox(Vertical):
    """One card."""

    def __init__(self, card: Card, *, most_rows: int = 4) -> None:
        super().__init__(classes=f"card tone-{card.tone}")
        self.card = card
        self._most_rows = most_rows

    def compose(self) -> ComposeResult:
        """Title, what is large, rows."""
        yield Static(Content(self.card.title), classes="card-title")
        if self.card.big:
            yield Large(self.card.big, most_rows=self._most_rows, classes="card-big")
        if self.card.rows:
            yield Static(table(self.card.rows), classes="card-rows")


class CardStack(VerticalScroll, can_focus=False):
    """The newest cards, the newest first."""

    def show(self, card: Card) -> None:
        """Put a card on top; one with its key goes, and so does the oldest when there are too many."""
        boxes = list(self.query(CardBox))
        for box in boxes:
            if box.card.key == card.key or box.card.key.startswith("quote:"):
                box.remove()
                boxes.remove(box)
        for box in boxes[MOST_CARDS - 1 :]:
            box.remove()
        self.mount(CardBox(card), before=0)
        self.scroll_home(animate=False)
        self.display = True

    def wipe(self) -> None:
        """Nothing stays."""
        self.remove_children()
        self.display = False


def table(rows: tuple[tuple[str, str], ...]) -> Content:
    """Labels and values in two columns."""
    wide = max(len(label) for label, _ in rows)
    lines: list[Content] = []
    for label, value in rows:
        lines.append(Content.assemble((label.ljust(wide + 2), "$text-muted"), (value, "bold")))
    return Content("\n").join(lines)
