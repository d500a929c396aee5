"""The versions of a branch's schema, and the way from any of them to the newest.

A migration file is history: it spells out its tables and never imports `data/schema.py`. Its name says its revision:
`versions/v0001_first_branch.py` holds revision 0001.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from data.errors import DataError
from data.postgres import PostgresUrl, own_upkeep, unreachable, upkeep

_VERSIONS = Path(__file__).parent / "versions"


def revisions() -> tuple[str, ...]:
    """The revisions that this code knows, oldest first."""
    return tuple(sorted(file.stem[1:].partition("_")[0] for file in _VERSIONS.glob("v*.py")))


def newest_revision() -> str:
    """The revision that this code works with."""
    return revisions()[-1]


def revision_of(conn: Connection) -> str | None:
    """The revision a database stands at; None for an empty one."""
    if not inspect(conn).has_table("alembic_version"):
        return None
    revision = conn.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if revision is None else str(revision)


def migrate(conn: Connection) -> None:
    """Bring the database to the newest revision, inside the caller's transaction.

    Raises DataError when it was written by a newer Lobby than this one.
    """
    revision = revision_of(conn)
    if revision is not None and revision not in revisions():
        raise DataError(
            f"the branch's data are of schema {revision}, which this Lobby (schema {newest_revision()}) does not know: "
            "install the newer Lobby that wrote them, or make new data with `lobby data reset`"
        )
    if revision != newest_revision():
        from data.migrations.runner import upgrade

        upgrade(conn)


def bring_up_to_date(engine: Engine, where: PostgresUrl) -> None:
    """Migrate the data on a server; of several nodes that start together, one does and the others wait for it.

    Raises DataError when there are no data, a newer Lobby wrote them, or the server goes away.
    """
    try:
        with engine.connect() as conn:
            revision = revision_of(conn)
        if revision is None:
            raise DataError(f"there are no branch data at {where}: make them with `lobby data init`")
        if revision != newest_revision():
            with upkeep(engine).connect() as conn, conn.begin():
                own_upkeep(conn)
                migrate(conn)
    except DBAPIError as e:
        raise unreachable(where, e) from e
