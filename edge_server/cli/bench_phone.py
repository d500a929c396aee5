"""`lobby bench phone`: telephone calls at once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edge_server.cli.figures import json_option, print_json, print_percentiles
from edge_server.cli.options import load_settings

if TYPE_CHECKING:
    from edge_server.bench.phone import PhoneFigures
    from edge_server.cli.progress import Progress


@click.command()
@click.option("--calls", type=click.IntRange(1, 500), default=20, show_default=True, help="Calls at once.")
@click.option(
    "--wav",
    "recordings",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    multiple=True,
    help="A recorded question to ask instead; at least three.",
)
@click.option("--rate", type=click.Choice(["16000", "24000"]), default="24000", show_default=True, help="Of the line.")
@json_option
def phone(calls: int, recordings: tuple[Path, ...], rate: str, as_json: bool) -> None:
    """Call a desk of its own so often at once, over a simulated phone network.

    Each caller asks two questions, speaks over the second answer, and hangs up: about a minute in real time. The
    callers run on this machine too, and take some of it. No Azure account, no network.
    """
    from data.model_files import ModelError
    from edge_server.audio import AudioError
    from edge_server.bench.own_server import OwnServerError
    from edge_server.bench.phone import measure_phone
    from edge_server.bench.questions import scripts_for
    from edge_server.cli import progress
    from edge_server.speech.workers import WorkerError

    if 0 < len(recordings) < 3:
        raise click.UsageError("--wav: each caller needs three questions.")
    settings = load_settings()

    async def measure(shown: Progress) -> PhoneFigures:
        scripts = await scripts_for(recordings, settings.models_dir, shown)
        return await measure_phone(calls, scripts, rate=int(rate), progress=shown)

    try:
        with progress.shown(quiet=as_json) as shown:
            figures = asyncio.run(measure(shown))
    except (AudioError, ModelError, OwnServerError, WorkerError) as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        print_json(figures)
        return
    told = f"{figures.answered} of {figures.calls} calls answered, {figures.finished} heard out"
    click.echo(f"{told}; load {figures.load[0]:.1f} to {figures.load[1]:.1f} on {figures.cores} cores.")
    print_percentiles(
        (
            ("ringing to greeting", figures.greeted_ms_p50, figures.greeted_ms_p95),
            ("question to answer", figures.wait_ms_p50, figures.wait_ms_p95),
            ("speech over a reply to its end", figures.barge_in_ms_p50, figures.barge_in_ms_p95),
        )
    )
    click.echo(f"{figures.unanswered} of {figures.questions} questions without an answer.")
    longest = "" if figures.longest_stutter_ms is None else f", the longest {figures.longest_stutter_ms:.0f} ms"
    click.echo(f"{figures.stutters} of {figures.frames} frames came too late{longest}.")
    if figures.memory_mb is not None:
        click.echo(f"Server's memory: {figures.memory_mb[0]:.0f} MB before, {figures.memory_mb[1]:.0f} MB at the most.")
