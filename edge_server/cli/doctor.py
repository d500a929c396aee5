"""`lobby doctor`: what works on this machine, and what to do about the rest."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import click

from edge_server.cli.options import address_options, data_dir_option, load_settings

MARKS = {"ok": ("ok", "green"), "note": ("note", "yellow"), "problem": ("problem", "red")}


@click.command()
@address_options
@data_dir_option
@click.option("--audio", is_flag=True, help="Play a sound too, and say whether hands-free works here (6 s).")
@click.option("--phone", is_flag=True, help="Ask Communication Services and the public address, too (docs/phone.md).")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as one JSON object.")
def doctor(host: str | None, port: int | None, data_dir: Path | None, audio: bool, phone: bool, as_json: bool) -> None:
    """Look at everything Lobby needs: Python, models, sound, ports, data, disk.

    Exit code 1 when something is in the way of serving; a note (no sound card, say) is not.
    """
    from edge_server import examination
    from edge_server.cli import progress

    settings = load_settings(host=host, port=port, data_dir=data_dir)
    with progress.shown(quiet=as_json, lines=False) as shown:
        findings = examination.examine(settings, shown, audio=audio, phone=phone)
    healthy = all(finding.verdict != "problem" for finding in findings)
    if as_json:
        body = {"healthy": healthy, "findings": [dataclasses.asdict(finding) for finding in findings]}
        click.echo(json.dumps(body, indent=2))
    else:
        width = max(len(finding.what) for finding in findings)
        for finding in findings:
            mark, colour = MARKS[finding.verdict]
            click.echo(f"{click.style(f'{mark:>7}', fg=colour)}  {finding.what:<{width}}  {finding.found}")
            if finding.advice:
                click.echo(f"{'':>7}  {'':<{width}}  → {finding.advice}")
        click.echo("Ready to serve." if healthy else "Lobby cannot serve here yet; see the problems above.")
    if not healthy:
        raise click.exceptions.Exit(1)
