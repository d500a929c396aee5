"""Which of the flights that a booking may be moved to are as the customer wishes."""

from __future__ import annotations

from collections.abc import Sequence

from agents.tools.timetable import within
from data.quotes import FlightChangeQuote
from data.records import FlightBooking


def fits(one: FlightChangeQuote, booking: FlightBooking, sooner: str | None, than: FlightChangeQuote | None) -> bool:
    """Whether a flight is `sooner`, as wished, than the one quoted, or than the booked."""
    base = booking.flight.departs if than is None else than.to_departs
    match sooner:
        case None:
            return True
        case "earlier":
            return one.to_departs < base
        case "later":
            return one.to_departs > base
        case "cheaper":
            return than is None or one.due_cents < than.due_cents
        case _:
            return than is None or one.to_number != than.to_number


def within_times(
    offered: Sequence[FlightChangeQuote],
    arrive_by: Sequence[str],
    leave_after: Sequence[str],
    leave_before: Sequence[str],
) -> list[FlightChangeQuote]:
    """The flights within the clock times that are wished; of two that may be meant, within the first that any is."""

    def lands_by(one: FlightChangeQuote, limit: str) -> bool:
        return one.to_arrives.date() == one.to_day and f"{one.to_arrives:%H:%M}" <= limit

    left = list(offered)
    for readings, fits in (
        (arrive_by, lands_by),
        (leave_after, lambda one, limit: f"{one.to_departs:%H:%M}" > limit),
        (leave_before, lambda one, limit: f"{one.to_departs:%H:%M}" <= limit),
    ):
        if readings:
            left = within(left, readings, fits)
    return left
