"""How many calls may be, and what a day of them may cost.

What calls cost is kept in the data folder, so that a restart does not begin the day anew. A running call counts as it
runs. Times are seconds since the epoch; the day is the branch's (local) day.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

log = logging.getLogger(__name__)

COST_FILE = "phone-cost.json"


@dataclass(slots=True)
class Allowance:
    """The calls of one server. `price`: of a minute; `daily`: the most that a day may cost (None: no limit)."""

    file: Path
    most_calls: int
    price: float
    daily: float | None
    clock: Callable[[], float]
    _running: dict[str, float] = field(default_factory=dict)
    _beside: dict[str, float] = field(default_factory=dict)
    """Calls that cost but take no caller's place: those to the staff."""
    _day: str = ""
    _seconds: float = 0.0

    def __post_init__(self) -> None:
        """Go on from what the file says."""
        try:
            kept = json.loads(self.file.read_text("utf-8"))
            self._day, self._seconds = str(kept["day"]), float(kept["seconds"])
        except FileNotFoundError:
            pass
        except (OSError, ValueError, KeyError, TypeError):
            log.warning("%s could not be read: the day's cost of calls begins at nothing", self.file)

    def refusal(self) -> str | None:
        """Why no further call is taken now (`busy`, `too_costly`); None when one is."""
        if len(self._running) >= self.most_calls:
            return "busy"
        return "too_costly" if self.spent else None

    @property
    def spent(self) -> bool:
        """Whether the day has cost all that it may."""
        return self.daily is not None and self.cost() >= self.daily

    def begin(self, call: str, *, beside: bool = False) -> None:
        """A call begins. `beside`: a call for another one, which costs but takes no caller's place."""
        (self._beside if beside else self._running)[call] = self.clock()

    def end(self, call: str) -> None:
        """A call has ended; nothing happens for one that is not known."""
        began = self._running.pop(call, None) or self._beside.pop(call, None)
        if began is None:
            return
        self._turn_day()
        self._seconds += max(0.0, self.clock() - began)
        fresh = self.file.with_suffix(".new")
        try:
            fresh.write_text(json.dumps({"day": self._day, "seconds": round(self._seconds, 1)}))
            os.replace(fresh, self.file)  # noqa: PTH105 - one step, whole or not at all
        except OSError:
            log.exception("the day's cost of calls could not be written down")

    @property
    def running(self) -> int:
        """How many calls run."""
        return len(self._running)

    def cost(self) -> float:
        """What the day's calls have cost so far, the running ones included."""
        self._turn_day()
        now = self.clock()
        began = (*self._running.values(), *self._beside.values())
        return (self._seconds + sum(now - one for one in began)) / 60 * self.price

    def _turn_day(self) -> None:
        today = datetime.fromtimestamp(self.clock()).date().isoformat()
        if today != self._day:
            self._day, self._seconds = today, 0.0
