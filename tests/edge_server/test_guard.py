"""Who gets in: checks of host, origin and key on a real application, over real requests."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocket

from edge_server.channels.client_secrets import ClientSecrets
from edge_server.guard import Guard
from edge_server.realtime.events.session import SessionConfig


async def page(request: Request) -> Response:
    return PlainTextResponse("inside")


async def socket(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text("inside")
    await websocket.close()


def desk(api_key: str | None = None, origins: tuple[str, ...] = (), secrets: ClientSecrets | None = None) -> TestClient:
    app = Starlette(
        routes=[Route("/healthz", page), Route("/page", page), WebSocketRoute("/realtime", socket)],
        middleware=[Middleware(Guard, api_key=api_key, allowed_origins=origins, secrets=secrets)],
    )
    return TestClient(app, base_url="http://127.0.0.1:8484")


@pytest.mark.parametrize("host", ["127.0.0.1:8484", "localhost:8484", "localhost", "[::1]:8484", "192.168.1.9"])
def test_addresses_and_this_machine_are_answered(host: str) -> None:
    assert desk().get("/page", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8484", "127.0.0.1.evil.example", "", "localhost.evil"])
def test_names_that_a_web_page_could_point_here_are_not(host: str) -> None:
    refused = desk().get("/page", headers={"host": host})
    assert refused.status_code == 403
    assert refused.json()["error"]["code"] == "host_not_allowed"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:9999", "http://localhost"])
def test_pages_of_other_origins_are_refused_also_on_the_socket(origin: str) -> None:
    client = desk()
    assert client.get("/page", headers={"origin": origin}).status_code == 403
    with (
        pytest.raises(WebSocketDenialResponse) as refused,
        client.websocket_connect("/realtime", headers={"origin": origin}),
    ):
        pass
    assert refused.value.status_code == 403


def test_the_servers_own_page_and_listed_origins_are_let_in() -> None:
    client = desk(origins=("https://desk.example/",))
    assert client.get("/page", headers={"origin": "http://127.0.0.1:8484"}).status_code == 200
    assert client.get("/page", headers={"origin": "https://desk.example"}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": "Bearer sesame"},
        {"api-key": "sesame"},
        {"sec-websocket-protocol": "realtime, openai-insecure-api-key.sesame"},
    ],
)
def test_the_key_opens_in_each_of_its_forms(headers: dict[str, str]) -> None:
    assert desk("sesame").get("/page", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers", [{}, {"authorization": "Bearer wrong"}, {"api-key": ""}, {"api-key": "s\u00e9same"}]
)
def test_without_the_key_only_probes_answer(headers: dict[str, str]) -> None:
    client = desk("sesame")
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    refused = client.get("/page", headers=encoded)
    assert refused.status_code == 401
    assert refused.json()["error"]["type"] == "authentication_error"
    assert client.get("/healthz").status_code == 200


def test_a_short_lived_key_opens_the_socket_until_it_expires_and_nothing_else() -> None:
    now = [1_000.0]
    secrets = ClientSecrets(lambda: now[0])
    client = desk("sesame", secrets=secrets)
    shown = {"authorization": f"Bearer {secrets.give(SessionConfig(), 60).value}"}
    with client.websocket_connect("ws://127.0.0.1:8484/realtime", headers=shown) as ws:
        assert ws.receive_text() == "inside"
    assert client.get("/page", headers=shown).status_code == 401
    now[0] += 60
    with (
        pytest.raises(WebSocketDenialResponse) as refused,
        client.websocket_connect("ws://127.0.0.1:8484/realtime", headers=shown),
    ):
        pass
    assert refused.value.json()["error"]["code"] == "expired_client_secret"


def test_without_a_server_key_a_made_up_short_lived_one_does_no_harm() -> None:
    shown = {"sec-websocket-protocol": "realtime, openai-insecure-api-key.ek_made_up"}
    with desk().websocket_connect("ws://127.0.0.1:8484/realtime", headers=shown) as ws:
        assert ws.receive_text() == "inside"
    with (
        pytest.raises(WebSocketDenialResponse) as refused,
        desk("sesame").websocket_connect("ws://127.0.0.1:8484/realtime", headers=shown),
    ):
        pass
    assert refused.value.json()["error"]["code"] == "invalid_api_key"
