"""A device on the local network, run by tests in a network namespace of its own: `lan_client.py URL FINGERPRINT CODE`.

It knows what a person can read off the desk's terminal, and nothing else. It prints what it found as JSON.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import ssl
import sys
import uuid

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

PATHS = (
    "/healthz",
    "/readyz",
    "/v1/server",
    "/ca.crt",
    "/metrics",
    "/v1/operator/status",
    "/v1/realtime/client_secrets",
)


async def main(url: str, fingerprint: str, code: str) -> dict[str, object]:
    found: dict[str, object] = {}
    async with httpx.AsyncClient(base_url=url, trust_env=False, verify=False) as careless:
        pem = (await careless.get("/ca.crt")).text
    der = ssl.PEM_cert_to_DER_cert(pem)
    assert hashlib.sha256(der).hexdigest() == fingerprint, "another server than the one whose terminal was read"
    trust = ssl.create_default_context(cadata=pem)
    async with httpx.AsyncClient(base_url=url, trust_env=False, verify=trust, timeout=20) as client:
        found["without a key"] = {path: (await client.get(path)).status_code for path in PATHS}
        found["server"] = (await client.get("/v1/server")).json()
        found["socket without a key"] = await refused(url, trust, "")
        wrong = f"{(int(code) + 1) % 1_000_000:06}"
        found["wrong code"] = (await client.post("/v1/pair", json={"code": wrong})).json()["error"]["code"]
        paired = (await client.post("/v1/pair", json={"code": code, "name": "Test tablet"})).json()
        found["replayed code"] = (await client.post("/v1/pair", json={"code": code})).json()["error"]["code"]
        device = {"authorization": f"Bearer {paired['device_key']}"}
        key, other = str(uuid.uuid4()), str(uuid.uuid4())
        unbound = await client.post("/v1/realtime/client_secrets", headers=device, json={})
        guessable = await client.post(
            "/v1/realtime/client_secrets?session_state_key=%2B15550100", headers=device, json={}
        )
        found["keys for no session or a caller's"] = [unbound.status_code, guessable.status_code]
        given = await client.post(f"/v1/realtime/client_secrets?session_state_key={key}", headers=device, json={})
        secret = given.json()["value"]
        found["socket of another session"] = await refused(url, trust, secret, f"&session_state_key={other}")
        found["socket with the device's key"] = await refused(url, trust, paired["device_key"])
        found["answer"], found["second tab"] = await asked_twice(url, trust, secret, key)
    return found


def socket(url: str, trust: ssl.SSLContext, key: str, query: str) -> connect:
    protocols = [Subprotocol("realtime"), *([Subprotocol(f"openai-insecure-api-key.{key}")] if key else [])]
    address = f"{url.replace('https', 'wss')}/v1/realtime?model=lobby{query}"
    return connect(address, ssl=trust, subprotocols=protocols, max_size=None, proxy=None, origin=url)  # type: ignore[arg-type]


async def refused(url: str, trust: ssl.SSLContext, key: str, query: str = "") -> str:
    try:
        async with socket(url, trust, key, query):
            return "opened"
    except InvalidStatus as refusal:
        return str(json.loads(refusal.response.body or b"")["error"]["code"])


async def asked_twice(url: str, trust: ssl.SSLContext, secret: str, key: str) -> tuple[str, int]:
    """The answer to a question, and how the first socket closes when a second opens on the same session."""
    query = f"&session_state_key={key}&extensions=1"
    async with socket(url, trust, secret, query) as first:
        content = [{"type": "input_text", "text": "What is the status of flight LB204?"}]
        await first.send(
            json.dumps({"type": "session.update", "session": {"type": "realtime", "output_modalities": ["text"]}})
        )
        item = {"type": "message", "role": "user", "content": content}
        await first.send(json.dumps({"type": "conversation.item.create", "item": item}))
        await first.send(json.dumps({"type": "response.create"}))
        text = ""
        async with asyncio.timeout(30):
            while not text:
                event = json.loads(await first.recv())
                text = event["text"] if event["type"] == "response.output_text.done" else ""
            async with socket(url, trust, secret, query) as second:
                assert json.loads(await second.recv())["type"] == "session.created"
                await first.wait_closed()
                return text, first.close_code or 0


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(*sys.argv[1:]))))  # noqa: T201
