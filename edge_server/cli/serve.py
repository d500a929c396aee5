"""`lobby serve`: the edge server."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from edge_server.cli.options import address_options, data_dir_option, load_settings, log_to_stderr, redis_url_option

if TYPE_CHECKING:
    from edge_server.settings import Settings


@click.command()
@address_options
@data_dir_option
@redis_url_option
@click.option("--lan", is_flag=True, default=None, help="Serve the local network too, over TLS (LOBBY_LAN).")
@click.option("--lan-port", type=click.IntRange(0, 65_535), help="Port for the local network (LOBBY_LAN_PORT).")
@click.option("--no-mdns", "mdns", flag_value=False, default=None, help="Do not tell the network by mDNS (LOBBY_MDNS).")
@click.option(
    "--engine", type=click.Choice(["embedded", "cascade", "cloud", "auto"]), help="What answers (LOBBY_ENGINE)."
)
def serve(
    host: str | None,
    port: int | None,
    lan: bool | None,
    lan_port: int | None,
    mdns: bool | None,
    data_dir: Path | None,
    redis_url: str | None,
    engine: str | None,
) -> None:
    """Run the edge server until it is told to stop (Ctrl-C or SIGTERM).

    It listens on 127.0.0.1 only, unless an API key is set (LOBBY_API_KEY). With --lan it also serves browsers and
    kiosks on the local network, over TLS; a device is let in once it has the pairing code that is shown here
    (docs/lan.md). On its first start it makes the sample branch's data.
    """
    import asyncio
    import gc

    gc.disable()  # until all is loaded: that makes a great many objects and hardly any garbage
    from edge_server.serving import StartError

    settings = load_settings(
        host=host,
        port=port,
        lan=lan,
        lan_port=lan_port,
        mdns=mdns,
        data_dir=data_dir,
        redis_url=redis_url,
        engine=engine,
    )
    log_to_stderr(settings.log_level)
    try:
        asyncio.run(_serve_until_stopped(settings))
    except StartError as error:
        raise click.ClickException(str(error)) from None
    click.echo("Stopped.", err=True)


async def _serve_until_stopped(settings: Settings) -> None:
    import asyncio
    import gc
    import signal

    from edge_server.cli import progress
    from edge_server.cli.lan import show_code, show_lan
    from edge_server.serving import EdgeServer

    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    server = EdgeServer(settings, show_code if sys.stderr.isatty() else lambda code: None)
    stopping = asyncio.create_task(stopped.wait())
    try:
        with progress.shown() as shown:
            starting = asyncio.create_task(server.start(shown))
            await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
            await server.stop()
            _leave_at_once()
        await starting
        gc.freeze()  # what is loaded stays: later collections need not look at it
        gc.enable()
        click.echo(f"Lobby is ready at {server.url}", err=True)
        if server.lan.network is not None:
            show_lan(server.lan.network)
            if sys.stderr.isatty():
                await asyncio.to_thread(server.lan.pairing.new)
        await stopping
    finally:
        stopping.cancel()
        await server.stop()


def _leave_at_once() -> NoReturn:
    """End the process although a thread still makes data: what it makes is whole or not there at all."""
    click.echo("Stopped.", err=True)
    os._exit(0)
