"""A PostgreSQL server with a branch's data: its address, how it is opened, and what its errors mean.

All that several nodes write at one time is kept right by isolation level SERIALIZABLE: a transaction sees the data as
if no other one ran, or ends with a conflict and is run again (`data.database.transact`). So that they seldom meet,
writes stand in a queue (`queue_up`); one that waits too long, because a node hangs inside its turn, goes on without.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from data.errors import DataError, UnavailableError

Meaning = Literal["conflict", "duplicate", "gone", "other"]

CONNECTIONS = 4
"""Connections that a node opens at most: two readers, the writer, and one for probes."""
CONNECT_SECONDS = 3
APPLICATION = "lobby"

_LIMITS = "; ".join(
    (
        "SET statement_timeout = '5s'",
        "SET lock_timeout = '1s'",
        "SET idle_in_transaction_session_timeout = '10s'",  # a node that hangs inside a transaction loses it
    )
)
_KEEPALIVE = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 10_000}
"""A server whose machine vanished is noticed after about 11 s."""

_UPKEEP_LOCK = 0x10BB1
"""The advisory lock of whoever makes or migrates the tables."""

_NO_LOCK = "55P03"
_CONFLICTS = frozenset({"40001", "40P01", _NO_LOCK})  # serialization, deadlock, lock not available
_DUPLICATE = "23505"
_GONE = ("08", "28", "3D", "53", "57")  # connection, authorisation, no database, resources, operator
_READ_ONLY = "25006"  # a standby answers


@dataclass(frozen=True, slots=True)
class PostgresUrl:
    """Where the data are on a server. As text it has no password."""

    url: URL

    @classmethod
    def parse(cls, address: str, password_file: Path | None = None) -> PostgresUrl:
        """The server at `address` (`postgresql+psycopg://USER@HOST/DATABASE`).

        The password is in the address, in `password_file`, or where libpq looks for one (`PGPASSFILE`). Raises
        DataError, which never repeats the address.
        """
        try:
            url = make_url(address.strip())
        except (ArgumentError, ValueError):
            raise DataError(f"LOBBY_DATA_URL is no address: write it as {_EXAMPLE}") from None
        if url.drivername not in ("postgresql", "postgres", "postgresql+psycopg"):
            raise DataError(f"LOBBY_DATA_URL is not of a PostgreSQL server: write it as {_EXAMPLE}")
        if not url.database:
            raise DataError(f"LOBBY_DATA_URL names no database: write it as {_EXAMPLE}")
        url = url.set(drivername="postgresql+psycopg")
        if password_file is not None:
            try:
                url = url.set(password=password_file.read_text("utf-8").strip())
            except (OSError, UnicodeError) as e:
                raise DataError(f"cannot read the database password in {password_file}: {e}") from None
        return cls(url)

    @property
    def database(self) -> str:
        """The name of the database."""
        return self.url.database or ""

    def __str__(self) -> str:
        url = self.url
        plain = URL.create("postgresql", url.username, None, url.host, url.port, url.database)
        return plain.render_as_string()

    def __repr__(self) -> str:
        return f"PostgresUrl({self})"


_EXAMPLE = "postgresql+psycopg://USER@HOST/DATABASE"


def open_server(where: PostgresUrl) -> Engine:
    """A pool of connections to the server, each with Lobby's limits. Raises UnavailableError or DataError, with the
    reason, when it cannot be reached."""
    engine = create_engine(
        where.url,
        isolation_level="SERIALIZABLE",
        hide_parameters=True,  # what a customer says must not reach a log by way of an error
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=CONNECT_SECONDS,
        connect_args={"connect_timeout": CONNECT_SECONDS, "application_name": APPLICATION, **_KEEPALIVE},
    )
    event.listen(engine, "connect", _set_limits)
    try:
        with engine.connect() as conn:
            version = int(conn.execute(text("SHOW server_version_num")).scalar_one())
            encoding = str(conn.execute(text("SHOW server_encoding")).scalar_one())
    except DBAPIError as e:
        engine.dispose()
        raise unreachable(where, e) from None
    if version < 120_000 or encoding != "UTF8":
        engine.dispose()
        raise DataError(f"{where}: Lobby needs PostgreSQL 12 or later and a database in UTF8")
    return engine


def meaning_of(error: DBAPIError) -> Meaning:
    """What an error of the server asks for: try again, wait until it is back, or look at the statement."""
    state: str | None = getattr(error.orig, "sqlstate", None)
    if state in _CONFLICTS:
        return "conflict"
    if state == _DUPLICATE:
        return "duplicate"
    if error.connection_invalidated or state == _READ_ONLY or (state is not None and state[:2] in _GONE):
        return "gone"
    return "gone" if state is None and type(error.orig).__name__ == "OperationalError" else "other"


def queue_up(conn: Connection) -> None:
    """Wait until no other write is under way, at the beginning of a transaction and until its end.

    The lock is one that only writes take: reads go on. It comes before the transaction's snapshot, as a SELECT of an
    advisory lock would not, so that the transaction sees what the one before it has written.
    """
    conn.exec_driver_sql("LOCK TABLE branch_facts IN SHARE ROW EXCLUSIVE MODE")


def waited_for_a_lock(error: DBAPIError) -> bool:
    """Whether it was a lock that could not be had in time."""
    return getattr(error.orig, "sqlstate", None) == _NO_LOCK


def unreachable(where: PostgresUrl, error: DBAPIError) -> DataError:
    """The error for a server that cannot be opened, in one line without the password."""
    lines = [line.strip() for line in str(error.orig).splitlines() if line.strip()] or ["no reason given"]
    reason = next((line for line in lines if " failed: " in line), lines[0])
    if where.url.password:
        reason = reason.replace(str(where.url.password), "***")
    return UnavailableError(
        f"cannot open the data at {where} ({reason}): is the server up, and is LOBBY_DATA_URL right?"
    )


def own_upkeep(conn: Connection) -> None:
    """Be the only node that makes, migrates or replaces the tables, until the end of the transaction.

    The transaction must be READ COMMITTED (`upkeep`), so that it sees what the node before it has done.
    """
    conn.execute(text("SET LOCAL statement_timeout = 0"))
    conn.execute(text("SET LOCAL lock_timeout = 0"))
    conn.execute(text("SET LOCAL idle_in_transaction_session_timeout = '60s'"))
    conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPKEEP_LOCK})


def upkeep(engine: Engine) -> Engine:
    """The same pool, for transactions that make, migrate or replace tables."""
    return engine.execution_options(isolation_level="READ COMMITTED")


def reading(engine: Engine) -> Engine:
    """The same pool, for reads: one snapshot for all of a read, and no conflicts."""
    return engine.execution_options(isolation_level="REPEATABLE READ")


def other_nodes(conn: Connection) -> int:
    """How many connections of other Lobby processes the database has."""
    question = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND application_name = :name AND pid <> pg_backend_pid()"
    )
    return int(conn.execute(question, {"name": APPLICATION}).scalar_one())


def _set_limits(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    connection.autocommit = True  # no transaction for this
    cursor = connection.cursor()
    cursor.execute(_LIMITS)
    cursor.close()
    connection.autocommit = False
