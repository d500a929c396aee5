"""Pairing: six digits that a person reads on the desk and types on a device, which gets a key of its own for them.

The code lives in a file that only the server's user can read, so that `lobby pair code` shows the very code that the
server takes. It is made when somebody asks for one, and after each use.

| code | event | next |
|---|---|---|
| none, spent, expired | a person asks for one | open |
| open | the right code comes | open, another code |
| open | a wrong code comes | open |
| open | the tenth wrong code comes | spent: nothing is taken until a person asks again |
| open | its time is over | expired |

An address that gave five wrong codes within ten minutes waits. So a guesser has ten tries of a million each time a
person pairs a device, and none while nobody does.
"""

from __future__ import annotations

import hmac
import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from edge_server.lan.private_files import private_folder, write_private
from edge_server.lan.tries import Tries

CODE_FILE = "pairing.json"
DIGITS = 6
MOST_WRONG = 10
"""So many wrong codes, from all addresses together, end the code."""
MOST_WRONG_OF_ONE = 5
WINDOW_S = 600.0
"""How long the wrong codes of one address count."""


@dataclass(frozen=True, slots=True)
class PairingCode:
    """Six digits, good until `expires_at` (seconds since the epoch)."""

    code: str
    expires_at: float


Verdict = Literal["paired", "wrong", "too_many"]


class Pairing:
    """The pairing code of one server. `clock` gives seconds since the epoch; `told` is called with each new code.

    All methods touch the disk for less than a millisecond or a sync of one small file: for a worker thread.
    """

    def __init__(
        self,
        folder: Path,
        *,
        minutes: float = 10.0,
        clock: Callable[[], float] = time.time,
        told: Callable[[PairingCode], None] = lambda code: None,
    ) -> None:
        self._file = folder / CODE_FILE
        self._seconds = minutes * 60
        self._clock = clock
        self._told = told
        self._wrong = 0
        self._wrong_for = ""
        self._tries = Tries(MOST_WRONG_OF_ONE, WINDOW_S, clock)

    def new(self) -> PairingCode:
        """Another code in place of the one before."""
        code = PairingCode(f"{secrets.randbelow(10**DIGITS):0{DIGITS}}", self._clock() + self._seconds)
        private_folder(self._file.parent)
        write_private(self._file, json.dumps({"code": code.code, "expires_at": code.expires_at}).encode())
        self._told(code)
        return code

    def current(self) -> PairingCode:
        """The code that is open; another when there is none."""
        return self._open() or self.new()

    def redeem(self, code: str, source: str) -> Verdict:
        """Take a code that a device at the address `source` gave."""
        if self._tries.blocked(source):
            return "too_many"
        known = self._open()
        if known is None:
            self._tries.wrong(source)
            return "too_many" if self._wrong >= MOST_WRONG else "wrong"
        if known.code != self._wrong_for:
            self._wrong, self._wrong_for = 0, known.code
        if hmac.compare_digest(code.encode(), known.code.encode()):
            self.new()
            return "paired"
        self._tries.wrong(source)
        self._wrong += 1
        if self._wrong >= MOST_WRONG:
            self._file.unlink(missing_ok=True)
        return "wrong"

    def _open(self) -> PairingCode | None:
        try:
            body = json.loads(self._file.read_bytes())
            code = PairingCode(str(body["code"]), float(body["expires_at"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return code if self._clock() < code.expires_at else None
