"""What the terminal keeps between its starts: the desk that it found, how it may use it, the operator's code, sound.

One JSON file that only its owner may read, in the person's configuration folder or at `LOBBY_KIOSK_CONFIG`. The
operator's code is kept as a salted scrypt hash, never in clear. Of customers nothing is kept.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from platformdirs import user_config_path

CONFIG_VARIABLE = "LOBBY_KIOSK_CONFIG"
SHORTEST_CODE, LONGEST_CODE = 4, 12
_COST = {"n": 2**14, "r": 8, "p": 1}


@dataclass(frozen=True, slots=True)
class Desk:
    """A server at `url` (http://HOST:PORT or https://HOST:PORT), and what it takes to talk to it.

    `api_key`: shown as it is. `device_key`: from pairing; it is changed for a key of one conversation each time.
    `ca`: the certificate (PEM) that a server with TLS must be signed by; None trusts the system's own.
    """

    url: str
    name: str = ""
    api_key: str | None = field(default=None, repr=False)
    device_key: str | None = field(default=None, repr=False)
    ca: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Remembered:
    """The file's content; all of it may be missing."""

    desk: Desk | None = None
    operator_code: str | None = field(default=None, repr=False)
    volume: int = 100
    voice: str | None = None
    microphone: str | None = None
    loudspeaker: str | None = None


class ConfigError(Exception):
    """The file cannot be read or written; the message says what to do."""


def config_path() -> Path:
    """Where the file is."""
    named = os.environ.get(CONFIG_VARIABLE)
    return Path(named) if named else user_config_path("lobby") / "kiosk.json"


def load(path: Path) -> Remembered:
    """What is remembered; nothing where there is no file. Raises ConfigError for one that cannot be read."""
    try:
        document = json.loads(path.read_text("utf-8"))
        desk = document.pop("desk", None)
        known = {name: document[name] for name in Remembered.__dataclass_fields__ if document.get(name) is not None}
        kept = Remembered(desk=Desk(**desk) if desk else None, **known)
    except FileNotFoundError:
        return Remembered()
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise ConfigError(f"{path} cannot be read ({error}): correct it or delete it") from None
    return kept


def save(path: Path, kept: Remembered) -> None:
    """Replace the file, whole or not at all. Raises ConfigError."""
    document = {name: value for name, value in asdict(kept).items() if value is not None}
    if kept.desk is not None:
        document["desk"] = {name: value for name, value in asdict(kept.desk).items() if value is not None}
        document["desk"].pop("api_key", None)  # it is the environment's
    new = path.with_suffix(".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(document, file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written ({error})") from None


def with_code(kept: Remembered, code: str) -> Remembered:
    """The same with another operator's code (4 to 12 digits). Raises ValueError."""
    if not code.isdecimal() or not code.isascii() or not SHORTEST_CODE <= len(code) <= LONGEST_CODE:
        raise ValueError(f"an operator's code has {SHORTEST_CODE} to {LONGEST_CODE} digits")
    salt = secrets.token_bytes(16)
    digest = hashlib.scrypt(code.encode(), salt=salt, **_COST)
    written = "scrypt:" + ":".join(base64.b64encode(part).decode() for part in (salt, digest))
    return replace(kept, operator_code=written)


def is_code(kept: Remembered, code: str) -> bool:
    """Whether `code` is the operator's. Takes some tens of milliseconds."""
    try:
        scheme, salt, digest = (kept.operator_code or "").split(":")
        if scheme != "scrypt":
            return False
        tried = hashlib.scrypt(code.encode(), salt=base64.b64decode(salt), **_COST)
        return hmac.compare_digest(tried, base64.b64decode(digest))
    except ValueError:
        return False
