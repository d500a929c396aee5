"""The desk's entry is found by a real mDNS browser, on this machine's loopback interface."""

from __future__ import annotations

import asyncio
import ipaddress

from zeroconf import ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from edge_server.lan.addresses import local_name
from edge_server.lan.mdns import SERVICE_TYPE, Advertisement

HOME, MOVED = ipaddress.ip_address("192.168.7.20"), ipaddress.ip_address("192.168.7.99")


async def test_a_browser_finds_the_desk_its_new_address_and_that_it_has_gone() -> None:
    seen: asyncio.Queue[tuple[ServiceStateChange, str]] = asyncio.Queue()

    def changed(zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:
        seen.put_nowait((state_change, name))

    async def until(change: ServiceStateChange) -> str:
        async with asyncio.timeout(20):
            while True:
                what, name = await seen.get()
                if what is change and name.startswith("Test desk 7"):
                    return name

    looking = AsyncZeroconf(interfaces=["127.0.0.1"])
    browser = AsyncServiceBrowser(looking.zeroconf, SERVICE_TYPE, handlers=[changed])
    entry = Advertisement("Test desk 7", 8443, "ab" * 32, interfaces=["127.0.0.1"])
    try:
        await entry.tell([HOME])
        name = await until(ServiceStateChange.Added)
        info = AsyncServiceInfo(SERVICE_TYPE, name)
        assert await info.async_request(looking.zeroconf, 5_000)
        assert info.parsed_addresses() == [str(HOME)]
        assert (info.port, info.server) == (8443, f"{local_name()}.")
        told = {key.decode(): value.decode() for key, value in info.properties.items() if value is not None}
        assert told == {"path": "/v1/realtime", "tls": "1", "name": "Test desk 7", "fp": "ab" * 32}
        await entry.tell([MOVED])
        await until(ServiceStateChange.Removed)
        await until(ServiceStateChange.Added)
    finally:
        await entry.close()
        await browser.async_cancel()
        await looking.async_close()
