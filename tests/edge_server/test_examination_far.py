"""`lobby doctor` on the cloud and the chat model: real servers that answer, refuse, are away."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import SecretStr

from edge_server import examination_far
from edge_server.cli.main import cli
from edge_server.findings import Finding
from edge_server.settings import CloudDeployment, Settings
from edge_server.simulated_cloud.script import Refusal, Script
from tests.fakes.simulated_chat import KEY as CHAT_KEY
from tests.fakes.simulated_chat import MODEL, SimulatedChat
from tests.fakes.simulated_cloud import CheckedCloud

KEY = "sk-very-secret"


async def looked(check: Callable[[Settings], Iterator[Finding]], settings: Settings) -> list[Finding]:
    """The findings, looked at from a thread as the command does."""
    return await asyncio.to_thread(lambda: list(check(settings)))


def with_cloud(url: str, *, engine: str = "auto", key: str = KEY) -> Settings:
    east = CloudDeployment(name="east", model="gpt-realtime", url=url)
    return Settings(engine=engine, openai_api_key=SecretStr(key), cloud_deployments=(east,))  # type: ignore[arg-type]


def with_chat(url: str, *, key: str = CHAT_KEY, model: str | None = MODEL) -> Settings:
    return Settings(engine="cascade", chat_url=url, chat_model=model, chat_api_key=SecretStr(key))


async def test_nothing_is_asked_where_nothing_is_set() -> None:
    assert await looked(examination_far.cloud, Settings()) == []
    assert await looked(examination_far.chat, Settings()) == []


async def test_a_cloud_that_takes_the_key_is_well_and_nothing_was_asked_of_its_model() -> None:
    async with CheckedCloud(api_key=KEY) as cloud:
        [found] = await looked(examination_far.cloud, with_cloud(cloud.url))
        assert (found.what, found.verdict) == ("cloud: east", "ok")
        assert "ms" in found.found
        assert cloud.received == []


@pytest.mark.parametrize(
    ("refusal", "advice"),
    [
        (Refusal(status=401, code="invalid_api_key"), "key"),
        (Refusal(status=404, code="model_not_found"), "model"),
        (Refusal(status=429, code="insufficient_quota"), "billing"),
    ],
)
@pytest.mark.parametrize(("engine", "verdict"), [("cloud", "problem"), ("auto", "note"), ("embedded", "note")])
async def test_a_cloud_that_refuses_is_told_with_what_to_do_and_without_the_key(
    refusal: Refusal, advice: str, engine: str, verdict: str
) -> None:
    async with CheckedCloud(Script(refuses=refusal), api_key=KEY) as cloud:
        [found] = await looked(examination_far.cloud, with_cloud(cloud.url, engine=engine))
        assert found.verdict == verdict
        assert advice in str(found.advice)
        assert KEY not in str(found)


async def test_a_missing_key_file_is_told_and_not_raised(tmp_path: Path) -> None:
    east = CloudDeployment(name="east", model="gpt-realtime", key_file=tmp_path / "none")
    [found] = await looked(examination_far.cloud, Settings(engine="auto", cloud_deployments=(east,)))
    assert "key file" in str(found.advice)


async def test_a_chat_model_that_is_there_is_well() -> None:
    async with SimulatedChat() as chat:
        [found] = await looked(examination_far.chat, with_chat(chat.url))
        assert found.verdict == "ok"
        assert MODEL in found.found
        assert chat.requests == []


async def test_a_chat_model_that_is_not_there_is_told_with_those_that_are() -> None:
    async with SimulatedChat() as chat:
        [found] = await looked(examination_far.chat, with_chat(chat.url, model="big-model"))
        assert found.verdict == "note"
        assert MODEL in str(found.advice)


async def test_a_chat_endpoint_that_refuses_the_key_or_is_away_is_told_without_the_key() -> None:
    async with SimulatedChat() as chat:
        [refused] = await looked(examination_far.chat, with_chat(chat.url, key=KEY))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    [away] = await looked(examination_far.chat, with_chat(f"http://127.0.0.1:{port}/v1", key=KEY))
    assert "key" in str(refused.advice)
    assert "nobody answers" in str(away.advice)
    assert KEY not in f"{refused} {away}"


def test_the_command_tells_of_both(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LOBBY_ENGINE", "cloud")
    monkeypatch.setenv("LOBBY_OPENAI_API_KEY", KEY)
    monkeypatch.setenv("LOBBY_CLOUD_URL", "ws://127.0.0.1:9/v1")
    monkeypatch.setenv("LOBBY_CHAT_URL", "http://127.0.0.1:9/v1")
    done = CliRunner().invoke(cli, ["doctor", "--json", "--port", "0", "--data-dir", str(tmp_path)])
    findings = {one["what"]: one for one in json.loads(done.stdout)["findings"]}
    assert findings["cloud: openai"]["verdict"] == "problem"
    assert findings["chat model"]["verdict"] == "note"
    assert done.exit_code == 1
    assert KEY not in done.stdout
