"""`lobby kiosk`: become the terminal, a program of its own that talks to a server over the wire."""

from __future__ import annotations

import os
import sys

import click

from edge_server.cli.options import load_settings

KIOSK = (sys.executable, "-m", "kiosk_tui")


@click.command()
@click.option("--url", help="The server's address; else the desk remembered, this machine's, or one found by mDNS.")
@click.option("--plain", is_flag=True, help="Plain lines instead of a screen.")
@click.option("--text-only", is_flag=True, help="Do not use microphone and loudspeaker even if there are some.")
@click.option("--push-to-talk", is_flag=True, help="The microphone is open only between two presses of F8.")
@click.option("--kiosk", "locked", is_flag=True, help="Cannot be left without the operator's code.")
@click.option("--set-operator-code", is_flag=True, help="Ask for the operator's code, and keep its hash.")
@click.option("--theme", type=click.Choice(["lobby", "contrast-dark", "contrast-light"]), help="Colours.")
@click.option("--large-type", is_flag=True, help="The last reply in large letters.")
@click.option("--reduced-motion", is_flag=True, help="Nothing moves by itself.")
@click.option("--words-a-minute", type=click.IntRange(20, 400), help="How fast people here read (150).")
@click.option("--idle-seconds", type=click.FloatRange(5), help="Until a customer is asked whether they are there (60).")
@click.option("--warning-seconds", type=click.FloatRange(5), help="And then until everything is wiped (20).")
@click.option("--record-svg", type=click.Path(file_okay=False), help="Save a picture of every screen in this folder.")
def kiosk(url: str | None, locked: bool, **given: str | float | bool | None) -> None:
    """Open the voice terminal on a running server."""
    from edge_server.operator.key import hand_on_key

    arguments = ["--url", url] if url else ["--near", _here()]
    arguments += ["--kiosk"] if locked else []
    for name, value in given.items():
        option = "--" + name.replace("_", "-")
        if value is True:
            arguments.append(option)
        elif value is not None and value is not False:
            arguments += [option, str(value)]
    hand_on_key(load_settings())
    os.execv(KIOSK[0], [*KIOSK, *arguments])


def _here() -> str:
    """This machine's own server, whether or not one runs."""
    settings = load_settings()
    return f"http://{settings.host}:{settings.port}"
