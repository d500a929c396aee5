"""The paths that Azure calls, and how whoever comes there is known.

| path | who comes | how they are known |
|---|---|---|
| `POST /acs/events` | Event Grid | the shared secret, or a token of Entra ID |
| `POST /acs/callbacks/{secret}` | Communication Services | the call's own callback secret |
| `/acs/media/{secret}` (WebSocket) | Communication Services | the call's own media secret, good for one socket |
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from edge_server.bodies import BodyTooLargeError, body_of
from edge_server.errors import error_response
from edge_server.phone.event_auth import EventAuth
from edge_server.phone.grid import (
    INCOMING_CALL,
    LONGEST_BODY,
    VALIDATION,
    GridError,
    GridEvent,
    IncomingCall,
    events_of,
    incoming,
)
from edge_server.phone.leg import Leg
from edge_server.phone.settings import PhoneSettings

EVENTS, CALLBACKS, MEDIA = "/acs/events", "/acs/callbacks", "/acs/media"


class Paths:
    """The phone's paths. `rings` is told of each event of a call that rings; `refused` of each forged event."""

    def __init__(
        self,
        settings: PhoneSettings,
        rings: Callable[[GridEvent, IncomingCall], Awaitable[None]],
        refused: Callable[[str], None],
    ) -> None:
        self._public = (settings.phone_public_url or "").rstrip("/")
        self._auth = EventAuth(settings)
        self._rings, self._refused = rings, refused
        self._by_callback: dict[str, Leg] = {}
        self._by_media: dict[str, Leg] = {}

    @property
    def routes(self) -> list[BaseRoute]:
        """For the application."""
        return [
            Route(EVENTS, self.events, methods=["POST"]),
            Route(f"{CALLBACKS}/{{secret}}", self.callbacks, methods=["POST"]),
            WebSocketRoute(f"{MEDIA}/{{secret}}", self.media),
        ]

    def add(self, leg: Leg) -> None:
        """A call's secrets open its paths from now on."""
        self._by_callback[leg.callback_secret] = leg
        self._by_media[leg.media_secret] = leg

    def drop(self, leg: Leg) -> None:
        """A call's secrets open nothing any more."""
        self._by_callback.pop(leg.callback_secret, None)
        self._by_media.pop(leg.media_secret, None)

    def address(self, kind: str, secret: str) -> str:
        """The public address of a call's `callbacks` or `media`."""
        if kind == "media":
            return f"{self._public.replace('http', 'ws', 1)}{MEDIA}/{secret}"
        return f"{self._public}{CALLBACKS}/{secret}"

    async def events(self, request: Request) -> Response:
        """Event Grid's webhook: the subscription handshake, and calls that ring."""
        if not await self._auth.accepts(request):
            self._refused("forged_event")
            return error_response(401, "invalid_event_secret", "Events need the secret or the token of this desk.")
        try:
            for event in events_of(await _body(request)):
                if event.type == VALIDATION:
                    code = event.data.get("validationCode")
                    return JSONResponse({"validationResponse": code if isinstance(code, str) else ""})
                if event.type == INCOMING_CALL:
                    await self._rings(event, incoming(event))
        except GridError as error:
            return error_response(400, "invalid_event", str(error))
        return Response(status_code=200)

    async def callbacks(self, request: Request) -> Response:
        """What Communication Services tells of a call, in the order in which it comes."""
        leg = self._by_callback.get(request.path_params["secret"])
        if leg is None:
            return error_response(404, "unknown_call", "There is no such call.")
        try:
            for event in events_of(await _body(request)):
                leg.callback(event)
        except GridError as error:
            return error_response(400, "invalid_event", str(error))
        return Response(status_code=200)

    async def media(self, websocket: WebSocket) -> None:
        """A call's sound."""
        leg = self._by_media.get(websocket.path_params["secret"])
        if leg is None or not leg.takes_media():
            refusal = error_response(404, "unknown_call", "There is no such call.")
            await websocket.send_denial_response(refusal)
            return
        await leg.media(websocket)


async def _body(request: Request) -> bytes:
    """The request's body. Raises GridError for one that is too long."""
    try:
        return await body_of(request, LONGEST_BODY)
    except BodyTooLargeError as error:
        raise GridError(str(error)) from None
