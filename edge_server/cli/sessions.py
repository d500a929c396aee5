"""`lobby sessions`: which conversations are remembered, what is known in one, and how one is forgotten.

It looks into the store itself, so it works whether or not a server runs. A server that holds a session which is ended
here notices with its next sign of life, within three seconds, and closes the connection.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from edge_server.cli.options import data_dir_option, load_settings, redis_url_option

if TYPE_CHECKING:
    from edge_server.settings import Settings
    from sync.disk import DiskStore
    from sync.redis_store import RedisStore
    from sync.session import SessionState

SHORT_KEY = 8
"""A key lets whoever has it into the session: so many characters of it are shown, and never more than half."""

_json = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
_full = click.option("--full-keys", is_flag=True, help="Show whole keys: whoever has one can go on with that session.")
_LONG_NUMBER = re.compile(r"\d(?:[ -]?\d){6,}")
_ADDRESS = re.compile(r"[\w.+-]+@[\w.-]+")


@dataclass(frozen=True, slots=True)
class _Row:
    """A session as the list shows it. Times are ISO 8601 in UTC; `waits_for` is what the desk asked for last."""

    key: str
    live: bool
    agent: str | None
    engine: str
    channel: str
    verified: bool
    task: str | None
    waits_for: str | None
    lines: int
    created_at: str
    updated_at: str
    readable: bool = True


@click.group()
def sessions() -> None:
    """Look at the conversations that the desk remembers, and end one."""


@sessions.command("list")
@redis_url_option
@data_dir_option
@_full
@_json
def list_sessions(redis_url: str | None, data_dir: Path | None, full_keys: bool, as_json: bool) -> None:
    """Show all sessions: on this machine's disk, or in Redis where one is named; the latest first."""
    rows = asyncio.run(_rows(load_settings(data_dir=data_dir, redis_url=redis_url), full_keys))
    if as_json:
        click.echo(json.dumps([asdict(row) for row in rows], indent=2, ensure_ascii=False))
    elif not rows:
        click.echo("No sessions are remembered.")
    else:
        _print_table(rows)


@sessions.command()
@click.argument("key")
@click.option("--history", is_flag=True, help="Show what was said last, too: a customer's own words.")
@redis_url_option
@data_dir_option
@_full
@_json
def show(key: str, history: bool, redis_url: str | None, data_dir: Path | None, full_keys: bool, as_json: bool) -> None:
    """Show what is known in the session KEY; the first characters of a key are enough."""
    state, live = asyncio.run(_found(load_settings(data_dir=data_dir, redis_url=redis_url), key))
    told = _told(state, live, full_keys, history)
    if as_json:
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    width = max(map(len, told))
    for name, value in told.items():
        if isinstance(value, list):
            click.echo(f"{name}:")
            for line in value:
                click.echo(f"  {line['who']}: {line['text']}")
        elif value is not None and value != {}:
            click.echo(f"{name:{width}}  {_in_words(value)}")


@sessions.command()
@click.argument("key")
@redis_url_option
@data_dir_option
@_json
def end(key: str, redis_url: str | None, data_dir: Path | None, as_json: bool) -> None:
    """Forget the session KEY; the first characters of a key are enough. A connection that holds it is closed."""
    whole, live = asyncio.run(_ended(load_settings(data_dir=data_dir, redis_url=redis_url), key))
    if as_json:
        click.echo(json.dumps({"key": shortened(whole), "ended": True, "live": live}))
        return
    click.echo(f"Session {shortened(whole)} is forgotten.{' Its connection is closed within 3 s.' if live else ''}")


def shortened(key: str) -> str:
    """The first characters of a key: enough to name the session, not to get into it."""
    return key[: min(SHORT_KEY, max(1, len(key) // 2))]


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[DiskStore | RedisStore | None]:
    """The store that the settings name; None where nothing was ever kept. One-line failures."""
    from edge_server.services import SESSIONS_FOLDER
    from sync.disk import DiskStore
    from sync.redis_store import RedisStore
    from sync.store import StoreError

    folder = settings.data_dir / SESSIONS_FOLDER
    time_to_live_s = settings.session_days * 24 * 3600
    store: DiskStore | RedisStore | None = None
    try:
        if settings.redis_url is not None:
            url = settings.redis_url.get_secret_value()
            store = await RedisStore.connected(url, time_to_live_s=time_to_live_s)
        elif folder.is_dir():
            store = await asyncio.to_thread(DiskStore, folder, time_to_live_s=time_to_live_s, mend=False)
        yield store
    except StoreError as error:
        raise click.ClickException(f"{error}.") from None
    finally:
        if store is not None:
            await store.close()


async def _rows(settings: Settings, full_keys: bool) -> list[_Row]:
    from sync.store import UnreadableStateError

    rows: list[_Row] = []
    async with _opened(settings) as store:
        live = await store.live() if store is not None else frozenset()
        keys = sorted({*await store.keys(), *live}) if store is not None else []
        for key in keys:
            assert store is not None
            shown = key if full_keys else shortened(key)
            try:
                state = await store.load(key)
            except UnreadableStateError:
                rows.append(_Row(shown, key in live, None, "", "", False, None, None, 0, "", "", readable=False))
                continue
            if state is not None:
                rows.append(_row(state, shown, key in live))
            elif key in live:
                rows.append(_Row(shown, True, None, "", "", False, None, None, 0, "", ""))
    return sorted(rows, key=lambda row: (row.live, row.updated_at), reverse=True)


def _row(state: SessionState, shown: str, live: bool) -> _Row:
    return _Row(
        key=shown,
        live=live,
        agent=state.agent,
        engine=state.engine,
        channel=state.channel,
        verified=state.identity is not None and state.identity.expires_at > time.time(),
        task=state.flow.name if state.flow is not None else None,
        waits_for=state.flow.asking if state.flow is not None else None,
        lines=len(state.history),
        created_at=_iso(state.created_at),
        updated_at=_iso(state.updated_at),
    )


async def _whole(store: DiskStore | RedisStore | None, key: str) -> tuple[str, bool]:
    """The one key that is `key` or begins with it, and whether its session is live."""
    live = await store.live() if store is not None else frozenset()
    known = {*await store.keys(), *live} if store is not None else set()
    found = [key] if key in known else sorted(one for one in known if one.startswith(key))
    if not found:
        raise click.ClickException(f"There is no session {key}: `lobby sessions list` shows all.")
    if len(found) > 1:
        raise click.ClickException(f"{len(found)} sessions begin with {key}: write more of the key (--full-keys).")
    return found[0], found[0] in live


async def _found(settings: Settings, key: str) -> tuple[SessionState, bool]:
    async with _opened(settings) as store:
        whole, live = await _whole(store, key)
        assert store is not None
        state = await store.load(whole)
    if state is None:
        raise click.ClickException("That session is open, and nobody has said anything in it yet.")
    return state, live


async def _ended(settings: Settings, key: str) -> tuple[str, bool]:
    async with _opened(settings) as store:
        whole, live = await _whole(store, key)
        assert store is not None
        await store.delete(whole)
    return whole, live


def _told(state: SessionState, live: bool, full_keys: bool, history: bool) -> dict[str, object]:
    """All that may be shown of a state: nothing that proves who somebody is."""
    flow, pending = state.flow, state.pending
    told: dict[str, object] = {
        "key": state.key if full_keys else shortened(state.key),
        "live": live,
        "agent": state.agent,
        "engine": state.engine,
        "channel": state.channel,
        "customer": state.identity.name if state.identity is not None else None,
        "proved until": _iso(state.identity.expires_at) if state.identity is not None else None,
        "task": flow.name if flow is not None else None,
        "known": {name: value for name, value in flow.slots.items() if name != "pin"} if flow is not None else {},
        "waits for": flow.asking if flow is not None else None,
        "quoted": pending.action if pending is not None else None,
        "parked": ", ".join(parked.name for parked in state.parked) or None,
        "topic": dict(state.topic),
        "lines": len(state.history),
        "created": _iso(state.created_at),
        "updated": _iso(state.updated_at),
    }
    if history:
        said = [{"who": line.agent or line.role, "text": _masked(line.text)} for line in state.history]
        told["history"] = said
    return told


def _masked(words: str) -> str:
    """Words without long numbers (cards, phones) and addresses."""
    return _ADDRESS.sub("[e-mail]", _LONG_NUMBER.sub("[number]", words))


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds") if at else ""


def _print_table(rows: list[_Row]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table("key", "", "agent", "channel", "task", "waits for", "lines", "last", box=box.SIMPLE_HEAD)
    for row in rows:
        ago = _ago(row.updated_at) if row.readable else "unreadable"
        state = "live" if row.live else ""
        marks = (row.agent or "", row.channel, _in_words(row.task or ""), _in_words(row.waits_for or ""))
        table.add_row(row.key, state, *marks, str(row.lines), ago)
    Console().print(table)


def _in_words(value: object) -> str:
    """A value as people read it: yes or no, names of tasks without underscores."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value).replace("_", " ")


def _ago(when: str) -> str:
    if not when:
        return ""
    seconds = max(0.0, time.time() - datetime.fromisoformat(when).timestamp())
    for size, name in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {name} ago"
    return "just now"
