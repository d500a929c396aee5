"""What keeps session states between two turns, and whose a session is meanwhile.

A session has one owner at a time: whoever holds its newest `Lease`. Each lease has a higher fence than all before it,
and a store refuses what an older one writes, so that an owner that slept (a paused process, a cut line) cannot
overwrite its successor. A session that somebody ended is forgotten, and its owner is told so by the next sign of life.
`memory.py`, `disk.py` and `redis_store.py` are stores; `mirrored.py` joins the last two.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from sync.notes import Notes
from sync.session import SessionState

TIME_TO_LIVE_S = 24 * 3600.0
"""How long a session that nobody speaks in is kept."""

Leave = Callable[[str], None]
"""Asks whoever of this node holds the session key to finish and let go, since another node wants it."""


class StoreError(Exception):
    """A session could not be kept or read. The message says what to do."""


class OwnershipLostError(StoreError):
    """The session goes on elsewhere: another owner has taken it. Nothing was written."""

    def __init__(self, key: str) -> None:
        super().__init__(f"the session {key} goes on at another connection")


class SessionEndedError(OwnershipLostError):
    """Somebody ended the session: it is forgotten. Nothing was written."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.args = (f"the session {key} was ended",)


class UnreadableStateError(StoreError):
    """What is kept under a session's key is no state of that session: altered, damaged or of another version."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write the session `key`, until another owner takes it. `owner` names the connection."""

    key: str
    owner: str
    fence: int


@dataclass(frozen=True, slots=True)
class StoreHealth:
    """How a store is: `shared` with other nodes, `local` while the shared one is out of reach, or `alone`.

    `waiting` counts sessions whose newest state the shared store does not have yet, `conflicts` those that went on at
    two nodes while it was gone (the other node's state was kept).
    """

    state: Literal["shared", "local", "alone"] = "alone"
    waiting: int = 0
    conflicts: int = 0


class SessionStore(Protocol):
    """Keeps session states by session key. Safe for concurrent use; a state is whole or not there."""

    @property
    def notes(self) -> Notes:
        """Short-lived notes beside the states, seen by every node that shares the store."""
        ...

    async def take(self, key: str, owner: str, *, over: bool = True) -> Lease | None:
        """Become the owner of the session `key`.

        An owner elsewhere is asked to leave and given a moment to write its state. With `over` False a session that
        has a living owner stays with it, and None is given. Raises StoreError.
        """
        ...

    async def renew(self, lease: Lease) -> None:
        """Say that the owner lives. Raises OwnershipLostError when another has taken the session, and its
        SessionEndedError when somebody ended it."""
        ...

    async def release(self, lease: Lease) -> None:
        """Let go of the session; nothing happens when another has it already."""
        ...

    async def load(self, key: str) -> SessionState | None:
        """The state last saved under `key`, or None when there is none or its time is over.

        Raises UnreadableStateError when what is there is no state, StoreError when the store cannot be read.
        """
        ...

    async def save(self, state: SessionState, lease: Lease) -> None:
        """Keep `state` under its key for the store's time to live.

        Raises OwnershipLostError when `lease` is not the session's newest, StoreError when it cannot be kept.
        """
        ...

    async def delete(self, key: str) -> bool:
        """Forget a session, whoever owns it; whether there was one. Its owner learns of it by `renew` or `save`."""
        ...

    async def keys(self) -> tuple[str, ...]:
        """The keys of all sessions that are kept, in alphabetical order."""
        ...

    async def live(self) -> frozenset[str]:
        """The keys of all sessions that have a living owner, here or in another process."""
        ...

    def health(self) -> StoreHealth:
        """How the store is now."""
        ...

    async def close(self) -> None:
        """Finish what is queued and let go of files and sockets; safe to call twice."""
        ...


class LocalLeases:
    """The leases of a store that one process has for itself: kept in memory, since no owner outlives the process."""

    def __init__(self) -> None:
        self._last_fence = 0
        self._newest: dict[str, int] = {}
        self._held: set[str] = set()
        self._ended: set[str] = set()

    async def take(self, key: str, owner: str, *, over: bool = True) -> Lease | None:
        """See `SessionStore.take`."""
        if key in self._held and not over:
            return None
        self._last_fence += 1
        self._newest[key] = self._last_fence
        self._held.add(key)
        self._ended.discard(key)
        return Lease(key, owner, self._last_fence)

    async def renew(self, lease: Lease) -> None:
        """See `SessionStore.renew`."""
        self._check(lease)

    async def release(self, lease: Lease) -> None:
        """See `SessionStore.release`."""
        if self._newest.get(lease.key) == lease.fence:
            self._held.discard(lease.key)

    def health(self) -> StoreHealth:
        """See `SessionStore.health`."""
        return StoreHealth()

    def _check(self, lease: Lease) -> None:
        """Raises OwnershipLostError when another has, or had, the session after this one, or it was ended."""
        if lease.key in self._ended:
            raise SessionEndedError(lease.key)
        if self._newest.get(lease.key, lease.fence) > lease.fence:
            raise OwnershipLostError(lease.key)

    def _end(self, key: str) -> None:
        """The session is forgotten: whoever holds it learns of it."""
        if key in self._held:
            self._ended.add(key)
