"""Desks on this network, found by mDNS (`_lobby._tcp.local.`), and pairing with one.

A desk tells its address, whether it has TLS, and the fingerprint of its certificate. What mDNS tells is anybody's word:
the fingerprint is shown to the operator, who compares it with what the desk's own screen shows, and the certificate is
pinned from then on.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk_tui.access import RequestError, fingerprint, request
from kiosk_tui.remembered import Desk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from zeroconf import ServiceStateChange, Zeroconf

SERVICE = "_lobby._tcp.local."
ASK_MS = 2000


@dataclass(frozen=True, slots=True)
class Found:
    """A desk that told of itself: `url`, its name, the fingerprint (hex) of its certificate, None without TLS."""

    url: str
    name: str
    fingerprint: str | None = None


@dataclass(frozen=True, slots=True)
class About:
    """What a desk says of itself when asked. `desk` has its certificate pinned."""

    desk: Desk
    key_needed: bool
    pairing: bool
    fingerprint: str | None


@asynccontextmanager
async def browsing(on_found: Callable[[Found], None]) -> AsyncIterator[None]:
    """Look for desks while this context lasts; `on_found` is called on this loop. Raises OSError without a network."""
    from zeroconf import ServiceStateChange as Change
    from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

    loop = asyncio.get_running_loop()
    asking: set[asyncio.Task[None]] = set()
    zeroconf = AsyncZeroconf()

    async def ask(name: str) -> None:
        info = AsyncServiceInfo(SERVICE, name)
        if await info.async_request(zeroconf.zeroconf, ASK_MS):
            addresses = info.parsed_addresses()
            text = {
                k.decode("utf-8", "replace"): (v or b"").decode("utf-8", "replace") for k, v in info.properties.items()
            }
            found = found_of(name, addresses, info.port, text)
            if found is not None:
                on_found(found)

    def changed(zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange) -> None:
        if state_change is not Change.Removed:
            task = loop.create_task(ask(name))
            asking.add(task)
            task.add_done_callback(asking.discard)

    browser = AsyncServiceBrowser(zeroconf.zeroconf, SERVICE, handlers=[changed])
    try:
        yield
    finally:
        for task in asking:
            task.cancel()
        await browser.async_cancel()
        await zeroconf.async_close()


def found_of(name: str, addresses: list[str], port: int | None, text: dict[str, str]) -> Found | None:
    """The desk that a service record tells of; None for a record without an address."""
    address = next((one for one in addresses if ":" not in one), None) or next(iter(addresses), None)
    if address is None or not port:
        return None
    host = f"[{address}]" if ":" in address else address
    tls = text.get("tls") == "1"
    told = text.get("name") or name.removesuffix(f".{SERVICE}")
    return Found(f"{'https' if tls else 'http'}://{host}:{port}", told[:60], text.get("fp") if tls else None)


async def about(found: Found) -> About:
    """Ask a desk about itself, and pin its certificate. Raises RequestError.

    The certificate comes over a connection that is not checked yet; it counts only when its fingerprint is the one
    that mDNS told (where it told one), and the desk's answers are then asked for again with it pinned.
    """
    desk = Desk(found.url, name=found.name)
    if found.url.startswith("https:"):
        ca = await asyncio.to_thread(_unchecked_ca, found.url)
        try:
            shown = fingerprint(ca)
        except ValueError:
            raise RequestError("no_certificate", "This desk shows no certificate of its own.") from None
        if found.fingerprint and found.fingerprint.lower() != shown:
            raise RequestError("other_certificate", "This desk shows another certificate than it announced.")
        desk = Desk(found.url, name=found.name, ca=ca)
    else:
        shown = None
    told = await request(desk, "GET", "/v1/server")
    name = told.get("name")
    desk = Desk(desk.url, name=name if isinstance(name, str) else desk.name, ca=desk.ca)
    return About(desk, told.get("key_needed") is True, told.get("pairing") is True, shown)


async def pair(desk: Desk, code: str, name: str) -> Desk:
    """The desk with a key of this terminal's own. Raises RequestError, such as wrong_pairing_code."""
    answer = await request(desk, "POST", "/v1/pair", {"code": code, "name": name})
    key = answer.get("device_key")
    if not isinstance(key, str):
        raise RequestError("no_key", "The desk gave no key.")
    return Desk(desk.url, name=desk.name, device_key=key, ca=desk.ca)


def _unchecked_ca(url: str) -> str:
    import httpx

    unchecked = ssl.create_default_context()
    unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
    try:
        response = httpx.get(f"{url}/ca.crt", verify=unchecked, timeout=5.0, trust_env=False)
        response.raise_for_status()
    except httpx.HTTPError as error:
        raise RequestError("away", f"The desk at {url} does not answer ({type(error).__name__}).") from None
    return response.text
