"""What every call has that the carrier knows, whether a customer or the staff is at its other end.

Its two secrets (who knows one is the carrier), its connection id, and its callbacks, each told once however often it
comes.
"""

from __future__ import annotations

import secrets
from abc import ABC, abstractmethod

from pydantic import JsonValue
from starlette.websockets import WebSocket

from edge_server.phone.grid import GridEvent, Seen

CALLBACKS = "Microsoft.Communication."
MOST_CALLBACKS = 256
"""Callbacks of one call that are remembered, to know those that come twice."""


class Leg(ABC):
    """A call. `connection`: its id at the carrier; None before it is known."""

    def __init__(self) -> None:
        self.callback_secret, self.media_secret = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self.connection: str | None = None
        self._seen = Seen(MOST_CALLBACKS)

    def callback(self, event: GridEvent) -> None:
        """A callback of the carrier; one that came before changes nothing."""
        if not self._seen.first(event.id):
            return
        connection = event.data.get("callConnectionId")
        if self.connection is None and isinstance(connection, str):
            self.connection = connection
        self.told(event.type.removeprefix(CALLBACKS), event.data)

    @abstractmethod
    def told(self, kind: str, data: dict[str, JsonValue]) -> None:
        """The carrier tells something new of this call (`kind`: `CallConnected`, for instance)."""

    @abstractmethod
    def takes_media(self) -> bool:
        """Whether its media socket may open now."""

    @abstractmethod
    async def media(self, websocket: WebSocket) -> None:
        """Hold its media socket."""
