"""Where this machine can be reached on the local network."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable

import ifaddr

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def own_addresses() -> tuple[Address, ...]:
    """All addresses of this machine but loopback; those that people would type come first."""
    found: set[Address] = set()
    for adapter in ifaddr.get_adapters():
        for one in adapter.ips:
            text = one.ip if isinstance(one.ip, str) else one.ip[0]
            address = ipaddress.ip_address(text.partition("%")[0])
            if not address.is_loopback and not address.is_unspecified:
                found.add(address)
    return ordered(found)


def ordered(addresses: Iterable[Address]) -> tuple[Address, ...]:
    """IPv4 before IPv6, routable before link-local."""
    return tuple(sorted(set(addresses), key=lambda one: (one.is_link_local, one.version, int(one))))


def host_name() -> str:
    """This machine's name without its domain, in small letters."""
    return re.sub("[^a-z0-9-]", "", socket.gethostname().split(".")[0].lower()).strip("-") or "lobby"


def local_name() -> str:
    """This machine's name in mDNS."""
    return f"{host_name()}.local"


def own_names() -> tuple[str, ...]:
    """The names by which this machine is called: its own, with and without a domain, and the one in mDNS."""
    return tuple(dict.fromkeys((local_name(), host_name(), socket.gethostname().lower())))


def as_url(address: Address | str, port: int) -> str:
    """`https://ADDRESS:PORT`."""
    host = f"[{address}]" if isinstance(address, ipaddress.IPv6Address) else str(address)
    return f"https://{host}:{port}"
