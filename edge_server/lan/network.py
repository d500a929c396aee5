"""The desk on the local network: a TLS context whose certificate follows the machine's addresses, and mDNS.

| what | when | then |
|---|---|---|
| the addresses are others | at the next look | another certificate for new connections; mDNS tells the new addresses |
| the certificate ends within a week | at the next look | another certificate |
| the authority is not valid: the clock was set | at the next look | another authority, and a warning |
"""

from __future__ import annotations

import asyncio
import datetime
import logging
import ssl
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from edge_server.lan.addresses import Address, as_url, host_name, local_name, own_addresses, own_names
from edge_server.lan.authority import Authority, AuthorityError, ServerCertificate

if TYPE_CHECKING:
    from edge_server.lan.mdns import Advertisement

log = logging.getLogger(__name__)

LAN_FOLDER = "lan"
"""In the data folder: the authority, the server's certificate, paired devices, the pairing code. Mode 0700."""
LOOK_EVERY_S = 15.0


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


class LocalNetwork:
    """What the server is on the local network; `open` it, and close it in the end.

    `addresses` and `now` are the machine's own unless a test owns them.
    """

    def __init__(
        self,
        authority: Authority,
        certificate: ServerCertificate,
        data_dir: Path,
        name: str,
        *,
        mdns: bool,
        addresses: Callable[[], tuple[Address, ...]] = own_addresses,
        now: Callable[[], datetime.datetime] = _now,
    ) -> None:
        self.authority = authority
        self.port = 0
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        certificate.load_into(self.context)
        self._certificate = certificate
        self._folder = data_dir / LAN_FOLDER
        self._name = name
        self._mdns = mdns
        self._addresses = addresses
        self._now = now
        self._advertisement: Advertisement | None = None
        self._watching: asyncio.Task[None] | None = None

    @classmethod
    async def open(
        cls,
        data_dir: Path,
        name: str,
        *,
        mdns: bool,
        addresses: Callable[[], tuple[Address, ...]] = own_addresses,
        now: Callable[[], datetime.datetime] = _now,
    ) -> LocalNetwork:
        """Make what is missing. Raises AuthorityError."""

        def made() -> tuple[Authority, ServerCertificate]:
            known = addresses()
            authority = Authority.load(data_dir / LAN_FOLDER, name, host_name(), now(), known)
            _warn_of(authority, known)
            try:
                return authority, authority.issue(_names(), known, now())
            except OSError as error:
                raise AuthorityError(f"the server's certificate cannot be written: {error}.") from None

        authority, certificate = await asyncio.to_thread(made)
        return cls(authority, certificate, data_dir, name, mdns=mdns, addresses=addresses, now=now)

    @property
    def urls(self) -> tuple[str, ...]:
        """Where people reach the desk, the best address first."""
        hosts: list[Address | str] = [
            one
            for one in self._certificate.addresses
            if self.authority.may_name(one) and not (one.version == 6 and one.is_link_local)
        ]
        return tuple(as_url(host, self.port) for host in (*hosts, local_name()))

    async def serve(self, port: int) -> None:
        """The server listens on `port`: tell the network, and look after certificate and addresses from now on."""
        self.port = port
        await self._tell()
        self._watching = asyncio.create_task(self._watch(), name="lan")

    async def look(self) -> bool:
        """Renew the certificate if it is due. Whether it was."""
        addresses, now = await asyncio.to_thread(self._addresses), self._now()
        remade = not self.authority.good(now)
        if remade:
            load = Authority.load
            self.authority = await asyncio.to_thread(load, self._folder, self._name, host_name(), now, addresses)
            log.warning("the clock was set: another certificate authority is made, and devices have to trust it anew")
        elif not self._certificate.due(_names(), addresses, now):
            return False
        moved = remade or set(addresses) != set(self._certificate.addresses)
        self._certificate = await asyncio.to_thread(self.authority.issue, _names(), addresses, now)
        self._certificate.load_into(self.context)
        _warn_of(self.authority, addresses)
        log.info("a new certificate for the local network: %s", ", ".join(map(str, addresses)) or "no address")
        if moved:
            await self._tell()
        return True

    async def close(self) -> None:
        """Take back what was told."""
        if self._watching is not None:
            self._watching.cancel()
            with suppress(asyncio.CancelledError):
                await self._watching
        if self._advertisement is not None:
            await self._advertisement.close()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self.look()
            except Exception:
                log.exception("the certificate for the local network could not be renewed; it is tried again")

    async def _tell(self) -> None:
        if not self._mdns or not self.port:
            return
        from edge_server.lan.mdns import Advertisement

        if self._advertisement is not None:
            await self._advertisement.close()
        self._advertisement = Advertisement(self._name, self.port, self.authority.fingerprint)
        named = [one for one in self._certificate.addresses if self.authority.may_name(one)]
        await self._advertisement.tell(named or self._certificate.addresses)


def _warn_of(authority: Authority, addresses: Iterable[Address]) -> None:
    left_out = ", ".join(str(one) for one in addresses if not authority.may_name(one))
    if left_out:
        log.warning("the certificate cannot name %s: reach the desk by %s (docs/lan.md)", left_out, local_name())


def _names() -> tuple[str, ...]:
    return (*own_names(), "localhost")
