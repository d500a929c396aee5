"""How the screen looks and how fast it goes, for this customer; the next one finds it as it was set up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Static

from kiosk_tui.screens.base import DeskModal
from kiosk_tui.themes import THEME_NAMES

SPEEDS = (150, 100, 70)
"""Words a minute: usual, slower, slowest."""


@dataclass(frozen=True, slots=True)
class Display:
    """`large` None: by the terminal's size."""

    theme: str
    large: bool | None
    still: bool
    words_a_minute: int


class DisplayScreen(DeskModal[None]):
    """Each button goes to the next of its values, at once."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,f3", "dismiss", "Back")]

    class Changed(Message):
        """The customer wants it so."""

        def __init__(self, display: Display) -> None:
            super().__init__()
            self.display = display

    def __init__(self, shown: Display) -> None:
        super().__init__()
        self.shown = shown

    def compose(self) -> ComposeResult:
        """One button for each thing."""
        with Vertical(classes="dialog"):
            yield Static(Content("Display"), classes="dialog-title")
            for name in ("theme", "large", "still", "speed"):
                yield Button("", id=name, classes="setting")
            yield Button("Back", id="back", variant="primary")
            yield from self.footer()

    def on_mount(self) -> None:
        """The first has the focus."""
        self._label()
        self.query_one("#theme").focus()

    def _label(self) -> None:
        shown = self.shown
        size = {None: "by the screen", True: "on", False: "off"}[shown.large]
        speed = dict(zip(SPEEDS, ("usual", "slower", "slowest"), strict=True)).get(shown.words_a_minute, "usual")
        for name, label in (
            ("theme", f"Colours: {THEME_NAMES.get(shown.theme, shown.theme)}"),
            ("large", f"Large letters: {size}"),
            ("still", f"Moving things: {'off' if shown.still else 'on'}"),
            ("speed", f"Time to read: {speed}"),
        ):
            self.query_one(f"#{name}", Button).label = label

    @on(Button.Pressed, ".setting")
    def pressed(self, event: Button.Pressed) -> None:
        """The next value."""
        event.stop()
        shown = self.shown
        match event.button.id:
            case "theme":
                names = list(THEME_NAMES)
                theme = names[(names.index(shown.theme) + 1) % len(names)] if shown.theme in names else names[0]
                self.shown = Display(theme, shown.large, shown.still, shown.words_a_minute)
            case "large":
                large = {None: True, True: False, False: None}[shown.large]
                self.shown = Display(shown.theme, large, shown.still, shown.words_a_minute)
            case "still":
                self.shown = Display(shown.theme, shown.large, not shown.still, shown.words_a_minute)
            case "speed":
                place = SPEEDS.index(shown.words_a_minute) if shown.words_a_minute in SPEEDS else 0
                self.shown = Display(shown.theme, shown.large, shown.still, SPEEDS[(place + 1) % len(SPEEDS)])
        self._label()
        self.post_message(self.Changed(self.shown))

    @on(Button.Pressed, "#back")
    def back(self) -> None:
        """The last button."""
        self.dismiss()
