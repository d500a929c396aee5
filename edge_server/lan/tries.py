"""How often somebody at an address was wrong lately, so that nobody can guess for long."""

from __future__ import annotations

import ipaddress
import time
from collections import deque
from collections.abc import Callable

MOST_SOURCES = 1_000


class Tries:
    """`most` wrong tries of an address within `window_s` block it until the oldest is that old. `clock`: seconds."""

    def __init__(self, most: int, window_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._window_s = window_s
        self._clock = clock
        self._wrong: dict[str, deque[float]] = {}

    def blocked(self, source: str) -> bool:
        """Whether the address has been wrong too often."""
        wrong = self._wrong.get(network_of(source), deque())
        while wrong and wrong[0] <= self._clock() - self._window_s:
            wrong.popleft()
        return len(wrong) >= self._most

    def wrong(self, source: str) -> None:
        """The address was wrong."""
        network = network_of(source)
        if network not in self._wrong and len(self._wrong) >= MOST_SOURCES:
            del self._wrong[next(iter(self._wrong))]
        self._wrong.setdefault(network, deque(maxlen=self._most)).append(self._clock())


def network_of(source: str) -> str:
    """What counts as one address: all of a machine's, where IPv6 gives it many."""
    try:
        address = ipaddress.ip_address(source.partition("%")[0])
    except ValueError:
        return source
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
