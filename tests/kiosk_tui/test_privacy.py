"""What a customer leaves behind: nothing. And who may leave a terminal in kiosk mode: the operator."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import re
import select
import subprocess
import sys
import time
import weakref
from pathlib import Path

import pytest

from kiosk_tui.options import Options
from kiosk_tui.remembered import Desk, Remembered, is_code, load, save, with_code
from kiosk_tui.screens.attract import Attract
from kiosk_tui.screens.code import CodeScreen
from kiosk_tui.screens.leaving import Farewell, IdleScreen
from kiosk_tui.screens.operator import OperatorScreen
from tests.kiosk_tui.scripted_desk import Reply, ScriptedDesk, agent, expecting, scripted_desk
from tests.kiosk_tui.terminal import Clock, Terminal, terminal
from tests.kiosk_tui.wire_samples import LATENCY, SESSIONS, STATUS
from tests.server_tools import ROOT, clean_environment

CODE = "2468"
WITH_CODE = with_code(Remembered(), CODE)
SECRET = "Xylophone-7093"
WELCOME = Reply("Welcome.", before=[agent("concierge")])


def watched(clock: Clock, *, kiosk: bool = False) -> Options:
    return Options(reduced_motion=True, idle_s=60.0, warning_s=20.0, kiosk=kiosk, clock=clock)


async def test_nobody_there_is_asked_then_everything_is_wiped() -> None:
    clock = Clock()
    async with scripted_desk(WELCOME) as desk, terminal(desk.url, options=watched(clock)) as screen:
        await screen.greeted()
        await screen.type("My name is Ada")
        await screen.sees("My name is Ada")
        await screen.until(lambda: not screen.app.conversation.replying)  # type: ignore[union-attr]
        clock.now += 65
        await screen.sees("Are you still there?", "Then everything here is wiped")
        clock.now += 20
        await screen.until(lambda: isinstance(screen.app.screen, Farewell))
        assert screen.app.visit is None and "Ada" not in screen.painted
        clock.now += 30
        await screen.until(lambda: isinstance(screen.app.screen, Attract))


@pytest.mark.parametrize("key", ["enter", "a", "space"])
async def test_whoever_is_still_there_goes_on(key: str) -> None:
    clock = Clock()
    async with scripted_desk(WELCOME) as desk, terminal(desk.url, options=watched(clock)) as screen:
        await screen.greeted()
        clock.now += 70
        await screen.until(lambda: isinstance(screen.app.screen, IdleScreen))
        await screen.pilot.press(key)
        await screen.until(lambda: screen.app.screen is screen.app.conversation)
        clock.now += 50
        await asyncio.sleep(0.3)
        assert screen.app.screen is screen.app.conversation


async def test_what_was_said_is_in_no_object_of_the_terminal_afterwards() -> None:
    """Everything that Python can reach is looked through, and the objects of the visit are gone."""
    ask = Reply(f"So you are {SECRET}.", after=[expecting("pin", secret=True)])
    async with scripted_desk(WELCOME, ask) as desk, terminal(desk.url) as screen:
        await screen.greeted()
        await screen.type(f"I am {SECRET}")
        await screen.sees("Your PIN")
        await screen.pilot.press("5", "1")
        gone = [
            weakref.ref(one) for one in (screen.app.visit, screen.app.talk, screen.app.conversation, screen.app.screen)
        ]
        await screen.pilot.press("escape", "f10")
        await screen.until(lambda: screen.app.visit is None)
        desk.heard.clear()
        desk.replies.clear()
        desk.asked.clear()
        del ask
        await asyncio.sleep(1.5)
        gc.collect()
        assert [ref() for ref in gone] == [None] * 4
        assert not holders(SECRET)


def holders(words: str) -> list[str]:
    """Objects that hold a text with `words` in it, but for this test's own constants and frames."""
    found: list[str] = []
    for one in gc.get_objects():
        if isinstance(one, type) or type(one).__name__ in ("frame", "code", "function", "cell"):
            continue
        for held in gc.get_referents(one):
            if isinstance(held, str) and words in held and not isinstance(one, str):
                if isinstance(one, dict) and one.get("__name__") == __name__:
                    continue
                found.append(f"{type(one).__name__}: {str(one)[:200]}")
    return [one for one in found if not one.startswith("Reply: ")]  # what the scripted desk is about to say


async def test_kiosk_mode_is_left_with_the_operators_code_only() -> None:
    clock = Clock()
    async with (
        scripted_desk(WELCOME) as desk,
        terminal(desk.url, options=watched(clock, kiosk=True), kept=WITH_CODE) as screen,
    ):
        await screen.greeted()
        await screen.pilot.press("ctrl+c", "ctrl+z", "ctrl+backslash", "ctrl+p", "ctrl+d", "ctrl+w")
        assert screen.app.is_running
        await screen.pilot.press("ctrl+q")
        await screen.until(lambda: isinstance(screen.app.screen, CodeScreen))
        for wrong in ("1111", "2222", "3333"):
            await screen.pilot.press(*wrong, "enter")
            await screen.sees("This is not the code")
            await screen.until(lambda: not any(worker.group == "code" for worker in screen.app.workers))
        await screen.pilot.press(*CODE, "enter")
        await screen.sees("Too many tries")
        clock.now += 40
        await screen.pilot.press(*CODE, "enter")
        await screen.until(lambda: isinstance(screen.app.screen, OperatorScreen))
        await screen.pilot.press("q")
        await screen.until(lambda: not screen.app.is_running)


async def test_without_a_code_there_is_no_operators_screen() -> None:
    async with scripted_desk(WELCOME) as desk, terminal(desk.url) as screen:
        await screen.pilot.press("f12")
        await screen.sees("--set-operator-code")
        await screen.pilot.press("1", "2", "3", "4", "enter")
        await screen.sees("This is not the code")


def test_the_code_is_kept_as_a_hash_in_a_file_of_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "config" / "kiosk.json"
    save(path, with_code(Remembered(desk=Desk("http://127.0.0.1:1", api_key="secret")), CODE))
    assert CODE not in path.read_text() and "secret" not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    kept = load(path)
    assert is_code(kept, CODE) and not is_code(kept, "2469") and not is_code(Remembered(), "")


@pytest.mark.parametrize("code", ["123", "12345678901234", "12a4", ""])
def test_a_code_that_is_too_short_or_no_digits_is_refused(code: str) -> None:
    with pytest.raises(ValueError, match="digits"):
        with_code(Remembered(), code)


def test_kiosk_mode_without_a_code_does_not_start(tmp_path: Path) -> None:
    done = kiosk_command(tmp_path, "--kiosk", "--url", "http://127.0.0.1:9")
    assert done.returncode == 2 and "--set-operator-code" in done.stderr


def test_the_code_is_set_from_a_pipe(tmp_path: Path) -> None:
    done = kiosk_command(tmp_path, "--set-operator-code", typed=f"{CODE}\n")
    assert done.returncode == 0 and is_code(load(tmp_path / "kiosk.json"), CODE)


def kiosk_command(folder: Path, *options: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kiosk_tui", *options],
        cwd=ROOT,
        env=clean_environment(LOBBY_KIOSK_CONFIG=str(folder / "kiosk.json")),
        input=typed,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_in_a_real_terminal_no_signal_key_ends_kiosk_mode_and_nothing_is_written(tmp_path: Path) -> None:
    """A pseudo-terminal: what a keyboard sends for Ctrl+C, Ctrl+\\, Ctrl+Z and Ctrl+D, and the first screen's time."""
    save(tmp_path / "kiosk.json", WITH_CODE)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    process, screen = os.openpty()
    command = [sys.executable, "-m", "kiosk_tui", "--kiosk", "--url", "http://127.0.0.1:9", "--text-only"]
    env = clean_environment(LOBBY_KIOSK_CONFIG=str(tmp_path / "kiosk.json"), TERM="xterm-256color", HOME=str(tmp_path))
    running = subprocess.Popen(
        command, cwd=ROOT, env=env, stdin=screen, stdout=screen, stderr=screen, start_new_session=True
    )
    try:
        os.close(screen)
        painted = _until(process, "begin")
        os.write(process, b"\x03\x1c\x1a\x04")
        painted += _until(process, "ask a member of staff")
        assert running.poll() is None
        assert "Traceback" not in painted
        running.terminate()
        assert running.wait(timeout=20) == 0
    finally:
        running.kill()
        os.close(process)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.name in ("kiosk.json",)} == before


def _until(terminal_end: int, words: str) -> str:
    """What the terminal paints until `words` are among it, without its control codes."""
    seen = b""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        ready, _, _ = select.select([terminal_end], [], [], 0.5)
        if ready:
            seen += os.read(terminal_end, 65_536)
        text = re.sub(r"\x1b\[[0-9;?<>=]*[a-zA-Z]", "", seen.decode("utf-8", "replace"))
        if words in text:
            return text
    raise AssertionError(f"{words!r} was not painted: {seen[-2000:]!r}")


async def operator(screen: Terminal) -> OperatorScreen:
    await screen.pilot.press("f12", *CODE, "enter")
    await screen.until(lambda: isinstance(screen.app.screen, OperatorScreen))
    shown = screen.app.screen
    assert isinstance(shown, OperatorScreen)
    return shown


def offer_operator_view(desk: ScriptedDesk) -> None:
    desk.http["/v1/operator/status"] = (200, STATUS)
    desk.http["/v1/operator/sessions"] = (200, SESSIONS)
    desk.http["/v1/operator/latency"] = (200, LATENCY)


@pytest.mark.parametrize("size", [(80, 24), (120, 60)])
async def test_the_operator_sees_desk_sessions_stages_sound_and_troubles(size: tuple[int, int]) -> None:
    options = Options(operator_key="op-key", reduced_motion=True)
    async with scripted_desk(WELCOME) as desk, terminal(desk.url, options=options, kept=WITH_CODE, size=size) as screen:
        offer_operator_view(desk)
        await operator(screen)
        if size[1] < 40:
            await screen.sees("Operator", "Test tone")
            return
        await screen.sees("0.1.0", "embedded", "whisper-base", "flight", "end_pointing", "320 / 480", "restarted")
        assert screen.app.troubles == []
        assert "Bearer op-key" in desk.keys
        await screen.pilot.press("minus")
        await screen.sees("90 %")
        await screen.pilot.press("v")
        await screen.sees("marin")
        await screen.pilot.press("t")
        await screen.sees("there is no loudspeaker")
        await screen.pilot.press("escape")
        await screen.until(lambda: screen.app.screen is screen.app.attract)


@pytest.mark.parametrize(
    ("key", "status", "code", "said"),
    [
        (None, 200, "", "LOBBY_OPERATOR_KEY"),
        ("op", 404, "operator_off", "no operator's view"),
        ("op", 401, "invalid_operator_key", "does not take"),
    ],
)
async def test_what_the_server_does_not_tell_is_said_so(key: str | None, status: int, code: str, said: str) -> None:
    options = Options(operator_key=key, reduced_motion=True)
    async with (
        scripted_desk(WELCOME) as desk,
        terminal(desk.url, options=options, kept=WITH_CODE, size=(120, 60)) as screen,
    ):
        desk.http["/v1/operator/status"] = (status, {"error": {"code": code, "message": "no"}})
        await operator(screen)
        await screen.sees(said, "not told")


async def test_a_fault_of_the_terminal_shows_no_traceback() -> None:
    from kiosk_tui.app import KioskApp

    async with scripted_desk(WELCOME) as desk:
        app = KioskApp(Options(desk=Desk(desk.url), text_only=True))
        async with app.run_test():
            app.call_later(lambda: json.loads("{"))
            await asyncio.sleep(0.3)
        assert isinstance(app.fault, ValueError) and app.return_code == 70
        assert not app._exit_renderables
