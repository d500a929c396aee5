"""What time and day it is in the branch."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, tzinfo
from typing import Protocol


class BranchClock(Protocol):
    """Tells a branch the time. Tests own one; `LocalClock` and `FixedDayClock` are the real ones."""

    def now(self) -> datetime:
        """The time, aware, in the branch's zone."""
        ...

    def today(self) -> date:
        """The branch's calendar day."""
        ...


class LocalClock:
    """The machine's clock, shown in `zone` (None: the machine's own zone)."""

    def __init__(self, zone: tzinfo | None = None, utc_now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._zone = zone
        self._utc_now = utc_now

    def now(self) -> datetime:
        """The time, aware, in the branch's zone."""
        return self._utc_now().astimezone(self._zone)

    def today(self) -> date:
        """The branch's calendar day."""
        return self.now().date()


class FixedDayClock:
    """A clock whose day never changes and whose time of day is `base`'s: for sample data made for one day."""

    def __init__(self, day: date, base: BranchClock | None = None) -> None:
        self._day = day
        self._base = base or LocalClock()

    def now(self) -> datetime:
        """The time, aware, in the branch's zone."""
        now = self._base.now()
        return now.replace(year=self._day.year, month=self._day.month, day=self._day.day)

    def today(self) -> date:
        """The branch's calendar day."""
        return self._day
