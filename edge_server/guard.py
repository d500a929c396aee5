"""Who may talk to the server at all: checks of `Host`, `Origin` and key, before any handler runs.

The `Host` check keeps web pages from reaching the desk through a name that they point at this machine (DNS
rebinding); the `Origin` check keeps pages of other sites from using the kiosk's own browser. Addresses written as
numbers cannot be rebound, so they are fine as hosts.

| key | opens |
|---|---|
| none | the static page, probes, `/v1/server`, `/v1/pair`, `/ca.crt`; with no key needed, all but the operator API |
| the server's own (`LOBBY_API_KEY`) | everything but the operator API |
| the operator's | the operator API |
| a paired device's, `dk_...` | short-lived keys, and codes to resume with |
| a short-lived one, `ek_...` | the realtime socket; one session, if it was asked for with that session's key |

A key is needed when the server has one, and always on the listener for the local network.
"""

from __future__ import annotations

import hmac
import ipaddress
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from edge_server.channels import client_secrets
from edge_server.channels.client_secrets import ClientSecrets
from edge_server.errors import error_response
from edge_server.lan import devices
from edge_server.lan.addresses import own_names
from edge_server.lan.devices import Devices, DevicesError
from edge_server.lan.tries import Tries
from edge_server.page import is_page_path

log = logging.getLogger(__name__)

OPEN_PATHS = frozenset({"/healthz", "/readyz", "/v1/server", "/v1/pair", "/ca.crt"})
"""Paths that say nothing about anybody: probes that carry no key, and what a device needs before it has one."""
OWN_SECRETS = "/acs/"
"""Paths that Azure calls, at whatever public name this server has: each asks for a secret of its own (`phone/`)."""
OPERATOR_PATHS = "/v1/operator/"
SECRETS_PATH = "/v1/realtime/client_secrets"
RESUME_PATH, CODES_PATH = "/v1/realtime/resume", "/v1/realtime/resume_codes"
KEY_SUBPROTOCOL = "openai-insecure-api-key."
"""Browsers cannot set headers on a WebSocket: they name the key as a subprotocol, as OpenAI's own server takes it."""
LAN = "lobby.lan"
"""In the scope of a connection that came in by the listener for the local network."""
DEVICE = "lobby.device"
"""In the scope of what a paired device asks for: the hash of its key."""


def shown_keys(headers: Headers) -> list[str]:
    """Every key that a client shows, in any of the three forms."""
    shown = [headers.get("api-key", ""), headers.get("authorization", "").removeprefix("Bearer ").strip()]
    offered = [protocol.strip() for protocol in headers.get("sec-websocket-protocol", "").split(",")]
    shown += [one.removeprefix(KEY_SUBPROTOCOL) for one in offered if one.startswith(KEY_SUBPROTOCOL)]
    return [key for key in shown if key]


@dataclass(frozen=True, slots=True)
class _Refusal:
    status: int
    code: str
    message: str


_EXPIRED_SECRET = _Refusal(401, "expired_client_secret", "The client secret has expired: ask for another.")
_OTHER_SESSION = _Refusal(403, "client_secret_of_another_session", "That client secret opens another session only.")
_EXPIRED_DEVICE = _Refusal(401, "expired_device_key", "This device's pairing has expired: pair it again.")
_NOT_FOR_DEVICES = _Refusal(403, "not_for_device_keys", "A device's key asks for short-lived keys, and opens no more.")
_NOT_ITS_SESSION = _Refusal(403, "not_this_devices_session", "This device was given no client secret for that session.")
_NO_KEY = _Refusal(401, "invalid_api_key", "This server needs a key: pair this device, or show the server's API key.")


class Guard:
    """ASGI middleware that refuses what has no business here. `api_key` None: no key is asked for on this machine.

    `operator_key` gives the operator's key, None while there is none.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        api_key: str | None,
        allowed_origins: Iterable[str] = (),
        secrets: ClientSecrets | None = None,
        devices: Devices | None = None,
        operator_key: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._app = app
        self._key = api_key
        self._secrets = secrets or ClientSecrets()
        self._devices = devices
        self._operator_key = operator_key
        self._operator_tries = Tries(20, 60.0)
        self._origins = frozenset(origin.rstrip("/").lower() for origin in allowed_origins)
        self._hosts = frozenset({"localhost", *own_names()})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the connection on, or answer why not."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(HTTPConnection(scope))
        if refusal is None:
            device = scope.get(DEVICE)
            if device is not None and scope["type"] == "websocket":
                receive = self._while_known(device, receive, send)
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocket(scope, receive, send).send_denial_response(refusal)
        else:
            await refusal(scope, receive, send)

    def _refusal(self, connection: HTTPConnection) -> Response | None:
        headers = connection.headers
        if connection.url.path.startswith(OWN_SECRETS):
            return None
        host = headers.get("host", "")
        if not self._host_allowed(host):
            return error_response(403, "host_not_allowed", "This server does not answer to that host name.")
        origin = headers.get("origin")
        if origin is not None and not self._origin_allowed(origin.lower(), host.lower()):
            return error_response(403, "origin_not_allowed", "Pages of that origin may not talk to this server.")
        path = connection.url.path
        if path in OPEN_PATHS or _is_page(connection.scope, path):
            return None
        refused = self._operator(connection) if path.startswith(OPERATOR_PATHS) else self._keys(connection, path)
        return None if refused is None else error_response(refused.status, refused.code, refused.message)

    def _operator(self, connection: HTTPConnection) -> _Refusal | None:
        key = self._operator_key()
        if key is None:
            return _Refusal(404, "operator_off", "The operator API is off: `lobby operator key` makes a key for it.")
        source = connection.client.host if connection.client is not None else ""
        if self._operator_tries.blocked(source):
            return _Refusal(429, "too_many_attempts", "Too many wrong keys came from this address: wait a minute.")
        shown = shown_keys(connection.headers)
        if any(_same(one, key) for one in shown):
            return None
        if shown:
            self._operator_tries.wrong(source)
        return _Refusal(401, "invalid_operator_key", "This needs the operator's key.")

    def _keys(self, connection: HTTPConnection, path: str) -> _Refusal | None:
        """Why none of the keys that are shown opens this; None: it is open."""
        refused: list[_Refusal] = []
        for key in shown_keys(connection.headers):
            if key.startswith(client_secrets.PREFIX):
                why = self._secret(key, connection)
            elif key.startswith(devices.PREFIX):
                why = self._device(key, connection, path)
            else:
                why = None if self._key is not None and _same(key, self._key) else _NO_KEY
            if why is None:
                return None
            refused.append(why)
        telling = [why for why in refused if why is not _NO_KEY]
        if telling:
            return telling[0]
        return _NO_KEY if self._key is not None or connection.scope.get(LAN) else None

    def _secret(self, key: str, connection: HTTPConnection) -> _Refusal | None:
        secret, standing = self._secrets.find(key), self._secrets.standing(key)
        if standing == "expired":
            return _EXPIRED_SECRET
        if secret is None or connection.scope["type"] != "websocket":
            return _NO_KEY
        wanted = connection.query_params.get("session_state_key")
        if secret.session_key is not None and wanted != secret.session_key:
            return _OTHER_SESSION
        if secret.device is not None:
            if not self._paired(secret.device):
                return _EXPIRED_DEVICE
            connection.scope[DEVICE] = secret.device
        return None

    def _device(self, key: str, connection: HTTPConnection, path: str) -> _Refusal | None:
        try:
            device = self._devices.of(key) if self._devices is not None else None
        except DevicesError as error:
            log.error("a paired device is refused: %s", error)
            return _NO_KEY
        if device is None:
            return _NO_KEY
        if not self._paired(device.digest):
            return _EXPIRED_DEVICE
        if connection.scope.get("method") != "POST" or path not in (SECRETS_PATH, RESUME_PATH, CODES_PATH):
            return _NOT_FOR_DEVICES
        session_key = connection.query_params.get("session_state_key", "")
        if path == CODES_PATH and not self._secrets.given_for(session_key, device.digest):
            return _NOT_ITS_SESSION
        connection.scope[DEVICE] = device.digest
        return None

    def _paired(self, digest: str) -> bool:
        try:
            return self._devices is not None and self._devices.good(digest)
        except DevicesError:
            return False

    def _while_known(self, device: str, receive: Receive, send: Send) -> Receive:
        """`receive` for a socket that a paired device opened: it closes when the device has been revoked meanwhile."""

        async def received() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive" and not self._known(device):
                await send({"type": "websocket.close", "code": 1008, "reason": "this device is not paired any more"})
                return {"type": "websocket.disconnect", "code": 1008}
            return message

        return received

    def _known(self, digest: str) -> bool:
        try:
            return self._devices is not None and self._devices.known(digest)
        except DevicesError:
            return False

    def _host_allowed(self, host: str) -> bool:
        name = urlsplit(f"//{host}").hostname or ""
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return name.lower() in self._hosts
        return True

    def _origin_allowed(self, origin: str, host: str) -> bool:
        return origin in (f"http://{host}", f"https://{host}") or origin in self._origins


def _same(shown: str, key: str) -> bool:
    return hmac.compare_digest(shown.encode(), key.encode())


def _is_page(scope: Scope, path: str) -> bool:
    read = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
    return read and is_page_path(path)
