"""The operator's key: from the settings, else from a file in the data folder, which may come and change at any time."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from edge_server.lan.private_files import changed_at, write_private
from edge_server.settings import Settings

KEY_FILE = "operator.key"
PREFIX = "ok_"


class OperatorKey:
    """Call it for the key in force; None while there is none."""

    def __init__(self, settings: Settings) -> None:
        self._given = settings.operator_key.get_secret_value() if settings.operator_key is not None else None
        self._file = settings.data_dir / KEY_FILE
        self._read_at = 0
        self._read: str | None = None

    def __call__(self) -> str | None:
        """The key. Looks at the file's date, and reads it when it is another."""
        if self._given:
            return self._given
        at = changed_at(self._file)
        if at != self._read_at:
            try:
                self._read = self._file.read_text("utf-8").strip() or None if at else None
            except OSError:
                self._read = None
            self._read_at = at
        return self._read


def hand_on_key(settings: Settings) -> None:
    """Let the kiosk's terminal, which this program starts, know the key by `LOBBY_OPERATOR_KEY`, if there is one."""
    key = OperatorKey(settings)()
    if key is not None:
        os.environ["LOBBY_OPERATOR_KEY"] = key


def made_key(data_dir: Path, *, anew: bool) -> str:
    """The key in the file; a new one where there is none, or when it is wanted `anew`."""
    file = data_dir / KEY_FILE
    if not anew and file.exists() and (known := file.read_text("utf-8").strip()):
        return known
    data_dir.mkdir(parents=True, exist_ok=True)
    key = PREFIX + secrets.token_urlsafe(32)
    write_private(file, f"{key}\n".encode())
    return key
