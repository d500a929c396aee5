"""A simulated phone network: Communication Services and Event Grid on their true wire, for `lobby call` and for tests.

It answers the Azure client's requests and checks their signatures, rings at the desk's webhook, sends callbacks, and
opens each call's media socket in real time. There is no telephone: a `NetworkCall` is what a person at one would say,
press and hear.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import secrets
import socket
import uuid
from collections.abc import Awaitable, Callable, Iterator
from typing import Self

import uvicorn
from pydantic import JsonValue
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from edge_server.phone.network_call import Faults, NetworkCall
from edge_server.phone.network_wire import Json, caller_of, grid_event, identifier, post, signature_good

INCOMING = "Microsoft.Communication.IncomingCall"
VALIDATION = "Microsoft.EventGrid.SubscriptionValidationEvent"
CALLS = "/calling/callConnections"
Pickup = Callable[[NetworkCall], Awaitable[None]]
"""What somebody does who picks up a telephone that the desk calls."""


class PhoneNetwork:
    """The network. `async with PhoneNetwork() as network:` serves at `network.endpoint` until the block ends.

    `events_url`: the desk's webhook, with its secret; set before anybody calls. `phones`: who picks up which number
    when the desk calls. `texts`: the text messages sent, as (number, message). `requests`: what the desk asked for.
    `failed`: what went wrong with those who picked up.
    `refuses`: operations (as `requests` names them) that are answered with HTTP 500; `stalls`: those that are carried
    out, but whose answer never comes.
    """

    def __init__(self, *, port: int = 0, access_key: str | None = None) -> None:
        self.access_key = access_key or base64.b64encode(secrets.token_bytes(32)).decode()
        self.events_url = ""
        self.phones: dict[str, Pickup] = {}
        self.texts: list[tuple[str, str]] = []
        self.requests: list[str] = []
        self.forged: int = 0
        self.failed: list[Exception] = []
        self.refuses: set[str] = set()
        self.stalls: set[str] = set()
        self.calls: dict[str, NetworkCall] = {}
        self.rejected: dict[str, str] = {}
        self._ringing: dict[str, tuple[str | None, Faults, asyncio.Future[NetworkCall | None]]] = {}
        self._port = port
        self._http: Uvicorn | None = None
        self._serving: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = asyncio.Event()

    async def __aenter__(self) -> Self:
        listener = socket.create_server(("127.0.0.1", self._port))
        self._port = listener.getsockname()[1]
        paths: list[tuple[str, str, Callable[[Request], Awaitable[Response]]]] = [
            (f"{CALLS}:answer", "POST", self._answer),
            (f"{CALLS}:reject", "POST", self._reject),
            (CALLS, "POST", self._create),
            (f"{CALLS}/{{call}}:terminate", "POST", self._terminate),
            (f"{CALLS}/{{call}}", "DELETE", self._leave),
            (f"{CALLS}/{{call}}", "GET", self._properties),
            (f"{CALLS}/{{call}}/participants:add", "POST", self._add),
            (f"{CALLS}/{{call}}/participants:moveHere", "POST", self._move),
            (f"{CALLS}/{{call}}:startMediaStreaming", "POST", self._start_media),
            (f"{CALLS}/{{call}}:stopMediaStreaming", "POST", self._stop_media),
            ("/sms", "POST", self._sms),
        ]
        routes = [Route(path, self._checked(handler), methods=[method]) for path, method, handler in paths]
        config = uvicorn.Config(Starlette(routes=routes), log_config=None, access_log=False, lifespan="off")
        self._http = Uvicorn(config)
        self._serving = asyncio.create_task(self._http.serve(sockets=[listener]), name="phone network")
        return self

    async def __aexit__(self, *ended: object) -> None:
        self._closing.set()
        for call in self.calls.values():
            await call.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._http is not None and self._serving is not None:
            self._http.should_exit = True
            await self._serving

    @property
    def endpoint(self) -> str:
        """The address of the resource, for `LOBBY_PHONE_ENDPOINT`."""
        return f"http://127.0.0.1:{self._port}"

    # Event Grid

    async def subscribe(self) -> bool:
        """The subscription handshake; whether the webhook answered as it must."""
        code = str(uuid.uuid4())
        data: Json = {"validationCode": code, "validationUrl": f"{self.endpoint}/validate"}
        status, answer = await post(
            self.events_url, [grid_event(VALIDATION, data)], {"aeg-event-type": "SubscriptionValidation"}
        )
        return status == 200 and answer == {"validationResponse": code}

    async def call(
        self, number: str | None, *, to: str = "+15551230100", faults: Faults | None = None, within_s: float = 30.0
    ) -> NetworkCall | None:
        """Call the desk from `number` (None: withheld). Gives the call once it is answered; None when it is rejected.

        Raises TimeoutError when nobody answers.
        """
        faults = faults or Faults()
        context = secrets.token_urlsafe(48)
        answered: asyncio.Future[NetworkCall | None] = asyncio.get_running_loop().create_future()
        self._ringing[context] = (number, faults, answered)
        data: Json = {
            "to": identifier(to),
            "from": caller_of(number),
            "callerDisplayName": "",
            "serverCallId": secrets.token_urlsafe(24),
            "incomingCallContext": context,
            "correlationId": str(uuid.uuid4()),
        }
        event = grid_event(INCOMING, data)
        for _ in range(2 if faults.twice else 1):
            status, _ = await post(self.events_url, [event], {"aeg-event-type": "Notification"})
            if status != 200:
                raise ConnectionError(f"the desk answered the ringing call with HTTP {status}")
        async with asyncio.timeout(within_s):
            return await answered

    # Call Automation

    def _checked(self, handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def checked(request: Request) -> Response:
            body = await request.body()
            path = request.scope.get("raw_path", b"").decode() or request.url.path
            target = f"{path}?{request.url.query}" if request.url.query else path
            host = request.headers.get("host", "")
            if not signature_good(request.method, target, host, request.headers, body, self.access_key):
                self.forged += 1
                return JSONResponse({"error": {"code": "Denied", "message": "bad signature"}}, status_code=401)
            name = handler.__name__.strip("_")
            self.requests.append(name)
            if name in self.refuses:
                return JSONResponse({"error": {"code": "InternalServerError", "message": "not now"}}, status_code=500)
            answer = await handler(request)
            if name in self.stalls:
                await self._closing.wait()
            return answer

        return checked

    async def _answer(self, request: Request) -> Response:
        body = await request.json()
        ringing = self._ringing.pop(body.get("incomingCallContext"), None)
        if ringing is None or ringing[2].done():
            return JSONResponse({"error": {"code": "8522", "message": "no such call"}}, status_code=404)
        number, faults, answered = ringing
        call = self._new_call(body, [number or "anonymous"], faults)
        answered.set_result(call)
        self._soon(call.connected())
        return JSONResponse(_properties(call))

    async def _reject(self, request: Request) -> Response:
        body = await request.json()
        ringing = self._ringing.pop(body.get("incomingCallContext"), None)
        if ringing is None:
            return JSONResponse({"error": {"code": "8522", "message": "no such call"}}, status_code=404)
        self.rejected[ringing[0] or "anonymous"] = str(body.get("callRejectReason"))
        ringing[2].set_result(None)
        return Response(status_code=204)

    async def _create(self, request: Request) -> Response:
        body = await request.json()
        number = body["targets"][0]["phoneNumber"]["value"]
        call = self._new_call(body, [number], Faults())
        pickup = self.phones.get(number)
        if pickup is None:
            call.tell_soon("CreateCallFailed", {"resultInformation": {"code": 480, "subCode": 10037}})
        else:

            async def ring() -> None:
                await call.connected()
                await pickup(call)

            self._soon(ring())
        return JSONResponse(_properties(call), status_code=201)

    async def _properties(self, request: Request) -> Response:
        call = self.calls.get(request.path_params["call"])
        if call is None:
            return JSONResponse({"error": {"code": "8522", "message": "no such call"}}, status_code=404)
        return JSONResponse(_properties(call))

    async def _terminate(self, request: Request) -> Response:
        self._soon(self._of(request).end())
        return Response(status_code=204)

    async def _leave(self, request: Request) -> Response:
        self._soon(self._of(request).end())
        return Response(status_code=204)

    async def _add(self, request: Request) -> Response:
        call, body = self._of(request), await request.json()
        number = body["participantToAdd"]["phoneNumber"]["value"]
        call.others.append(number)
        call.tell_soon("AddParticipantSucceeded", {"participant": identifier(number)})
        call.tell_participants()
        return JSONResponse({"participant": {"identifier": identifier(number)}, "invitationId": "1"}, status_code=202)

    async def _move(self, request: Request) -> Response:
        call, body = self._of(request), await request.json()
        number = body["targetParticipants"][0]["phoneNumber"]["value"]
        other = self.calls.get(body["fromCall"])
        if other is None or number not in other.others:
            return JSONResponse({"error": {"code": "8523", "message": "no such participant"}}, status_code=404)
        call.others.append(number)
        call.tell_soon("MoveParticipantSucceeded", {"participant": identifier(number), "fromCall": other.connection})
        call.tell_participants()
        self._soon(other.end())
        return JSONResponse(
            {"participants": [{"identifier": identifier(number)}], "fromCall": other.connection}, status_code=202
        )

    async def _start_media(self, request: Request) -> Response:
        self._of(request).open_media()
        return Response(status_code=202)

    async def _stop_media(self, request: Request) -> Response:
        call = self._of(request)
        self._soon(call.close_media())
        call.tell_soon("MediaStreamingStopped")
        return Response(status_code=202)

    async def _sms(self, request: Request) -> Response:
        body = await request.json()
        sent: list[JsonValue] = []
        for one in body["smsRecipients"]:
            self.texts.append((one["to"], body["message"]))
            told = {"to": one["to"], "messageId": str(uuid.uuid4()), "httpStatusCode": 202, "successful": True}
            sent.append({**told, "repeatabilityResult": "accepted"})
        return JSONResponse({"value": sent}, status_code=202)

    def _new_call(self, body: Json, others: list[str], faults: Faults) -> NetworkCall:
        media = body["mediaStreamingOptions"]
        assert isinstance(media, dict)
        assert media["transportType"] == "websocket" and media["enableBidirectional"], "the desk asks for both ways"
        rate = 24_000 if str(media["audioFormat"]).lower() == "pcm24kmono" else 16_000
        call = NetworkCall(
            str(uuid.uuid4()), str(body["callbackUri"]), str(media["transportUrl"]), rate, others, faults
        )
        self.calls[call.connection] = call
        return call

    def _of(self, request: Request) -> NetworkCall:
        call: NetworkCall = self.calls[request.path_params["call"]]
        return call

    def _soon(self, work: Awaitable[None]) -> None:
        async def run() -> None:
            try:
                await work
            except Exception as error:
                self.failed.append(error)

        task = asyncio.create_task(run())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _properties(call: NetworkCall) -> Json:
    return {
        "callConnectionId": call.connection,
        "serverCallId": f"server-{call.connection}",
        "targets": [identifier(one) for one in call.others if one != "anonymous"],
        "callConnectionState": "connecting",
        "callbackUri": call.callback_url,
        "correlationId": f"correlation-{call.connection}",
    }


class Uvicorn(uvicorn.Server):
    """Uvicorn that leaves signals to the program that runs it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing is captured."""
        yield
