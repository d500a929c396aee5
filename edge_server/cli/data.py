"""`lobby data`: the branch's data."""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edge_server.cli.options import data_dir_option, load_settings

if TYPE_CHECKING:
    from data.branch import DataVersion


class _Day(click.ParamType[datetime.date]):
    name = "YYYY-MM-DD"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime.date:
        if isinstance(value, datetime.date):
            return value
        try:
            return datetime.date.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no date such as 2026-11-22", param, ctx)


_today = click.option(
    "--today", type=_Day(), help="Make the sample for this day, and keep the branch's calendar on it."
)
_json = click.option("--json", "as_json", is_flag=True, help="Print what was made as one JSON object.")


@click.group()
def data() -> None:
    """Make or replace the branch's data."""


@data.command()
@_today
@data_dir_option
@_json
def init(today: datetime.date | None, data_dir: Path | None, as_json: bool) -> None:
    """Make the sample branch where there are no data yet; data that are there are kept and brought up to date."""
    from data.prepare import is_prepared, prepare

    settings = load_settings(data_dir=data_dir)
    folder = settings.data_dir
    if is_prepared(folder) and today is not None:
        raise click.ClickException(f"There are data in {folder} already: `lobby data reset --today …` replaces them.")
    kept = is_prepared(folder)
    _make(prepare, folder, today, as_json, done="Data kept" if kept else "Sample branch made")


@data.command()
@_today
@data_dir_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@_json
def reset(today: datetime.date | None, data_dir: Path | None, yes: bool, as_json: bool) -> None:
    """Replace all data by a new sample branch: bookings made since are lost."""
    from data.prepare import is_prepared
    from data.prepare import reset as replace

    settings = load_settings(data_dir=data_dir)
    if is_prepared(settings.data_dir) and not yes:
        click.confirm(f"Replace all data in {settings.data_dir}? What was booked there is lost.", abort=True)
    _make(replace, settings.data_dir, today, as_json, done="Sample branch made")


def _make(work: Callable[..., None], folder: Path, today: datetime.date | None, as_json: bool, *, done: str) -> None:
    from data.branch import Branch
    from data.errors import DataError
    from data.model_files import ModelError
    from edge_server.cli import progress

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with progress.shown(quiet=as_json) as shown:
            work(folder, today=today, progress=shown)
        branch = Branch.open(folder)
        version, calendar = branch.data_version, branch.clock.today()
        branch.close()
    except OSError as error:
        raise click.ClickException(f"The data folder {folder} cannot be written ({error.strerror}).") from None
    except (DataError, ModelError) as error:
        raise click.ClickException(str(error)) from None
    _report(version, calendar, folder, as_json, done)


def _report(version: DataVersion, calendar: datetime.date, folder: Path, as_json: bool, done: str) -> None:
    if as_json:
        made = {**dataclasses.asdict(version), "folder": str(folder), "today": calendar}
        click.echo(json.dumps(made, default=str, indent=2))
        return
    click.echo(
        f"{done} in {folder}: {version.flights} flights, {version.bookings} bookings, {version.hotels} hotels, "
        f"{version.reservations} reservations, {version.customers} customers. The branch's day is {calendar}."
    )
    if version.sample_day is not None and version.sample_day != calendar:
        click.echo(f"The sample was made on {version.sample_day}; `lobby data reset` makes it anew for today.")
