"""Running the programs of set-up with their progress shown. Needs nothing but Python itself."""

import shlex
import shutil
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar


class SetupError(Exception):
    """Set-up cannot go on; the message says what to do."""


def say(text: str) -> None:
    """One line to the person who waits."""
    print(text, file=sys.stderr, flush=True)


class Progress:
    """What a program of set-up is at, shown while it runs: one line that changes on a terminal, else one every 10 s.

    `note` takes the program's lines. It counts uv's `Downloading NAME (SIZE)` and `Downloaded NAME` and pip's
    `Collecting NAME`; the last lines are kept in `tail`, to be shown if the program fails.
    """

    NEXT: ClassVar[dict[str, str]] = {
        "Resolved": "fetching",
        "Prepared": "installing",
        "Installed": "compiling to bytecode",
        "Installing": "installing",
    }
    """What uv and pip do after a line that starts so."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.terminal = sys.stderr.isatty()
        self.downloading: dict[str, str] = {}
        self.downloaded = 0
        self.collected = 0
        self.doing = "working"
        self.tail: deque[str] = deque(maxlen=40)

    def note(self, line: str) -> None:
        """Take one line of output."""
        self.tail.append(line.rstrip())
        match line.split():
            case ["Downloading", name, size]:
                self.downloading[name] = f"{name} {size}"
            case ["Downloaded", name]:
                self.downloading.pop(name, None)
                self.downloaded += 1
            case [("Collecting" | "Processing"), name, *_]:
                self.collected += 1
                self.doing = f"package {self.collected}: {Path(name).name}"
            case [first, *_] if first in self.NEXT:
                self.doing = self.NEXT[first]
                self.downloading.clear()

    def status(self) -> str:
        """The step so far, in a line."""
        text = f"      {time.monotonic() - self.started:3.0f} s: "
        if not self.downloading:
            return text + self.doing
        total = self.downloaded + len(self.downloading)
        return (
            f"{text}{self.downloaded} of {total} downloads done; now {', '.join(list(self.downloading.values())[:3])}"
        )

    def wipe(self) -> str:
        """What takes the changing line off a terminal."""
        return "\r\x1b[K" if self.terminal else ""

    def show_until(self, over: threading.Event) -> None:
        """Show the status again and again until `over`."""
        while not over.wait(0.25 if self.terminal else 10):
            if self.terminal:
                print(
                    self.wipe() + self.status()[: shutil.get_terminal_size().columns - 1],
                    end="",
                    file=sys.stderr,
                    flush=True,
                )
            else:
                say(self.status())


@contextmanager
def step(number: int, of: int, title: str) -> Iterator[None]:
    """Announce a step of set-up, and say how long it took."""
    started = time.monotonic()
    say(f"[{number}/{of}] {title}")
    yield
    say(f"[{number}/{of}] done in {time.monotonic() - started:.1f} s")


def run(command: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str] | None = None) -> None:
    """Run a command of set-up in the folder `cwd` with its progress shown; SetupError when it fails."""
    words = [str(word) for word in command]
    progress, over = Progress(), threading.Event()
    with subprocess.Popen(
        words, env=env, cwd=cwd, text=True, errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        shower = threading.Thread(target=progress.show_until, args=[over], daemon=True)
        shower.start()
        try:
            for line in process.stdout or ():
                progress.note(line)
        finally:
            over.set()
            shower.join()
            print(progress.wipe(), end="", file=sys.stderr, flush=True)
    if process.returncode:
        for line in progress.tail:
            say(f"      {line}")
        raise SetupError(f"this failed: {shlex.join(words)}\nThe lines above say why. Set-up needs the network, once.")
