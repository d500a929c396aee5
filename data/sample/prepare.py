"""Makes the records of the sample branch, in a folder or on a server."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from sqlalchemy import Connection

from data.clock import LocalClock
from data.postgres import PostgresUrl
from data.replace import Fill, fill_if_empty, replace
from data.sample.world import Progress, fill


def prepare_records(where: Path | PostgresUrl, *, today: date | None = None, progress: Progress) -> None:
    """Make the database with the sample branch where there is none; one that is there is kept as it is.

    `today` is the day the sample is made for, and the branch's calendar then stays on it; None takes the machine's
    day and lets the calendar run. Raises DataError when the place cannot be written or another process owns the folder.
    """
    fill_if_empty(where, _sample(today, progress))


def reset_records(where: Path | PostgresUrl, *, today: date | None = None, progress: Progress) -> None:
    """Replace the database by a new sample branch; the old one stays until the new one is whole.

    Arguments and errors as for `prepare_records`; refused while another process uses the data.
    """
    replace(where, _sample(today, progress))


def _sample(today: date | None, progress: Progress) -> Fill:
    def make(conn: Connection) -> None:
        fill(conn, today or LocalClock().today(), fixed_day=today is not None, progress=progress)

    return make
