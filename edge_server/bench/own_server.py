"""A server to measure: in a process of its own, on a free port, with the sample branch in a temporary folder."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress

from edge_server.bench.with_parent import end_with_parent
from edge_server.client import AskError

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many steps of it are done, and how many there are."""

STOP_SECONDS = 10.0
_READY = re.compile(r"Lobby is ready at (\S+)")
_STEPS = re.compile(r"^(?!\d{4}-)[\w ]+: done \(")


class OwnServerError(Exception):
    """The server did not come up, or went away; the message has what it said last."""


@asynccontextmanager
async def own_server(
    progress: Progress,
    *,
    port: int = 0,
    settings: Mapping[str, str] | None = None,
    started: Callable[[int], None] = lambda pid: None,
) -> AsyncIterator[str]:
    """The address of a server that lives as long as this context. Its settings are this process's environment and
    lobby.toml, but for `settings`, address and data, which are never those of a branch. Making the sample branch takes
    10 to 25 s. `started` is told its process id. Raises OwnServerError, also for an AskError of whoever talks to it."""
    with tempfile.TemporaryDirectory(prefix="lobby-bench-") as folder:
        command = (sys.executable, "-m", "edge_server.cli.main", "serve", "--host", "127.0.0.1", "--port", str(port))
        process = await asyncio.create_subprocess_exec(
            *command,
            *("--data-dir", folder),
            stdin=asyncio.subprocess.DEVNULL,
            preexec_fn=end_with_parent,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "LOBBY_DATA_URL": "", **(settings or {})},
        )
        started(process.pid)
        reading: asyncio.Task[None] | None = None
        said: deque[str] = deque(maxlen=5)
        try:
            url = await _ready(process, said, progress)
            assert process.stderr is not None
            reading = asyncio.create_task(_listen(process.stderr, said), name="server log")
            yield url
        except AskError as error:
            raise OwnServerError(f"{error}; the server's log ends: {' | '.join(said)}") from None
        finally:
            with suppress(ProcessLookupError):
                process.terminate()
            with suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), STOP_SECONDS)
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            if reading is not None:
                await reading


async def _ready(process: asyncio.subprocess.Process, said: deque[str], progress: Progress) -> str:
    assert process.stderr is not None
    progress("server: starting, with a sample branch", 0, 1)
    while line := (await process.stderr.readline()).decode(errors="replace").strip():
        if ready := _READY.search(line):
            progress("server", 1, 1)
            return ready[1]
        if _STEPS.match(line):
            progress(f"server: {line.partition(':')[0]} ready", 0, 1)
        said.append(line)
    raise OwnServerError(f"The server to measure did not start: {' | '.join(said) or 'it said nothing'}")


async def _listen(stream: asyncio.StreamReader, said: deque[str]) -> None:
    """Keep the last lines of the log, and its pipe empty."""
    async for line in stream:
        said.append(line.decode(errors="replace").strip())
