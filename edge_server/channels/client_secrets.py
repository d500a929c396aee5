"""Short-lived keys for clients that must not know the server's own: `ek_...`, each bound to a session configuration.

One that was asked for with a session key opens that session only. They live in memory: a restart voids them, and
whoever gave one out asks for another.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from edge_server.realtime.events.session import SessionConfig

PREFIX = "ek_"
SHORTEST_S, LONGEST_S, DEFAULT_S = 10, 7_200, 600
"""How long a key may live, as the protocol's own server has it."""
LONGEST_KEY = 128
"""Characters of a session key."""
MOST_ALIVE = 10_000
MOST_OF_ONE_DEVICE = 200
MOST_SESSIONS_OF_ONE_DEVICE = 1_000


class TooManySecretsError(Exception):
    """No more keys can be given out before some have expired."""


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """A key and what it opens. `expires_at` in seconds since the epoch.

    `session_key`: the one session that it opens; None: any. `device`: the hash of the key of the paired device that
    asked for it; None: somebody with the server's own key did, or nobody needed one.
    """

    value: str
    expires_at: int
    config: SessionConfig
    session_key: str | None = None
    device: str | None = None


Standing = Literal["good", "expired", "unknown"]


class ClientSecrets:
    """The keys that have been given out. `clock` gives seconds since the epoch."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._given: dict[str, ClientSecret] = {}
        self._sessions: dict[str, dict[str, None]] = {}

    def give(
        self,
        config: SessionConfig,
        seconds: int = DEFAULT_S,
        *,
        session_key: str | None = None,
        device: str | None = None,
    ) -> ClientSecret:
        """A new key for sessions with `config`; see `ClientSecret`. Raises TooManySecretsError."""
        now = self._clock()
        if len(self._given) >= MOST_ALIVE:
            self._given = {value: one for value, one in self._given.items() if one.expires_at > now}
        if len(self._given) >= MOST_ALIVE:
            raise TooManySecretsError(f"{MOST_ALIVE} client secrets are alive: wait until some expire.")
        if device is not None and self._alive_of(device, now) >= MOST_OF_ONE_DEVICE:
            message = f"{MOST_OF_ONE_DEVICE} client secrets of this device are alive: wait until some expire."
            raise TooManySecretsError(message)
        secret = ClientSecret(PREFIX + secrets.token_hex(24), int(now) + seconds, config, session_key, device)
        self._given[secret.value] = secret
        if device is not None and session_key is not None:
            sessions = self._sessions.setdefault(device, {})
            sessions.pop(session_key, None)
            sessions[session_key] = None
            if len(sessions) > MOST_SESSIONS_OF_ONE_DEVICE:
                del sessions[next(iter(sessions))]
        return secret

    def find(self, value: str) -> ClientSecret | None:
        """The key, also when it has expired; None when it was never given, or too long ago."""
        return self._given.get(value)

    def given_for(self, session_key: str, device: str) -> bool:
        """Whether this device was given a key for this session since the server started."""
        return session_key in self._sessions.get(device, {})

    def _alive_of(self, device: str, now: float) -> int:
        return sum(one.device == device and one.expires_at > now for one in self._given.values())

    def standing(self, value: str) -> Standing:
        """Whether the key opens a session now, did once, or never has (or too long ago to be remembered)."""
        secret = self._given.get(value)
        if secret is None:
            return "unknown"
        return "good" if self._clock() < secret.expires_at else "expired"

    def config_of(self, value: str) -> SessionConfig | None:
        """The configuration that a good key is bound to."""
        return self._given[value].config if self.standing(value) == "good" else None
