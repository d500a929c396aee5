"""A bare WebSocket pass-through: what relaying costs at the very least. Frames go on as they come, unread.

`python -m edge_server.bench.passthrough UPSTREAM` serves on a free port until it is stopped.
"""

from __future__ import annotations

import argparse
import asyncio

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed


async def _pump(source: ClientConnection | ServerConnection, sink: ClientConnection | ServerConnection) -> None:
    try:
        async for frame in source:
            await sink.send(frame)
    except ConnectionClosed:
        pass
    finally:
        await sink.close()


async def pass_through(upstream: str, port: int = 0) -> None:
    """Serve until cancelled; `upstream` is the address that each connection goes on to."""

    async def relay(client: ServerConnection) -> None:
        async with connect(upstream, compression=None, max_size=None) as server:
            await asyncio.gather(_pump(client, server), _pump(server, client))

    async with serve(relay, "127.0.0.1", port, compression=None, max_size=None) as running:
        bound = next(iter(running.sockets)).getsockname()[1]
        print(f"The pass-through listens at ws://127.0.0.1:{bound}", flush=True)  # noqa: T201
        await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("upstream")
    asyncio.run(pass_through(parser.parse_args().upstream))
