"""What the server tells its operator, as lines and figures to be shown. What it does not offer is said so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk_tui.access import RequestError, request
from kiosk_tui.remembered import Desk

if TYPE_CHECKING:
    from pydantic import JsonValue

NO_KEY = "Start this terminal with LOBBY_OPERATOR_KEY set to the server's to see more here."
NOT_OFFERED = "This server has no operator's view: it is switched off there, or the server is older."


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a turn: p50 and p95 in ms, and its last values."""

    name: str
    p50: float
    p95: float
    recent: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class View:
    """`problem`: why there is nothing more to see."""

    server: tuple[tuple[str, str], ...] = ()
    sessions: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()
    errors: tuple[str, ...] = ()
    problem: str = ""


async def look(desk: Desk, key: str | None) -> View:
    """Ask the server; never raises."""
    if not key:
        return View(problem=NO_KEY)
    try:
        status = await request(desk, "GET", "/v1/operator/status", key=key)
        sessions = await request(desk, "GET", "/v1/operator/sessions", key=key)
        latency = await request(desk, "GET", "/v1/operator/latency", key=key)
    except RequestError as error:
        if error.code in ("404", "operator_off", "not_found", "405"):
            return View(problem=NOT_OFFERED)
        if error.code == "invalid_operator_key":
            return View(problem="The server does not take this terminal's LOBBY_OPERATOR_KEY.")
        return View(problem=str(error))
    return View(_server(status), _sessions(sessions), _stages(latency), _errors(status))


def _server(status: Mapping[str, JsonValue]) -> tuple[tuple[str, str], ...]:
    rows = [("Version", _text(status.get("version"))), ("Engine", _text(status.get("engine")))]
    rows.append(("Ready", "yes" if status.get("ready") is True else "no"))
    for title in ("data", "sessions"):
        told = status.get(title)
        if isinstance(told, dict):
            rows += [(f"{title.capitalize()} {name.replace('_', ' ')}", _text(value)) for name, value in told.items()]
    for model in _listed(status.get("models")):
        rows.append(
            (_text(model.get("role")) or "Model", f"{_text(model.get('name'))}  {_text(model.get('sha256'))[:12]}")
        )
    return tuple((label, value) for label, value in rows if value)


def _sessions(document: Mapping[str, JsonValue]) -> tuple[str, ...]:
    lines: list[str] = []
    for one in _listed(document.get("sessions")):
        signs = ("live" if one.get("live") is True else "", "verified" if one.get("verified") is True else "")
        parts = [_text(one.get("id"))[:12], _text(one.get("agent")), _text(one.get("channel")), *signs]
        lines.append("  ".join(part for part in (*parts, _turns(one.get("turns"))) if part))
    return tuple(lines)


def _stages(document: Mapping[str, JsonValue]) -> tuple[Stage, ...]:
    found = document.get("stages")
    if not isinstance(found, dict):
        return ()
    stages: list[Stage] = []
    for name, told in found.items():
        if isinstance(told, dict):
            recent = told.get("recent")
            values = recent if isinstance(recent, list) else []
            numbers = tuple(float(one) for one in values if isinstance(one, int | float))
            stages.append(Stage(name, _number(told.get("p50")), _number(told.get("p95")), numbers))
    return tuple(stages)


def _errors(status: Mapping[str, JsonValue]) -> tuple[str, ...]:
    return tuple(f"{_moment(one.get('at'))}  {_text(one.get('message'))}" for one in _listed(status.get("errors")))


def _moment(value: JsonValue) -> str:
    """Seconds since the epoch as the terminal's own time of day, with the day."""
    return f"{dt.datetime.fromtimestamp(value):%b %d, %H:%M:%S}" if isinstance(value, int | float) else _text(value)


def _turns(value: JsonValue) -> str:
    return f"{_text(value)} turn{'' if value == 1 else 's'}"


def _listed(value: JsonValue) -> list[dict[str, JsonValue]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(value: JsonValue) -> str:
    return "" if value is None or isinstance(value, dict | list) else str(value)


def _number(value: JsonValue) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
