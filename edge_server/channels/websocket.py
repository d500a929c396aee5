"""The WebSocket channel: `/realtime?session_state_key=KEY` and `/v1/realtime?model=NAME[&session_state_key=KEY]`."""

from __future__ import annotations

import time
import uuid
from dataclasses import replace

from starlette.websockets import WebSocket

from edge_server.channels.connection import Connection
from edge_server.channels.ownership import LiveSessions
from edge_server.engines.embedded import EmbeddedEngine
from edge_server.errors import error_response
from edge_server.readiness import Readiness
from edge_server.realtime.conversation import Conversation
from edge_server.realtime.events.session import SessionConfig
from edge_server.realtime.ids import random_id
from edge_server.services import Services
from sync.session import SessionState

LONGEST_KEY = 128
SESSION_SECONDS = 3600
"""What `expires_at` promises, as the protocol's own server does; a socket is not closed at that time here."""
SUBPROTOCOL = "realtime"


async def realtime(websocket: WebSocket) -> None:
    """Hold a realtime conversation over one socket."""
    readiness: Readiness = websocket.app.state.readiness
    services = readiness.services
    if services is None:
        await websocket.send_denial_response(error_response(503, "not_ready", readiness.reason))
        return
    key = websocket.query_params.get("session_state_key") or str(uuid.uuid4())
    if len(key) > LONGEST_KEY or not key.isprintable():
        message = f"session_state_key: up to {LONGEST_KEY} printable characters."
        await websocket.send_denial_response(error_response(400, "invalid_session_state_key", message))
        return
    await websocket.accept(subprotocol=SUBPROTOCOL if SUBPROTOCOL in websocket.scope["subprotocols"] else None)
    config = SessionConfig(
        id=random_id("sess"),
        model=websocket.query_params.get("model") or "lobby",
        expires_at=int(time.time()) + SESSION_SECONDS,
    )
    extensions = websocket.query_params.get("extensions") in ("1", "true")
    connection = Connection(websocket, Conversation(config, new_id=random_id, extensions=extensions), new_id=random_id)
    live: LiveSessions = websocket.app.state.live_sessions
    async with live.owned(key, connection.leave):
        state = await _state_of(key, services)
        engine = EmbeddedEngine(
            state, desk=services.desk, speech=services.speech, store=services.store, emit=connection.hear
        )
        await connection.run(engine)


async def _state_of(key: str, services: Services) -> SessionState:
    """What the store remembers of the session; a new state for a new key."""
    known = await services.store.load(key)
    now = time.time()
    if known is None:
        return SessionState(key, channel="websocket", engine="embedded", created_at=now, updated_at=now)
    return replace(known, channel="websocket", engine="embedded", updated_at=now)
