"""The help over the conversation (F1)."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from kiosk_tui.audio import HEADSET_VARIABLE
from kiosk_tui.screens.base import DeskModal

KEYS = """\
Ask in your own words: speak, or type and press Enter.
Esc goes back.

Enter    send what you typed; a number picks a choice
Esc      stop the reply
Tab      go to the buttons, Enter presses
F2       call a person
F3       display: contrast, large type, motion
F4       show or hide sources (also Ctrl+S)
F5       the last receipt again
F6       go on with a code from another terminal
F8       microphone off or on
F10      end: everything is wiped
Ctrl+N   new conversation: the screen is wiped
PgUp     look back, and PgDn to return
"""
SOUND = """\
To see your bookings, the desk asks for a booking code and your PIN. A PIN is shown as dots, and never said aloud.

Interrupt the desk by speaking over it. Where it would hear itself, the microphone is off while it speaks (the line \
above the keyboard says so): press Esc, then speak.

This terminal writes nothing of you to disk."""
OPERATOR = f"""\
F12      operator's view
Ctrl+Q   leave

With a headset, set {HEADSET_VARIABLE}=1.
"""


class Help(DeskModal[None]):
    """How to talk to the desk, and what the keys do. `kiosk`: without what is the operator's."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,f1,enter", "dismiss", "Back")]

    def __init__(self, *, kiosk: bool = False) -> None:
        super().__init__()
        self._text = "\n".join((KEYS, SOUND) if kiosk else (KEYS + OPERATOR, SOUND))

    def compose(self) -> ComposeResult:
        """One scrollable box."""
        with VerticalScroll(classes="dialog"):
            yield Static(Content(self._text))

    def on_mount(self) -> None:
        """The arrow keys scroll it."""
        self.query_one(VerticalScroll).focus()
