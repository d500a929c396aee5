"""The WebSocket channel: `/realtime?session_state_key=KEY` and `/v1/realtime?model=NAME[&session_state_key=KEY]`."""

from __future__ import annotations

import logging
import time
import uuid
from functools import partial

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.websockets import WebSocket

from edge_server.channels import beta
from edge_server.channels.client_secrets import ClientSecrets
from edge_server.channels.connection import Connection
from edge_server.channels.farewell import ELSEWHERE, ENDED, NOT_KEPT, RESTARTING, TAKEN_OVER, say_farewell
from edge_server.channels.limits import Limits
from edge_server.channels.listener import Listener
from edge_server.channels.ownership import LiveSessions
from edge_server.channels.wire import Wire
from edge_server.engines.choice import make_engine
from edge_server.errors import error_response
from edge_server.guard import shown_keys
from edge_server.observation.observation import Observation
from edge_server.readiness import Readiness
from edge_server.realtime.client_events import AnyClientEvent
from edge_server.realtime.conversation import Conversation
from edge_server.realtime.effects import Effect
from edge_server.realtime.events.session import SessionConfig
from edge_server.realtime.ids import random_id
from edge_server.settings import Settings
from sync.kept_session import owned
from sync.store import OwnershipLostError, StoreError

log = logging.getLogger(__name__)

LONGEST_KEY = 128
SUBPROTOCOL = "realtime"


async def realtime(websocket: WebSocket) -> None:
    """Hold a realtime conversation over one socket."""
    readiness: Readiness = websocket.app.state.readiness
    settings: Settings = websocket.app.state.settings
    live: LiveSessions = websocket.app.state.live_sessions
    services = readiness.services
    if services is None or readiness.draining:
        await websocket.send_denial_response(error_response(503, "not_ready", readiness.reason))
        return
    key = websocket.query_params.get("session_state_key") or str(uuid.uuid4())
    refusal = _refusal(key, live, settings)
    if refusal is not None:
        if refusal.status_code == 429:
            websocket.app.state.observation.metrics.refused("too_many_sessions")
        await websocket.send_denial_response(refusal)
        return
    config = _config(websocket, settings)
    extensions = websocket.query_params.get("extensions") in ("1", "true")
    conversation = Conversation(config, new_id=random_id, extensions=extensions)
    dialect = beta.BetaDialect() if _wants_beta(websocket) else None
    limits = Limits.of(settings)
    wire = Wire(new_id=random_id, dialect=dialect, largest_event=limits.largest_event)
    observation: Observation = websocket.app.state.observation
    observer = observation.session("websocket", settings.engine)
    audiences = live.audiences
    connection = Connection(websocket, conversation, wire, limits, observer, heard_along=partial(audiences.tell, key))
    await websocket.accept(subprotocol=SUBPROTOCOL if SUBPROTOCOL in websocket.scope["subprotocols"] else None)
    begun: list[Effect] | None = None
    first: list[AnyClientEvent] = []
    listens = settings.second_socket == "listens"
    listener: Listener | None = None
    while listens and key in live:
        listener = listener or Listener(websocket, conversation, wire, limits, extensions=extensions)
        with audiences.with_listener(key, listener):
            acts = await listener.run(lambda: key in live, first)
        if acts is None:
            return
        begun, first = listener.begun, acts
    lost, ended = connection.leave, partial(connection.leave, ENDED)
    try:
        async with (
            live.owned(key, connection),
            owned(key, services.store, channel="websocket", lost=lost, ended=ended, over=not listens) as session,
        ):
            engine = make_engine(session, services, connection.hear)
            observer.engine = engine.active
            await connection.run(engine, begun, first)
    except OwnershipLostError:
        await say_farewell(ELSEWHERE, websocket, wire)
    except StoreError:
        log.exception("a session could not be opened")
        await say_farewell(NOT_KEPT, websocket, wire)
    if connection.farewell in (ENDED, RESTARTING, TAKEN_OVER):
        audiences.leave(connection.farewell, key)


def _refusal(key: str, live: LiveSessions, settings: Settings) -> Response | None:
    if len(key) > LONGEST_KEY or not key.isprintable():
        message = f"session_state_key: up to {LONGEST_KEY} printable characters."
        return error_response(400, "invalid_session_state_key", message)
    if settings.second_socket == "listens" and live.audiences.full(key):
        return error_response(429, "too_many_listeners", "As many listen to that session as may.")
    if len(live) >= settings.open_sessions and key not in live:
        message = f"{settings.open_sessions} sessions are open, as many as this server takes: try again later."
        return error_response(429, "too_many_sessions", message)
    return None


def _config(connection: HTTPConnection, settings: Settings) -> SessionConfig:
    """The configuration that the session begins with: that of the client's short-lived key, if it shows one."""
    known: ClientSecrets = connection.app.state.client_secrets
    bound = next((config for key in shown_keys(connection.headers) if (config := known.config_of(key))), None)
    named = connection.query_params.get("model")
    config = bound or SessionConfig(model="lobby")
    fresh = {"id": random_id("sess"), "expires_at": int(time.time() + settings.session_seconds)}
    return config.model_copy(update=fresh | ({"model": named} if named else {}))


def _wants_beta(connection: HTTPConnection) -> bool:
    asked = connection.headers.get(beta.HEADER, "").lower().replace(" ", "").split(",")
    return beta.HEADER_VALUE in asked or beta.SUBPROTOCOL in connection.scope["subprotocols"]
