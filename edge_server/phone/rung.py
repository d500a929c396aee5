"""Whether a call rings for the first time, however often and wherever Event Grid says so.

What rang is noted in the session store beside the sessions, so that neither a restart nor another node on the same
Redis answers a call again; while the store is out of reach, this process's memory has to do. An event that is older
than `TOO_OLD_S` rings no more: its caller has hung up long since.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable

from edge_server.phone.grid import GridEvent, IncomingCall, Seen
from sync.notes import Notes
from sync.store import StoreError

log = logging.getLogger(__name__)

TOO_OLD_S = 300.0
"""No telephone rings so long, and no server's clock should be so wrong."""
NOTED_S = 900.0
"""How long it is noted that a call rang: longer than its event can come again and be taken."""


class Rung:
    """The calls that rang. `notes`: the store's, None while there are none; `clock`: seconds since the epoch."""

    def __init__(self, notes: Callable[[], Notes | None], clock: Callable[[], float]) -> None:
        self._notes, self._clock = notes, clock
        self._seen = Seen()

    async def first(self, event: GridEvent, rung: IncomingCall) -> bool:
        """Whether this is the first event of that call: by its id, its context and its correlation id."""
        if event.at is not None and self._clock() - event.at > TOO_OLD_S:
            log.warning("an incoming call was told %.0f s late: it is not answered", self._clock() - event.at)
            return False
        names = [f"event:{event.id}", f"context:{rung.context}"]
        if rung.correlation_id:
            names.append(f"correlation:{rung.correlation_id}")
        hashed = [f"rung:{hashlib.sha256(name.encode()).hexdigest()[:32]}" for name in names]
        fresh = [self._seen.first(name) for name in hashed]
        return all(fresh) and await self._first_anywhere(hashed)

    async def _first_anywhere(self, names: list[str]) -> bool:
        notes = self._notes()
        if notes is None:
            return True
        try:
            return all([await notes.put(name, "", NOTED_S) for name in names])
        except StoreError as error:
            log.warning("calls that rang are known by this process only: %s", error)
            return True
