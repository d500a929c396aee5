"""The phone of one server: which calls there are, and what Azure's requests and sockets are for.

| path | who comes | how they are known |
|---|---|---|
| `POST /acs/events` | Event Grid | the shared secret, or a token of Entra ID |
| `POST /acs/callbacks/{secret}` | Communication Services | the call's own callback secret |
| `/acs/media/{secret}` (WebSocket) | Communication Services | the call's own media secret, good for one socket |
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from pydantic import JsonValue
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from edge_server.bodies import BodyTooLargeError, body_of
from edge_server.channels.ownership import LiveSessions
from edge_server.errors import error_response
from edge_server.observation.observation import Observation
from edge_server.phone.allowance import COST_FILE, Allowance
from edge_server.phone.briefing import briefing
from edge_server.phone.call import Call
from edge_server.phone.call_state import Event
from edge_server.phone.caller_keys import SALT_FILE, salt, session_key
from edge_server.phone.carrier import Carrier, CarrierError
from edge_server.phone.clerk import ClerkLeg
from edge_server.phone.desk_channel import DeskChannel
from edge_server.phone.event_auth import EventAuth
from edge_server.phone.follow_up import FollowUps, RefusedError
from edge_server.phone.grid import (
    INCOMING_CALL,
    LONGEST_BODY,
    VALIDATION,
    GridError,
    GridEvent,
    IncomingCall,
    Seen,
    events_of,
    incoming,
)
from edge_server.phone.line import Line
from edge_server.readiness import Readiness
from edge_server.settings import Settings

log = logging.getLogger(__name__)

EVENTS, CALLBACKS, MEDIA = "/acs/events", "/acs/callbacks", "/acs/media"


class Leg(Protocol):
    """A call that the carrier knows: with a customer, or with the staff."""

    callback_secret: str
    media_secret: str

    def callback(self, event: GridEvent) -> None:
        """A callback about it."""
        ...

    def takes_media(self) -> bool:
        """Whether its media socket may open now."""
        ...

    async def media(self, websocket: WebSocket) -> None:
        """Hold its media socket."""
        ...


class ResumeCodes(Protocol):
    """Takes codes with which a customer goes on with a conversation that began elsewhere."""

    async def redeem(self, code: str, *, source: str) -> str | None:
        """The session key behind `code`; None when there is none. `source`: who tries, for limits."""
        ...


class Switchboard:
    """All calls of one server. Made inside a running event loop; `routes` go into the application."""

    def __init__(
        self,
        settings: Settings,
        readiness: Readiness,
        live: LiveSessions,
        observation: Observation,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.carrier = Carrier(settings)
        self._settings, self._readiness = settings, readiness
        self._live, self._observation, self._clock = live, observation, clock
        self._auth = EventAuth(settings)
        self._salt_file: Path = settings.phone_caller_salt_file or settings.data_dir / SALT_FILE
        self._salt: bytes | None = None
        self._allowance = Allowance(
            settings.data_dir / COST_FILE,
            settings.phone_calls,
            settings.phone_minute_price,
            settings.phone_daily_cost,
            clock,
        )
        self._events, self._rung = Seen(), Seen()
        self.calls: dict[str, Call] = {}
        """The calls with customers, by their ids."""
        self._by_callback: dict[str, Leg] = {}
        self._by_media: dict[str, Leg] = {}
        self.resumes: ResumeCodes | None = None
        """Set by a server that gives out resume codes; without it six digits are only digits."""
        self._follow_ups = FollowUps(settings, self.carrier, self.place)

    @property
    def routes(self) -> list[BaseRoute]:
        """The paths that Azure calls."""
        return [
            Route(EVENTS, self.events, methods=["POST"]),
            Route(f"{CALLBACKS}/{{secret}}", self.callbacks, methods=["POST"]),
            WebSocketRoute(f"{MEDIA}/{{secret}}", self.media),
        ]

    # What Azure brings

    async def events(self, request: Request) -> Response:
        """Event Grid's webhook: the subscription handshake, and calls that ring."""
        if not await self._auth.accepts(request):
            self._observation.metrics.refused("forged_event")
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

    async def _rings(self, event: GridEvent, rung: IncomingCall) -> None:
        """A call rings: once, however often Event Grid says so."""
        context = hashlib.sha256(rung.context.encode()).hexdigest()
        fresh = [self._events.first(event.id), self._rung.first(context)]
        if rung.correlation_id:
            fresh.append(self._rung.first(rung.correlation_id))
        if not all(fresh):
            return
        refusal = self._allowance.refusal()
        if self._readiness.services is None or self._readiness.draining:
            refusal = "not_ready"
        if len(self._live) >= self._settings.open_sessions:
            refusal = refusal or "too_many_sessions"
        call = await self._begin(rung.caller.identity, rung.caller.number, rung.context)
        if refusal is not None:
            log.warning("call %s: rejected (%s)", call.id, refusal)
            self._observation.metrics.refused(refusal)
            call.happened(Event.REFUSED)
            return
        self._allowance.begin(call.id)
        call.happened(Event.ADMITTED)

    async def _begin(
        self, identity: str | None, number: str | None, context: str | None, key: str | None = None
    ) -> Call:
        key = key or session_key(identity, await self._get_salt())
        if key in self._live or any(call.key == key for call in self.calls.values()):
            key = session_key(None, b"")  # a shared number: nobody's call goes to somebody else
        settings = self._settings
        seconds = settings.phone_call_minutes * 60
        call = Call(self, key, number=number, context=context, seconds=seconds, notice=settings.phone_notice)
        self.calls[call.id] = call
        self._add(call)
        return call

    async def _get_salt(self) -> bytes:
        if self._salt is None:
            self._salt = await asyncio.to_thread(salt, self._salt_file)
        return self._salt

    def _add(self, leg: Leg) -> None:
        self._by_callback[leg.callback_secret] = leg
        self._by_media[leg.media_secret] = leg

    def _drop(self, leg: Leg) -> None:
        self._by_callback.pop(leg.callback_secret, None)
        self._by_media.pop(leg.media_secret, None)

    # What calls need (call.Exchange)

    async def channel(self, line: Line, call: Call) -> DeskChannel | None:
        """See `call.Exchange`."""
        services = self._readiness.services
        if services is None or self._readiness.draining:
            return None
        return DeskChannel(line, call, services, self._settings, self._live, self._observation, now=self._clock)

    def address(self, kind: str, secret: str) -> str:
        """See `call.Exchange`."""
        public = (self._settings.phone_public_url or "").rstrip("/")
        if kind == "media":
            return f"{public.replace('http', 'ws', 1)}{MEDIA}/{secret}"
        return f"{public}{CALLBACKS}/{secret}"

    def ended(self, call: Call) -> None:
        """See `call.Exchange`."""
        self._allowance.end(call.id)
        self.calls.pop(call.id, None)
        self._drop(call)

    def seek_clerk(self, call: Call) -> ClerkLeg | None:
        """See `call.Exchange`."""
        number, services = self._settings.phone_clerk, self._readiness.services
        channel = call.channel
        if number is None or services is None or channel is None or channel.session is None:
            return None
        state = channel.session.state
        leg = ClerkLeg(
            self,
            call,
            services.speech,
            number=number,
            text=briefing(state, self._clock()),
            voice=services.desk.voice(state.agent),
            seconds=self._settings.phone_clerk_seconds,
            ended=self._drop,
        )
        self._add(leg)
        return leg

    def may_call_back(self, call: Call) -> bool:
        """See `call.Exchange`."""
        return self._follow_ups.may_call(call.number)

    def may_text(self, call: Call) -> bool:
        """See `call.Exchange`."""
        return self._follow_ups.may_text(call.number)

    def call_back_later(self, call: Call) -> None:
        """See `call.Exchange`: the customer has pressed the key."""
        try:
            self._follow_ups.call_later(call.number, call.key, agreed=True)
        except RefusedError as error:
            log.warning("call %s: %s", call.id, error)

    async def text(self, call: Call, details: dict[str, JsonValue]) -> None:
        """See `call.Exchange`: the customer has pressed the key."""
        try:
            await self._follow_ups.text(call.number, details, agreed=True)
        except RefusedError as error:
            log.warning("call %s: %s", call.id, error)

    async def redeem(self, code: str, call: Call) -> str | None:
        """See `call.Exchange`. Guesses are counted by caller; those of callers without a number together."""
        if self.resumes is None:
            return None
        try:
            return await self.resumes.redeem(code, source=call.key if call.number else "callers without a number")
        except Exception as error:
            log.warning("call %s: its resume code was not taken: %s", call.id, type(error).__name__)
            return None

    async def place(self, number: str, key: str) -> None:
        """Call a customer who agreed to it. Raises CarrierError, RefusedError."""
        if (refusal := self._allowance.refusal()) is not None:
            raise RefusedError(f"no call may be made now ({refusal})")
        call = await self._begin(None, number, None, key)
        self._allowance.begin(call.id)
        callbacks, media = self.address("callbacks", call.callback_secret), self.address("media", call.media_secret)
        try:
            call.connection = await self.carrier.call(number, callbacks, media)
        except CarrierError:
            call.happened(Event.FAILED)
            raise

    async def close(self) -> None:
        """End all calls, and let go of everything."""
        await self._follow_ups.close()
        await asyncio.gather(*(call.close() for call in list(self.calls.values())), return_exceptions=True)
        await asyncio.to_thread(self.carrier.close)


async def _body(request: Request) -> bytes:
    """The request's body. Raises GridError for one that is too long."""
    try:
        return await body_of(request, LONGEST_BODY)
    except BodyTooLargeError as error:
        raise GridError(str(error)) from None
