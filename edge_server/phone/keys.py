"""What a caller's keys do: they answer what was asked and heard, wait for what is still to be asked, or are a code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from agents.turn import Asked
from edge_server.phone.keypad import RESUME_CODE_LENGTH, Keyed, Keypad
from edge_server.phone.resuming import ResumeCodes


class Asking(Protocol):
    """The desk, as its caller's keys see it. Times are seconds on a monotonic clock."""

    def asked(self) -> Asked:
        """What the desk waits for now."""
        ...

    def question_heard(self, now: float) -> bool:
        """Whether a key answers what the desk asks for now; else it is for what the desk is about to ask."""
        ...

    def stop_reply(self) -> None:
        """The caller presses a key: what is being said is cut."""
        ...

    def write(self, words: str) -> None:
        """The caller says `words` by their keys."""
        ...


class Keys:
    """Those of one call. `taken`: whether the call itself waited for a key, which is then no answer to the desk."""

    def __init__(self, desk: Asking, taken: Callable[[str], bool], codes: ResumeCodes) -> None:
        self._desk, self._taken, self._codes = desk, taken, codes
        self._keypad = Keypad()

    @property
    def keying(self) -> bool:
        """Whether digits wait for more."""
        return self._keypad.keying

    def press(self, key: str, now: float, *, held: bool = False) -> None:
        """A key (0 to 9, `*`, `#`). `held`: the desk neither hears nor speaks now, so it means nothing to the desk."""
        if self._taken(key) or held:
            return
        if self._keypad.ahead or not self._desk.question_heard(now):
            self._keypad.wait(key)
            return
        if not self._keypad.keying and key not in "*#":
            self._desk.stop_reply()
        self._say(self._keypad.press(key, self._desk.asked(), now))

    def elapsed(self, now: float) -> None:
        """Time has passed without a key."""
        self._say(self._keypad.elapsed(self._desk.asked(), now))

    def take_ahead(self, now: float) -> None:
        """Have the keys that were pressed ahead of their question, if it was heard now."""
        if not self._keypad.ahead or not self._desk.question_heard(now):
            return
        keyed = self._keypad.take(self._desk.asked(), now)
        if keyed is not None or self._keypad.keying:
            self._desk.stop_reply()
        self._say(keyed)

    def _say(self, keyed: Keyed | None) -> None:
        if keyed is None:
            return
        if len(keyed.digits) == RESUME_CODE_LENGTH and not keyed.secret and self._desk.asked().asks is None:
            self._codes.redeem(keyed.digits, otherwise=keyed.words)
        else:
            self._desk.write(keyed.words)
