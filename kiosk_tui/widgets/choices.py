"""What the desk offers to choose from: touched, reached by Tab, or picked by its number and Enter."""

from __future__ import annotations

from textual import on
from textual.containers import HorizontalScroll
from textual.message import Message
from textual.widgets import Button

from kiosk_tui.extension_events import Choice

MOST_CHOICES = 9


class ChoiceBar(HorizontalScroll, can_focus=False):
    """A row of buttons, hidden while there is nothing to choose."""

    class Picked(Message):
        """The customer picked one."""

        def __init__(self, choice: Choice) -> None:
            super().__init__()
            self.choice = choice

    def __init__(self) -> None:
        super().__init__(id="choices")
        self.choices: tuple[Choice, ...] = ()
        self.display = False

    def show(self, choices: tuple[Choice, ...]) -> None:
        """Offer these, numbered from 1; none hides the bar."""
        if choices == self.choices:
            return
        self.choices = choices[:MOST_CHOICES]
        self.remove_children()
        self.display = bool(self.choices)
        for number, choice in enumerate(self.choices, start=1):
            button = Button(f"{number}  {choice.label}", name=str(number), classes="choice")
            self.mount(button)

    def numbered(self, words: str) -> Choice | None:
        """The choice that `words` is the number of."""
        if words.isdecimal() and 1 <= int(words) <= len(self.choices):
            return self.choices[int(words) - 1]
        return None

    @on(Button.Pressed)
    def picked(self, event: Button.Pressed) -> None:
        """Say so."""
        event.stop()
        choice = self.numbered(event.button.name or "")
        if choice is not None:
            self.post_message(self.Picked(choice))
