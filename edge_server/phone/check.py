"""`lobby doctor --phone`: whether calls can come, and what to do when they cannot.

Nothing is called and nothing is paid for: the resource is asked about a call that does not exist, which only a good
key is told; the public address is asked whether a Lobby answers there.
"""

from __future__ import annotations

import json
import stat
import urllib.error
import urllib.request
from collections.abc import Iterator

from edge_server.findings import Finding
from edge_server.phone.caller_keys import SALT_FILE
from edge_server.settings import Settings

TIMEOUT_S = 10.0
NO_CALL = "00000000-0000-0000-0000-000000000000"


def phone(settings: Settings) -> Iterator[Finding]:
    """What there is to say about the phone."""
    if not settings.phone:
        yield Finding("phone", "note", "off", "set LOBBY_PHONE=1 and what docs/phone.md names")
        return
    limits = f"{settings.phone_calls} calls at once, {settings.phone_call_minutes:g} minutes each"
    yield Finding("phone", "ok", f"on, {settings.phone_rate} Hz, {limits}")
    yield from _limits(settings)
    yield from _salt(settings)
    yield from _resource(settings)
    yield from _public(settings)


def _limits(settings: Settings) -> Iterator[Finding]:
    if settings.phone_daily_cost is None or not settings.phone_minute_price:
        advice = "set LOBBY_PHONE_MINUTE_PRICE and LOBBY_PHONE_DAILY_COST, so that nobody can run up a bill"
        yield Finding("cost of calls", "note", "no limit", advice)
    else:
        yield Finding(
            "cost of calls", "ok", f"{settings.phone_daily_cost:g} a day at {settings.phone_minute_price:g} a minute"
        )
    if settings.phone_clerk is None:
        advice = "set LOBBY_PHONE_CLERK; until then callers who ask for a person only get a ticket"
        yield Finding("staff's number", "note", "none", advice)
    else:
        yield Finding("staff's number", "ok", f"ends in {settings.phone_clerk[-2:]}")


def _salt(settings: Settings) -> Iterator[Finding]:
    path = settings.phone_caller_salt_file or settings.data_dir / SALT_FILE
    if not path.exists():
        yield Finding("caller ids", "ok", "their salt is made with the first call")
    elif stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield Finding("caller ids", "problem", f"{path} can be read by others", f"chmod 600 {path}")
    else:
        yield Finding("caller ids", "ok", "hashed with a salt that only this user can read")


def _resource(settings: Settings) -> Iterator[Finding]:
    """Whether Communication Services takes the key: it answers 404 for a call that is not there, 401 to strangers."""
    from azure.communication.callautomation import CallAutomationClient
    from azure.core.credentials import AzureKeyCredential
    from azure.core.exceptions import AzureError, HttpResponseError

    assert settings.phone_endpoint is not None, "settings are whole"
    if settings.phone_access_key is None:
        yield Finding("Communication Services", "note", "asked with a token of Entra ID", "not tried here")
        return
    key = AzureKeyCredential(settings.phone_access_key.get_secret_value())
    try:
        client = CallAutomationClient(settings.phone_endpoint, key, retry_total=0)
        with client:
            client.get_call_connection(NO_CALL).get_call_properties(connection_timeout=TIMEOUT_S)
    except HttpResponseError as error:
        if error.status_code in (401, 403):
            advice = "LOBBY_PHONE_ACCESS_KEY is not a key of LOBBY_PHONE_ENDPOINT: copy it anew"
            yield Finding("Communication Services", "problem", f"refuses the key (HTTP {error.status_code})", advice)
            return
        yield Finding("Communication Services", "ok", "takes the key")
    except (AzureError, ValueError):
        advice = "check LOBBY_PHONE_ENDPOINT, LOBBY_PHONE_ACCESS_KEY, and the way out of this network"
        yield Finding("Communication Services", "problem", f"{settings.phone_endpoint} cannot be reached", advice)
    else:
        yield Finding("Communication Services", "ok", "takes the key")


def _public(settings: Settings) -> Iterator[Finding]:
    """Whether the public address leads here: its webhook must refuse whoever shows no secret."""
    url = f"{(settings.phone_public_url or '').rstrip('/')}/acs/events"
    request = urllib.request.Request(url, b"[]", {"Content-Type": "application/json"}, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:
            status, body = response.status, response.read(4096)
    except urllib.error.HTTPError as error:
        status, body = error.code, error.read(4096)
    except OSError as error:
        advice = "start `lobby serve`, and point the tunnel or the port at it"
        reason = getattr(error, "reason", error)
        told = getattr(reason, "strerror", None) or reason
        yield Finding("public address", "problem", f"{url} cannot be reached ({told})", advice)
        return
    if status == 401 and _code(body) == "invalid_event_secret":
        yield Finding("public address", "ok", f"{url} leads to a Lobby with its phone on")
    else:
        advice = "something else answers there: point the tunnel or the port at `lobby serve` with LOBBY_PHONE=1"
        yield Finding("public address", "problem", f"{url} answers HTTP {status}", advice)


def _code(body: bytes) -> str | None:
    try:
        return str(json.loads(body)["error"]["code"])
    except (ValueError, KeyError, TypeError):
        return None
