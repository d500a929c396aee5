"""Session keys of callers: a hash of the caller id, so that no store and no log holds a number.

The salt is a secret of this branch, in a file that only its owner may read. Telephone numbers are few enough to be
tried one by one, so without the salt's secrecy the hash would hide nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge_server.settings import Settings

SALT_FILE = "phone-salt"
SALT_BYTES = 32
PREFIX = "call-"


def salt(path: Path) -> bytes:
    """The salt in `path`; made (mode 0600) when there is none. Raises OSError, ValueError for a short one.

    Callers who ring together get the same one: the file appears with all that is in it.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
        try:
            with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(secrets.token_bytes(SALT_BYTES))
            with suppress(FileExistsError):
                os.link(made, path)
        finally:
            made.unlink(missing_ok=True)
    kept = path.read_bytes()
    if len(kept) < SALT_BYTES:
        raise ValueError(f"{path} holds fewer than {SALT_BYTES} bytes: delete it to have a new one made")
    return kept


def kept_salt(settings: Settings) -> bytes:
    """The salt of the branch that `settings` describe. Raises as `salt` does."""
    return salt(settings.phone_caller_salt_file or settings.data_dir / SALT_FILE)


def session_key(caller: str | None, salt: bytes) -> str:
    """The session key of `caller` (a number or another id); a fresh one for an anonymous caller (None)."""
    if caller is None:
        return f"{PREFIX}anonymous-{secrets.token_hex(16)}"
    return PREFIX + hmac.new(salt, caller.encode(), hashlib.sha256).hexdigest()[:40]
