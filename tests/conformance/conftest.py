"""Stock clients as processes of their own, each in its environment, against one running server.

`python3 run.py conformance` prepares the environments and runs these tests. Run as ordinary tests, those of the clients
are skipped, and say so: preparing them takes the network and some hundred megabytes.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
import soundfile
from pydantic import TypeAdapter

from edge_server.services import SESSIONS_FOLDER
from sync.disk import DiskStore
from sync.session import SessionState
from tests.server_tools import Server
from tests.speech_tools import speak_with_other_voice

CLIENTS = Path(__file__).parent / "clients"
PATIENCE_S = 240
QUESTIONS: Mapping[str, str] = {
    "status": "What is the status of flight L B two oh four?",
    "flights": "Which flights go from Boston to Denver tomorrow?",
    "bag": "How much does a second bag cost?",
    "check_in": "When can I check in at Front Range Inn?",
    "locker": "Please open my parcel locker, it is number four.",
    "parking": "And what does parking cost there?",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply as the client library reported it."""

    words: str
    audio_ms: int
    interrupted: bool


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call of the client's own tool, as the client library made it."""

    name: str
    arguments: str
    output: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a client printed. `not_understood`: frames that its schemas refused, where it tells."""

    client: str
    version: str
    replies: dict[str, Reply]
    said: list[str]
    tools: list[ToolCall]
    errors: list[str]
    complaints: list[str]
    history: list[str]
    not_understood: dict[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A conversation that a client has held: its report, the sound it heard, and what the server kept."""

    report: Report
    sound: Path
    kept: SessionState


@dataclass(frozen=True, slots=True)
class StockClient:
    """How to start a client."""

    name: str
    command: tuple[str | Path, ...]


def _in(environment: str, script: str) -> StockClient:
    folder = Path(os.environ.get("CONFORMANCE_FOLDER", ""))
    return StockClient(environment, (folder / environment / "bin" / "python", CLIENTS / script))


STOCK_CLIENTS = (
    StockClient("openai", (sys.executable, CLIENTS / "openai_client.py")),
    _in("openai-agents", "openai_agents_client.py"),
    StockClient("agents-realtime", ("node", CLIENTS / "node" / "agents_realtime_client.mjs")),
    _in("pipecat", "pipecat_client.py"),
    _in("livekit", "livekit_client.py"),
)


@pytest.fixture(scope="session")
def questions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the questions, spoken by a voice that is not Lobby's own."""
    folder = tmp_path_factory.mktemp("questions")
    for name, words in QUESTIONS.items():
        soundfile.write(folder / f"{name}.wav", speak_with_other_voice(words), 24_000, subtype="PCM_16")
    return folder


@pytest.fixture(scope="session", params=STOCK_CLIENTS, ids=lambda client: client.name)
def held(
    request: pytest.FixtureRequest, server: Server, questions: Path, tmp_path_factory: pytest.TempPathFactory
) -> Held:
    """The conversation that a client has held with the server; each client holds one."""
    client: StockClient = request.param
    return _held(client, server, questions, tmp_path_factory.mktemp(client.name))


@cache
def _held(client: StockClient, server: Server, questions: Path, sound: Path) -> Held:
    key = str(uuid.uuid4())
    wishes: list[str | Path] = ["--url", server.url, "--session", key, "--questions", questions, "--out", sound]
    kept_out = ("PYTHONPATH", "VIRTUAL_ENV")
    done = subprocess.run(
        [*client.command, *wishes],
        cwd=CLIENTS,
        env={name: value for name, value in os.environ.items() if name not in kept_out},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    report = TypeAdapter(Report).validate_python(json.loads(done.stdout))
    return Held(report, sound, asyncio.run(_kept(server, key)))


async def _kept(server: Server, key: str) -> SessionState:
    state = await DiskStore(server.data_dir / SESSIONS_FOLDER).load(key)
    assert state is not None, "the server kept nothing of the session"
    return state
