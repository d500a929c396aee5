"""What the cloud relay adds to an audio frame: in time, and in work.

A simulated cloud sends every audio frame back as speech of the reply, and stamps it when it passes. Sessions to the
edge server with the cloud engine and as many sessions to a bare pass-through take turns at sending frames in real time,
several times in one run, all on the loopback. A frame's latency is the time of one way: from the client to the cloud,
or back. Each of the four processes has an event loop of its own; where the machine allows it, the measured ones share
one core and the others stay off it.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic_core import from_json
from websockets.asyncio.client import ClientConnection, connect

from edge_server.bench.with_parent import end_with_parent
from edge_server.simulated_cloud.responses import BYTES_PER_MS
from edge_server.simulated_cloud.session import STAMP_BYTES

Progress = Callable[[str, int, int], None]

ECHO_SCRIPT = "otherwise:\n  say: I repeat.\n  end: echo\n"
SLICES = 5
"""How often the relay and the pass-through take turns."""
SETTLE_S = 0.5
"""The first part of a slice, which is not counted."""
START_S = 120.0
STOP_S = 10.0
OPENED_AT_ONCE = 10
_AUDIO_PREFIX = b'"response.output_audio.delta"'


class RelayError(Exception):
    """The measurement cannot be made; the message says why."""


@dataclass(frozen=True, slots=True)
class RelayFigures:
    """What came of it. `frames`: audio frames through the relay, both ways; latencies in ms, of one way."""

    sessions: int
    seconds: float
    frame_ms: int
    frames: int
    frames_lost: int
    added_latency_ms_p50: float
    added_latency_ms_p99: float
    relay_latency_ms_p50: float
    relay_latency_ms_p99: float
    passthrough_latency_ms_p50: float
    passthrough_latency_ms_p99: float
    relay_cpu_us_per_frame: float
    passthrough_cpu_us_per_frame: float
    cpu_ratio_to_passthrough: float
    relay_cpu_share: float


@dataclass(slots=True)
class Side:
    """One of the two that are compared: its process, its sessions, and what was measured."""

    pid: int
    sessions: list[ClientConnection]
    latencies_ns: list[int]
    sent: int = 0
    received: int = 0
    cpu_s: float = 0.0
    busy_s: float = 0.0
    counting: bool = False


async def measure_relay(*, sessions: int, seconds: float, frame_ms: int, progress: Progress) -> RelayFigures:
    """Run it: `seconds` of frames on each side. Raises RelayError."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lobby-relay-")))
        script = folder / "echo.yaml"
        script.write_text(ECHO_SCRIPT, encoding="utf-8")
        module = (sys.executable, "-m")
        progress("simulated cloud and pass-through", 0, 2)
        cloud, cloud_pid = await stack.enter_async_context(
            _process(
                *module, "edge_server.simulated_cloud.server", "--script", str(script), ready=r"listens at (ws://\S+)"
            )
        )
        proxy, proxy_pid = await stack.enter_async_context(
            _process(*module, "edge_server.bench.passthrough", f"{cloud}/realtime", ready=r"listens at (ws://\S+)")
        )
        progress("simulated cloud and pass-through", 2, 2)
        progress("server: starting, with a sample branch", 0, 1)
        env = {
            "LOBBY_DATA_URL": "",
            "LOBBY_CLOUD_URL": cloud,
            "LOBBY_OPENAI_API_KEY": "of-the-simulated-cloud",
            "LOBBY_CLOUD_FIRST_AUDIO_SECONDS": "60",
            "LOBBY_OPEN_SESSIONS": str(sessions + 10),
            "LOBBY_EVENTS_PER_SECOND": "1000",
            "LOBBY_DRAIN_SECONDS": "0",
            "LOBBY_ENGINE": "cloud",
        }
        serve = (
            "edge_server.cli.main",
            "serve",
            "--host",
            "127.0.0.1",
            "--port",
            "0",
            "--data-dir",
            str(folder / "data"),
        )
        server, server_pid = await stack.enter_async_context(
            _process(
                *module, *serve, "--data-dir", str(folder / "data"), ready=r"Lobby is ready at http://(\S+)", env=env
            )
        )
        progress("server", 1, 1)
        _pin(measured=(server_pid, proxy_pid), others=(cloud_pid, os.getpid()))
        address = f"ws://{server}/v1/realtime?model=lobby"
        relay = Side(server_pid, await _opened(stack, address, sessions, progress, "sessions to the relay"), [])
        bare = Side(proxy_pid, await _opened(stack, proxy, sessions, progress, "sessions to the pass-through"), [])
        readers = [
            asyncio.create_task(_read(side, connection)) for side in (relay, bare) for connection in side.sessions
        ]
        try:
            for number in range(SLICES):
                for side in (relay, bare):
                    progress("frames", 2 * number + (side is bare), 2 * SLICES)
                    await _slice(side, seconds / SLICES, frame_ms)
            progress("frames", 2 * SLICES, 2 * SLICES)
        finally:
            for reader in readers:
                reader.cancel()
            await asyncio.gather(*readers, return_exceptions=True)
        return _figures(relay, bare, sessions, seconds, frame_ms)


def _figures(relay: Side, bare: Side, sessions: int, seconds: float, frame_ms: int) -> RelayFigures:
    if not relay.latencies_ns or not bare.latencies_ns:
        raise RelayError("No frame came back: the machine is too busy for so many sessions.")
    relay_p50, relay_p99 = _ms(relay.latencies_ns, 0.5), _ms(relay.latencies_ns, 0.99)
    bare_p50, bare_p99 = _ms(bare.latencies_ns, 0.5), _ms(bare.latencies_ns, 0.99)
    relay_us = relay.cpu_s / len(relay.latencies_ns) * 1e6
    bare_us = bare.cpu_s / len(bare.latencies_ns) * 1e6
    return RelayFigures(
        sessions=sessions,
        seconds=seconds,
        frame_ms=frame_ms,
        frames=len(relay.latencies_ns),
        frames_lost=relay.sent - relay.received,
        added_latency_ms_p50=round(relay_p50 - bare_p50, 3),
        added_latency_ms_p99=round(relay_p99 - bare_p99, 3),
        relay_latency_ms_p50=relay_p50,
        relay_latency_ms_p99=relay_p99,
        passthrough_latency_ms_p50=bare_p50,
        passthrough_latency_ms_p99=bare_p99,
        relay_cpu_us_per_frame=round(relay_us, 1),
        passthrough_cpu_us_per_frame=round(bare_us, 1),
        cpu_ratio_to_passthrough=round(relay_us / bare_us, 2),
        relay_cpu_share=round(relay.cpu_s / relay.busy_s, 3),
    )


def _ms(latencies_ns: list[int], share: float) -> float:
    ordered = sorted(latencies_ns)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))] / 1e6, 3)


async def _opened(
    stack: AsyncExitStack, address: str, count: int, progress: Progress, what: str
) -> list[ClientConnection]:
    """So many sessions, each with a reply under way that sends its audio back."""
    opened: list[ClientConnection] = []

    async def open_one() -> ClientConnection:
        connection = await stack.enter_async_context(connect(address, compression=None, max_size=None))
        hearing = {"input": {"turn_detection": None}}
        content = [{"type": "input_text", "text": "Can you help me?"}]
        for event in (
            {"type": "session.update", "session": {"type": "realtime", "audio": hearing}},
            {"type": "conversation.item.create", "item": {"type": "message", "role": "user", "content": content}},
            {"type": "response.create"},
        ):
            await connection.send(json.dumps(event))
        async for frame in connection:
            event = json.loads(frame)
            if event["type"] == "response.output_audio_transcript.delta" and str(event["delta"]).endswith("repeat."):
                return connection
            if event["type"] in ("error", "response.done"):
                raise RelayError(f"A session did not begin: {event}")
        raise RelayError("A session was closed before it began.")

    progress(what, 0, count)
    try:
        async with asyncio.timeout(START_S):
            while len(opened) < count:
                batch = min(OPENED_AT_ONCE, count - len(opened))
                opened += await asyncio.gather(*(open_one() for _ in range(batch)))
                progress(what, len(opened), count)
    except (OSError, TimeoutError) as error:
        raise RelayError(
            f"Only {len(opened)} of {count} sessions could be opened: {str(error) or 'too slow'}."
        ) from None
    return opened


async def _slice(side: Side, seconds: float, frame_ms: int) -> None:
    """Frames on all sessions of one side, spread evenly over the length of a frame."""
    began = time.monotonic()
    senders = [
        asyncio.create_task(
            _send(side, connection, began + frame_ms / 1000 * at / len(side.sessions), seconds, frame_ms)
        )
        for at, connection in enumerate(side.sessions)
    ]
    await asyncio.sleep(SETTLE_S)
    side.counting = True
    cpu, since = _cpu_s(side.pid), time.monotonic()
    await asyncio.gather(*senders)
    side.cpu_s += _cpu_s(side.pid) - cpu
    side.busy_s += time.monotonic() - since
    side.counting = False
    await asyncio.sleep(SETTLE_S)


async def _send(side: Side, connection: ClientConnection, begin: float, seconds: float, frame_ms: int) -> None:
    rest = base64.b64encode(bytes(frame_ms * BYTES_PER_MS - 24)).decode()
    head = '{"type":"input_audio_buffer.append","audio":"'
    for number in range(int((seconds + SETTLE_S) * 1000 / frame_ms)):
        wait = begin + number * frame_ms / 1000 - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        stamp = base64.b64encode(time.monotonic_ns().to_bytes(STAMP_BYTES, "big") + bytes(16)).decode()
        await connection.send(f'{head}{stamp}{rest}"}}')
        side.sent += 1


async def _read(side: Side, connection: ClientConnection) -> None:
    """Take the stamps of all frames that come back."""
    while True:
        frame = await connection.recv(decode=False)
        now = time.monotonic_ns()
        if _AUDIO_PREFIX not in frame[:200]:
            continue
        side.received += 1
        if side.counting:
            stamps = base64.b64decode(from_json(frame)["delta"][:24])
            sent, passed = (int.from_bytes(stamps[at : at + STAMP_BYTES], "big") for at in (0, STAMP_BYTES))
            side.latencies_ns += (passed - sent, now - passed)


def _cpu_s(pid: int) -> float:
    """CPU time of a process with all its threads, in s. Raises RelayError where the system does not tell it."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text("ascii")
    except OSError:
        raise RelayError("CPU time is read from /proc: measure the relay on Linux.") from None
    user, system = told.rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _pin(measured: tuple[int, ...], others: tuple[int, ...]) -> None:
    """Keep what is measured on one core, and the rest off it, where the system can do that."""
    if not hasattr(os, "sched_setaffinity"):
        return
    first, *rest = sorted(os.sched_getaffinity(0))
    if rest:
        for pid in measured:
            os.sched_setaffinity(pid, {first})
        for pid in others:
            os.sched_setaffinity(pid, set(rest))


@asynccontextmanager
async def _process(*command: str, ready: str, env: Mapping[str, str] | None = None) -> AsyncIterator[tuple[str, int]]:
    """A process that says where it listens: the address (first group of `ready`) and its id."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        preexec_fn=end_with_parent,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, **(env or {})},
    )
    assert process.stdout is not None
    draining: asyncio.Task[None] | None = None
    said = ""
    try:
        while line := (await process.stdout.readline()).decode(errors="replace"):
            said = line
            if found := re.search(ready, line):
                draining = asyncio.create_task(_drain(process.stdout))
                yield found[1], process.pid
                return
        raise RelayError(f"{command[2]} did not start: {said.strip() or 'it said nothing'}")
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), STOP_S)
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        if draining is not None:
            await draining


async def _drain(stream: asyncio.StreamReader) -> None:
    while await stream.read(65_536):
        pass
