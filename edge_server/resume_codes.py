"""Codes with which a customer goes on with a session elsewhere: from the kiosk to a phone or a page.

| state of a code | event | next |
|---|---|---|
| none | `issue` | live; an older code of the session is void |
| live | `redeem` | used up: the session is taken from whoever holds it, its proof of identity is forgotten |
| live | its time is over | none |

A code has six digits and few minutes, so guesses are counted: wrong ones of one source, and of all together. What is
counted and kept is in the session store's notes, so that any node on one Redis takes the code that another gave.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
import time
import uuid
from dataclasses import dataclass, replace

from edge_server.channels.ownership import LiveSessions
from sync.store import SessionStore, StoreError, UnreadableStateError

log = logging.getLogger(__name__)

DIGITS = 6
LEAST = 10 ** (DIGITS - 1)
"""No code begins with a 0: on a telephone that key asks for a person."""
WRONG_OF_ONE = 10
"""Wrong codes that one source may try in the life of a code."""
WRONG_OF_ALL = 100
"""Wrong codes that all sources together may try in that time: with 50 codes alive, one guess in 200 hits by then."""
_TRIES = 20
_EVERYBODY = "tries"


class UnknownSessionError(LookupError):
    """There is no such session."""


class TooManyAttemptsError(Exception):
    """Too many wrong codes were tried; nothing was looked at. The message says what to do."""


@dataclass(frozen=True, slots=True)
class ResumeCode:
    """A code that was given. `expires_at` in seconds since the epoch."""

    code: str
    expires_at: int


class ResumeCodes:
    """Gives and takes codes. All it knows is in the store: make one wherever it is needed."""

    def __init__(self, store: SessionStore, live: LiveSessions, *, minutes: float = 10.0) -> None:
        self._store = store
        self._live = live
        self._seconds = minutes * 60

    async def issue(self, key: str) -> ResumeCode:
        """A code for the session `key`. Raises UnknownSessionError when there is none, and StoreError."""
        if key not in self._live and key not in await self._store.live() and await self._store.load(key) is None:
            raise UnknownSessionError("There is no such session: it has ended, or was never begun.")
        notes = self._store.notes
        older = await notes.pull(_of_session(key))
        if older is not None:
            await notes.pull(_of_code(older))
        for _ in range(_TRIES):
            code = str(LEAST + secrets.randbelow(10**DIGITS - LEAST))
            if await notes.put(_of_code(code), key, self._seconds):
                await notes.put(_of_session(key), code, self._seconds)
                return ResumeCode(code, int(time.time() + self._seconds))
        raise StoreError("no resume code is free: try again in a moment")

    async def given(self, key: str) -> tuple[str, int] | None:
        """A code as the desk says it, and the minutes for which it works; None when there can be none now."""
        try:
            code = (await self.issue(key)).code
        except (UnknownSessionError, StoreError) as error:
            log.warning("the desk could not give a resume code: %s", type(error).__name__)
            return None
        return code, max(1, round(self._seconds / 60))

    async def redeem(self, code: str, *, source: str) -> str | None:
        """The key of the session that `code` is for; None when it is for none. A code works once.

        `source` (an address, a caller's number) is counted, not kept. Whoever holds the session is closed, and its
        customer has to prove who they are again. Raises TooManyAttemptsError and StoreError.
        """
        notes, own = self._store.notes, _of_source(source)
        if await notes.count(own, 1, self._seconds) > WRONG_OF_ONE:
            raise TooManyAttemptsError("Too many wrong codes came from here: wait some minutes.")
        if await notes.count(_EVERYBODY, 1, self._seconds) > WRONG_OF_ALL:
            log.warning("no resume code is taken for some minutes: too many wrong ones were tried")
            raise TooManyAttemptsError("Too many wrong codes were tried at this desk: wait some minutes.")
        key = await notes.pull(_of_code("".join(code.split()).replace("-", "")))
        if key is None:
            return None
        for name in (own, _EVERYBODY):
            await notes.count(name, -1, self._seconds)
        await notes.pull(_of_session(key))
        return key if await self._moved(key) else None

    async def _moved(self, key: str) -> bool:
        """Take the session from whoever holds it and forget who its customer is. Whether there is such a session."""
        was_live = key in self._live
        async with self._live.owned(key, _Mover()):
            lease = await self._store.take(key, uuid.uuid4().hex)
            assert lease is not None, "the newest owner takes a session over"
            try:
                state = await self._store.load(key)
            except UnreadableStateError:
                state = None
            if state is not None and state.identity is not None:
                await self._store.save(replace(state, identity=None), lease)
            await self._store.release(lease)
        return was_live or state is not None


class _Mover:
    """Holds a session for the moment in which it changes hands."""

    def leave(self) -> None:
        """It is gone in a moment anyway."""

    def drain(self) -> None:
        """It is gone in a moment anyway."""


def _of_code(code: str) -> str:
    return f"resume:{hashlib.sha256(code.encode()).hexdigest()[:32]}"


def _of_session(key: str) -> str:
    return f"resume-of:{hashlib.sha256(key.encode()).hexdigest()[:32]}"


def _of_source(source: str) -> str:
    return f"tries:{hashlib.sha256(source.encode()).hexdigest()[:32]}"
