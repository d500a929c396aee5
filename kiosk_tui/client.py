"""The stock `openai` client for a desk, and why a desk cannot be reached, in words for a person."""

from __future__ import annotations

import json
import ssl
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from kiosk_tui.access import NO_KEY, RequestError, verified_by
from kiosk_tui.remembered import Desk

if TYPE_CHECKING:
    from openai import AsyncOpenAI

KEY_VARIABLE = "LOBBY_API_KEY"


def client_for(desk: Desk) -> AsyncOpenAI:
    """The stock client for `desk`. Importing it takes a second, so this runs in a thread."""
    import openai
    import openai.resources.realtime.realtime

    parts = urlsplit(desk.url)
    base = urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/v1", query="", fragment=""))
    socket = urlunsplit(urlsplit(base)._replace(scheme="wss" if parts.scheme == "https" else "ws"))
    unused = openai.DefaultAsyncHttpxClient(verify=verified_by(desk), trust_env=False)
    return openai.AsyncOpenAI(
        api_key=desk.api_key or NO_KEY, base_url=base, websocket_base_url=socket, http_client=unused
    )


def why_away(error: Exception, url: str) -> str | None:
    """Why the server cannot be reached, as one line for a person; None for a defect of ours."""
    import websockets

    match error:
        case websockets.InvalidStatus() if error.response.status_code == 401:
            return f"The desk at {url} asks for its key: start this terminal with {KEY_VARIABLE} set to it."
        case websockets.InvalidStatus():
            return _refusal(error.response.status_code, bytes(error.response.body or b""))
        case websockets.InvalidHandshake():
            return f"What answers at {url} is no Lobby desk. Check the address."
        case TimeoutError():
            return f"The desk at {url} takes too long to answer."
        case RequestError(code="away") | RequestError(code="503"):
            return f"No desk answers at {url}. Start it with: lobby serve"
        case RequestError():
            return f"The desk at {url} does not let this terminal in: {error}"
        case ssl.SSLError():
            return f"The desk at {url} shows another certificate than the one that this terminal was paired with."
        case OSError() | EOFError() | websockets.ConnectionClosed():
            return f"No desk answers at {url}. Start it with: lobby serve"
    return None


def _refusal(status: int, body: bytes) -> str:
    try:
        reason = json.loads(body)["error"]["message"]
    except (ValueError, KeyError, TypeError):
        reason = "it gives no reason"
    return f"The desk is not available ({status}): {reason}"
