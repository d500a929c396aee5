"""The versions of a branch's schema, and the way from any of them to the newest.

Alembic runs them in this process on a connection that the caller opened, so no `alembic.ini` is needed and a
path with spaces does no harm. A migration file is history: it spells out its tables and never imports
`data/schema.py`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.ddl.impl import DefaultImpl
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from data.errors import DataError

_HERE = Path(__file__).parent


class DuckDBImpl(DefaultImpl):
    """Tells Alembic that DuckDB takes standard DDL, inside transactions. Registers itself by its dialect's name."""

    __dialect__ = "duckdb"
    transactional_ddl = True


def newest_revision() -> str:
    """The revision that this code works with."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise RuntimeError("data/migrations/versions holds no migration")
    return head


def revision_of(conn: Connection) -> str | None:
    """The revision a database stands at; None for an empty one."""
    return MigrationContext.configure(conn).get_current_revision()


def migrate(conn: Connection) -> None:
    """Bring the database to the newest revision, inside the caller's transaction.

    Raises DataError when it was written by a newer Lobby than this one.
    """
    refuse_unknown(revision_of(conn))
    command.upgrade(_config(conn), "head")


def refuse_unknown(revision: str | None) -> None:
    """Raise DataError for a revision that this code does not have."""
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if revision is not None and revision not in known:
        raise DataError(
            f"the branch's data are of schema {revision}, which this Lobby (schema {newest_revision()}) does not know: "
            "install the newer Lobby that wrote them, or make new data with `lobby data reset`"
        )


def _config(conn: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    attributes: dict[str, Any] = config.attributes
    attributes["connection"] = conn
    return config
