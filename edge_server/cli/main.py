"""`lobby`: the one command."""

from __future__ import annotations

import importlib.metadata
import logging
import sys

import click

from edge_server.cli.ask import ask
from edge_server.cli.bench import bench
from edge_server.cli.call import call
from edge_server.cli.data import data
from edge_server.cli.demo import demo
from edge_server.cli.doctor import doctor
from edge_server.cli.evaluate import evaluate
from edge_server.cli.kiosk import kiosk
from edge_server.cli.knowledge import knowledge
from edge_server.cli.operator import operator
from edge_server.cli.pair import pair
from edge_server.cli.serve import serve
from edge_server.cli.sessions import sessions
from edge_server.one_thread import compute_in_one_thread


def _version(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        click.echo(f"lobby {importlib.metadata.version('lobby')}")
        context.exit()


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
def cli() -> None:
    """A voice desk that works where the customer stands, with no network at all.

    \b
    Try it:      lobby demo
    Run it:      lobby serve
    Ask it:      lobby ask --text "What is the status of flight LB204?"
    Not well?    lobby doctor

    Settings come from LOBBY_… variables or lobby.toml (docs/settings.md).
    """


for command in (demo, serve, kiosk, ask, doctor, call, evaluate, bench, data, knowledge, sessions, pair, operator):
    cli.add_command(command)


def main() -> None:
    """Run the command line: exit code 0 done, 1 failed, 2 bad usage."""
    logging.captureWarnings(True)
    compute_in_one_thread()
    try:
        code = cli.main(prog_name="lobby", standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.UsageError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        click.echo(f"lobby: {error.format_message()}", err=True)
        sys.exit(1)
    except click.exceptions.Exit as leaving:
        sys.exit(leaving.exit_code)
    except BrokenPipeError:
        sys.exit(1)
    if isinstance(code, int):  # click gives what a command left with, where it does not end the process itself
        sys.exit(code)


if __name__ == "__main__":
    main()
