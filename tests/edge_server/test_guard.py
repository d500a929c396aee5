"""Who gets in: checks of host, origin and key on a real application, over real requests."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from edge_server.channels.client_secrets import ClientSecrets
from edge_server.guard import LAN, Guard
from edge_server.lan.addresses import local_name
from edge_server.lan.devices import Devices
from edge_server.realtime.events.session import SessionConfig
from tests.clock import Clock


async def page(request: Request) -> Response:
    return PlainTextResponse("inside")


async def socket(websocket: WebSocket) -> None:
    await websocket.accept()
    if "echo" in websocket.query_params:
        async for words in websocket.iter_text():
            await websocket.send_text(words)
        return
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


class LanDesk:
    """The application as the local network sees it, with real keys of every kind."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock(1_000_000.0)
        self.secrets = ClientSecrets(self.clock)
        self.devices = Devices(folder, days=1, clock=self.clock)
        self.operator: str | None = None
        inside = ["/healthz", "/", "/desk", "/assets/app.js", "/v1/server", "/v1/pair", "/ca.crt", "/metrics"]
        inside += ["/v1/realtime/client_secrets", "/v1/realtime/resume", "/v1/realtime/resume_codes"]
        app = Starlette(
            routes=[
                *(Route(path, page, methods=["GET", "POST"]) for path in inside),
                Route("/v1/operator/status", page),
                WebSocketRoute("/v1/realtime", socket),
            ],
            middleware=[
                Middleware(
                    Guard,
                    api_key=None,
                    secrets=self.secrets,
                    devices=self.devices,
                    operator_key=lambda: self.operator,
                )
            ],
        )

        async def on_lan(scope: Scope, receive: Receive, send: Send) -> None:
            await app({**scope, LAN: True}, receive, send)

        self.client = TestClient(on_lan, base_url="https://192.168.1.9:8443")

    def code(self, method: str, path: str, key: str = "") -> str:
        """What a request with this key gets: `inside`, or the code of its refusal."""
        headers = {"authorization": f"Bearer {key}"} if key else {}
        answer = self.client.request(method, path, headers=headers)
        return answer.text if answer.status_code == 200 else f"{answer.status_code} {answer.json()['error']['code']}"

    def socket(self, key: str, query: str = "") -> str:
        """The same for a socket, with the key as browsers show it."""
        shown = {"sec-websocket-protocol": f"realtime, openai-insecure-api-key.{key}"}
        try:
            with self.client.websocket_connect(f"wss://192.168.1.9:8443/v1/realtime{query}", headers=shown) as ws:
                return ws.receive_text()
        except WebSocketDenialResponse as refused:
            return f"{refused.status_code} {refused.json()['error']['code']}"


@pytest.fixture
def lan(tmp_path: Path) -> LanDesk:
    return LanDesk(tmp_path)


def test_on_the_local_network_only_the_page_and_pairing_answer_without_a_key(lan: LanDesk) -> None:
    for path in ("/healthz", "/", "/desk", "/assets/app.js", "/v1/server", "/ca.crt"):
        assert lan.code("GET", path) == "inside", path
    assert lan.code("POST", "/v1/pair") == "inside"
    assert lan.code("POST", "/") == "401 invalid_api_key", "the page is there to be read"
    for path in ("/metrics", "/v1/realtime/client_secrets", "/v1/realtime/resume", "/nowhere"):
        assert lan.code("GET", path) == "401 invalid_api_key", path
    for key in ("dk_made_up", "ek_made_up", "anything"):
        assert lan.code("GET", "/metrics", key) == "401 invalid_api_key"
        assert lan.socket(key) == "401 invalid_api_key"


def test_a_paired_device_asks_for_keys_and_opens_nothing_else_until_it_is_revoked_or_stale(lan: LanDesk) -> None:
    key, device = lan.devices.pair("Tablet")
    other, _ = lan.devices.pair("Phone")
    for path in ("/v1/realtime/client_secrets", "/v1/realtime/resume"):
        assert lan.code("POST", path, key) == "inside"
        assert lan.code("GET", path, key) == "403 not_for_device_keys"
    assert lan.code("GET", "/metrics", key) == "403 not_for_device_keys"
    assert lan.socket(key) == "403 not_for_device_keys"
    lan.devices.revoke(device.id)
    assert lan.code("POST", "/v1/realtime/client_secrets", key) == "401 invalid_api_key"
    lan.clock.now += 24 * 3600
    assert lan.code("POST", "/v1/realtime/client_secrets", other) == "401 expired_device_key"


def test_a_device_gets_resume_codes_only_for_sessions_that_it_was_given_a_key_for(lan: LanDesk) -> None:
    key, device = lan.devices.pair("Tablet")
    other, _ = lan.devices.pair("Phone")
    lan.secrets.give(SessionConfig(), 60, session_key="mine", device=device.digest)
    assert lan.code("POST", "/v1/realtime/resume_codes?session_state_key=mine", key) == "inside"
    for wrong, query in ((key, "?session_state_key=yours"), (key, ""), (other, "?session_state_key=mine")):
        assert lan.code("POST", f"/v1/realtime/resume_codes{query}", wrong) == "403 not_this_devices_session"


def test_a_bound_key_opens_its_own_session_while_its_device_is_paired(lan: LanDesk) -> None:
    _, device = lan.devices.pair("Tablet")
    secret = lan.secrets.give(SessionConfig(), 60, session_key="mine", device=device.digest).value
    assert lan.socket(secret, "?session_state_key=mine") == "inside"
    for query in ("?session_state_key=yours", "", "?session_state_key="):
        assert lan.socket(secret, query) == "403 client_secret_of_another_session"
    assert lan.code("GET", "/metrics", secret) == "401 invalid_api_key"
    lan.devices.revoke(device.id)
    assert lan.socket(secret, "?session_state_key=mine") == "401 expired_device_key"
    lan.clock.now += 60
    assert lan.socket(secret, "?session_state_key=mine") == "401 expired_client_secret"


def test_a_socket_that_is_open_closes_with_the_first_word_after_its_device_was_revoked(lan: LanDesk) -> None:
    _, device = lan.devices.pair("Tablet")
    secret = lan.secrets.give(SessionConfig(), 60, session_key="mine", device=device.digest).value
    shown = {"sec-websocket-protocol": f"realtime, openai-insecure-api-key.{secret}"}
    url = "wss://192.168.1.9:8443/v1/realtime?session_state_key=mine&echo=1"
    with lan.client.websocket_connect(url, headers=shown) as ws:
        ws.send_text("hello")
        assert ws.receive_text() == "hello"
        lan.devices.revoke(device.id)
        ws.send_text("hello")
        with pytest.raises(WebSocketDisconnect) as closed:
            ws.receive_text()
    assert closed.value.code == 1008


def test_the_operator_api_has_a_key_of_its_own_and_cannot_be_guessed_at_for_long(lan: LanDesk) -> None:
    assert lan.code("GET", "/v1/operator/status") == "404 operator_off"
    lan.operator = "open sesame"
    assert lan.code("GET", "/v1/operator/status", "open sesame") == "inside"
    assert lan.code("GET", "/metrics", "open sesame") == "401 invalid_api_key"
    for _ in range(20):
        assert lan.code("GET", "/v1/operator/status", "wrong") == "401 invalid_operator_key"
    assert lan.code("GET", "/v1/operator/status", "open sesame") == "429 too_many_attempts"


def test_host_and_origin_are_checked_on_the_local_network_too(lan: LanDesk) -> None:
    def status(host: str, **headers: str) -> int:
        return lan.client.get("/v1/server", headers={"host": host, **headers}).status_code

    assert status(f"{local_name()}:8443", origin=f"https://{local_name()}:8443") == 200
    assert status("192.168.1.9:8443", origin="https://192.168.1.9:8443") == 200
    assert status("desk.evil.example:8443") == 403
    assert status("192.168.1.9:8443", origin="https://evil.example") == 403
