"""One customer's time at the terminal: all that is known of them here. It is dropped as a whole when they go."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from kiosk_tui import events as ev


@dataclass(slots=True, weakref_slot=True)
class Visit:
    """`session_key`: the conversation's key at the desk. `recent`: the last reply's words, for captions."""

    session_key: str = field(default_factory=lambda: str(uuid.uuid4()))
    agent: str | None = None
    expecting: ev.Expecting | None = None
    receipt: ev.BookingChanged | None = None
    receipt_shown: bool = True
    resume_code: str | None = None
    caption: str = ""
    met: bool = False
    """Whether the customer has said or typed anything."""

    @property
    def secret(self) -> bool:
        """Whether the desk has asked for something that must not be shown."""
        return self.expecting is not None and self.expecting.secret
