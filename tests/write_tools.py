"""What tests of the writes share: a branch's data in one open engine, and a yes at a time that the test owns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from data.confirm import confirm
from data.database import DATABASE_FILE, open_engine, transact
from data.postgres import PostgresUrl, open_server
from data.quotes import Consent, Done, Outcome, Quote, Refused, from_json, to_json

T = TypeVar("T")

TODAY = date(2026, 11, 23)
"""The day that conftest.py makes the data for."""
MORNING = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("America/New_York"))
MARIA, JAMES, AIKO = 1001, 1002, 1003


def open_place(place: Path | PostgresUrl) -> Engine:
    """The database in a data folder or on a server, without its owner's lock."""
    return open_server(place) if isinstance(place, PostgresUrl) else open_engine(place / DATABASE_FILE)


def written(place: Path | PostgresUrl) -> str:
    """A place as an argument for another process, which `place_of` reads."""
    return str(place) if isinstance(place, Path) else place.url.render_as_string(hide_password=False)


def place_of(text: str) -> Path | PostgresUrl:
    """What `written` wrote."""
    return PostgresUrl.parse(text) if text.startswith("postgresql") else Path(text)


def day(number: int) -> date:
    """The date `number` days from today."""
    return TODAY + timedelta(days=number)


@dataclass
class Desk:
    """Quotes and writes on one database, as two steps with the quote kept as JSON between them."""

    engine: Engine
    now: datetime = MORNING
    keys: Iterator[int] = field(default_factory=count)

    def read(self, query: Callable[[Connection], T]) -> T:
        with self.engine.connect() as conn:
            return query(conn)

    def write(self, change: Callable[[Connection], T]) -> T:
        return transact(self.engine, change)

    def quote(self, query: Callable[[Connection], T | Refused]) -> T:
        answer = self.read(query)
        assert not isinstance(answer, Refused), answer
        return answer

    def say_yes(self, customer_id: int, quote: Quote, *, key: str | None = None) -> Outcome:
        kept = from_json(to_json(quote))
        consent = Consent(customer_id, "a session", key or f"yes {next(self.keys)}", self.now)
        return self.write(lambda conn: confirm(conn, kept, consent))

    def done(self, customer_id: int, quote: Quote) -> Done:
        outcome = self.say_yes(customer_id, quote)
        assert isinstance(outcome, Done), outcome
        return outcome
