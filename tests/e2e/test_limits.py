"""A server with tight limits and a key: who gets in, for how long, and how it says no. Real sockets, the stock SDK."""

from __future__ import annotations

import asyncio
import base64
import json
import signal
import socket
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest
from openai import AsyncOpenAI
from openai.types.realtime import ClientSecretCreateResponse
from openai.types.realtime.realtime_audio_formats_param import AudioPCMU
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from tests.server_tools import Server, clean_environment, copy_branch, start_server, stop_server

KEY = "sesame"
LIMITS = {
    "LOBBY_API_KEY": KEY,
    "LOBBY_OPEN_SESSIONS": "2",
    "LOBBY_LARGEST_FRAME": "200000",
    "LOBBY_LARGEST_EVENT": "100000",
    "LOBBY_EVENTS_PER_SECOND": "50",
    "LOBBY_LARGEST_BACKLOG": "2000000",
    "LOBBY_IDLE_SECONDS": "2",
    "LOBBY_SESSION_SECONDS": "4",
}
NOTHING: Mapping[str, object] = {}
TEXT_SESSION = {"type": "session.update", "session": {"type": "realtime", "output_modalities": ["text"]}}


@pytest.fixture(scope="module")
def tight(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    branch = copy_branch(prepared, tmp_path_factory.mktemp("tight") / "branch")
    running = start_server(branch, env=clean_environment(**LIMITS))
    yield running
    assert stop_server(running) == 0


async def entered(server: Server, query: str = "", **options: object) -> ClientConnection:
    url = f"ws://{server.address}/v1/realtime?model=lobby{query}"
    return await connect(url, additional_headers={"Authorization": f"Bearer {KEY}"}, **options)  # type: ignore[arg-type]


@asynccontextmanager
async def talking(server: Server, query: str = "", **options: object) -> AsyncIterator[ClientConnection]:
    """A session; asks until the server, which notices a little later that the last test's sockets closed, has room."""
    async with asyncio.timeout(30):
        while True:
            with suppress(InvalidStatus):
                ws = await entered(server, query, **options)
                break
    async with ws:
        assert json.loads(await ws.recv())["type"] == "session.created"
        yield ws


async def until(ws: ClientConnection, kind: str) -> dict[str, object]:
    while True:
        event = json.loads(await ws.recv())
        assert isinstance(event, dict)
        if event["type"] == kind:
            return event


async def code_of(ws: ClientConnection) -> str:
    event = await until(ws, "error")
    error = event["error"]
    assert isinstance(error, dict)
    return str(error["code"])


def mint(server: Server, body: Mapping[str, object] = NOTHING, path: str = "client_secrets") -> httpx.Response:
    headers = {"Authorization": f"Bearer {KEY}"}
    return httpx.post(f"{server.url}/v1/realtime/{path}", headers=headers, json=dict(body))


async def test_a_client_secret_of_the_stock_sdk_opens_a_session_with_its_configuration(tight: Server) -> None:
    client = AsyncOpenAI(api_key=KEY, base_url=f"{tight.url}/v1", max_retries=0)
    secret = await client.realtime.client_secrets.create(
        expires_after={"anchor": "created_at", "seconds": 60},
        session={"type": "realtime", "instructions": "Be kind.", "output_modalities": ["text"]},
    )
    assert isinstance(secret, ClientSecretCreateResponse)
    assert secret.value.startswith("ek_")
    guest = AsyncOpenAI(
        api_key=secret.value, base_url=f"{tight.url}/v1", websocket_base_url=f"ws://{tight.address}/v1", max_retries=0
    )
    async with guest.realtime.connect(model="lobby") as connection:
        created = await connection.recv()
        assert created.type == "session.created"
        assert created.session.type == "realtime"
        assert (created.session.instructions, created.session.output_modalities) == ("Be kind.", ["text"])


async def test_a_browser_shows_its_secret_as_a_subprotocol(tight: Server) -> None:
    value = mint(tight, {"session": {"type": "realtime", "instructions": "Be brief."}}).json()["value"]
    protocols = [Subprotocol("realtime"), Subprotocol(f"openai-insecure-api-key.{value}")]
    async with connect(f"ws://{tight.address}/v1/realtime", subprotocols=protocols) as ws:
        assert ws.subprotocol == "realtime"
        assert json.loads(await ws.recv())["session"]["instructions"] == "Be brief."


def test_a_client_secret_opens_nothing_but_the_socket_and_makes_no_other_secrets(tight: Server) -> None:
    value = mint(tight).json()["value"]
    refused = httpx.post(
        f"{tight.url}/v1/realtime/client_secrets", headers={"Authorization": f"Bearer {value}"}, json={}
    )
    assert refused.status_code == 401


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"expires_after": {"anchor": "created_at", "seconds": 5}}, "expires_after.seconds"),
        ({"session": {"type": "transcription"}}, "session.type"),
        ({"session": {"audio": {"output": {"speed": 9}}}}, "session.audio.output.speed"),
    ],
)
def test_a_secret_for_what_cannot_be_is_refused_by_name(tight: Server, body: dict[str, object], where: str) -> None:
    refused = mint(tight, body)
    assert refused.status_code == 400
    assert refused.json()["error"]["message"].startswith(where)


def test_what_is_no_json_is_refused(tight: Server) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}
    refused = httpx.post(f"{tight.url}/v1/realtime/client_secrets", headers=headers, content=b"{")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "invalid_json")


async def test_a_beta_client_gets_its_secret_and_speaks_the_beta(tight: Server) -> None:
    made = mint(tight, {"model": "lobby", "modalities": ["text"], "voice": "echo"}, "sessions").json()
    assert (made["modalities"], made["voice"]) == (["text"], "echo")
    headers = {"Authorization": f"Bearer {made['client_secret']['value']}", "OpenAI-Beta": "realtime=v1"}
    async with connect(f"ws://{tight.address}/v1/realtime", additional_headers=headers) as ws:
        assert json.loads(await ws.recv())["session"]["modalities"] == ["text"]
        await ws.send(json.dumps({"type": "response.create"}))
        assert (await until(ws, "response.text.done"))["text"]


async def test_one_session_too_many_is_refused_but_a_takeover_is_not(tight: Server) -> None:
    key = f"&session_state_key={uuid.uuid4()}"
    async with talking(tight, query=key) as first, talking(tight):
        with pytest.raises(InvalidStatus) as refused:
            await entered(tight)
        assert refused.value.response.status_code == 429
        assert json.loads(refused.value.response.body)["error"]["code"] == "too_many_sessions"
        async with talking(tight, query=key):
            with pytest.raises(ConnectionClosed):
                await first.recv()


async def test_an_event_that_is_too_large_gets_an_error_and_the_session_goes_on(tight: Server) -> None:
    async with talking(tight) as ws:
        await ws.send(json.dumps({"type": "input_audio_buffer.append", "audio": "A" * 120_000}))
        assert await code_of(ws) == "event_too_large"
        await ws.send(json.dumps(TEXT_SESSION))
        await until(ws, "session.updated")


async def test_a_frame_that_is_too_large_closes_the_connection_with_the_reason(tight: Server) -> None:
    async with talking(tight) as ws:
        await ws.send("x" * 300_000)
        with pytest.raises(ConnectionClosed) as closed:
            await ws.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009


async def test_a_client_in_a_hurry_is_slowed_down_told_so_and_loses_nothing(tight: Server) -> None:
    async with talking(tight) as ws:
        for number in range(530):
            item = {"id": f"n{number}", "type": "message", "role": "system", "content": []}
            await ws.send(json.dumps({"type": "conversation.item.create", "item": item}))
        added, warned = 0, 0
        while added < 530:
            event = json.loads(await ws.recv())
            added += event["type"] == "conversation.item.added"
            if event["type"] == "error":
                assert event["error"]["code"] == "rate_limit_exceeded"
                warned += 1
        assert warned == 1


async def test_a_silent_connection_is_told_and_closed(tight: Server) -> None:
    async with talking(tight) as ws:
        assert await code_of(ws) == "session_idle"
        with pytest.raises(ConnectionClosed) as closed:
            await ws.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1000


async def test_a_connection_that_has_lasted_too_long_is_told_and_closed(tight: Server) -> None:
    async with talking(tight) as ws:
        seen = "none"
        while seen == "none":
            await ws.send(json.dumps({"type": "input_audio_buffer.append", "audio": "AAAA" * 160}))
            try:
                async with asyncio.timeout(0.5):
                    seen = await code_of(ws)
            except TimeoutError:
                continue
        assert seen == "session_expired"


async def test_a_client_that_does_not_read_is_closed_with_the_reason(tight: Server) -> None:
    narrow = socket.create_connection(("127.0.0.1", int(tight.port)))
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
    async with talking(tight, sock=narrow, max_queue=1, ping_interval=None, write_limit=100_000_000) as ws:
        instructions = "x" * 90_000
        update = json.dumps({"type": "session.update", "session": {"type": "realtime", "instructions": instructions}})
        for _ in range(120):
            await ws.send(update)
        with pytest.raises(ConnectionClosed) as closed:
            await until(ws, "never")
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, "too slowly" in closed.value.rcvd.reason) == (1008, True)


async def test_a_caller_speaks_g711_to_a_real_desk(server: Server) -> None:
    from edge_server.audio import resample
    from edge_server.channels import g711
    from tests.speech_tools import speak_with_other_voice

    client = AsyncOpenAI(
        api_key="local", base_url=f"{server.url}/v1", websocket_base_url=f"ws://{server.address}/v1", max_retries=0
    )
    async with client.realtime.connect(model="lobby") as connection:
        format_: AudioPCMU = {"type": "audio/pcmu"}
        await connection.session.update(
            session={"type": "realtime", "audio": {"input": {"format": format_}, "output": {"format": format_}}}
        )
        words = resample(speak_with_other_voice("How much is a second checked bag?", 24_000), 24_000, 8_000)
        sent = g711.encode(words, "ULAW") + b"\xff" * 16_000
        for at in range(0, len(sent), 800):
            await connection.input_audio_buffer.append(audio=base64.b64encode(sent[at : at + 800]).decode())
        heard, said, speech = "", "", b""
        async for event in connection:
            assert event.type != "error", event
            if event.type == "conversation.item.input_audio_transcription.completed":
                heard = event.transcript
            if event.type == "response.output_audio.delta":
                speech += base64.b64decode(event.delta)
            if event.type == "response.output_audio_transcript.done":
                said = event.transcript
            if event.type == "response.done":
                break
        assert "second" in heard  # a robot's voice over a telephone: the rest may be misheard
        assert said
        seconds = len(speech) / 8_000
        assert 1 < seconds < 15


async def test_a_server_told_to_stop_lets_the_running_response_end(tight: Server) -> None:
    """The last of this file: it ends the server that the others share."""
    async with talking(tight) as ws:
        await ws.send(json.dumps({"type": "response.create"}))
        await until(ws, "response.created")
        tight.process.send_signal(signal.SIGTERM)
        done = await until(ws, "response.done")
        response = done["response"]
        assert isinstance(response, dict)
        assert response["status"] == "completed"
        with pytest.raises(ConnectionClosed) as closed:
            await ws.recv()
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, "restarts" in closed.value.rcvd.reason) == (1012, True)
