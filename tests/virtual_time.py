"""An event loop whose time passes only when nothing is left to be done: a minute of waiting takes a moment.

Sockets and threads work as ever, and no time passes while a thread is at work. What asks the loop for the time, and
waits by its timers, lives in this time; what reads another clock does not.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

LOOK_AGAIN_S = 0.05
"""How long, of real time, the loop waits for a thread before it looks again."""

STEP_S = 1e-6
"""What each step of the loop takes, so that timers ring a little late, as they do elsewhere, and never early."""


class _Jumping(selectors.DefaultSelector):
    """Waits for sockets; where the loop would wait for a timer, its time jumps there instead."""

    now = 0.0
    at_work = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.now += STEP_S
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        ready = super().select(LOOK_AGAIN_S if self.at_work else 0)
        if not ready and not self.at_work:
            self.now += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """The loop."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)
        self._clock_resolution = 0.0  # by which the loop lets timers ring early

    def time(self) -> float:
        return self._jumping.now

    def run_in_executor(self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts) -> asyncio.Future[T]:
        done: asyncio.Future[T] = super().run_in_executor(executor, func, *args)
        self._jumping.at_work += 1
        done.add_done_callback(self._back)
        return done

    def _back(self, done: asyncio.Future[Any]) -> None:
        self._jumping.at_work -= 1


def run(scenario: Coroutine[Any, Any, T]) -> T:
    """Run `scenario` in a loop of its own time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(scenario)
