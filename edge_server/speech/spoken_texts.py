"""Speech made ahead: fixed sentences of the desk, kept in memory and in a folder, so that they are heard at once.

Only texts that were named as fixed are kept: what a persona always says in these words, never a clause with something
about a customer in it. A file holds PCM16 mono 24 kHz and nothing else; its name is a hash of text, voice, speed and
the voice's model, so that another model never speaks with old files. The folder is only for the user of the server
(mode 0700), and its size is limited: files that were not used for longest go first.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

LARGEST_FOLDER = 64 * 1024 * 1024
"""Bytes on disk: about 20 minutes of speech."""
SUFFIX = ".pcm"


class SpokenTexts:
    """The fixed texts that have been spoken before; `folder` None keeps them in memory only.

    `get` and `put` may touch the disk: call them in a worker thread.
    """

    def __init__(self, folder: Path | None = None, *, largest: int = LARGEST_FOLDER) -> None:
        self._folder = folder
        self._largest = largest
        self._fixed: frozenset[str] = frozenset()
        self._kept: dict[str, bytes] = {}
        if folder is not None:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)

    def expect(self, fixed: Iterable[str]) -> None:
        """From now on these texts, and no others, are kept."""
        self._fixed = frozenset(fixed)

    def expects(self, text: str) -> bool:
        """Whether `text` is a fixed one."""
        return text in self._fixed

    def at_hand(self, text: str, voice: str, speed: float) -> bytes | None:
        """As `get`, but from memory only, and so without waiting."""
        return self._kept.get(_name(text, voice, speed)) if text in self._fixed else None

    def get(self, text: str, voice: str, speed: float) -> bytes | None:
        """The speech of `text` by `voice` (a name that tells its model apart), None when it is not there."""
        if text not in self._fixed:
            return None
        name = _name(text, voice, speed)
        if name not in self._kept and self._folder is not None:
            with contextlib.suppress(OSError):
                path = self._folder / name
                self._kept[name] = path.read_bytes()
                os.utime(path)
        return self._kept.get(name)

    def put(self, text: str, voice: str, speed: float, pcm: bytes) -> None:
        """Keep the speech of `text`, if it is a fixed one. A full disk only costs the file."""
        if text not in self._fixed or not pcm or len(pcm) % 2:
            return
        name = _name(text, voice, speed)
        self._kept[name] = pcm
        if self._folder is None:
            return
        with contextlib.suppress(OSError):
            part = self._folder / f"{name}.part"
            with open(part, "wb", opener=_private) as file:
                file.write(pcm)
            part.replace(self._folder / name)
            self._shrink(self._folder)

    def _shrink(self, folder: Path) -> None:
        found = ((path, path.stat()) for path in folder.iterdir())
        files = sorted(((status.st_mtime, status.st_size, path) for path, status in found), reverse=True)
        total = 0
        for _, size, path in files:
            total += size
            if total > self._largest:
                path.unlink(missing_ok=True)


def _name(text: str, voice: str, speed: float) -> str:
    return hashlib.sha256(f"{voice}\n{speed:.3f}\n{text}".encode()).hexdigest() + SUFFIX


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
