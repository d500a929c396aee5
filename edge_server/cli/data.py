"""`lobby data`: the branch's data."""

from __future__ import annotations

import dataclasses
import datetime
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edge_server.cli.options import data_dir_option, load_settings

if TYPE_CHECKING:
    from data.branch import DataVersion
    from data.postgres import PostgresUrl
    from edge_server.settings import Settings


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


_yes = click.option("--yes", is_flag=True, help="Do not ask.")
_wipe = click.option(
    "--wipe", metavar="DATABASE", help="Replace the data on a PostgreSQL server: the name of its database, to be sure."
)


@click.group()
def data() -> None:
    """Make, replace, write out and read in the branch's data."""


@data.command()
@_today
@data_dir_option
@_json
def init(today: datetime.date | None, data_dir: Path | None, as_json: bool) -> None:
    """Make the sample branch where there are no data yet; data that are there are kept and brought up to date."""
    from data.prepare import is_prepared, prepare

    settings, server = _settings(data_dir)
    folder = settings.data_dir
    with _told():
        kept = is_prepared(folder, server)
    if kept and today is not None:
        raise click.ClickException(
            f"There are data in {server or folder} already: `lobby data reset --today …` replaces them."
        )
    _make(prepare, folder, server, today, as_json, done="Data kept" if kept else "Sample branch made")


@data.command()
@_today
@data_dir_option
@_yes
@_wipe
@_json
def reset(today: datetime.date | None, data_dir: Path | None, yes: bool, wipe: str | None, as_json: bool) -> None:
    """Replace all data by a new sample branch: bookings made since are lost."""
    from data.prepare import reset as replace

    settings, server = _settings(data_dir)
    _may_replace(settings.data_dir, server, yes=yes, wipe=wipe)
    _make(replace, settings.data_dir, server, today, as_json, done="Sample branch made")


@data.command("export")
@click.argument("to", type=click.Path(path_type=Path))
@data_dir_option
@click.option("--json", "as_json", is_flag=True, help="Print what was written as one JSON object.")
def export(to: Path, data_dir: Path | None, as_json: bool) -> None:
    """Write all records to TO: a folder, or a file that ends in .zip, with one CSV file a table.

    Customers' names and PIN hashes are in it: keep it as you keep the data. The knowledge base is not.
    """
    from data.exchange import export_records
    from edge_server.cli import progress

    settings, server = _settings(data_dir)
    with _told(), progress.shown(quiet=as_json) as shown:
        rows = export_records(server or settings.data_dir, to, shown)
    if as_json:
        click.echo(json.dumps({"written": str(to), "rows": rows}, indent=2))
    else:
        click.echo(f"{sum(rows.values())} rows of {len(rows)} tables written to {to}.")


@data.command("import")
@click.argument("source", metavar="FROM", type=click.Path(path_type=Path))
@data_dir_option
@click.option("--edited", is_flag=True, help="The files were changed since the export, or written by hand.")
@_yes
@_wipe
@click.option("--json", "as_json", is_flag=True, help="Print what was read, or the faults, as one JSON object.")
def import_(source: Path, data_dir: Path | None, edited: bool, yes: bool, wipe: str | None, as_json: bool) -> None:
    """Replace all records by those in FROM, a folder or zip file as `lobby data export` makes them: all or none."""
    from data.exchange import ExchangeError, import_records
    from edge_server.cli import progress

    settings, server = _settings(data_dir)
    _may_replace(settings.data_dir, server, yes=yes, wipe=wipe)
    try:
        with _told(ExchangeError), progress.shown(quiet=as_json) as shown:
            rows = import_records(server or settings.data_dir, source, shown, edited=edited)
    except ExchangeError as error:
        if as_json:
            faults = [dataclasses.asdict(problem) for problem in error.problems]
            click.echo(json.dumps({"error": str(error), "problems": faults}, indent=2))
        else:
            for problem in error.problems:
                click.echo(str(problem), err=True)
        raise click.ClickException(str(error)) from None
    if as_json:
        click.echo(json.dumps({"read": str(source), "rows": rows}, indent=2))
    else:
        click.echo(f"{sum(rows.values())} rows of {len(rows)} tables are now in {server or settings.data_dir}.")


def _settings(data_dir: Path | None) -> tuple[Settings, PostgresUrl | None]:
    from edge_server.services import server_of

    settings = load_settings(data_dir=data_dir)
    with _told():
        return settings, server_of(settings)


def _may_replace(folder: Path, server: PostgresUrl | None, *, yes: bool, wipe: str | None) -> None:
    """Ask whether the records may be lost; a database that others share must be named."""
    from data.replace import has_records

    with _told():
        if not has_records(server or folder):
            return
    if server is None:
        if not yes:
            click.confirm(f"Replace all data in {folder}? What was booked there is lost.", abort=True)
        return
    if wipe is None:
        click.echo(
            f"All data at {server} will be replaced; what was booked there is lost, at all branches that use it."
        )
        wipe = click.prompt("Type the name of the database to go on (or give it with --wipe)", type=str)
    if wipe != server.database:
        raise click.UsageError(f"--wipe must name the database {server.database}; nothing was changed.")


@contextmanager
def _told(*but: type[Exception]) -> Iterator[None]:
    """One-line failures; those `but` pass."""
    from data.errors import DataError
    from data.model_files import ModelError

    try:
        yield
    except (DataError, ModelError) as error:
        if isinstance(error, but):
            raise
        raise click.ClickException(str(error)) from None


def _make(
    work: Callable[..., None],
    folder: Path,
    server: PostgresUrl | None,
    today: datetime.date | None,
    as_json: bool,
    *,
    done: str,
) -> None:
    from data.branch import Branch
    from edge_server.cli import progress

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _told(), progress.shown(quiet=as_json) as shown:
            work(folder, server=server, today=today, progress=shown)
            branch = Branch.open(server or folder)
        version, calendar = branch.data_version, branch.clock.today()
        branch.close()
    except OSError as error:
        raise click.ClickException(f"The data folder {folder} cannot be written ({error.strerror}).") from None
    _report(version, calendar, folder, server, as_json, done)


def _report(
    version: DataVersion,
    calendar: datetime.date,
    folder: Path,
    server: PostgresUrl | None,
    as_json: bool,
    done: str,
) -> None:
    if as_json:
        made = {**dataclasses.asdict(version), "folder": str(folder), "today": calendar}
        made |= {"server": str(server)} if server is not None else {}
        click.echo(json.dumps(made, default=str, indent=2))
        return
    click.echo(
        f"{done} in {server or folder}: {version.flights} flights, {version.bookings} bookings, "
        f"{version.hotels} hotels, {version.reservations} reservations, {version.customers} customers. "
        f"The branch's day is {calendar}."
    )
    if version.sample_day is not None and version.sample_day != calendar:
        click.echo(f"The sample was made on {version.sample_day}; `lobby data reset` makes it anew for today.")
