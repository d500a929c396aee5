"""Who may talk to the server at all: checks of `Host`, `Origin` and key, before any handler runs.

The `Host` check keeps web pages from reaching the desk through a name that they point at this machine (DNS
rebinding); the `Origin` check keeps pages of other sites from using the kiosk's own browser. Addresses written as
numbers cannot be rebound, so they are fine as hosts.
"""

from __future__ import annotations

import hmac
import ipaddress
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from edge_server.channels.client_secrets import PREFIX, ClientSecrets
from edge_server.errors import error_response

OPEN_PATHS = frozenset({"/healthz", "/readyz"})
"""Paths that say nothing about anybody, for probes that carry no key."""
OWN_SECRETS = "/acs/"
"""Paths that Azure calls, at whatever public name this server has: each asks for a secret of its own (`phone/`)."""
KEY_SUBPROTOCOL = "openai-insecure-api-key."
"""Browsers cannot set headers on a WebSocket: they name the key as a subprotocol, as OpenAI's own server takes it."""


def shown_keys(headers: Headers) -> list[str]:
    """Every key that a client shows, in any of the three forms."""
    shown = [headers.get("api-key", ""), headers.get("authorization", "").removeprefix("Bearer ").strip()]
    offered = [protocol.strip() for protocol in headers.get("sec-websocket-protocol", "").split(",")]
    shown += [one.removeprefix(KEY_SUBPROTOCOL) for one in offered if one.startswith(KEY_SUBPROTOCOL)]
    return [key for key in shown if key]


class Guard:
    """ASGI middleware that refuses what has no business here. `api_key` None: no key is asked for.

    A short-lived key of `secrets` opens the realtime socket, and nothing else.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        api_key: str | None,
        allowed_origins: Iterable[str] = (),
        secrets: ClientSecrets | None = None,
    ) -> None:
        self._app = app
        self._key = api_key
        self._secrets = secrets or ClientSecrets()
        self._origins = frozenset(origin.rstrip("/").lower() for origin in allowed_origins)
        own = socket.gethostname().lower()
        self._hosts = frozenset({"localhost", own, f"{own.split('.')[0]}.local"})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the connection on, or answer why not."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(HTTPConnection(scope))
        if refusal is None:
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
        if connection.url.path in OPEN_PATHS:
            return None
        shown = shown_keys(headers)
        standings = {self._secrets.standing(key) for key in shown if key.startswith(PREFIX)}
        if "good" in standings and connection.scope["type"] == "websocket":
            return None
        if "expired" in standings:
            return error_response(401, "expired_client_secret", "The client secret has expired: ask for another.")
        if self._key is not None and not any(self._is_key(key) for key in shown):
            return error_response(401, "invalid_api_key", "This server needs its API key.")
        return None

    def _host_allowed(self, host: str) -> bool:
        name = urlsplit(f"//{host}").hostname or ""
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return name.lower() in self._hosts
        return True

    def _origin_allowed(self, origin: str, host: str) -> bool:
        return origin in (f"http://{host}", f"https://{host}") or origin in self._origins

    def _is_key(self, shown: str) -> bool:
        assert self._key is not None
        return hmac.compare_digest(shown.encode(), self._key.encode())
