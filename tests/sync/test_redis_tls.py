"""A Redis behind TLS with accounts: it is used when its certificate and the account are good, and else named."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sync.mirrored import MirroredStore
from sync.redis_link import RedisGoneError
from sync.redis_store import RedisStore
from sync.session import SessionState
from tests.redis_server import RedisServer
from tests.redis_tls import make_ca, tls

STATE = SessionState("0b0e6a36", agent="flight")
ACCOUNT = "desk on >geheim ~lobby:* &lobby:* -@all +@read +@write +@scripting +ping +publish +subscribe +client"


@pytest.fixture
async def secured(tmp_path: Path) -> AsyncIterator[tuple[int, Path]]:
    """The TLS port of a Redis with an account `desk`, and the certificate of the CA to trust."""
    (tmp_path / "redis").mkdir()
    ca, certificate = make_ca(tmp_path)
    arguments = ("--user", *ACCOUNT.split(), "--user", "default", "off")
    server = RedisServer("valkey", tmp_path / "redis", *arguments)
    async with tls(server, certificate) as port:
        yield port, ca
    server.stop()


async def test_sessions_are_shared_over_tls_by_an_account_with_few_rights(secured: tuple[int, Path]) -> None:
    port, ca = secured
    store = await RedisStore.connected(
        f"rediss://desk:geheim@127.0.0.1:{port}/0?ssl_ca_certs={ca}", leave=lambda key: None
    )
    lease = await store.take(STATE.key, "kiosk")
    assert lease is not None
    await store.save(STATE, lease)
    await store.renew(lease)
    assert await store.load(STATE.key) == STATE
    assert await store.keys() == (STATE.key,) and await store.live() == {STATE.key}
    assert await store.notes.put("code", "key", 60) and await store.notes.pull("code") == "key"
    assert await store.notes.count("tries", 1, 60) == 1
    await store.release(lease)
    assert await store.delete(STATE.key)
    await store.close()


async def test_a_certificate_that_nobody_vouches_for_is_refused_by_name(secured: tuple[int, Path]) -> None:
    with pytest.raises(RedisGoneError, match="certificate verify failed") as refused:
        await RedisStore.connected(f"rediss://desk:geheim@127.0.0.1:{secured[0]}/0")
    assert "geheim" not in str(refused.value)


async def test_a_wrong_password_and_a_port_without_tls_are_told_apart(secured: tuple[int, Path]) -> None:
    port, ca = secured
    with pytest.raises(RedisGoneError, match="check user, password and rights"):
        await RedisStore.connected(f"rediss://desk:falsch@127.0.0.1:{port}/0?ssl_ca_certs={ca}")
    with pytest.raises(RedisGoneError, match="does not answer"):
        await RedisStore.connected(f"redis://desk:geheim@127.0.0.1:{port}/0")


@pytest.mark.parametrize(("password", "why"), [("falsch", "check user, password and rights"), ("geheim", None)])
async def test_a_node_that_starts_without_its_redis_says_why(
    secured: tuple[int, Path], tmp_path: Path, caplog: pytest.LogCaptureFixture, password: str, why: str | None
) -> None:
    port, ca = secured
    url = f"rediss://desk:{password}@127.0.0.1:{port}/0?ssl_ca_certs={ca}"
    node = await MirroredStore.open(url, tmp_path / "node")
    assert node.health().state == ("shared" if why is None else "local")
    if why is None:
        assert not caplog.text
    else:
        assert "kept on this node only" in caplog.text and why in caplog.text
        assert password not in caplog.text
    lease = await node.take(STATE.key, "kiosk")
    assert lease is not None
    await node.save(STATE, lease)
    await node.close()
