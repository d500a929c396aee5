"""Whether anybody is still there, by a clock that is handed in.

| state | event | next |
|---|---|---|
| there | nothing for `idle_s` | asked |
| asked | `touch` | there |
| asked | `warning_s` more | gone |

While something goes on that needs no customer (a reply is heard or thought about), time does not count.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum


class Presence(Enum):
    """See the table above."""

    THERE = "there"
    ASKED = "asked"
    GONE = "gone"


class Idle:
    """Watches one visit. `idle_s`, `warning_s` in seconds; `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float], *, idle_s: float, warning_s: float) -> None:
        self._clock = clock
        self._idle_s, self._warning_s = idle_s, warning_s
        self._since = clock()

    def touch(self, *, more_s: float = 0.0) -> None:
        """The customer did something; `more_s`: they have so much to read that they get longer this time."""
        self._since = self._clock() + more_s

    def look(self, *, busy: bool = False) -> Presence:
        """The state now."""
        if busy and self._quiet_s() < self._idle_s:
            self._since = max(self._since, self._clock())
        if self._quiet_s() < self._idle_s:
            return Presence.THERE
        return Presence.ASKED if self.left_s() > 0 else Presence.GONE

    def left_s(self) -> float:
        """Seconds until everything is wiped."""
        return self._idle_s + self._warning_s - self._quiet_s()

    def _quiet_s(self) -> float:
        return self._clock() - self._since
