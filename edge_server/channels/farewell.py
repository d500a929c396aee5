"""How the server ends a connection: what it says last, and the code that it closes with."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from edge_server.channels.outbox import Outbox
from edge_server.channels.socket import Socket, Wiring
from edge_server.realtime.errors import ProtocolError
from edge_server.realtime.events.error import ErrorEvent

log = logging.getLogger(__name__)

CLOSING_SECONDS = 3.0
"""How long a client may take to read its farewell."""


@dataclass(frozen=True, slots=True)
class Farewell:
    """Why the server ends a connection: its close code and reason, and an error told before."""

    code: int
    reason: str
    error: str | None = None


TAKEN_OVER = Farewell(4001, "the session goes on at another connection")
"""The code is one of those that RFC 6455 leaves to applications."""
ELSEWHERE = Farewell(4001, "the session has an owner at another node", "session_elsewhere")
"""Where a second socket is to listen, and the first is not at this node."""
ENDED = Farewell(1000, "the session was ended at the desk", "session_ended")
NOT_KEPT = Farewell(1011, "the session cannot be opened: its store does not work", "session_store_failed")
RESTARTING = Farewell(1012, "the server restarts: connect again with the same session")
IDLE = Farewell(1000, "nothing was sent for too long: connect again with the same session", "session_idle")
EXPIRED = Farewell(1000, "the connection has reached its longest duration: connect again", "session_expired")
TOO_SLOW = Farewell(1008, "the client reads too slowly for what it asked for", "reads_too_slowly")


async def say_farewell(farewell: Farewell, socket: Socket, wire: Wiring, outbox: Outbox | None = None) -> None:
    """Send what is still to be sent (not to a client that does not read), the error, and close.

    Raises WebSocketDisconnect when the client has gone meanwhile.
    """
    frames: list[str] = []
    while outbox and farewell is not TOO_SLOW:
        frames.append(outbox.take())
    if farewell.error is not None:
        error = ProtocolError(farewell.error, f"The connection ends: {farewell.reason}.")
        frames += wire.told(ErrorEvent.of(error))
    try:
        async with asyncio.timeout(CLOSING_SECONDS):
            for frame in frames:
                await socket.send_text(frame)
            await socket.close(farewell.code, farewell.reason)
    except TimeoutError:
        log.warning("a client did not read its farewell: %s", farewell.reason)
