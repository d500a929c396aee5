"""Jobs for worker processes under test. They must stand in a module that a worker can import."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

_loads = 0


def load() -> None:
    global _loads
    _loads += 1


def load_badly() -> None:
    raise LookupError("no model")


def loaded() -> int:
    """How often this process has loaded."""
    return _loads


def pid() -> int:
    return os.getpid()


def fail() -> bytes:
    raise LookupError("no such thing")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_once(mark: Path) -> str:
    """Be killed in the middle of the job the first time, then do it."""
    if not mark.exists():
        mark.touch()
        die()
    return "done"


def hang() -> None:
    threading.Event().wait()


def hang_from(mark: Path) -> None:
    mark.touch()
    hang()


def wait_for(file: Path) -> str:
    while not file.exists():
        time.sleep(0.005)
    return "went"


_left: list[int] = []


def count_down(count: int, dies_at: int, mark: Path) -> bytes:
    """Begin to count down from `count`; the first process that says `dies_at` (0: none) dies, and leaves `mark`."""
    _left[:] = range(count, 0, -1)
    return count_on(dies_at, mark)


def count_on(dies_at: int = 0, mark: Path | None = None) -> bytes:
    """The next number, as many bytes; nothing after 1."""
    global _deadly
    if mark is not None:
        _deadly = None if mark.exists() else (dies_at, mark)
    if not _left:
        return b""
    number = _left.pop(0)
    if _deadly is not None and number == _deadly[0]:
        _deadly[1].touch()
        die()
    return bytes((number,)) * number


_deadly: tuple[int, Path] | None = None
