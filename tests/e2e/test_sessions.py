"""A session at a running server: gone on with elsewhere by a code, listened to by a second socket, ended by a clerk."""

from __future__ import annotations

import asyncio
import json
import pickle
import sqlite3
import stat
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from edge_server.channels.listener import MOST_LISTENERS
from tests.server_tools import Server, clean_environment, copy_branch, start_server, stop_server
from tests.sync.test_store import Trap

Event = dict[str, object]
BOOK = "I would like to book a queen room at Front Range Inn from December 5 for two nights. My booking code is K7M2QX."


def session_at(node: Server, key: str, more: str = "&extensions=1") -> connect:
    return connect(f"ws://{node.address}/realtime?session_state_key={key}{more}", max_size=None)


async def write(client: ClientConnection, words: str, *, spoken: bool = False) -> None:
    message = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": words}]}
    await client.send(json.dumps({"type": "conversation.item.create", "item": message}))
    modalities = ["audio" if spoken else "text"]
    await client.send(json.dumps({"type": "response.create", "response": {"output_modalities": modalities}}))


async def until(client: ClientConnection, kind: str) -> list[Event]:
    """All events up to one of this kind."""
    events: list[Event] = []
    async with asyncio.timeout(30):
        while not events or events[-1]["type"] != kind:
            events.append(json.loads(await client.recv()))
    return events


async def ask(client: ClientConnection, words: str) -> str:
    await write(client, words)
    return said(await until(client, "response.done"))


def said(events: list[Event]) -> str:
    return " ".join(str(event["text"]) for event in events if event["type"] == "response.output_text.done")


def code_of(event: Event) -> object:
    error = event["error"]
    assert isinstance(error, dict)
    return error["code"]


async def test_a_customer_goes_on_elsewhere_by_a_code_and_proves_who_they_are_again(server: Server) -> None:
    key = "resume-me"
    async with httpx.AsyncClient(base_url=server.url) as http, session_at(server, key) as kiosk:
        await ask(kiosk, BOOK)
        assert "Shall I book it?" in await ask(kiosk, "4071")
        given = await http.post("/v1/realtime/resume_codes", params={"session_state_key": key})
        code = given.json()["code"]
        taken = await http.post("/v1/realtime/resume", json={"code": code})
        assert (taken.status_code, taken.json()) == (200, {"session_state_key": key})
        with pytest.raises(ConnectionClosed, match="4001"):
            await until(kiosk, "never")
        again = await http.post("/v1/realtime/resume", json={"code": code})
        assert (again.status_code, again.json()["error"]["code"]) == (404, "unknown_resume_code")
        async with session_at(server, key) as phone:
            assert "know that it's you" in await ask(phone, "yes")
            assert "PIN" in await ask(phone, "K7M2QX")
            read_back = await ask(phone, "4071")
            assert "Front Range Inn" in read_back and "Shall I book it?" in read_back
            assert "reservation code is" in await ask(phone, "yes")


async def test_resume_codes_are_refused_for_what_they_cannot_do(server: Server) -> None:
    async with httpx.AsyncClient(base_url=server.url) as http:

        async def refused(path: str, body: object = None, **query: str) -> tuple[int, str]:
            answer = await http.post(f"/v1/realtime/{path}", json=body, params=query)
            return answer.status_code, str(answer.json()["error"]["code"])

        assert await refused("resume_codes") == (400, "missing_session_state_key")
        assert await refused("resume_codes", session_state_key="nobody-was-here") == (404, "unknown_session")
        assert await refused("resume", {"code": 482913}) == (400, "invalid_value")
        assert await refused("resume", {"code": "48291x"}) == (400, "invalid_value")
        assert await refused("resume", ["482913"]) == (400, "invalid_json")
        assert await refused("resume", {"code": "9" * 2000}) == (413, "body_too_large")


async def test_a_clerk_ends_a_session_and_its_connection_closes_cleanly(
    server: Server, lobby: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    key = "ended-by-a-clerk"
    async with session_at(server, key) as client:
        assert "PIN" in await ask(client, BOOK)
        listed = json.loads((await asyncio.to_thread(lobby, "sessions", "list", "--json", "--full-keys")).stdout)
        assert [row["live"] for row in listed if row["key"] == key] == [True]
        ended = await asyncio.to_thread(lobby, "sessions", "end", key)
        assert ended.returncode == 0, ended.stderr
        assert code_of((await until(client, "error"))[-1]) == "session_ended"
        with pytest.raises(ConnectionClosed) as closed:
            await client.recv()
        assert closed.value.rcvd is not None and closed.value.rcvd.code == 1000
    async with session_at(server, key) as client:
        assert "PIN" not in await ask(client, "Could you repeat that?")


@pytest.fixture(scope="module")
def listening(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    branch = copy_branch(prepared, tmp_path_factory.mktemp("listening") / "branch")
    (branch / "sessions").mkdir(mode=0o755)
    (branch / "sessions" / "cache.db").write_bytes(b"SQLite format 3\0" + bytes(range(256)) * 40)
    running = start_server(branch, env=clean_environment(LOBBY_SECOND_SOCKET="listens"))
    yield running
    assert stop_server(running) == 0


@pytest.fixture
async def two(listening: Server) -> AsyncIterator[tuple[ClientConnection, ClientConnection]]:
    """The owner of a session, and one who listens to it and wants its audio as G.711."""
    key = f"listened-{id(asyncio.current_task())}"
    async with session_at(listening, key) as owner:
        await until(owner, "session.created")
        async with session_at(listening, key, "") as listener:
            await until(listener, "session.created")
            config = {"type": "realtime", "audio": {"output": {"format": {"type": "audio/pcmu"}}}}
            await listener.send(json.dumps({"type": "session.update", "session": config}))
            await until(listener, "session.updated")
            yield owner, listener


Two = tuple[ClientConnection, ClientConnection]


async def test_a_listener_hears_all_that_is_said(two: Two) -> None:
    owner, listener = two
    await write(owner, "What is the status of flight LB204?", spoken=True)
    theirs, heard = await until(owner, "response.done"), await until(listener, "response.done")
    apart = ("session.", "extension.", "response.output_audio.delta")  # audio of another format comes in other pieces
    kinds = [[str(e["type"]) for e in told if not str(e["type"]).startswith(apart)] for told in (theirs, heard)]
    assert kinds[0] == kinds[1]
    assert not any(str(event["type"]).startswith("extension.") for event in heard)
    assert any(str(event["type"]).startswith("extension.") for event in theirs)

    def speech(events: list[Event]) -> int:
        return sum(len(str(event["delta"])) for event in events if event["type"] == "response.output_audio.delta")

    assert speech(theirs) / speech(heard) == pytest.approx(6, rel=0.05), "24 kHz of 16 bit against 8 kHz of 8 bit"


async def test_a_listener_may_not_act_until_the_owner_has_gone(two: Two) -> None:
    owner, listener = two
    assert "PIN" in await ask(owner, BOOK)
    await until(listener, "response.done")
    await write(listener, "yes")
    refused = [await until(listener, "error") for _ in range(2)]
    assert {code_of(events[-1]) for events in refused} == {"listening_only"}
    for _ in range(3):
        await listener.send(json.dumps({"type": "input_audio_buffer.append", "audio": "AAAA"}))
    assert code_of((await until(listener, "error"))[-1]) == "listening_only"
    assert "Shall I book it?" in await ask(owner, "4071")
    assert "Shall I book it?" in said(await until(listener, "response.done")), "audio is refused once, not each time"
    await owner.close()
    while "listening_only" in (told := await ask_or_refused(listener, "Could you repeat that?")):
        pass
    assert "Shall I book it?" in told


async def ask_or_refused(client: ClientConnection, words: str) -> str:
    """The desk's reply, or the codes of the errors that came in its place: the owner is still leaving."""
    await write(client, words)
    events: list[Event] = []
    async with asyncio.timeout(30):
        while sum(event["type"] == "error" for event in events) < 2:
            events.append(json.loads(await client.recv()))
            if events[-1]["type"] == "response.done":
                return said(events)
    return " ".join(str(code_of(event)) for event in events if event["type"] == "error")


async def test_only_so_many_listen_to_one_session(listening: Server) -> None:
    async with session_at(listening, "crowded") as owner:
        await until(owner, "session.created")
        crowd = [await session_at(listening, "crowded") for _ in range(MOST_LISTENERS)]
        for one in crowd:
            await until(one, "session.created")
        with pytest.raises(InvalidStatus) as refused:
            await session_at(listening, "crowded")
        assert refused.value.response.status_code == 429
        for one in crowd:
            await one.close()


def test_a_server_starts_on_a_folder_of_sessions_that_somebody_damaged(listening: Server) -> None:
    folder = listening.data_dir / "sessions"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (folder / "damaged" / "cache.db").exists()


async def test_a_session_whose_row_was_altered_begins_anew_and_runs_nothing(listening: Server, tmp_path: Path) -> None:
    sprung = tmp_path / "sprung"
    trap = pickle.dumps(Trap(sprung))
    with sqlite3.connect(listening.data_dir / "sessions" / "cache.db", timeout=10) as rows:
        rows.execute("INSERT INTO Cache (key, raw, store_time, mode, value) VALUES ('trapped', 1, 0, 4, ?)", (trap,))
    rows.close()
    async with session_at(listening, "trapped") as client:
        assert "PIN" in await ask(client, BOOK)
    assert not sprung.exists()
    pickle.loads(trap)
    assert sprung.exists(), "the trap does not work, so the test shows nothing"
