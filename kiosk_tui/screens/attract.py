"""What is to be seen while nobody is there: an invitation, and how it is done."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Center, Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Button, Static

from kiosk_tui.widgets.bubbles import EXAMPLES
from kiosk_tui.widgets.keys import Keys
from kiosk_tui.widgets.large import Large
from kiosk_tui.widgets.status import TitleBar

INVITATION = "How can I help?"
LOW_LETTERS, HIGH_LETTERS = 4, 9
TALL_ROWS = 30
"""From so many rows on the invitation is in high letters."""
TURN_S = 6.0
"""How long one example is in the light before the next."""


class Attract(Screen[None]):
    """Any key, a touch or a voice begins a conversation."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "begin", "Begin"),
        Binding("f3", "app.display", "Display"),
        Binding("f6", "app.resume", "Go on with a code"),
        Binding("f1", "app.help", "Help"),
    ]

    class Begun(Message):
        """Somebody is there; `typed` is the first letter, where they began to type, `entered` that it was Enter."""

        def __init__(self, typed: str = "", *, entered: bool = False) -> None:
            super().__init__()
            self.typed = typed
            self.entered = entered

    def __init__(self, *, hears: bool = False) -> None:
        super().__init__()
        self.hears = hears
        self.online = False
        self._lit = 0

    def compose(self) -> ComposeResult:
        """Invitation, examples, the two buttons, how it is done."""
        yield TitleBar()
        with Vertical(id="invitation"):
            with Center():
                yield Large(INVITATION, most_rows=LOW_LETTERS, id="headline")
            with Center():
                yield Static(Content("Flights, hotel rooms, your bookings. Ask in your own words."), id="subline")
            with Center(), Vertical(id="tries"):
                for number, example in enumerate(EXAMPLES):
                    yield Static(Content(f"“{example}”"), classes="try", id=f"try-{number}")
            with Center():
                yield Static(Content(self._how()), id="how")
            with Center(), Horizontal(id="starts"):
                yield Button("Touch here to begin", id="begin", variant="primary")
                yield Button("I have a code", id="resume")
        yield Static(Content(""), id="trouble")
        yield Keys()

    def on_mount(self) -> None:
        """The first example is lit; the others follow, unless motion is unwanted."""
        self.query_one("#begin").focus()
        self._light()
        if self.app.animation_level != "none":
            self.set_interval(TURN_S, self._next)

    def on_resize(self, event: events.Resize) -> None:
        """Letters as high as there is room for."""
        headline = self.query_one("#headline", Large)
        headline.most_rows = HIGH_LETTERS if event.size.height >= TALL_ROWS else LOW_LETTERS
        headline.refresh(layout=True)

    def show_desk(self, *, online: bool, trouble: str, hears: bool) -> None:
        """Whether the desk can be reached, and what is wrong where it cannot."""
        self.online = online
        title = self.query_one(TitleBar)
        title.state, title.online = ("ready", True) if online else ("not ready", False)
        self.say(trouble)
        if hears != self.hears:
            self.hears = hears
            self.query_one("#how", Static).update(Content(self._how()))

    def say(self, words: str) -> None:
        """A line at the foot of the screen; empty hides it."""
        self.query_one("#trouble", Static).update(Content(words))
        self.query_one("#trouble").display = bool(words)

    def _how(self) -> str:
        first = (
            "1  Just speak, press any key, or touch the screen."
            if self.hears
            else "1  Press any key, or touch the screen."
        )
        return (
            f"{first}\n2  Ask. You may interrupt at any time.\n3  Press F10 or walk away: everything you said is wiped."
        )

    def _next(self) -> None:
        self._lit = (self._lit + 1) % len(EXAMPLES)
        self._light()

    def _light(self) -> None:
        for number in range(len(EXAMPLES)):
            self.query_one(f"#try-{number}").set_class(number == self._lit, "lit")

    def action_begin(self) -> None:
        """Enter, whatever has the focus but the other button."""
        if self.focused is not None and self.focused.id == "resume":
            self.app.run_worker(self.app.run_action("app.resume"))
            return
        self.post_message(self.Begun(entered=True))

    def on_key(self, event: events.Key) -> None:
        """A letter begins the first question; Enter, taken here too, stays behind the letters before it."""
        if event.key == "enter" or (event.key == "space" and self.focused is not None and self.focused.id == "resume"):
            event.stop()
            self.action_begin()
        elif event.is_printable and event.character:
            event.stop()
            self.post_message(self.Begun(event.character))

    async def on_button_pressed(self, event: Button.Pressed) -> None:
        """One of the two buttons was touched."""
        event.stop()
        if event.button.id == "resume":
            await self.app.run_action("app.resume")
        else:
            self.post_message(self.Begun())

    def on_click(self) -> None:
        """A touch anywhere."""
        self.post_message(self.Begun())
