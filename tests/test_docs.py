"""What a person can set or type is documented where they look for it."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from edge_server.cli.main import cli
from edge_server.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
SETTINGS_PAGE = ROOT / "docs" / "settings.md"


def commands(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, under the words that start it: `lobby data init`."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


COMMANDS = dict(commands(cli, "lobby"))


def variable(field: str) -> str:
    return f"LOBBY_{field.upper()}"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_on_the_settings_page_in_its_own_words(name: str) -> None:
    rows = [row for row in SETTINGS_PAGE.read_text("utf-8").splitlines() if row.startswith(f"| `{variable(name)}` |")]
    assert len(rows) == 1, f"docs/settings.md needs one row for {variable(name)}"
    assert str(Settings.model_fields[name].description) in rows[0]


def test_the_settings_page_names_no_setting_that_is_gone() -> None:
    named = set(re.findall(r"^\| `(LOBBY_\w+)`", SETTINGS_PAGE.read_text("utf-8"), re.MULTILINE))
    assert named == {variable(name) for name in Settings.model_fields}


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_is_shown_to_readers(words: str) -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    either = rf"(?:lobby|run\.py) {words.removeprefix('lobby ')}\b"
    assert any(re.search(either, page.read_text("utf-8")) for page in pages), f"no page shows `{words}`"


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_and_option_says_what_it_does(words: str) -> None:
    command = COMMANDS[words]
    assert command.help, words
    for parameter in command.params:
        if isinstance(parameter, click.Option) and not parameter.hidden:
            assert parameter.help, f"{words} {parameter.opts[0]}"


def test_pages_link_to_files_that_are_there() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
