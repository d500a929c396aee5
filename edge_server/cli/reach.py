"""Find the server to talk to: the one that owns the data folder, the one at the given address, or one of our own."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from edge_server.settings import Settings

PROBE_SECONDS = 1.0


def running_server(settings: Settings, *, elsewhere: bool) -> str | None:
    """The address of a running server: the owner of the data folder, or (`elsewhere`) who answers at host and port."""
    from edge_server.serving import SERVER_FILE

    told = settings.data_dir / SERVER_FILE
    candidates = [f"http://{settings.host}:{settings.port}"] if elsewhere else []
    with suppress(OSError, ValueError, KeyError):
        candidates.insert(0, str(json.loads(told.read_text())["url"]))
    return next((url for url in candidates if answers(url)), None)


def answers(url: str) -> bool:
    """Whether a Lobby server answers there and is ready."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url}/readyz", timeout=PROBE_SECONDS) as response:
            return bool(json.load(response).get("status") == "ready")
    except (OSError, ValueError):
        return False


@asynccontextmanager
async def reached(settings: Settings, *, elsewhere: bool, quiet: bool) -> AsyncIterator[str]:
    """The address of a server: a running one, else one that lives as long as this context, on a free port.

    `elsewhere`: a running server may be one of another data folder, since nobody named a folder.
    """
    from edge_server.cli import progress
    from edge_server.serving import EdgeServer, StartError

    url = running_server(settings, elsewhere=elsewhere)
    if url is not None:
        yield url
        return
    server = EdgeServer(settings.model_copy(update={"port": 0, "host": "127.0.0.1", "lan": False}))
    try:
        with progress.shown(quiet=quiet) as shown:
            await server.start(shown)
        yield server.url
    except StartError as error:
        raise click.ClickException(str(error)) from None
    finally:
        await server.stop()
