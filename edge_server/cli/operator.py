"""`lobby operator`: the key of those who look after the desk."""

from __future__ import annotations

from pathlib import Path

import click

from edge_server.cli.options import data_dir_option, load_settings


@click.group()
def operator() -> None:
    """For those who look after the desk: the operator API and the page /desk (docs/operator.md)."""


@operator.command()
@click.option("--new", is_flag=True, help="Make another key; the old one opens nothing from now on.")
@data_dir_option
def key(new: bool, data_dir: Path | None) -> None:
    """Show the operator's key; make one if there is none. A running server takes it at once."""
    from edge_server.operator.key import made_key

    settings = load_settings(data_dir=data_dir)
    if settings.operator_key is not None:
        raise click.ClickException("LOBBY_OPERATOR_KEY is set, and is the key: a file would not be looked at.")
    try:
        click.echo(made_key(settings.data_dir, anew=new))
    except OSError as error:
        raise click.ClickException(f"The key cannot be written: {error}.") from None
