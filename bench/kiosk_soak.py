"""Scripted customers at a terminal under tmux for as long as wanted, and the terminal's memory over that time.

    python bench/kiosk_soak.py --minutes 60 [--pace 0.2] [--json]

Prints the resident memory (MB) of the terminal's process every `--every` seconds, and at the end how fast it grows, by
a straight line through the second half: in the first, what is loaded once is still coming in. Needs tmux.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SESSION = f"lobby-soak-{os.getpid()}"


def main() -> int:
    """Run it; 1 when the terminal ended before its time."""
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--minutes", type=float, default=60.0)
    made.add_argument("--pace", type=float, default=0.2)
    made.add_argument("--every", type=float, default=10.0)
    made.add_argument("--size", default="120x36")
    made.add_argument("--data-dir")
    made.add_argument("--json", action="store_true")
    given = made.parse_args()
    columns, rows = given.size.split("x")
    words = [sys.executable, "-m", "edge_server.cli.main", "demo", "--watch", "--text-only"]
    words += ["--minutes", str(given.minutes), "--pace", str(given.pace)]
    words += ["--data-dir", given.data_dir] if given.data_dir else []
    tmux = ["tmux", "-L", SESSION, "-f", "/dev/null"]
    subprocess.run(
        [*tmux, "new-session", "-d", "-s", "soak", "-x", columns, "-y", rows, "-c", str(ROOT), *words], check=True
    )
    samples: list[tuple[float, float]] = []
    began = None
    try:
        while _alive(tmux):
            time.sleep(given.every)
            found = _terminal(tmux)
            if found is None:
                continue
            began = began or time.monotonic()
            samples.append((time.monotonic() - began, found))
            print(f"{samples[-1][0]:7.0f} s  {found:6.1f} MB", file=sys.stderr, flush=True)
    finally:
        subprocess.run([*tmux, "kill-server"], check=False, capture_output=True)
    lasted = samples[-1][0] / 60 if samples else 0.0
    half = samples[len(samples) // 2 :]
    figures = {
        "minutes": round(lasted, 1),
        "first_mb": samples[0][1] if samples else 0.0,
        "half_mb": half[0][1] if half else 0.0,
        "last_mb": samples[-1][1] if samples else 0.0,
        "growth_mb_per_hour": round(_slope(half) * 3600, 2),
    }
    print(json.dumps(figures) if given.json else "\n".join(f"{name}: {value}" for name, value in figures.items()))
    return 0 if lasted >= given.minutes * 0.95 - 1 else 1


def _alive(tmux: list[str]) -> bool:
    return subprocess.run([*tmux, "has-session", "-t", "soak"], check=False, capture_output=True).returncode == 0


def _terminal(tmux: list[str]) -> float | None:
    """Resident memory of the process in the pane that is `kiosk_tui`, in MB."""
    listed = subprocess.run([*tmux, "list-panes", "-F", "#{pane_pid}"], check=False, capture_output=True, text=True)
    waiting = [int(pid) for pid in listed.stdout.split()]
    while waiting:
        pid = waiting.pop()
        try:
            line = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace")
            status = Path(f"/proc/{pid}/status").read_text()
            waiting += [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        except OSError:
            continue
        if "kiosk_tui" in line:
            resident = re.search(r"VmRSS:\s+(\d+) kB", status)
            return int(resident[1]) / 1024 if resident else None
    return None


def _slope(samples: list[tuple[float, float]]) -> float:
    """MB a second, by least squares."""
    if len(samples) < 2:
        return 0.0
    middle = sum(at for at, _ in samples) / len(samples)
    mean = sum(mb for _, mb in samples) / len(samples)
    spread = sum((at - middle) ** 2 for at, _ in samples)
    return sum((at - middle) * (mb - mean) for at, mb in samples) / spread if spread else 0.0


if __name__ == "__main__":
    sys.exit(main())
