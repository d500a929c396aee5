"""The versions of a branch's schema, and the way from any of them to the newest.

A migration file is history: it spells out its tables and never imports `data/schema.py`. Its name says its revision:
`versions/v0001_first_branch.py` holds revision 0001.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from data.errors import DataError

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
