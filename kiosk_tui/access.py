"""How the terminal reaches its desk beside the conversation: keys, the pinned certificate, small requests.

A device that was paired has a key of its own; for each conversation it is changed for a short-lived one that opens that
conversation only. With TLS, a server must be signed by the certificate that was pinned when the desk was found.
"""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from kiosk_tui.remembered import Desk

if TYPE_CHECKING:
    import httpx
    from pydantic import JsonValue

NO_KEY = "local"
"""Shown to servers that ask for no key: the client does not start without one."""
PATIENCE_S = 5.0
Method = Literal["GET", "POST", "DELETE"]


class RequestError(Exception):
    """The desk did not do what was asked: `code` is its own word for why (or `away`), the message is for a person."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def tls_of(desk: Desk) -> ssl.SSLContext | None:
    """What a connection to `desk` must be checked with; None without TLS."""
    return _checking(desk.ca) if desk.url.startswith("https:") else None


@lru_cache(maxsize=4)
def _checking(ca: str | None) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=ca) if ca else ssl.create_default_context()


@lru_cache(maxsize=1)
def _trusting_nobody() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def verified_by(desk: Desk) -> ssl.SSLContext:
    """As `tls_of`, for clients that want something in any case: without it they read all public certificates each
    time, which costs tens of milliseconds and a megabyte."""
    return tls_of(desk) or _trusting_nobody()


def fingerprint(ca: str) -> str:
    """The SHA-256 of a certificate (PEM), in hex. Raises ValueError for what is no certificate."""
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(ca.strip() + "\n")).hexdigest()


async def token_for(desk: Desk, session_key: str) -> str:
    """The key to show for this conversation. Raises RequestError."""
    if desk.api_key or not desk.device_key:
        return desk.api_key or NO_KEY
    answer = await request(
        desk,
        "POST",
        f"/v1/realtime/client_secrets?session_state_key={quote(session_key, safe='')}",
        {"expires_after": {"anchor": "created_at", "seconds": 600}},
    )
    value = answer.get("value")
    if not isinstance(value, str):
        raise RequestError("no_secret", "The desk gave this terminal no key for the conversation.")
    return value


async def request(
    desk: Desk,
    method: Method,
    path: str,
    body: Mapping[str, JsonValue] | None = None,
    *,
    key: str | None = None,
) -> Mapping[str, JsonValue]:
    """One request; its answer as JSON. `key` None: the desk's own. Raises RequestError."""
    import httpx

    shown = key or desk.api_key or desk.device_key
    headers = {"Authorization": f"Bearer {shown}"} if shown else {}
    try:
        async with httpx.AsyncClient(verify=verified_by(desk), timeout=PATIENCE_S, trust_env=False) as client:
            response = await client.request(method, desk.url.rstrip("/") + path, headers=headers, json=body)
    except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError) as error:
        raise RequestError("away", f"The desk at {desk.url} does not answer ({type(error).__name__}).") from None
    return _answer(response)


def _answer(response: httpx.Response) -> Mapping[str, JsonValue]:
    try:
        document = response.json()
    except ValueError:
        document = None
    if response.is_success and isinstance(document, dict):
        return document
    match document:
        case {"error": {"code": str(code), "message": str(message)}}:
            raise RequestError(code, message)
        case {"error": {"message": str(message)}}:
            raise RequestError(str(response.status_code), message)
    raise RequestError(str(response.status_code), f"The desk does not offer this (HTTP {response.status_code}).")


async def new_resume_code(desk: Desk, session_key: str) -> str:
    """Six digits with which this conversation goes on elsewhere. Raises RequestError."""
    answer = await request(desk, "POST", f"/v1/realtime/resume_codes?session_state_key={quote(session_key, safe='')}")
    code = answer.get("code")
    if not isinstance(code, str):
        raise RequestError("no_code", "The desk gave no code.")
    return code


async def session_of(desk: Desk, code: str) -> str:
    """The session key that a resume code stands for. Raises RequestError."""
    answer = await request(desk, "POST", "/v1/realtime/resume", {"code": code})
    key = answer.get("session_state_key")
    if not isinstance(key, str) or not key:
        raise RequestError("unknown_resume_code", "The desk does not know this code.")
    return key


async def is_ready(desk: Desk) -> bool:
    """Whether the desk answers and is ready to serve."""
    try:
        return (await request(desk, "GET", "/readyz")).get("status") == "ready"
    except RequestError:
        return False
