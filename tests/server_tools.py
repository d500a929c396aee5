"""Starts and stops real servers in processes of their own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

LOBBY = (sys.executable, "-m", "edge_server.cli.main")
ROOT = Path(__file__).resolve().parents[1]
READY = re.compile(r"Lobby is ready at (http://\S+)")

Environment = dict[str, str]


def clean_environment(**extra: str) -> Environment:
    """The environment without any setting of the person who runs the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LOBBY_")}
    return {**kept, "PYTHONPATH": str(ROOT), **extra}


@dataclass(frozen=True, slots=True)
class Server:
    """A running `lobby serve`."""

    url: str
    data_dir: Path
    process: subprocess.Popen[str]

    @property
    def address(self) -> str:
        """Host and port."""
        return self.url.removeprefix("http://")

    @property
    def port(self) -> str:
        return self.address.rsplit(":", 1)[1]


def copy_branch(prepared: Path, to: Path) -> Path:
    """A data folder of its own at `to`: what `prepared` holds but its sessions and what tells of a running server."""
    ignored = shutil.ignore_patterns("sessions", "speech", "*.lock", "*.json")
    return Path(shutil.copytree(prepared, to, ignore=ignored))


def start_server(data_dir: Path, *options: str, env: Environment | None = None, cwd: Path = ROOT) -> Server:
    """Start `lobby serve` (the checkout at `cwd`) on a free port and wait until it says that it is ready."""
    process = subprocess.Popen(
        [*LOBBY, "serve", "--port", "0", "--data-dir", str(data_dir), *options],
        cwd=cwd,
        env=env or clean_environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    said: list[str] = []
    for line in process.stderr:
        said.append(line)
        if ready := READY.search(line):
            threading.Thread(target=_drain, args=(process.stderr,), daemon=True).start()
            return Server(ready[1], data_dir, process)
    raise AssertionError(f"the server ended with {process.wait()} before it was ready:\n{''.join(said)}")


def start_servers(data_dirs: Sequence[Path], env: Environment) -> list[Server]:
    """Start one server on each of `data_dirs`, side by side."""
    with ThreadPoolExecutor() as pool:
        return list(pool.map(lambda data_dir: start_server(data_dir, env=env), data_dirs))


def _drain(stream: TextIO) -> None:
    with stream:
        for _ in stream:
            pass


def stop_server(server: Server) -> int:
    """Ask the server to stop; gives its exit code. It has the five seconds that the design promises."""
    server.process.terminate()
    return server.process.wait(timeout=5)
