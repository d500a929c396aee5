"""What `lobby serve --lan` shows in the terminal."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from edge_server.lan.network import LocalNetwork
    from edge_server.lan.pairing import PairingCode


def show_lan(network: LocalNetwork) -> None:
    """Where the desk is on the local network, and how to know that it is this one."""
    best, *others = network.urls
    lines = [
        f"On the local network: {best}",
        *(f"                  or: {url}" for url in others),
        f"Its certificate: {network.urls[0]}/ca.crt, SHA-256 fingerprint",
        *(f"    {line}" for line in fingerprint_lines(network.authority.fingerprint)),
    ]
    click.echo("\n".join(lines), err=True)
    if sys.stderr.isatty():
        click.echo(qr_code(best), err=True)
    else:
        click.echo("`lobby pair code` shows the code that pairs a device.", err=True)


def show_code(code: PairingCode) -> None:
    """The code that pairs a device, and how long it is good for."""
    import time

    minutes = max(1, round((code.expires_at - time.time()) / 60))
    shown = f"{code.code[:3]} {code.code[3:]}"
    click.echo(f"Pairing code: {shown} (for {minutes} minutes; then `lobby pair code` makes another)", err=True)


def fingerprint_lines(fingerprint: str) -> list[str]:
    """64 hex digits as phones and browsers show them: two lines of pairs."""
    pairs = [fingerprint[at : at + 2].upper() for at in range(0, len(fingerprint), 2)]
    return [":".join(pairs[:16]), ":".join(pairs[16:])]


def qr_code(text: str) -> str:
    """`text` as a QR code in half blocks, dark on light also in a dark terminal."""
    import segno

    drawn = io.StringIO()
    segno.make(text, error="l").terminal(out=drawn, compact=True)
    return drawn.getvalue()
