"""How long nobody has spoken: `idle_timeout_ms` of `server_vad`, counted from the end of the desk's last reply.

| state | event | next |
|---|---|---|
| busy | a reply ends | waiting, from the moment when its last sound will have been heard |
| waiting | the customer or the client says something, a response begins | busy |
| waiting | the time is over | busy; the desk speaks, the last time with a goodbye |

After `LAST` silences in a row there is no more waiting until somebody says something.

Times are seconds on the caller's monotonic clock.
"""

from __future__ import annotations

from dataclasses import dataclass

from edge_server.realtime.events.session import ServerVad, TurnDetection

LAST = 3
"""Silences in a row that are answered: the question again, an offer of help, a goodbye."""


@dataclass(slots=True)
class Silence:
    """The wait for the customer's next word."""

    count: int = 0
    """How often in a row the time was over."""
    _since: float | None = None

    def reply_ended(self, at: float) -> None:
        """The desk has spoken; its last sound is heard at `at`."""
        self._since = at

    def busy(self) -> None:
        """The desk is about to speak."""
        self._since = None

    def broken(self) -> None:
        """The customer or the client said something."""
        self._since = None
        self.count = 0

    def over_at(self, detection: TurnDetection | None) -> float | None:
        """When the wait is over; None when there is none."""
        if self._since is None or self.count >= LAST:
            return None
        if not isinstance(detection, ServerVad) or detection.idle_timeout_ms is None:
            return None
        return self._since + detection.idle_timeout_ms / 1000

    def is_over(self) -> int:
        """The wait is over. Gives how often in a row that was so."""
        self._since = None
        self.count += 1
        return self.count
