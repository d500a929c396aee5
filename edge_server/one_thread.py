"""Libraries that compute with numbers stay in the thread that calls them.

The products that a turn needs are small: a second thread costs more than it brings, and takes a core from speech.
"""

from __future__ import annotations

import os

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def compute_in_one_thread() -> None:
    """Ask for one thread a call, unless the environment says otherwise. They read it once: call this before any of
    them is imported."""
    for name in _THREADS:
        os.environ.setdefault(name, "1")
