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


def fail() -> None:
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
