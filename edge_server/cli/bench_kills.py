"""`lobby bench kills`: whether bookings survive a server that is killed."""

from __future__ import annotations

import asyncio
import random

import click

from edge_server.cli.figures import json_option, print_json


@click.command()
@click.option("--count", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How often to kill it.")
@click.option(
    "--at-once", type=click.IntRange(1, 50), default=2, show_default=True, help="Customers who book meanwhile."
)
@click.option("--seed", type=int, help="Number that the random moments begin with; one of its own if not given.")
@json_option
def kills(count: int, at_once: int, seed: int | None, as_json: bool) -> None:
    """Kill a server of its own (SIGKILL) at random moments of bookings, and look for what was lost or written twice.

    Customers go on at the next socket with the same session key. One kill takes as long as the server takes to start.
    Fails when anything confirmed was lost or repeated, or somebody left without what they came for.
    """
    from edge_server.bench.kills import measure_kills
    from edge_server.bench.own_server import OwnServerError
    from edge_server.cli import progress

    try:
        with progress.shown(quiet=as_json) as shown:
            begin = random.randrange(2**31) if seed is None else seed
            figures = asyncio.run(measure_kills(count, at_once=at_once, seed=begin, progress=shown))
    except* OwnServerError as failed:
        raise click.ClickException(str(failed.exceptions[0])) from None
    if as_json:
        print_json(figures)
    else:
        click.echo(
            f"{figures.kills} kills during {figures.bookings} bookings (seed {figures.seed}): {figures.told} told, "
            f"{figures.lost} lost, {figures.repeated} written twice, {figures.misheard} misheard, "
            f"{figures.untold} without what they came for, "
            f"{figures.sold_out} sold out."
        )
        click.echo(
            f"{figures.cut} lines went dead in mid-conversation, {figures.gone_on} went on with all that was known, "
            f"{figures.forgotten} with less than all but the last turn. "
            f"The server was back after {figures.start_p50_ms / 1000:.1f} s (p95 {figures.start_p95_ms / 1000:.1f} s)."
        )
        if figures.evidence is not None:
            click.echo(f"What was not as it should be is kept in {figures.evidence} (customers.json says who and how).")
    if not figures.kept:
        raise click.exceptions.Exit(1)
