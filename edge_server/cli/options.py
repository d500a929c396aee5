"""Options that several commands share, and what turns them into settings."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from edge_server.settings import Settings

F = TypeVar("F", bound=Callable[..., object])


def data_dir_option(command: F) -> F:
    """`--data-dir`, the branch's data folder."""
    return click.option(
        "--data-dir",
        type=click.Path(path_type=Path, file_okay=False),
        help="Folder of the branch's data (LOBBY_DATA_DIR).",
    )(command)


def redis_url_option(command: F) -> F:
    """`--redis-url`, the Redis that nodes share."""
    return click.option(
        "--redis-url",
        metavar="URL",
        help="Redis that shares sessions: redis://HOST:PORT/0, rediss:// for TLS. A password is better kept in "
        "LOBBY_REDIS_URL: others see a command line.",
    )(command)


def address_options(command: F) -> F:
    """`--host` and `--port`."""
    command = click.option("--port", type=click.IntRange(0, 65_535), help="Port to listen on (LOBBY_PORT).")(command)
    return click.option("--host", help="Address to listen on (LOBBY_HOST).")(command)


def load_settings(**given: object) -> Settings:
    """The settings in force, or a one-line failure."""
    from edge_server.settings import SettingsError, load

    try:
        return load(**given)
    except SettingsError as error:
        raise click.ClickException(str(error)) from None


OWN_LOGGERS = ("edge_server", "agents", "sync", "data")


def log_to_stderr(level: str) -> None:
    """Write the log to standard error, one line an event: our own from `level` on, libraries' from warnings on."""
    logging.basicConfig(
        stream=sys.stderr, level="WARNING", format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True
    )
    for name in OWN_LOGGERS:
        logging.getLogger(name).setLevel(level.upper())
