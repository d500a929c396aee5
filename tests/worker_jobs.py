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


def niceness() -> int:
    """How far the thread that does this gives way to others."""
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


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


class _Counting(threading.local):
    """What a lane has left to count, and the number that kills the process once, with the mark that it then leaves."""

    left: list[int]
    deadly: tuple[int, Path] | None = None


_counting = _Counting()


def count_down(count: int, dies_at: int, mark: Path) -> bytes:
    """Begin to count down from `count`; the first process that says `dies_at` (0: none) dies, and leaves `mark`."""
    _counting.left = list(range(count, 0, -1))
    _counting.deadly = None if mark.exists() else (dies_at, mark)
    return count_on()


def count_down_after(file: Path, count: int) -> bytes:
    """Begin to count down once `file` is there."""
    wait_for(file)
    return count_down(count, 0, file)


def count_on() -> bytes:
    """The next number, as many bytes; nothing after 1."""
    if not _counting.left:
        return b""
    number = _counting.left.pop(0)
    if _counting.deadly is not None and number == _counting.deadly[0]:
        _counting.deadly[1].touch()
        die()
    return bytes((number,)) * number


def count_on_after(file: Path) -> bytes:
    """`count_on` once `file` is there."""
    wait_for(file)
    return count_on()
