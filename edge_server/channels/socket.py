"""What a connection needs of the two things at its edge: the socket, and what translates its frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from starlette.types import Message

from edge_server.realtime.client_events import AnyClientEvent
from edge_server.realtime.events.base import ServerEvent


class Socket(Protocol):
    """What a connection needs of a socket: a Starlette WebSocket is one."""

    async def receive(self) -> Message:
        """The next ASGI message: a frame, or `websocket.disconnect`."""
        ...

    async def send_text(self, data: str) -> None:
        """Send a frame. Raises WebSocketDisconnect."""
        ...

    async def close(self, code: int = 1000, reason: str | None = None) -> None:
        """Close the socket."""
        ...


class Wiring(Protocol):
    """What stands between the socket's frames and the conversation: `wire.Wire`, or another channel's own."""

    def received(self, frame: str | bytes) -> Sequence[AnyClientEvent]:
        """The events for the conversation in one frame. Raises ProtocolError."""
        ...

    def told(self, event: ServerEvent) -> Sequence[str]:
        """The frames that tell the client of `event`."""
        ...
