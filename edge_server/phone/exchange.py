"""What the parts of a call need of each other: a call of the switchboard, and the desk's channel of its call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from pydantic import JsonValue

from edge_server.phone.carrier import Carrier
from edge_server.phone.line import Line

if TYPE_CHECKING:
    from edge_server.phone.call import Call
    from edge_server.phone.clerk import ClerkLeg
    from edge_server.phone.desk_channel import DeskChannel


class Exchange(Protocol):
    """The switchboard, as one call sees it."""

    @property
    def carrier(self) -> Carrier:
        """Where calls are made and ended."""
        ...

    async def channel(self, line: Line, call: Call) -> DeskChannel | None:
        """The desk for a call; None while the server is not ready."""
        ...

    def address(self, kind: str, secret: str) -> str:
        """The public address of a call's `callbacks` or `media`."""
        ...

    def ended(self, call: Call) -> None:
        """The call is over: its secrets open nothing any more, and its place is free."""
        ...

    def gone(self, call: Call) -> None:
        """Nothing of the call is left: its conversation is kept, and what was to be done is done."""
        ...

    def seek_clerk(self, call: Call) -> ClerkLeg | None:
        """Begin to call the branch's staff for a call; None when there is nobody to call."""
        ...

    def may_call_back(self, call: Call) -> bool:
        """Whether the customer may be offered to be called back."""
        ...

    def may_text(self, call: Call) -> bool:
        """Whether the customer may be offered a text message."""
        ...

    def call_back_later(self, call: Call) -> None:
        """The customer agreed to be called back."""
        ...

    async def text(self, call: Call, details: dict[str, JsonValue]) -> None:
        """Send what was booked as a text message; the customer agreed."""
        ...

    async def redeem(self, code: str, call: Call) -> str | None:
        """The session key behind a resume code."""
        ...


class CallEvents(Protocol):
    """A call, as the desk's channel on it sees it."""

    def person_wanted(self) -> None:
        """The caller asked for a person, and has heard that one is called."""
        ...

    def said_goodbye(self) -> None:
        """The conversation is over and its last word was heard."""
        ...

    def booked(self, details: dict[str, JsonValue]) -> None:
        """A write was carried out."""
        ...

    def pressed(self, key: str) -> bool:
        """A key was pressed. Whether the call itself waited for it."""
        ...

    async def redeem(self, code: str) -> str | None:
        """The session key behind a resume code; None when there is none."""
        ...
