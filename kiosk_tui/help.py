"""The help over the conversation (F1)."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from kiosk_tui.audio import HEADSET_VARIABLE

TEXT = f"""\
Ask in your own words: speak, or type and press Enter.

Enter    send what you typed
Esc      stop the reply
Ctrl+N   new conversation: everything on screen goes
Ctrl+S   show where answers come from, or hide it
PgUp     look back, and PgDn to return
F1       this help
Ctrl+Q   leave

To see your bookings, the desk asks for a booking code and your PIN.

Interrupt the desk by speaking over it. Where it would hear itself, the microphone is off while it speaks (the line \
above the keyboard says so): press Esc, then speak. With a headset, set {HEADSET_VARIABLE}=1.

This terminal writes nothing to disk.

Esc goes back."""


class Help(ModalScreen[None]):
    """How to talk to the desk, and what the keys do."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,f1,enter", "dismiss", "Back")]

    def compose(self) -> ComposeResult:
        """One scrollable box."""
        with VerticalScroll():
            yield Static(Content(TEXT))
