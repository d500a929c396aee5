"""The cloud models that a branch may use, and which of them is well.

| state | event | next |
|---|---|---|
| well | a session fails | resting, for longer after each failure in a row |
| resting | the rest is over | on trial: picked again |
| well, on trial | a reply begins | well; the count of failures is forgotten |
| on trial | a session fails | resting, for longer |

Times are seconds on the caller's clock.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field

from pydantic import SecretStr
from websockets.client import backoff


@dataclass(frozen=True, slots=True)
class Deployment:
    """A realtime model at a provider. `key` None: a token of Entra ID (Azure only).

    `url`: base of the address, such as `wss://example.org/v1`; None: the provider's own (OpenAI).
    """

    name: str
    model: str
    kind: str = "openai"
    url: str | None = None
    key: SecretStr | None = None
    api_version: str = "2025-08-28"


@dataclass(slots=True)
class _Health:
    """How one deployment is: sessions on it, and when it may be tried again."""

    sessions: int = 0
    rests_until: float = 0.0
    well_since: float | None = None
    delays: Generator[float, None, None] | None = None


@dataclass(slots=True)
class Deployments:
    """All deployments, shared by all sessions. `rest` gives how long one rests after each failure in a row."""

    all: Sequence[Deployment]
    clock: Callable[[], float] = time.monotonic
    rest: Callable[[], Generator[float, None, None]] = field(
        default=lambda: backoff(initial_delay=1.0, min_delay=2.0, max_delay=120.0, factor=2.0)
    )
    _health: dict[str, _Health] = field(default_factory=dict)

    def pick(self) -> Deployment | None:
        """The deployment with the fewest sessions among those that do not rest; None when all rest."""
        now = self.clock()
        ready = [one for one in self.all if self._of(one).rests_until <= now]
        return min(ready, key=lambda one: self._of(one).sessions, default=None)

    def next_try(self) -> float:
        """When the first of them may be picked again."""
        return min((self._of(one).rests_until for one in self.all), default=self.clock())

    def opened(self, deployment: Deployment) -> None:
        """A session begins on it."""
        self._of(deployment).sessions += 1

    def closed(self, deployment: Deployment) -> None:
        """A session on it is over."""
        self._of(deployment).sessions -= 1

    def worked(self, deployment: Deployment) -> None:
        """It answered."""
        health = self._of(deployment)
        health.delays = None
        if health.well_since is None:
            health.well_since = self.clock()

    def failed(self, deployment: Deployment) -> None:
        """It did not answer, refused, or broke off."""
        health, now = self._of(deployment), self.clock()
        if health.rests_until > now:
            return  # other sessions saw the same failure
        health.delays = health.delays or self.rest()
        health.rests_until = now + next(health.delays)
        health.well_since = None

    def resting(self, deployment: Deployment) -> bool:
        """Whether it is left alone for now."""
        return self._of(deployment).rests_until > self.clock()

    def _of(self, deployment: Deployment) -> _Health:
        return self._health.setdefault(deployment.name, _Health())
