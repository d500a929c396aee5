"""`lobby demo`: a conversation in this terminal, with a person or with scripted customers to watch.

The terminal is a program of its own that talks to the server over the wire; these commands only start it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from edge_server.cli.kiosk import KIOSK
from edge_server.cli.options import data_dir_option, load_settings


@click.command()
@data_dir_option
@click.option("--plain", is_flag=True, help="Plain lines instead of a screen (also taken when this is no terminal).")
@click.option("--text-only", is_flag=True, help="Do not use microphone and loudspeaker even if there are some.")
@click.option("--watch", is_flag=True, help="Watch scripted customers, on a sample branch of their own.")
@click.option("--minutes", type=click.FloatRange(0), help="With --watch: let them come again for so long.")
@click.option("--pace", type=click.FloatRange(0), default=1.0, help="With --watch: 2 is half as fast, 0 does not wait.")
@click.option("--record-svg", type=click.Path(path_type=Path, file_okay=False), help="Save a picture of every screen.")
@click.option(
    "--simulate-cloud", is_flag=True, help="Have a simulated cloud answer that goes and comes (docs/cloud.md)."
)
@click.option(
    "--cloud-script",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="What the simulated cloud says and how it fails (YAML).",
)
def demo(
    data_dir: Path | None,
    plain: bool,
    text_only: bool,
    watch: bool,
    minutes: float | None,
    pace: float,
    record_svg: Path | None,
    simulate_cloud: bool,
    cloud_script: Path | None,
) -> None:
    """Talk to the desk here and now: server, sample data and conversation in one, offline.

    Uses the running server if there is one. Speak if this machine has a sound card, type if it has none.

    \b
    Try:  What is the status of flight LB204?
          And when can I check in at Front Range Inn?
          I would like to see my bookings.    (booking K7M2QX, PIN 4071)
    """
    import asyncio
    import tempfile

    arguments = [*(["--plain"] if plain else []), *(["--text-only"] if text_only else [])]
    arguments += ["--record-svg", str(record_svg)] if record_svg is not None else []
    if watch and (plain or not (sys.stdin.isatty() and sys.stdout.isatty())):
        raise click.UsageError("--watch shows screens: start it in a terminal, without --plain")

    async def run(data_dir: Path | None, *, elsewhere: bool) -> int:
        from edge_server.cli.reach import reached
        from edge_server.cli.simulated import simulated
        from edge_server.cli.watching import watch as watch_customers
        from edge_server.cli.watching import watch_scripts

        settings = load_settings(data_dir=data_dir)
        serving = reached(settings, elsewhere=elsewhere, quiet=False)
        if simulate_cloud or cloud_script is not None:
            serving = simulated(settings, cloud_script)
        async with serving as url:
            command = [*KIOSK, "--url", url, *arguments]
            if watch:
                return await watch_customers(command, watch_scripts(), minutes=minutes, pace=pace)
            terminal = await asyncio.create_subprocess_exec(*command)
            return await terminal.wait()

    if watch and data_dir is None:
        # what they change must be nobody's: a sample branch for them alone
        with tempfile.TemporaryDirectory(prefix="lobby-watch-") as folder:
            code = asyncio.run(run(Path(folder), elsewhere=False))
    else:
        code = asyncio.run(run(data_dir, elsewhere=data_dir is None))
    if code:
        raise click.exceptions.Exit(1)
