"""Processes that a benchmark starts end with it, also when it is killed and can clean nothing up."""

from __future__ import annotations

import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1
"""prctl(2): the signal that the kernel sends to a process when the thread that made it has ended."""
_libc = ctypes.CDLL(None, use_errno=True)
_PARENT = os.getpid()


def end_with_parent() -> None:
    """For `preexec_fn`, in the new process: have the kernel end it (SIGTERM) when the one that started it is gone."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != _PARENT:  # gone already
        os._exit(1)
