"""The hotels' deadlines, as their guests are told them in `sample/knowledge/hotels.md`. Times are the hotel's own.

Prices that differ from hotel to hotel are in the table `hotel_services`.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, tzinfo

FREE_UNTIL = time(18)
"""cancel-reservation, change-reservation: free of charge until 6 PM on the day before arrival."""
LATE_CHECK_OUT_UNTIL = time(14)
"""late-check-out: until 2 PM; to be asked for by the evening before."""
NO_SHOW_RELEASED_AT = time(12)
"""no-show: at noon on the day after arrival a room that nobody came for is released."""
MAX_NIGHTS = 30
"""The longest stay that is sold in one reservation."""
SOLD_AHEAD = timedelta(days=2 * 365)
"""No stay begins later than this from today, whatever stock there is."""
CHILDREN_IN_ROOM = 2
"""children: up to two stay in their parents' room, beside the people that it sleeps."""


def free_until(arrive: date, zone: tzinfo) -> datetime:
    """The last moment to change or cancel a stay free of charge."""
    return datetime.combine(arrive - timedelta(days=1), FREE_UNTIL, zone)


def released_at(arrive: date, zone: tzinfo) -> datetime:
    """When the room of a guest who did not come is given to others."""
    return datetime.combine(arrive + timedelta(days=1), NO_SHOW_RELEASED_AT, zone)


def late_check_out_asked_by(depart: date, zone: tzinfo) -> datetime:
    """The end of the evening before departure."""
    return datetime.combine(depart, time(0), zone)


def late_check_out_until(depart: date, zone: tzinfo) -> datetime:
    """When a room with late check-out must be free."""
    return datetime.combine(depart, LATE_CHECK_OUT_UNTIL, zone)
