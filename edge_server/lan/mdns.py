"""Tells the local network by mDNS (DNS-SD) where the desk is: service type `_lobby._tcp.local.`.

TXT: `path` of the realtime endpoint, `tls` (1 or 0), `name` of the desk, and with TLS `fp`, the SHA-256 of the
authority's certificate in hex. Anybody on the network can say such things: a client that pairs compares the fingerprint
with the one that the desk shows.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from zeroconf import BadTypeInNameException, InterfaceChoice, NonUniqueNameException
from zeroconf import Error as ZeroconfError
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from edge_server.lan.addresses import Address, local_name

log = logging.getLogger(__name__)

SERVICE_TYPE = "_lobby._tcp.local."
PATH = "/v1/realtime"
LONGEST_LABEL = 63


class Advertisement:
    """One desk's entry. `interfaces`: the addresses of the interfaces to speak on; None: all."""

    def __init__(self, name: str, port: int, fingerprint: str, *, interfaces: Sequence[str] | None = None) -> None:
        self._name = name
        self._port = port
        self._fingerprint = fingerprint
        self._interfaces = interfaces
        self._zeroconf: AsyncZeroconf | None = None
        self._info: AsyncServiceInfo | None = None

    async def tell(self, addresses: Sequence[Address]) -> None:
        """Say that the desk has these addresses now. What goes wrong is logged: the desk works without it."""
        await self.close()
        try:
            interfaces = InterfaceChoice.All if self._interfaces is None else list(self._interfaces)
            self._zeroconf = AsyncZeroconf(interfaces=interfaces)
            self._info = self._entry(addresses)
            await self._zeroconf.async_register_service(self._info, allow_name_change=True)
        except (OSError, ZeroconfError, BadTypeInNameException, NonUniqueNameException, TimeoutError) as error:
            log.warning("the desk is not told by mDNS: %s", str(error) or type(error).__name__)
            await self.close()

    async def close(self) -> None:
        """Take the entry back."""
        zeroconf, self._zeroconf = self._zeroconf, None
        if zeroconf is None:
            return
        try:
            await zeroconf.async_unregister_all_services()
        except (OSError, ZeroconfError) as error:
            log.warning("the desk's mDNS entry could not be taken back: %s", error)
        await zeroconf.async_close()

    def _entry(self, addresses: Sequence[Address]) -> AsyncServiceInfo:
        label = self._name.replace(".", " ").encode()[:LONGEST_LABEL].decode(errors="ignore").strip() or "Lobby"
        return AsyncServiceInfo(
            SERVICE_TYPE,
            f"{label}.{SERVICE_TYPE}",
            port=self._port,
            addresses=[address.packed for address in addresses],
            properties={"path": PATH, "tls": "1", "name": self._name, "fp": self._fingerprint},
            server=f"{local_name()}.",
        )
