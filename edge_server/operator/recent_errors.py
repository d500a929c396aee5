"""The last warnings and errors of the log, redacted, for the operator's page."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable

from pydantic import JsonValue

from edge_server.operator.redaction import redacted

MOST = 50
LONGEST = 500


class RecentErrors(logging.Handler):
    """Keeps the last `MOST` messages from `WARNING` on; `alert` is called with those from `ERROR` on, in any thread.

    Only a record's own line is kept: tracebacks stay in the log.
    """

    def __init__(self, alert: Callable[[dict[str, JsonValue]], None] = lambda error: None) -> None:
        super().__init__(logging.WARNING)
        self._alert = alert
        self._kept: deque[dict[str, JsonValue]] = deque(maxlen=MOST)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one record."""
        try:
            message = redacted(record.getMessage())[:LONGEST]
        except Exception:
            self.handleError(record)
            return
        error: dict[str, JsonValue] = {"at": round(record.created, 3), "message": message}
        self._kept.append(error)
        if record.levelno >= logging.ERROR:
            self._alert(error)

    def to_json(self) -> list[JsonValue]:
        """The newest first."""
        return list(reversed(self._kept))
