"""What a benchmark started does not outlive it."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys

STARTS_ONE = """
import subprocess, sys
from edge_server.bench.with_parent import end_with_parent
child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"], preexec_fn=end_with_parent)
print(child.pid, flush=True)
child.wait()
"""


def test_a_process_ends_with_a_benchmark_that_is_killed() -> None:
    bench = subprocess.Popen([sys.executable, "-c", STARTS_ONE], stdout=subprocess.PIPE, text=True)
    assert bench.stdout is not None
    child = os.pidfd_open(int(bench.stdout.readline()))
    try:
        bench.kill()
        bench.wait()
        ended = select.select([child], [], [], 10)[0]
        if not ended:
            signal.pidfd_send_signal(child, signal.SIGKILL)
        assert ended, "it lives on"
    finally:
        os.close(child)
        bench.stdout.close()
