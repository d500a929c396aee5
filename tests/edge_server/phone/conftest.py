"""A desk with the phone on, in a process of its own, and the simulated phone network that it is connected to."""

from __future__ import annotations

import asyncio
import base64
import json
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pydantic import JsonValue

from agents.desk import AgentDesk
from data.branch import Branch
from data.embeddings import Embedder
from data.knowledge import KnowledgeBase
from data.prepare import KNOWLEDGE_FILE
from edge_server.ports import free_port
from tests.fakes.phone_network import NetworkCall, PhoneNetwork, telephone
from tests.server_tools import Server, clean_environment, copy_branch, start_server, stop_server

SECRET = "a secret of twenty characters"
NUMBER, CLERK = "+15551230100", "+15551230199"
KEY = base64.b64encode(b"the access key of the simulated resource").decode()
API_KEY, OPERATOR_KEY = "the key of the server", "the key of its operator"
PATIENCE_S = 60.0
"""How long something may take that happens within a moment on a machine with nothing else to do."""


async def until(fact: Callable[[], object], within_s: float = PATIENCE_S) -> None:
    """Wait until `fact()` holds. Raises TimeoutError."""
    async with asyncio.timeout(within_s):
        while True:
            if fact():
                return
            await asyncio.sleep(0.05)


@dataclass(slots=True)
class Desk:
    """A running desk in `folder`, and the port at which it looks for the phone network."""

    folder: Path
    settings: dict[str, str]
    port: int = field(default_factory=free_port)
    network_port: int = field(default_factory=free_port)
    _server: Server | None = None

    @property
    def server(self) -> Server:
        """Its process, which is started where it does not run."""
        if self._server is None:
            self._server = self._started()
        return self._server

    @property
    def events_url(self) -> str:
        """Its webhook, with the secret."""
        return f"{self.server.url}/acs/events?secret={SECRET.replace(' ', '%20')}"

    def _started(self) -> Server:
        settings = {
            "LOBBY_PHONE": "1",
            "LOBBY_PHONE_ENDPOINT": f"http://127.0.0.1:{self.network_port}",
            "LOBBY_PHONE_ACCESS_KEY": KEY,
            "LOBBY_PHONE_PUBLIC_URL": f"http://127.0.0.1:{self.port}",
            "LOBBY_PHONE_EVENT_SECRET": SECRET,
            "LOBBY_PHONE_NUMBER": NUMBER,
            "LOBBY_PHONE_CLERK": CLERK,
            "LOBBY_API_KEY": API_KEY,
            "LOBBY_OPERATOR_KEY": OPERATOR_KEY,
            **self.settings,
        }
        return start_server(self.folder, "--port", str(self.port), env=clean_environment(**settings))

    def stop(self) -> int:
        """Stop it, if it runs. Gives its exit code."""
        if self._server is None:
            return 0
        server, self._server = self._server, None
        return stop_server(server)

    def ask(self, path: str, body: JsonValue = None, *, key: str = API_KEY) -> dict[str, JsonValue]:
        """The JSON that the desk answers to GET, or to POST with a `body`."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.server.url}{path}", data, headers)
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as response:
            answer: dict[str, JsonValue] = json.load(response)
        return answer

    def rows(self) -> list[dict[str, JsonValue]]:
        """The operator's rows of the sessions of calls: those on the line first, the newest before the others."""
        listed = self.ask("/v1/operator/sessions", key=OPERATOR_KEY)["sessions"]
        assert isinstance(listed, list)
        rows = [row for row in listed if isinstance(row, dict) and row["channel"] == "phone"]
        return sorted(rows, key=lambda row: (bool(row["live"]), float(str(row["started_at"]))), reverse=True)

    def transcript(self, row: dict[str, JsonValue]) -> list[dict[str, JsonValue]]:
        """The entries of a session's transcript."""
        entries = self.ask(f"/v1/operator/sessions/{row['id']}", key=OPERATOR_KEY)["transcript"]
        assert isinstance(entries, list)
        return [entry for entry in entries if isinstance(entry, dict)]


class Story:
    """What the desk says in the newest call's session, as its operator reads it, one thing after the other."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._read = {row["id"]: len(desk.transcript(row)) for row in desk.rows()}

    async def goes_on(self, *words: str, within_s: float = PATIENCE_S) -> str:
        """Wait until the desk has said all `words` since what was waited for before. Gives what it said since."""
        heard = ""
        try:
            async with asyncio.timeout(within_s):
                while True:
                    heard, entries, row = await asyncio.to_thread(self._since)
                    if all(word in heard for word in words):
                        self._read[row] = entries
                        return heard
                    await asyncio.sleep(0.2)
        except TimeoutError:
            raise AssertionError(f"{words} were not said in: {heard}") from None

    def _since(self) -> tuple[str, int, JsonValue]:
        rows = self._desk.rows()
        if not rows:
            return "", 0, None
        entries = self._desk.transcript(rows[0])
        fresh = entries[self._read.get(rows[0]["id"], 0) :]
        said = [str(entry["text"]) for entry in fresh if entry["role"] == "agent"]
        return " ".join(said).lower(), len(entries), rows[0]["id"]


async def asked_for_booking_code(network: PhoneNetwork, story: Story, number: str, wish: str) -> NetworkCall:
    """Call from `number`, hear the greeting out, and say a wish that the desk answers with that question."""
    call = await network.call(number)
    assert call is not None
    await story.goes_on("what can i do for you")
    await call.quiet()
    await call.say(telephone(wish))
    await story.goes_on("booking code")
    return call


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    running = Desk(
        tmp_path_factory.mktemp("phone") / "branch",
        {
            "LOBBY_PHONE_CALLS": "2",
            "LOBBY_PHONE_RATE": "16000",
            "LOBBY_PHONE_CALL_BACKS": "1",
            "LOBBY_PHONE_CALL_BACK_MINUTES": "0.02",
            "LOBBY_PHONE_TEXT_MESSAGES": "1",
            "LOBBY_PHONE_PREFIXES": '["+1555"]',
        },
    )
    yield running
    running.stop()


@pytest.fixture
def story(desk: Desk) -> Story:
    return Story(desk)


@pytest.fixture
async def network(desk: Desk) -> AsyncIterator[PhoneNetwork]:
    async with PhoneNetwork(port=desk.network_port, access_key=KEY) as network:
        network.events_url = desk.events_url
        yield network
        for call in network.calls.values():
            await call.end()
        assert not network.forged, "the desk signed a request wrongly"
        assert not network.failed, "somebody who picked up, or the network itself, failed"


@pytest.fixture(scope="session")
def agents(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AgentDesk]:
    """The desk of agents over a branch of its own, in this process."""
    folder = copy_branch(prepared, tmp_path_factory.mktemp("agents") / "branch")
    embedder = Embedder.load()
    branch = Branch.open(folder)
    knowledge = KnowledgeBase.open(folder / KNOWLEDGE_FILE, embedder)
    yield asyncio.run(AgentDesk.open(branch, knowledge, embedder))
    knowledge.close()
    branch.close()
