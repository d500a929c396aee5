"""How measuring commands show their figures."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import Field
from typing import ClassVar, Protocol

import click

json_option = click.option("--json", "as_json", is_flag=True, help="Print all figures as one JSON object.")


class Figures(Protocol):
    """Any dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Field[object]]]


def print_json(figures: Figures) -> None:
    """All figures as one JSON object on standard output."""
    click.echo(json.dumps(dataclasses.asdict(figures), ensure_ascii=False, indent=2))


def percent(part: float | None) -> str:
    """A share (0 to 1) for people; "none" where there was nothing to count."""
    return "none" if part is None else f"{100 * part:.1f} %"


def ms(value: float | None, width: int = 7) -> str:
    """Milliseconds in a column."""
    return f"{'none' if value is None else f'{value:.0f}':>{width}}"
