"""Signs of life for systemd (`sd_notify`): ready, still alive, stopping. Nothing where no systemd listens.

One datagram to a socket is all the protocol there is, so it is written here; the packages that carry it are as short
and not kept up.
"""

from __future__ import annotations

import os
import socket


def notify(state: str) -> bool:
    """Tell systemd `state` (`READY=1`, `WATCHDOG=1`, `STOPPING=1`); whether somebody listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            sender.connect("\0" + address[1:] if address.startswith("@") else address)
            sender.send(state.encode())
    except OSError:
        return False
    return True


def interval_s() -> float | None:
    """How often systemd wants a sign of life, halved for safety; None when it wants none."""
    try:
        wanted = int(os.environ.get("WATCHDOG_USEC", "")) / 1_000_000
    except ValueError:
        return None
    return wanted / 2 if wanted > 0 else None
