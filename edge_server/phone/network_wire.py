"""What Communication Services and Event Grid write, and how they check who asks: for the simulated phone network."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial

from pydantic import JsonValue

Json = dict[str, JsonValue]
_POSTING = ThreadPoolExecutor(32, "phone network")
"""Threads of the network's own: the desk that is called may live in this process, and need the loop's."""


def now_text() -> str:
    """The time as events write it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def identifier(number: str) -> Json:
    """A telephone number as the service names a participant."""
    return {"kind": "phoneNumber", "rawId": f"4:{number}", "phoneNumber": {"value": number}}


def caller_of(number: str | None) -> Json:
    """Who calls, as an event names them; None: a caller who shows no number."""
    if number is None:
        return {"kind": "phoneNumber", "rawId": "4:anonymous", "phoneNumber": {"value": "anonymous"}}
    return identifier(number)


def grid_event(kind: str, data: Json, *, event_id: str | None = None) -> Json:
    """An event in Event Grid's own schema."""
    return {
        "id": event_id or str(uuid.uuid4()),
        "topic": "/subscriptions/0/resourceGroups/simulated",
        "subject": "/phoneCall",
        "data": data,
        "eventType": kind,
        "dataVersion": "1.0",
        "metadataVersion": "1",
        "eventTime": now_text(),
    }


def callback(kind: str, connection: str, data: Json | None = None) -> Json:
    """A callback of Call Automation (CloudEvents 1.0)."""
    return {
        "id": str(uuid.uuid4()),
        "source": f"calling/callConnections/{connection}",
        "type": f"Microsoft.Communication.{kind}",
        "data": {
            "callConnectionId": connection,
            "serverCallId": f"server-{connection}",
            "correlationId": f"correlation-{connection}",
            "publicEventType": f"Microsoft.Communication.{kind}",
            **(data or {}),
        },
        "time": now_text(),
        "specversion": "1.0",
        "datacontenttype": "application/json",
        "subject": f"calling/callConnections/{connection}",
    }


def signature_good(method: str, target: str, host: str, headers: Mapping[str, str], body: bytes, key: str) -> bool:
    """Whether a request is signed with the access key `key` (base64), as the service checks it."""
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    if headers.get("x-ms-content-sha256") != digest:
        return False
    text = f"{method}\n{target}\n{headers.get('x-ms-date', '')};{host};{digest}"
    good = base64.b64encode(hmac.new(base64.b64decode(key), text.encode(), hashlib.sha256).digest()).decode()
    shown = f"HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={good}"
    return hmac.compare_digest(headers.get("authorization", ""), shown)


async def post(url: str, body: JsonValue, headers: Mapping[str, str] | None = None) -> tuple[int, JsonValue]:
    """POST JSON to the desk. Gives the status (0 when it cannot be reached) and the answer's JSON, None without any."""
    work = partial(_post, url, json.dumps(body).encode(), dict(headers or {}))
    return await asyncio.get_running_loop().run_in_executor(_POSTING, work)


def _post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, JsonValue]:
    request = urllib.request.Request(url, body, {"Content-Type": "application/json", **headers}, method="POST")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=10) as response:
            status, text = response.status, response.read()
    except urllib.error.HTTPError as error:
        status, text = error.code, error.read()
    except OSError:
        return 0, None
    try:
        return status, json.loads(text)
    except ValueError:
        return status, None
