"""Devices that are paired, and their keys: `dk_...`, of which only a hash is kept.

The list is one small file. `lobby pair revoke` writes it while the server runs, and the server reads it again when it
has changed, so a device that is revoked is refused with its next request.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from edge_server.lan.private_files import changed_at, locked, private_folder, write_private

PREFIX = "dk_"
DEVICES_FILE = "devices.json"
MOST_DEVICES = 1_000
LONGEST_NAME = 60
EXPIRED_KEPT_S = 30 * 24 * 3600.0
"""How long a key that has expired is still known as such."""


class DevicesError(Exception):
    """The list cannot be used, or is full; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Device:
    """A paired device. Times are seconds since the epoch; `digest` is the SHA-256 of its key, in hex."""

    id: str
    name: str
    digest: str
    paired_at: float
    expires_at: float


_ADAPTER = TypeAdapter(list[Device])


class Devices:
    """The paired devices of one server. `clock` gives seconds since the epoch.

    What writes is for a worker thread; `of` looks at the file's date and reads it when it is another.
    """

    def __init__(self, folder: Path, *, days: float = 90.0, clock: Callable[[], float] = time.time) -> None:
        self._file = folder / DEVICES_FILE
        self._seconds = days * 24 * 3600
        self._clock = clock
        self._read_at = -1
        self._known: dict[str, Device] = {}

    def all(self) -> list[Device]:
        """Every device, the newest first. Raises DevicesError."""
        self._refresh()
        return sorted(self._known.values(), key=lambda device: -device.paired_at)

    def of(self, key: str) -> Device | None:
        """The device that has this key, also when the key has expired. Raises DevicesError."""
        self._refresh()
        return self._known.get(_digest(key))

    def good(self, digest: str) -> bool:
        """Whether the device whose key has this hash is still paired. Raises DevicesError."""
        self._refresh()
        device = self._known.get(digest)
        return device is not None and self._clock() < device.expires_at

    def known(self, digest: str) -> bool:
        """Whether the device whose key has this hash was not revoked. Raises DevicesError."""
        self._refresh()
        return digest in self._known

    def pair(self, name: str) -> tuple[str, Device]:
        """A new device and its key, which is told this once. Raises DevicesError."""
        key = PREFIX + secrets.token_urlsafe(32)
        now = self._clock()
        device = Device(secrets.token_hex(4), name, _digest(key), now, now + self._seconds)
        with self._changing():
            if len(self._known) >= MOST_DEVICES:
                raise DevicesError(f"{MOST_DEVICES} devices are paired: revoke some with `lobby pair revoke`.")
            self._write([*self._known.values(), device])
        return key, device

    def revoke(self, which: str) -> Device | None:
        """Unpair the device with this id; None when there is none. Raises DevicesError."""
        with self._changing():
            gone = next((device for device in self._known.values() if device.id == which), None)
            if gone is not None:
                self._write([device for device in self._known.values() if device.id != which])
        return gone

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        """Hold the list and know its newest form: the command line may change it while the server does."""
        private_folder(self._file.parent)
        with locked(self._file.with_suffix(".lock")):
            self._refresh()
            yield

    def _refresh(self) -> None:
        at = changed_at(self._file)
        if at == self._read_at:
            return
        try:
            devices = _ADAPTER.validate_json(self._file.read_bytes()) if at else []
        except (OSError, ValidationError):
            raise DevicesError(f"the list of paired devices {self._file} is damaged: move it away.") from None
        self._read_at, self._known = at, {device.digest: device for device in devices}

    def _write(self, devices: list[Device]) -> None:
        kept = [device for device in devices if device.expires_at > self._clock() - EXPIRED_KEPT_S]
        write_private(self._file, _ADAPTER.dump_json(kept))
        self._refresh()


def _digest(key: str) -> str:
    """Keys have 256 random bits, so that a plain hash hides them as well as a slow one."""
    return hashlib.sha256(key.encode()).hexdigest()
