"""Progress on a terminal: bars where somebody looks, plain lines where nobody does, nothing where a script reads."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[str, int, int], None]


@contextmanager
def shown(*, quiet: bool = False, lines: bool = True) -> Iterator[Progress]:
    """A function (step, done, total) that shows how far each step is, on standard error.

    A terminal gets a bar a step, gone when all is done; anything else one line a finished step, or nothing when `quiet`
    or without `lines`. What follows a colon in a step is the part of it that is under way.
    """
    if sys.stderr.isatty():
        with _bars() as progress:
            yield progress
    else:
        yield _Lines() if lines and not quiet else lambda step, done, total: None


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
        TextColumn("{task.fields[part]}", style="dim"),
        console=Console(stderr=True),
        transient=True,
    )
    tasks: dict[str, int] = {}

    def progress(step: str, done: int, total: int) -> None:
        name, _, part = step.partition(": ")
        if name not in tasks:
            tasks[name] = bars.add_task(name, total=total, part="")
        bars.update(tasks[name], completed=done, total=total, part=part)  # type: ignore[arg-type]

    with bars:
        yield progress


class _Lines:
    """One line a step, when it is done."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._finished: set[str] = set()

    def __call__(self, step: str, done: int, total: int) -> None:
        name = step.partition(": ")[0]
        if done >= total and name not in self._finished:
            self._finished.add(name)
            took = time.monotonic() - self._began
            print(f"{name}: done ({took:.1f} s)", file=sys.stderr, flush=True)
