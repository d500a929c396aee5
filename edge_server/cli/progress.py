"""Progress on a terminal: bars where somebody looks, plain lines where nobody does, nothing where a script reads."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[str, int, int], None]


@contextmanager
def shown(*, quiet: bool = False) -> Iterator[Progress]:
    """A function (step, done, total) that shows how far each step is, on standard error.

    A terminal gets bars that vanish when all is done; anything else one line a finished step; `quiet` nothing.
    """
    if quiet:
        yield lambda step, done, total: None
    elif sys.stderr.isatty():
        with _bars() as progress:
            yield progress
    else:
        yield _Lines()


@contextmanager
def _bars() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    bars = Bars(
        SpinnerColumn(finished_text="✓"),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    tasks: dict[str, int] = {}

    def progress(step: str, done: int, total: int) -> None:
        if step not in tasks:
            tasks[step] = bars.add_task(step, total=total)
        bars.update(tasks[step], completed=done, total=total)  # type: ignore[arg-type]

    with bars:
        yield progress


class _Lines:
    """One line a step, when it is done."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._finished: set[str] = set()

    def __call__(self, step: str, done: int, total: int) -> None:
        if done >= total and step not in self._finished:
            self._finished.add(step)
            took = time.monotonic() - self._began
            print(f"{step}: done ({took:.1f} s)", file=sys.stderr, flush=True)
