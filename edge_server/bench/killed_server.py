"""A server in a process of its own on a folder of its own, that is killed as the kernel would and started again."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from edge_server.bench.own_server import OwnServerError
from edge_server.bench.with_parent import end_with_parent

SERVE = ("serve", "--host", "127.0.0.1", "--port", "0")
BRANCH = "branch"
"""Its data, in its folder."""
MODELS = "LOBBY_MODELS_DIR"
START_SECONDS = 300.0


class KilledServer:
    """`lobby serve` in a process of its own, that is killed and comes back on another port."""

    def __init__(self, folder: Path, process: asyncio.subprocess.Process) -> None:
        self._folder = folder
        self._process = process
        self._up = asyncio.Event()
        self._url = ""
        self.starts_ms: list[float] = []

    async def url(self) -> str:
        """Where it listens, as soon as it does."""
        async with asyncio.timeout(START_SECONDS):
            await self._up.wait()
        return self._url

    async def seen_dead(self, url: str) -> None:
        """A customer's line to `url` is dead: wait for the next server."""
        with suppress(TimeoutError):
            async with asyncio.timeout(START_SECONDS):
                while self._up.is_set() and self._url == url:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)

    async def killed_and_started(self) -> None:
        """Kill it as the kernel would, and start it again."""
        self._up.clear()
        self._process.send_signal(signal.SIGKILL)
        await self._process.wait()
        self._process = await _started(self._folder)
        await self.ready()

    async def ready(self) -> None:
        """Wait until it serves. Raises OwnServerError when it does not."""
        began = time.monotonic()
        while time.monotonic() - began < START_SECONDS and self._process.returncode is None:
            with suppress(OSError, ValueError, KeyError):
                told = json.loads((self._folder / BRANCH / "server.json").read_text())
                if told["pid"] == self._process.pid:
                    self._url = str(told["url"])
                    self.starts_ms.append((time.monotonic() - began) * 1000)
                    self._up.set()
                    return
            await asyncio.sleep(0.02)
        log = (self._folder / "log").read_text(errors="replace").splitlines()[-5:]
        raise OwnServerError(f"The server did not come up: {' | '.join(log)}")

    async def ended(self) -> None:
        """Stop it cleanly."""
        with suppress(ProcessLookupError):
            self._process.terminate()
        await self._process.wait()


@asynccontextmanager
async def killed_server(folder: Path, branch: Path | None) -> AsyncIterator[KilledServer]:
    """One that lives as long as this context, on the sample branch of today. `branch`: a data folder with that, to be
    copied. Raises OwnServerError when it does not come up."""
    if branch is not None:
        own = shutil.ignore_patterns("sessions", "*.lock", "*.json")
        await asyncio.to_thread(shutil.copytree, branch, folder / BRANCH, ignore=own)
    server = KilledServer(folder, await _started(folder))
    try:
        await server.ready()
        server.starts_ms.clear()  # the first start makes what later ones find
        yield server
    finally:
        await server.ended()


async def _started(folder: Path) -> asyncio.subprocess.Process:
    """None of this process's settings reach it but where models are: it must write to no other branch's database."""
    command = [sys.executable, "-m", "edge_server.cli.main", *SERVE]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LOBBY_") or name == MODELS}
    with (folder / "log").open("ab") as log:
        return await asyncio.create_subprocess_exec(
            *command,
            "--data-dir",
            str(folder / BRANCH),
            stdin=asyncio.subprocess.DEVNULL,
            preexec_fn=end_with_parent,
            stdout=log,
            stderr=log,
            env=kept,
            cwd=folder,
        )
