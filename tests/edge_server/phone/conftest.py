"""A desk with the phone on, in a process of its own, and the simulated phone network that it is connected to."""

from __future__ import annotations

import base64
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fakes.phone_network import PhoneNetwork
from tests.server_tools import Server, clean_environment, start_server, stop_server

SECRET = "a secret of twenty characters"
NUMBER, CLERK = "+15551230100", "+15551230199"
KEY = base64.b64encode(b"the access key of the simulated resource").decode()


@dataclass(frozen=True, slots=True)
class Desk:
    """A running desk, and the port at which it looks for the phone network."""

    server: Server
    network_port: int

    @property
    def events_url(self) -> str:
        """Its webhook, with the secret."""
        return f"{self.server.url}/acs/events?secret={SECRET.replace(' ', '%20')}"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def start_desk(folder: Path, **more: str) -> Desk:
    """Start a desk with the phone on; `more` are further LOBBY_ settings."""
    port, network_port = free_port(), free_port()
    settings = {
        "LOBBY_PHONE": "1",
        "LOBBY_PHONE_ENDPOINT": f"http://127.0.0.1:{network_port}",
        "LOBBY_PHONE_ACCESS_KEY": KEY,
        "LOBBY_PHONE_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "LOBBY_PHONE_EVENT_SECRET": SECRET,
        "LOBBY_PHONE_NUMBER": NUMBER,
        "LOBBY_PHONE_CLERK": CLERK,
        "LOBBY_API_KEY": "the key of the server",
        **more,
    }
    return Desk(start_server(folder, "--port", str(port), env=clean_environment(**settings)), network_port)


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    running = start_desk(
        tmp_path_factory.mktemp("phone") / "branch",
        LOBBY_PHONE_CALLS="2",
        LOBBY_PHONE_RATE="16000",
        LOBBY_PHONE_CALL_BACKS="1",
        LOBBY_PHONE_CALL_BACK_MINUTES="0.02",
        LOBBY_PHONE_TEXT_MESSAGES="1",
        LOBBY_PHONE_PREFIXES='["+1555"]',
    )
    yield running
    stop_server(running.server)


@pytest.fixture
async def network(desk: Desk) -> AsyncIterator[PhoneNetwork]:
    async with PhoneNetwork(port=desk.network_port, access_key=KEY) as network:
        network.events_url = desk.events_url
        yield network
        for call in network.calls.values():
            await call.end()
        assert not network.forged, "the desk signed a request wrongly"
