"""`lobby pair`: which devices may talk to the desk over the local network."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edge_server.cli.options import data_dir_option, load_settings

if TYPE_CHECKING:
    from edge_server.lan.devices import Device, Devices

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def pair() -> None:
    """Let devices on the local network talk to the desk, see which may, and take it back (docs/lan.md)."""


@pair.command()
@click.option("--new", is_flag=True, help="Make another code, also when one is still good.")
@data_dir_option
@as_json
def code(new: bool, data_dir: Path | None, as_json: bool) -> None:
    """Show the six digits that pair a device with the server of this data folder."""
    from edge_server.cli.lan import show_code
    from edge_server.lan.network import LAN_FOLDER
    from edge_server.lan.pairing import Pairing

    settings = load_settings(data_dir=data_dir)
    pairing = Pairing(settings.data_dir / LAN_FOLDER, minutes=settings.pairing_minutes)
    shown = pairing.new() if new else pairing.current()
    if as_json:
        click.echo(json.dumps({"code": shown.code, "expires_at": int(shown.expires_at)}))
    else:
        show_code(shown)


@pair.command(name="list")
@data_dir_option
@as_json
def list_(data_dir: Path | None, as_json: bool) -> None:
    """List the paired devices."""
    from edge_server.lan.devices import DevicesError

    try:
        known = _devices(data_dir).all()
    except DevicesError as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        click.echo(json.dumps({"devices": [_row(device) for device in known]}))
        return
    for device in known:
        click.echo(f"{device.id}  paired {_day(device.paired_at)}, until {_day(device.expires_at)}  {device.name}")
    if not known:
        click.echo("No device is paired.")


@pair.command()
@click.argument("device")
@data_dir_option
def revoke(device: str, data_dir: Path | None) -> None:
    """Unpair a DEVICE, by its id in `lobby pair list`. A running server knows at once."""
    from edge_server.lan.devices import DevicesError

    try:
        gone = _devices(data_dir).revoke(device)
    except DevicesError as error:
        raise click.ClickException(str(error)) from None
    if gone is None:
        raise click.ClickException(f"No device has the id {device}: `lobby pair list` shows them.")
    click.echo(f"{gone.name} is not paired any more.")


def _devices(data_dir: Path | None) -> Devices:
    from edge_server.lan.devices import Devices
    from edge_server.lan.network import LAN_FOLDER

    settings = load_settings(data_dir=data_dir)
    return Devices(settings.data_dir / LAN_FOLDER, days=settings.device_key_days)


def _row(device: Device) -> dict[str, str | int]:
    times = {"paired_at": int(device.paired_at), "expires_at": int(device.expires_at)}
    return {"id": device.id, "name": device.name, **times}


def _day(at: float) -> str:
    return datetime.datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d")
