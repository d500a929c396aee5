"""The operator's screen before a real server's operator API."""

from __future__ import annotations

import datetime as dt
import subprocess

import pytest

from kiosk_tui.operator_view import _errors
from kiosk_tui.options import Options
from kiosk_tui.remembered import Remembered, with_code
from kiosk_tui.screens.operator import OperatorScreen
from tests.kiosk_tui.terminal import terminal
from tests.server_tools import LOBBY, ROOT, Server, clean_environment

CODE = "2468"


@pytest.fixture
def key(server: Server) -> str:
    """As the operator gets it, from the running server's data."""
    command = [*LOBBY, "operator", "key", "--data-dir", str(server.data_dir)]
    done = subprocess.run(command, cwd=ROOT, env=clean_environment(), capture_output=True, text=True, check=True)
    return done.stdout.strip()


async def test_a_running_servers_sessions_stages_models_and_data_are_shown(server: Server, key: str) -> None:
    options = Options(operator_key=key, reduced_motion=True)
    kept = with_code(Remembered(), CODE)
    async with terminal(server.url, options=options, kept=kept, size=(120, 90)) as screen:
        await screen.greeted()
        await screen.ask("What is the status of flight LB204?")
        await screen.pilot.press("f12", *CODE, "enter")
        await screen.until(lambda: isinstance(screen.app.screen, OperatorScreen))
        await screen.sees("Version", "Ready            yes", "Data schema", "Sessions live", "recognition", "synthesis")
        await screen.sees("flight  websocket  live  1 turn", "route", "plan", " / ", "█")
        assert screen.app.troubles == []


def test_the_time_of_a_trouble_is_the_terminals_own() -> None:
    (line,) = _errors({"errors": [{"at": dt.datetime(2026, 11, 22, 18, 40, 5).timestamp(), "message": "gone"}]})
    assert line == "Nov 22, 18:40:05  gone"
