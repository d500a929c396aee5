"""Who is next: jobs wait for a place at a worker in the order in which their results are needed.

A worker has one lane or two, each a place for one job at a time. Who waits says when the result is due.

| who waits | what happens |
|---|---|
| several | the earliest due goes first; of those due together, who came first |
| somebody due within `SOON_S` | any free place will do, a quick lane first |
| somebody due later | only a slow lane will do (the last one; with one lane it is the only one) |
| somebody due later, and only a quick lane is free | waits for the slow one, or until the job is due soon |
| somebody who gives up | leaves; nobody else waits for that |

So a job that takes long and is not needed yet never stands in the way of one that is needed now, and none waits for
ever: in the end every job is due before those that come after it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

W = TypeVar("W")

SOON_S = 0.5
"""Due within this time is due soon: a long phrase is made in it."""


@dataclass(frozen=True, slots=True)
class Place(Generic[W]):
    """A lane of a worker. `slow`: for jobs that are not needed soon, too."""

    worker: W
    lane: int
    slow: bool


@dataclass(slots=True)
class _Waiting(Generic[W]):
    """Somebody who waits: when the result is due (s of the loop's time), and the place that they get."""

    due: float
    place: asyncio.Future[Place[W]]


class Places(Generic[W]):
    """The lanes of some workers, none of them free at first. Used within one event loop, whose time it is."""

    def __init__(self) -> None:
        self._free: list[Place[W]] = []
        self._waiting: list[_Waiting[W]] = []
        self._alarm: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def open(self, worker: W, lanes: int) -> None:
        """A worker is there, with so many lanes."""
        self._give_out(Place(worker, lane, lane == lanes - 1) for lane in range(lanes))

    async def take(self, due_in_s: float) -> Place[W]:
        """Wait for a place for a job whose result is due in so many seconds. It must be given back."""
        loop = asyncio.get_running_loop()
        one = _Waiting(loop.time() + due_in_s, loop.create_future())
        self._waiting.append(one)
        self._give_out()
        try:
            return await one.place
        except asyncio.CancelledError:
            if one in self._waiting:
                self._waiting.remove(one)
            elif not one.place.cancelled():
                self.give_back(one.place.result())
            self._give_out()
            raise

    def give_back(self, place: Place[W]) -> None:
        """The job at this place is done."""
        self._give_out((place,))

    def _give_out(self, free: Iterable[Place[W]] = ()) -> None:
        self._free += free
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        loop = asyncio.get_running_loop()
        while self._waiting and self._free:
            first = min(self._waiting, key=lambda one: one.due)
            early = first.due - SOON_S - loop.time()
            fitting = [place for place in self._free if place.slow or early <= 0]
            if not fitting:
                self._alarm = loop.call_later(early, self._give_out)
                return
            place = min(reversed(fitting), key=lambda place: place.slow)
            self._free.remove(place)
            self._waiting.remove(first)
            if not first.place.cancelled():
                first.place.set_result(place)
            else:
                self._free.append(place)
