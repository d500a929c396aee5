"""Short-lived keys for clients that must not know the server's own: `ek_...`, each bound to a session configuration.

They live in memory: a restart voids them, and whoever gave one out asks for another.
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
MOST_ALIVE = 10_000


class TooManySecretsError(Exception):
    """No more keys can be given out before some have expired."""


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """A key and what it opens. `expires_at` in seconds since the epoch."""

    value: str
    expires_at: int
    config: SessionConfig


Standing = Literal["good", "expired", "unknown"]


class ClientSecrets:
    """The keys that have been given out. `clock` gives seconds since the epoch."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._given: dict[str, ClientSecret] = {}

    def give(self, config: SessionConfig, seconds: int = DEFAULT_S) -> ClientSecret:
        """A new key for sessions with `config`. Raises TooManySecretsError."""
        now = self._clock()
        if len(self._given) >= MOST_ALIVE:
            self._given = {value: one for value, one in self._given.items() if one.expires_at > now}
        if len(self._given) >= MOST_ALIVE:
            raise TooManySecretsError(f"{MOST_ALIVE} client secrets are alive: wait until some expire.")
        secret = ClientSecret(PREFIX + secrets.token_hex(24), int(now) + seconds, config)
        self._given[secret.value] = secret
        return secret

    def standing(self, value: str) -> Standing:
        """Whether the key opens a session now, did once, or never has (or too long ago to be remembered)."""
        secret = self._given.get(value)
        if secret is None:
            return "unknown"
        return "good" if self._clock() < secret.expires_at else "expired"

    def config_of(self, value: str) -> SessionConfig | None:
        """The configuration that a good key is bound to."""
        return self._given[value].config if self.standing(value) == "good" else None
