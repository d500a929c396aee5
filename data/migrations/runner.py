"""Runs migrations with Alembic, in this process, on a connection that the caller opened.

No `alembic.ini` is needed, and a path with spaces does no harm. Imported only when a database is not of the newest
schema: Alembic takes some tenths of a second to import, which a start should not pay for nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.ddl.impl import DefaultImpl
from sqlalchemy import Connection

_HERE = Path(__file__).parent


class DuckDBImpl(DefaultImpl):
    """Tells Alembic that DuckDB takes standard DDL, inside transactions. Registers itself by its dialect's name."""

    __dialect__ = "duckdb"
    transactional_ddl = True


def upgrade(conn: Connection, to: str = "head") -> None:
    """Run every migration that the database lacks, up to the revision `to`, inside the caller's transaction."""
    command.upgrade(_config(conn), to)


def _config(conn: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_HERE).replace("%", "%%"))
    attributes: dict[str, Any] = config.attributes
    attributes["connection"] = conn
    return config
