"""What one connection may ask of the server, and the pace at which its events are taken."""

from __future__ import annotations

from dataclasses import dataclass

from edge_server.settings import Settings

BURST_SECONDS = 10
"""A client may be that far ahead of its pace before it is slowed down."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one connection, from the settings of the same names."""

    largest_event: int
    events_per_second: float
    bytes_per_second: float
    idle_seconds: float
    session_seconds: float
    largest_backlog: int

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        """The limits that the settings say."""
        return cls(
            largest_event=settings.largest_event,
            events_per_second=settings.events_per_second,
            bytes_per_second=settings.bytes_per_second,
            idle_seconds=settings.idle_seconds,
            session_seconds=settings.session_seconds,
            largest_backlog=settings.largest_backlog,
        )


class Pace:
    """A rate with a burst: what comes faster is not refused but taken later.

    | state | event | next |
    |---|---|---|
    | on pace | something comes, within the burst | on pace |
    | on pace | something comes, beyond the burst | ahead: wait |
    | ahead | the wait is over | on pace |
    """

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._paid_until: float | None = None

    def take(self, amount: float, now: float) -> float:
        """Take `amount` at `now` (s). Gives how many seconds to wait before the next; 0 while on pace."""
        earliest = now - BURST_SECONDS
        paid = earliest if self._paid_until is None else max(self._paid_until, earliest)
        self._paid_until = paid + amount / self._rate
        return max(0.0, self._paid_until - now)
