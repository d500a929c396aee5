"""`lobby` commands run against the shared server."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import lan_tools
from tests.lan_tools import LanServer
from tests.server_tools import LOBBY, ROOT, Server, clean_environment, copy_branch


@pytest.fixture
def lobby(server: Server) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a `lobby` command against the shared server's data folder."""

    def run(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*LOBBY, *words, "--data-dir", str(server.data_dir)],
            cwd=ROOT,
            env=clean_environment(),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


@pytest.fixture
def ask(lobby: Callable[..., subprocess.CompletedProcess[str]]) -> Callable[..., dict[str, object]]:
    """Asks one thing with `lobby ask --json` and gives the JSON."""

    def run(*words: str) -> dict[str, object]:
        done = lobby("ask", "--json", *words)
        assert done.returncode == 0, done.stderr
        body = json.loads(done.stdout)
        assert isinstance(body, dict)
        return body

    return run


@pytest.fixture
def branch(prepared: Path, tmp_path: Path) -> Path:
    """A data folder of this test's own, with the sample branch: a server starts on it sooner than on an empty one."""
    return copy_branch(prepared, tmp_path / "branch")


@pytest.fixture(scope="session")
def lan_server(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanServer]:
    """One server on a local network for the whole run, with the operator API and recordings on."""
    with lan_tools.lan_server(copy_branch(prepared, tmp_path_factory.mktemp("lan") / "branch")) as running:
        yield running
