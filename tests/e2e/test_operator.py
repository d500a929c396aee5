"""The operator's side of a real server: live sessions, take-over, recordings; by the wire and nothing else."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import re
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest
import soundfile
from websockets.asyncio.client import ClientConnection, connect

from tests.lan_tools import OPERATOR_KEY, LanServer
from tests.speech_tools import speak_with_other_voice

Event = dict[str, object]


@asynccontextmanager
async def operator(server: LanServer, key: str = OPERATOR_KEY) -> AsyncIterator[httpx.AsyncClient]:
    """The operator, over the local network's TLS."""
    headers = {"authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(
        base_url=f"{server.local_url}/v1/operator", headers=headers, verify=server.trust(), trust_env=False, timeout=20
    ) as client:
        yield client


class Customer:
    """A customer at the kiosk: typed and spoken turns, one after another."""

    def __init__(self, ws: ClientConnection) -> None:
        self.ws = ws
        self.events: list[Event] = []

    async def until(self, kind: str) -> Event:
        async with asyncio.timeout(40):
            while True:
                event: Event = json.loads(await self.ws.recv())
                assert event["type"] != "error", event
                self.events.append(event)
                if event["type"] == kind:
                    return event

    async def send(self, **event: object) -> None:
        await self.ws.send(json.dumps(event))

    async def types(self, words: str) -> str:
        content = [{"type": "input_text", "text": words}]
        await self.send(type="conversation.item.create", item={"type": "message", "role": "user", "content": content})
        await self.send(type="response.create")
        return await self.hears()

    async def speaks(self, words: str) -> str:
        audio = base64.b64encode(speak_with_other_voice(words, words_a_minute=110).tobytes()).decode()
        await self.send(type="input_audio_buffer.append", audio=audio)
        await self.send(type="input_audio_buffer.commit")
        await self.send(type="response.create")
        return await self.hears()

    async def hears(self) -> str:
        """What the next response says."""
        response = (await self.until("response.done"))["response"]
        assert isinstance(response, dict)
        return " ".join(part["transcript"] for item in response["output"] for part in item["content"])

    def sound(self) -> int:
        """Bytes of all speech that has come."""
        deltas = (str(e["delta"]) for e in self.events if e["type"] == "response.output_audio.delta")
        return sum(len(base64.b64decode(delta)) for delta in deltas)


@asynccontextmanager
async def customer(server: LanServer, key: str | None = None) -> AsyncIterator[Customer]:
    query = f"session_state_key={key or uuid.uuid4()}&extensions=1"
    async with connect(f"ws://{server.server.address}/realtime?{query}", max_size=None, proxy=None) as ws:
        talking = Customer(ws)
        config = {"type": "realtime", "audio": {"input": {"turn_detection": None}}}
        await talking.send(type="session.update", session=config)
        await talking.until("session.updated")
        yield talking


async def eventually(holds: Callable[[], bool]) -> None:
    for _ in range(1_000):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came true")


async def ended_recording(client: httpx.AsyncClient) -> Event:
    """The newest recording, once its conversation is over."""
    for _ in range(1_000):
        recording: Event = (await client.get("/recordings")).json()["recordings"][0]
        if recording["ended_at"] is not None:
            return recording
        await asyncio.sleep(0.01)
    raise AssertionError("it never ended")


async def live_session(client: httpx.AsyncClient) -> Event:
    [row] = [row for row in (await client.get("/sessions")).json()["sessions"] if row["live"]]
    assert isinstance(row, dict)
    return row


async def test_without_the_operators_key_nothing_is_told(lan_server: LanServer) -> None:
    async with operator(lan_server, "wrong") as stranger:
        for path in ("/status", "/sessions", "/latency", "/events", "/recordings", "/pairing_code"):
            refused = await stranger.get(path)
            assert (refused.status_code, refused.json()["error"]["code"]) == (401, "invalid_operator_key")


async def test_the_server_says_how_it_is(lan_server: LanServer) -> None:
    async with operator(lan_server) as client:
        status = (await client.get("/status")).json()
    assert status["ready"] is True and status["engine"] == "embedded" and status["sessions"]["store"] == "alone"
    assert {model["role"] for model in status["models"]} == {"recognition", "synthesis", "voice activity", "embeddings"}
    assert all(re.fullmatch("[0-9a-f]{64}", model["sha256"]) for model in status["models"])


async def test_the_pairing_code_is_shown_and_made_anew(lan_server: LanServer) -> None:
    async with operator(lan_server) as client:
        shown = (await client.get("/pairing_code")).json()
        assert (await client.get("/pairing_code")).json() == shown
        assert re.fullmatch("[0-9]{6}", shown["code"])
        assert (await client.post("/pairing_code")).json()["expires_at"] >= shown["expires_at"]


@pytest.mark.slow
async def test_a_person_watches_takes_over_answers_and_gives_back(lan_server: LanServer) -> None:
    told: list[tuple[str, dict[str, object]]] = []

    async def listens(client: httpx.AsyncClient) -> None:
        async with client.stream("GET", "/events", timeout=None) as stream:
            name = ""
            async for line in stream.aiter_lines():
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    told.append((name, json.loads(line.removeprefix("data: "))))

    key = str(uuid.uuid4())
    async with operator(lan_server) as client, customer(lan_server, key) as talking:
        listening = asyncio.create_task(listens(client))
        row = await live_session(client)
        assert key not in json.dumps(row)
        path = f"/sessions/{row['id']}"
        first = await talking.types("What is the status of flight LB204? Write to maria@mail.example.")
        assert first.startswith("This conversation is recorded. ") and "LB204" in first
        await talking.types("can I talk to a person please")
        await eventually(lambda: any(name == "alert" and "ticket" in str(data["message"]) for name, data in told))
        await talking.types("change my flight")
        assert (await client.post(f"{path}/say", json={"text": "Hello"})).status_code == 409
        taken = await client.post(f"{path}/take_over", json={"name": "Ann"})
        assert taken.json()["taken_over"] is True
        person = await talking.until("extension.person")
        assert (person["active"], person["name"]) == (True, "Ann")
        assert (await client.post(f"{path}/take_over")).status_code == 409
        assert await talking.types("is anybody there") == "", "the agents are silent"
        before = talking.sound()
        assert (await client.post(f"{path}/say", json={"text": "Yes, I am Ann. May I help?"})).status_code == 200
        assert await talking.hears() == "Yes, I am Ann. May I help?"
        assert talking.sound() > before, "spoken, not only shown"
        assert await talking.types("What is your flight change fee?") == ""
        assert (await client.post(f"{path}/give_back")).status_code == 200
        assert (await talking.until("extension.person"))["active"] is False
        assert await talking.hears() != "", "the agents answer what was left open"
        assert (await client.post(f"{path}/give_back")).status_code == 409
        for body in ({"text": ""}, {"text": "x" * 3_000}, {}):
            assert (await client.post(f"{path}/say", json=body)).status_code == 400
        seen = (await client.get(path)).json()
        said = [(entry["role"], entry["text"]) for entry in seen["transcript"]]
        assert said[0] == ("customer", "What is the status of flight LB204? Write to [e-mail].")
        assert ("person", "Yes, I am Ann. May I help?") in said
        [status] = seen["transcript"][1]["tools"]
        assert status["name"] == "flight_status" and status["duration_ms"] >= 0
        assert seen["transcript"][1]["stages_ms"]["first_audio"] > 0 and seen["transcript"][1]["sources"]
        stages = (await client.get("/latency")).json()["stages"]
        assert stages["first_audio"]["p95"] >= stages["first_audio"]["p50"] > 0

        assert (await client.post(f"{path}/end")).status_code == 200
        await talking.ws.wait_closed()
        assert talking.ws.close_code == 1000
        await eventually(lambda: any(name == "session" and not data["live"] for name, data in told))
        listening.cancel()
        assert (await client.post(f"{path}/end")).status_code == 409
        assert (await client.post("/sessions/made-up/end")).status_code == 404
    turns = [data["entry"] for name, data in told if name == "turn"]
    latest = {turn["item_id"]: turn["text"] for turn in turns if isinstance(turn, dict)}
    assert list(latest.values()) == [text for _, text in said], "what was cut is told again under the same item"
    assert "maria" not in json.dumps(told)


@pytest.mark.slow
async def test_a_recording_holds_both_sides_but_no_pin_neither_written_nor_heard(lan_server: LanServer) -> None:
    async with operator(lan_server) as client, customer(lan_server) as talking:
        row = await live_session(client)
        assert (await talking.types("hello")).startswith("This conversation is recorded. ")
        assert "booking code" in await talking.speaks("I would like to see my bookings please")
        assert "PIN" in await talking.types("K7M2QX")
        assert "Maria" in await talking.speaks("four zero seven one"), "the PIN was heard"
        transcript = (await client.get(f"/sessions/{row['id']}")).json()["transcript"]
        assert (await live_session(client))["verified"] is True
        await talking.types("call a person")
    texts = [entry["text"] for entry in transcript if entry["role"] == "customer"]
    assert texts[-1].strip(".") == "****"

    async with operator(lan_server) as client:
        recording = await ended_recording(client)
        assert recording["has_audio"] is True
        path = f"/recordings/{recording['id']}"
        kept = (await client.get(path)).json()["transcript"]
        heard = {entry["text"]: entry["audio_ms"] for entry in kept if entry["role"] == "customer"}
        assert heard[texts[-1]] is None
        [asked] = [place for text, place in heard.items() if "bookings" in text]
        pcm, rate = soundfile.read(io.BytesIO((await client.get(f"{path}/audio")).content))
        assert 0 <= asked[0] < asked[1] <= len(pcm) * 1000 / rate
        for file in (lan_server.data_dir / "recordings").rglob("*.json"):
            assert "4071" not in file.read_text() and "four zero" not in file.read_text()
        assert (await client.delete(path)).status_code == 204
        assert (await client.get(path)).status_code == 404
        assert (await client.get(f"{path}/audio")).status_code == 404


async def test_a_reconnect_keeps_the_person_at_the_desk(lan_server: LanServer) -> None:
    key = str(uuid.uuid4())
    async with operator(lan_server) as client:
        async with customer(lan_server, key):
            row = await live_session(client)
            await client.post(f"/sessions/{row['id']}/take_over", json={"name": "Ann"})
        async with customer(lan_server, key) as again:
            assert (
                any(event.get("active") is True for event in again.events)
                or (await again.until("extension.person"))["active"]
            )
            back = await live_session(client)
            assert (back["id"], back["taken_over"]) == (row["id"], True)
            await client.post(f"/sessions/{row['id']}/say", json={"text": "I am still here."})
            assert "I am still here." in await again.hears()
