"""The airline's prices and deadlines, as its customers are told them in `sample/knowledge/lobby-air.md`.

Each constant names the passage that says it. Deadlines count from the timetable's departure; what depends on when
people really leave (boarding, "before departure") from the one expected now.
"""

from __future__ import annotations

from datetime import timedelta

from data.records import Cabin

CHANGE_FEE_CENTS = 80_00
"""change-fee: $80, plus the difference if the new fare is higher; nothing is given back for a lower one."""
CHANGE_UNTIL = timedelta(hours=2)
"""change-deadline: until two hours before the scheduled departure."""
SAME_DAY_FROM = timedelta(hours=24)
"""same-day-change: another flight on the same day without fare difference, from 24 hours before departure."""
LONG_DELAY = timedelta(hours=3)
"""delay: more than three hours late, and a change or a cancellation is free of charge."""

CANCEL_FEE_CENTS = 80_00
"""cancel-economy: the ticket's value less $80 as travel credit, no money."""
FREE_CANCEL_AFTER_BOOKING = timedelta(hours=24)
FREE_CANCEL_BEFORE_DEPARTURE = timedelta(days=7)
"""cancel-24-hours: within 24 hours of booking, with departure at least seven days away, a full refund."""
CREDIT_MONTHS = 12
"""travel-credit: valid for twelve months from the day of the cancellation."""

CHECK_IN_OPENS = timedelta(hours=24)
CHECK_IN_CLOSES = timedelta(hours=1)
"""online-check-in: opens 24 hours before departure and closes one hour before."""
BAG_DROP_CLOSES = timedelta(minutes=45)
"""counter-check-in: the last moment for a bag, and for anybody to join a flight."""
BOARDING_BEGINS = timedelta(minutes=35)
"""boarding-time."""

SEAT_CENTS: dict[Cabin, int] = {"economy": 12_00, "business": 0}
"""seat-choice: for a standard seat before check-in opens; free from then on."""
EXTRA_LEGROOM_CENTS = 39_00
"""extra-legroom: for each flight, at any time."""

MAX_BAGS = 5
_FIRST_BAG_CENTS: dict[Cabin, int] = {"economy": 35_00, "business": 0}
_SECOND_BAG_CENTS = 45_00
_FURTHER_BAG_CENTS = 120_00


def bag_cents(cabin: Cabin, nth: int) -> int:
    """What the `nth` checked bag (from 1) costs: first-bag, second-bag, third-bag."""
    if nth == 1:
        return _FIRST_BAG_CENTS[cabin]
    return _SECOND_BAG_CENTS if nth == 2 else _FURTHER_BAG_CENTS
