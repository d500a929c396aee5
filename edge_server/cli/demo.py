"""`lobby demo` and `lobby kiosk`: a conversation in this terminal.

The terminal is a program of its own that talks to the server over the wire; these commands only start it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from edge_server.cli.options import data_dir_option, load_settings

KIOSK = (sys.executable, "-m", "kiosk_tui")


@click.command()
@data_dir_option
@click.option("--plain", is_flag=True, help="Plain lines instead of a screen (also taken when this is no terminal).")
@click.option("--text-only", is_flag=True, help="Do not use microphone and loudspeaker even if there are some.")
@click.option(
    "--simulate-cloud", is_flag=True, help="Have a simulated cloud answer that goes and comes (docs/cloud.md)."
)
@click.option(
    "--cloud-script",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="What the simulated cloud says and how it fails (YAML).",
)
def demo(data_dir: Path | None, plain: bool, text_only: bool, simulate_cloud: bool, cloud_script: Path | None) -> None:
    """Talk to the desk here and now: server, sample data and conversation in one, offline.

    Uses the running server if there is one. Speak if this machine has a sound card, type if it has none.

    \b
    Try:  What is the status of flight LB204?
          And when can I check in at Front Range Inn?
          I would like to see my bookings.    (booking K7M2QX, PIN 4071)
    """
    import asyncio

    settings = load_settings(data_dir=data_dir)
    arguments = [*(["--plain"] if plain else []), *(["--text-only"] if text_only else [])]

    async def run() -> int:
        from edge_server.cli.reach import reached
        from edge_server.cli.simulated import simulated

        serving = reached(settings, elsewhere=data_dir is None, quiet=False)
        if simulate_cloud or cloud_script is not None:
            serving = simulated(settings, cloud_script)
        async with serving as url:
            terminal = await asyncio.create_subprocess_exec(*KIOSK, "--url", url, *arguments)
            return await terminal.wait()

    code = asyncio.run(run())
    if code:
        raise click.exceptions.Exit(1)


@click.command()
@click.option("--url", help="The server's address (http://HOST:PORT); this machine's server if left out.")
@click.option("--plain", is_flag=True, help="Plain lines instead of a screen.")
@click.option("--text-only", is_flag=True, help="Do not use microphone and loudspeaker even if there are some.")
def kiosk(url: str | None, plain: bool, text_only: bool) -> None:
    """Open the voice terminal on a running server."""
    settings = load_settings()
    address = url or f"http://{settings.host}:{settings.port}"
    arguments = [*(["--plain"] if plain else []), *(["--text-only"] if text_only else [])]
    os.execv(KIOSK[0], [*KIOSK, "--url", address, *arguments])
