"""Signs of life for systemd, heard on a real datagram socket as systemd would."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from kiosk_tui import watchdog
from tests.kiosk_tui.scripted_desk import scripted_desk
from tests.kiosk_tui.terminal import terminal


class Listener:
    """The end of the socket that systemd holds."""

    def __init__(self, address: str) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(address)
        self.socket.settimeout(20)

    async def hears(self) -> str:
        return (await asyncio.to_thread(self.socket.recv, 4096)).decode()

    def drain(self) -> None:
        self.socket.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                self.socket.recv(4096)


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Listener]:
    listener = Listener(str(tmp_path / "notify"))
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    yield listener
    listener.socket.close()


async def test_a_running_terminal_is_ready_then_says_again_and_again_that_it_is_alive(
    systemd: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "100000")
    async with scripted_desk() as desk, terminal(desk.url):
        assert await systemd.hears() == "READY=1"
        began = time.monotonic()
        assert [await systemd.hears() for _ in range(4)] == ["WATCHDOG=1"] * 4
        assert time.monotonic() - began > 3 * 0.05 * 0.9, "half the time that systemd allows, not faster"


async def test_a_terminal_that_hangs_gives_no_sign(systemd: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "100000")
    async with scripted_desk() as desk, terminal(desk.url):
        assert await systemd.hears() == "READY=1"
        assert await systemd.hears() == "WATCHDOG=1"
        systemd.drain()
        systemd.socket.settimeout(0.5)
        with pytest.raises(TimeoutError):  # the event loop waits here, so nothing else runs
            systemd.socket.recv(4096)


async def test_without_a_watchdog_nothing_but_ready_is_said(systemd: Listener) -> None:
    async with scripted_desk() as desk, terminal(desk.url) as screen:
        assert await systemd.hears() == "READY=1"
        await screen.greeted()
        systemd.socket.setblocking(False)
        with pytest.raises(BlockingIOError):
            systemd.socket.recv(4096)


def test_an_address_without_a_file_is_known_too(monkeypatch: pytest.MonkeyPatch) -> None:
    listener = Listener("\0lobby-test-notify")
    monkeypatch.setenv("NOTIFY_SOCKET", "@lobby-test-notify")
    assert watchdog.notify("STOPPING=1") and listener.socket.recv(4096) == b"STOPPING=1"
    listener.socket.close()
    assert not watchdog.notify("STOPPING=1"), "nobody listens any more"


@pytest.mark.parametrize(
    ("wanted", "every_s"), [("30000000", 15.0), ("", None), ("0", None), ("-5", None), ("soon", None)]
)
def test_signs_come_twice_as_often_as_systemd_wants_them(
    wanted: str, every_s: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", wanted)
    assert watchdog.interval_s() == every_s
