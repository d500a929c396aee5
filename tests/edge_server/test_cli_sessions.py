"""`lobby sessions`: what it shows, what it hides, and what it says when there is nothing or nobody answers."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from edge_server.cli.main import cli
from edge_server.ports import free_port
from sync.disk import DiskStore
from sync.redis_store import RedisStore
from sync.session import FlowState, Identity, Line, SessionState
from sync.store import SessionStore
from tests.redis_server import RedisServer

KEYS = ("0b0e6a36-5d0c-4d0c-9f0e-0d8b3a8f5f10", "0b0e7777-5d0c-4d0c-9f0e-0d8b3a8f5f11", "+15551234567")
Lobby = Callable[..., Result]


def state(key: str) -> SessionState:
    said = (Line("customer", "call me on +1 555 123 4567, me@example.com"), Line("agent", "Which day?", "flight"))
    return SessionState(
        key,
        agent="flight",
        flow=FlowState("flight", "change_flight", {"code": "K7M2QX", "pin": "4071"}, asking="date"),
        identity=Identity(1001, "Maria Lopez", time.time(), time.time() + 60),
        history=said,
        channel="phone",
        created_at=time.time() - 600,
        updated_at=time.time() - 300,
    )


async def filled(store: SessionStore) -> None:
    for key in KEYS:
        lease = await store.take(key, "server")
        assert lease is not None
        await store.save(state(key), lease)
        if key != KEYS[0]:
            await store.release(lease)
    await store.close()


@pytest.fixture(params=["disk", "redis"])
def lobby(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lobby]:
    """Runs `lobby sessions ...` on a store with three sessions, of which the first is live."""
    for name in ("LOBBY_REDIS_URL", "LOBBY_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    redis: RedisServer | None = None
    if request.param == "disk":
        where = ("--data-dir", str(tmp_path))

        async def fill() -> None:
            await filled(DiskStore(tmp_path / "sessions"))
    else:
        (tmp_path / "redis").mkdir()
        redis = RedisServer("redis 6", tmp_path / "redis")
        where = ("--redis-url", redis.url)
        url = redis.url

        async def fill() -> None:
            await filled(await RedisStore.connected(url))

    asyncio.run(fill())
    yield lambda *words: CliRunner().invoke(cli, ["sessions", *words, *where])
    if redis is not None:
        redis.stop()


def test_the_list_shows_no_whole_key_and_no_secret(lobby: Lobby) -> None:
    listed = lobby("list")
    assert listed.exit_code == 0, listed.output
    assert not any(key in listed.output for key in KEYS)
    assert "4071" not in listed.output
    rows = json.loads(lobby("list", "--json").output)
    assert rows[0]["key"] == "0b0e6a36", "the live one comes first"
    assert sorted(row["key"] for row in rows) == ["+15551", "0b0e6a36", "0b0e7777"]
    assert [row["live"] for row in rows] == [True, False, False]
    assert {(row["agent"], row["task"], row["waits_for"], row["verified"]) for row in rows} == {
        ("flight", "change_flight", "date", True)
    }
    full = json.loads(lobby("list", "--json", "--full-keys").output)
    assert sorted(row["key"] for row in full) == sorted(KEYS)


def test_a_session_is_shown_by_the_beginning_of_its_key(lobby: Lobby) -> None:
    told = json.loads(lobby("show", "0b0e6", "--json", "--history").output)
    assert (told["key"], told["live"], told["customer"]) == ("0b0e6a36", True, "Maria Lopez")
    assert told["known"] == {"code": "K7M2QX"}
    assert [line["text"] for line in told["history"]] == ["call me on +[number], [e-mail]", "Which day?"]
    shown = lobby("show", "0b0e6").output
    assert "Maria Lopez" in shown and "4071" not in shown and "Which day?" not in shown
    ambiguous = lobby("show", "0b0e")
    assert ambiguous.exit_code != 0 and "2 sessions begin with" in ambiguous.output
    assert "There is no session" in lobby("show", "nobody").output


def test_ending_forgets_the_session_and_says_whether_somebody_is_there(lobby: Lobby) -> None:
    ended = lobby("end", "0b0e6")
    assert ended.exit_code == 0 and "connection is closed within 3 s" in ended.output
    assert json.loads(lobby("end", "+1555", "--json").output) == {"key": "+15551", "ended": True, "live": False}
    assert [row["key"] for row in json.loads(lobby("list", "--json").output)] == ["0b0e7777"]
    assert lobby("end", "0b0e6").exit_code != 0


def test_no_session_is_said_as_such(tmp_path: Path) -> None:
    for words in (["list"], ["list", "--json"]):
        listed = CliRunner().invoke(cli, ["sessions", *words, "--data-dir", str(tmp_path / "new")])
        assert listed.exit_code == 0
        assert listed.output in ("No sessions are remembered.\n", "[]\n")
    assert not (tmp_path / "new").exists()


def test_a_redis_that_cannot_be_used_is_one_clear_line(tmp_path: Path) -> None:
    def said(url: str) -> str:
        failed = CliRunner().invoke(cli, ["sessions", "list", "--redis-url", url])
        assert failed.exit_code == 1
        assert "geheim" not in failed.output and failed.output.count("\n") == 1
        return failed.output

    assert "Redis does not answer" in said(f"redis://desk:geheim@127.0.0.1:{free_port()}/0")
    assert "LOBBY_REDIS_URL cannot be used" in said("http://desk:geheim@127.0.0.1/0")
    (tmp_path / "redis").mkdir()
    server = RedisServer("valkey", tmp_path / "redis", "--requirepass", "another")
    assert "check user, password" in said(server.url.replace("redis://", "redis://desk:geheim@"))
    server.stop()


def test_a_session_that_cannot_be_read_is_listed_and_can_be_ended(tmp_path: Path) -> None:
    async def fill() -> None:
        store = DiskStore(tmp_path / "sessions")
        await store._texts.set(KEYS[0], "{")
        await store.close()

    asyncio.run(fill())
    where = ["--data-dir", str(tmp_path)]
    assert "unreadable" in CliRunner().invoke(cli, ["sessions", "list", *where]).output
    assert "cannot be read" in CliRunner().invoke(cli, ["sessions", "show", KEYS[0], *where]).output
    assert CliRunner().invoke(cli, ["sessions", "end", KEYS[0], *where]).exit_code == 0
    assert CliRunner().invoke(cli, ["sessions", "list", *where]).output == "No sessions are remembered.\n"
