"""Tokens of Entra ID that Event Grid may show in place of the secret: only good ones are taken."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.requests import Request

from edge_server.phone.event_auth import EventAuth
from edge_server.phone.settings import PhoneSettings

TENANT, AUDIENCE = "11111111-2222-3333-4444-555555555555", "api://lobby"
GOOD = {"iss": f"https://login.microsoftonline.com/{TENANT}/v2.0", "aud": AUDIENCE}


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def auth(key: rsa.RSAPrivateKey) -> Iterator[EventAuth]:
    """The checks of a desk whose tenant publishes `key`."""
    published = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    body = json.dumps({"keys": [{**published, "kid": "one", "use": "sig", "alg": "RS256"}]}).encode()

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Keys)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}/keys"
    yield EventAuth(PhoneSettings(phone_entra_tenant=TENANT, phone_entra_audience=AUDIENCE, phone_entra_keys=url))
    server.shutdown()
    server.server_close()


def request(token: str) -> Request:
    headers = [(b"authorization", f"Bearer {token}".encode())]
    return Request({"type": "http", "method": "POST", "path": "/acs/events", "query_string": b"", "headers": headers})


def signed(key: rsa.RSAPrivateKey, **changed: object) -> str:
    claims = {**GOOD, "exp": time.time() + 600, **changed}
    return jwt.encode({name: one for name, one in claims.items() if one is not None}, key, "RS256", {"kid": "one"})


async def test_a_token_of_the_tenant_for_this_desk_is_taken(auth: EventAuth, key: rsa.RSAPrivateKey) -> None:
    assert await auth.accepts(request(signed(key)))


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "api://another"},
        {"iss": "https://login.microsoftonline.com/another/v2.0"},
        {"exp": 1_000_000_000},
        {"exp": None},
        {"aud": None},
        {"nbf": 4_000_000_000},
    ],
)
async def test_other_tokens_are_refused(auth: EventAuth, key: rsa.RSAPrivateKey, changed: dict[str, object]) -> None:
    assert not await auth.accepts(request(signed(key, **changed)))


async def test_tokens_that_nobody_signed_are_refused(auth: EventAuth) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert not await auth.accepts(request(signed(other)))
    unsigned = jwt.encode({**GOOD, "exp": time.time() + 600}, "", "none", {"kid": "one"})
    assert not await auth.accepts(request(unsigned))
    assert not await auth.accepts(request("not.a.token"))


async def test_without_a_tenant_no_token_is_taken(key: rsa.RSAPrivateKey) -> None:
    assert not await EventAuth(PhoneSettings()).accepts(request(signed(key)))


async def test_keys_that_do_not_come_keep_no_call_from_being_heard(key: rsa.RSAPrivateKey) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/keys"
        auth = EventAuth(PhoneSettings(phone_entra_tenant=TENANT, phone_entra_audience=AUDIENCE, phone_entra_keys=url))
        asking = [asyncio.create_task(auth.accepts(request(signed(key)))) for _ in range(64)]
        await asyncio.sleep(0)
        async with asyncio.timeout(10):
            assert await asyncio.to_thread(lambda: "heard") == "heard"
        assert not any(one.done() for one in asking)
        auth._threads.shutdown(wait=False, cancel_futures=True)
    await asyncio.gather(*asking, return_exceptions=True)
