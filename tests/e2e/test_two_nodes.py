"""Two nodes on one Redis: a customer goes on at the other one, after a crash too, and without Redis."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from edge_server.channels.farewell import TAKEN_OVER
from tests.redis_server import RedisServer
from tests.server_tools import Server, clean_environment, copy_branch, start_servers, stop_server

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
KEY = "two-nodes"


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    (tmp_path / "redis").mkdir()
    started = RedisServer("valkey", tmp_path / "redis")
    yield started
    started.stop()


@pytest.fixture
def nodes(redis: RedisServer, prepared: Path, tmp_path: Path) -> Iterator[tuple[Server, Server]]:
    shared = clean_environment(LOBBY_REDIS_URL=redis.url)
    folders = [copy_branch(prepared, tmp_path / name) for name in ("one", "two")]
    one, two = start_servers(folders, env=shared)
    yield one, two
    for node in (one, two):
        node.process.send_signal(signal.SIGCONT)
        if node.process.poll() is None:
            stop_server(node)


def session_at(node: Server, key: str = KEY) -> connect:
    return connect(f"ws://{node.address}/realtime?session_state_key={key}&extensions=1", max_size=None)


async def ask(client: ClientConnection, words: str) -> str:
    """Write `words` to the desk; what it says."""
    message = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": words}]}
    await client.send(json.dumps({"type": "conversation.item.create", "item": message}))
    await client.send(json.dumps({"type": "response.create", "response": {"output_modalities": ["text"]}}))
    async for frame in client:
        event = json.loads(frame)
        if event["type"] == "response.done":
            assert event["response"]["status"] == "completed", event
            return str(event["response"]["output"][0]["content"][0]["text"])
    raise AssertionError("the desk ended the conversation")


async def test_a_customer_goes_on_at_another_node(nodes: tuple[Server, Server], redis: RedisServer) -> None:
    one, two = nodes
    async with session_at(one) as client:
        assert "PIN" in await ask(client, "I'd like to see my bookings. My booking code is K7M2QX.")

        # a second socket at the other node takes over, and the first is told
        async with session_at(two) as other:
            assert "Maria" in await ask(other, "4071")
            with pytest.raises(ConnectionClosed, match=str(TAKEN_OVER.code)):
                await ask(client, "hello?")

    # a code that one node gave is taken at the other: its connection is closed, and the proof does not travel
    async with session_at(two) as client, httpx.AsyncClient() as http:
        await ask(client, "Could you repeat that?")
        given = await http.post(f"{two.url}/v1/realtime/resume_codes", params={"session_state_key": KEY})
        taken = await http.post(f"{one.url}/v1/realtime/resume", json={"code": given.json()["code"]})
        assert taken.json() == {"session_state_key": KEY}
        with pytest.raises(ConnectionClosed, match=str(TAKEN_OVER.code)):
            await ask(client, "hello?")
        async with session_at(one) as other:
            assert "booking code" in await ask(other, "I'd like to see my bookings.")
            await ask(other, "K7M2QX")
            assert "Maria" in await ask(other, "4071")

    # the node that has the session is paused: the other one goes on, and the paused one cannot write over it
    async with session_at(two) as client:
        await ask(client, "What is the status of flight LB204?")
        two.process.send_signal(signal.SIGSTOP)
        async with session_at(one) as other:
            assert "LB204" in await ask(other, "Could you repeat that?")
            await ask(other, "And flight LB118?")
        two.process.send_signal(signal.SIGCONT)
        with pytest.raises(ConnectionClosed, match=str(TAKEN_OVER.code)):
            await ask(client, "Is anybody there?")

    # killed in the middle, and gone on with elsewhere
    async with session_at(one) as client:
        assert "LB118" in await ask(client, "Could you repeat that?")
    one.process.kill()
    one.process.wait()
    async with session_at(two) as client:
        assert "LB118" in await ask(client, "Could you repeat that?")

    # without Redis sessions go on, and the node says so
    redis.stop()
    async with httpx.AsyncClient(base_url=two.url) as http, session_at(two) as client:
        assert "LB118" in await ask(client, "Could you repeat that?")
        await until(http, "local")
        redis.start()
        await until(http, "shared")
        assert "LB204" in await ask(client, "Is LB204 on time?")


async def until(http: httpx.AsyncClient, sessions: str) -> None:
    async with asyncio.timeout(20):
        while (await http.get("/readyz")).json()["sessions"] != sessions:
            pass
