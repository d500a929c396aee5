"""How measuring commands show their figures."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
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


def print_percentiles(rows: Iterable[tuple[str, float | None, float | None]]) -> None:
    """A table of times in ms: for each row its name, its median and its 95th percentile."""
    click.echo(f"{'ms':34} {'p50':>7} {'p95':>7}")
    for name, p50, p95 in rows:
        click.echo(f"{name:34} {ms(p50)} {ms(p95)}")


def ms(value: float | None, width: int = 7) -> str:
    """Milliseconds in a column."""
    return f"{'none' if value is None else f'{value:.0f}':>{width}}"
