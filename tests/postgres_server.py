"""A real PostgreSQL server on this machine: Debian's binaries, in a temporary folder, on a free loopback port."""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from itertools import count
from pathlib import Path

from data.postgres import PostgresUrl
from edge_server.ports import free_port

_PLACES = (*sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True), *map(Path, os.get_exec_path()))
_NOBODY = "postgres"
"""Whom the server runs as when the tests run as root, which PostgreSQL refuses; the package makes this user."""
_QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""For tests that do not kill the machine: a template is copied in a third of the time."""


def installed() -> Path | None:
    """The folder of the server's binaries, or None."""
    return next((place for place in _PLACES if (place / "initdb").exists() and (place / "pg_ctl").exists()), None)


class PostgresServer:
    """Keeps its data and its port over a restart, until `remove`. `settings` are those of postgresql.conf.

    Its folder is not pytest's, which nobody but the user of the tests may enter.
    """

    def __init__(self, settings: Mapping[str, str] = _QUICK) -> None:
        found = installed()
        assert found is not None, "PostgreSQL is not installed: run deploy/install-system-packages"
        self._binaries, self._numbers = found, count(1)
        self._as_user = ("setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--init-groups") * (os.getuid() == 0)
        folder = self._folder = Path(tempfile.mkdtemp(prefix="lobby-postgres-"))
        self.port, self._data, self._password = free_port(), folder / "cluster", secrets.token_hex(8)
        password_file = folder / "password"
        password_file.write_text(self._password)
        if os.getuid() == 0:
            user = pwd.getpwnam(_NOBODY)
            for path in (folder, password_file):
                os.chown(path, user.pw_uid, user.pw_gid)
        how = ("--auth=scram-sha-256", f"--pwfile={password_file}", "--encoding=UTF8", "--no-locale", "--no-sync")
        self._run("initdb", "--username=lobby", *how, "--pgdata", str(self._data))
        own = {"port": str(self.port), "listen_addresses": "127.0.0.1", "unix_socket_directories": "", **settings}
        with (self._data / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in own.items())
        self.start()

    def start(self) -> None:
        """Start the server and wait until it takes connections."""
        log = str(self._data / "log")
        self._run("pg_ctl", "start", "--wait", "--silent", "--pgdata", str(self._data), "--log", log)

    def stop(self, how: str = "immediate") -> None:
        """End the server: `immediate` as a crash would, `fast` as an operator does."""
        self._run("pg_ctl", "stop", "--wait", "--silent", "--pgdata", str(self._data), "--mode", how)

    def signal_all(self, number: signal.Signals) -> None:
        """Pause (SIGSTOP) the server with all its processes, or let it go on (SIGCONT)."""
        first = int((self._data / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        for process in (first, *map(int, children)):
            os.kill(process, number)

    def remove(self) -> None:
        """End the server and delete its data."""
        self.stop()
        shutil.rmtree(self._folder)

    def url(self, database: str = "postgres") -> PostgresUrl:
        """The address of a database, with the password."""
        return PostgresUrl.parse(f"postgresql://lobby:{self._password}@127.0.0.1:{self.port}/{database}")

    def text_url(self, database: str) -> str:
        """The same as text."""
        return self.url(database).url.render_as_string(hide_password=False)

    def new_database(self, template: str = "template0") -> str:
        """The name of a new database, a copy of `template`."""
        name = f"branch_{next(self._numbers)}"
        self.run_sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop_database(self, name: str) -> None:
        """Delete a database, whoever is connected to it."""
        self.run_sql(f"DROP DATABASE {name} WITH (FORCE)")

    def run_sql(self, statement: str) -> None:
        """One statement, by the server's owner."""
        import psycopg

        with psycopg.connect(self.url().url.set(drivername="postgresql").render_as_string(False), autocommit=True) as c:
            c.execute(statement.encode())

    def _run(self, command: str, *arguments: str) -> None:
        words = [*self._as_user, str(self._binaries / command), *arguments]
        done = subprocess.run(words, cwd="/", capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"


class CutAtCommit:
    """A line to a server at `url` that is cut when a COMMIT has gone through it, before its answer comes back; only
    for the first `cuts` of them."""

    def __init__(self, server: PostgresServer, database: str, cuts: int = 1) -> None:
        self._far, self._cuts = ("127.0.0.1", server.port), cuts
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = PostgresUrl(server.url(database).url.set(port=self._listening.getsockname()[1], host="127.0.0.1"))
        threading.Thread(target=self._take, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits for a connection
        self._listening.close()

    def _take(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                far = socket.create_connection(self._far)
                threading.Thread(target=self._up, args=(near, far), daemon=True).start()
                threading.Thread(target=self._down, args=(near, far), daemon=True).start()

    def _up(self, near: socket.socket, far: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := near.recv(65_536):
                if b"COMMIT" in data and self._cuts:
                    self._cuts -= 1
                    near.shutdown(socket.SHUT_WR)
                    far.sendall(data)
                    break
                far.sendall(data)
        with contextlib.suppress(OSError):
            far.shutdown(socket.SHUT_WR)

    def _down(self, near: socket.socket, far: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := far.recv(65_536):
                near.sendall(data)
        near.close()
        far.close()
