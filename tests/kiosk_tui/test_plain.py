"""The conversation as plain lines, in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.server_tools import ROOT, Server, clean_environment


def kiosk(url: str, *options: str, lines: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kiosk_tui", "--url", url, *options],
        cwd=ROOT,
        env=clean_environment(),
        input=lines,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_each_line_is_answered_and_bye_ends_it(server: Server) -> None:
    questions = "What is the status of flight LB204?\n\nAnd when can I check in at Front Range Inn?\nbye\nMore?\n"
    done = kiosk(server.url, lines=questions)
    assert done.returncode == 0, done.stderr
    greeting, *answers = done.stdout.splitlines()
    assert greeting.startswith("Concierge: ") and "Lobby" in greeting
    replies = [line for line in answers if not line.startswith("  ")]
    assert [reply.split(": ")[0] for reply in replies] == ["Flight", "Hotel"]
    assert "35" in replies[0] and "B12" in replies[0]
    assert any(line.startswith("  source: ") for line in answers)
    assert "\x1b" not in done.stdout and "> " not in done.stdout
    assert done.stderr == ""


def test_the_end_of_the_input_is_the_end(server: Server) -> None:
    done = kiosk(server.url, "--plain")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 1


def test_a_session_key_goes_on_with_its_conversation(server: Server) -> None:
    kiosk(server.url, "--session", "plain-7", lines="What is the status of flight LB204?\n")
    done = kiosk(server.url, "--session", "plain-7", lines="And which gate does it leave from?\n")
    assert "B12" in done.stdout


def test_no_server_is_one_clear_line(server: Server) -> None:
    done = kiosk("http://127.0.0.1:9", lines="Hello?\n")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "No desk answers at http://127.0.0.1:9. Start it with: lobby serve\n"


@pytest.mark.parametrize("url", ["desk", "http://", "ftp://127.0.0.1", "http://127.0.0.1:desk"])
def test_an_address_that_is_none_is_bad_usage(url: str) -> None:
    done = kiosk(url)
    assert done.returncode == 2
    assert "http://127.0.0.1" in done.stderr
