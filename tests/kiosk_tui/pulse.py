"""A machine with sound that nobody hears: a PulseAudio server of the test's own with null sinks for devices.

PortAudio finds it by ALSA's `default` device, which Debian's pulse plugin leads there; where that plugin is missing,
the sinks are reached by PortAudio's own list. Debian's packages for it: deploy/install-system-packages.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

LATENCY_MS = "60"
"""Without it PulseAudio's null sinks stutter or fail."""


@dataclass(frozen=True, slots=True)
class Room:
    """`ear`: the sink whose monitor the terminal's microphone is; `mouth`: the sink that its loudspeaker plays to."""

    environment: dict[str, str]

    def pactl(self, *words: str) -> str:
        done = subprocess.run(
            ["pactl", *words], env={**os.environ, **self.environment}, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    @asynccontextmanager
    async def play(self, wav: Path) -> AsyncIterator[None]:
        """Say a recording into the terminal's microphone, in real time; at the context's end all of it was said."""
        environment = {**os.environ, **self.environment}
        player = await asyncio.create_subprocess_exec("paplay", "--device=ear", str(wav), env=environment)
        try:
            yield
        finally:
            await player.wait()


@contextmanager
def room(folder: Path) -> Iterator[Room]:
    """A PulseAudio server that lives as long as this context."""
    runtime = folder / "pulse"
    runtime.mkdir(mode=0o700)
    environment = {
        "PULSE_RUNTIME_PATH": str(runtime),
        "PULSE_SERVER": f"unix:{runtime}/native",
        "PULSE_STATE_PATH": str(folder),
        "PULSE_LATENCY_MSEC": LATENCY_MS,
        "HOME": str(folder),
    }
    script = folder / "sinks.pa"
    script.write_text(
        f"load-module module-native-protocol-unix socket={runtime}/native auth-anonymous=1\n"
        "load-module module-null-sink sink_name=ear rate=48000 channels=1\n"
        "load-module module-null-sink sink_name=mouth rate=48000 channels=1\n"
        "set-default-sink mouth\n"
        "set-default-source ear.monitor\n"
    )
    command = ["pulseaudio", "-n", "-F", str(script), "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"]
    command += ["--disable-shm=yes", "--high-priority=no"]
    server = subprocess.Popen(command, env={**os.environ, **environment}, stderr=subprocess.DEVNULL)
    found = Room(environment)
    try:
        for _ in range(100):
            if (runtime / "native").exists():
                break
            time.sleep(0.1)
        found.pactl("info")
        yield found
    finally:
        server.terminate()
        server.wait(timeout=10)


def is_there() -> bool:
    """Whether this machine has what it takes."""
    return shutil.which("pulseaudio") is not None and shutil.which("paplay") is not None
