"""Running the programs of set-up with their progress shown. Needs nothing but Python itself."""

import shlex
import shutil
import subprocess
import sys
import threading
import time
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
    """What a step of set-up is at, shown while it runs: one line that changes on a terminal, else one every 10 s.

    `note` takes the lines of the program that does the work; it counts uv's `Downloading NAME (SIZE)` and
    `Downloaded NAME`, keeps lists of installed packages to itself, and shows the rest.
    """

    NEXT: ClassVar[dict[str, str]] = {
        "Resolved": "fetching",
        "Prepared": "installing",
        "Installed": "compiling to bytecode",
    }
    """What uv does after it has said that something is done."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.terminal = sys.stderr.isatty()
        self.downloading: dict[str, str] = {}
        self.downloaded = 0
        self.doing = "working"

    def note(self, line: str) -> None:
        """Take one line of output."""
        words = line.split()
        if words[:1] == ["Downloading"] and len(words) > 1:
            self.downloading[words[1]] = " ".join(words[1:])
        elif words[:1] == ["Downloaded"] and len(words) > 1:
            self.downloading.pop(words[1], None)
            self.downloaded += 1
        elif words and words[0] in self.NEXT:
            self.doing = self.NEXT[words[0]]
            self.downloading.clear()
        elif words and words[0] not in ("+", "-", "~", "Building", "Built", "Bytecode"):
            say(f"{self.wipe()}      {line.rstrip()}")

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
        raise SetupError(f"this failed: {shlex.join(words)}\nThe lines above say why. Set-up needs the network, once.")
