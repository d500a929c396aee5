"""What pressed keys mean. No await, no I/O.

| state | event | next |
|---|---|---|
| empty | 1 or 2, and a yes or no is asked for | empty; `yes` or `no` is said |
| empty | 0, and no digits are asked for | empty; a person is asked for |
| empty, keying | a digit | keying |
| keying | the digits are as many as the asked code has | empty; they are said |
| keying | `#`, or `PAUSE_S` without a key | empty; they are said (one may pick from a list) |
| keying | the same, after a lone 0 | empty; a person is asked for |
| keying | `*` | empty; forgotten |
| any | a key before the desk's question was heard (`wait`) | as before; the key is kept |
| any | the question was heard (`take`) | as if the kept keys were pressed now; none of them is a yes, or picks |

Digits that are secret (a PIN) are marked so, and never shown in a `repr`. Times are seconds on a monotonic clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from agents.turn import Asked
from agents.understand.codes import PIN_LENGTH
from sync.session import CONFIRM

PAUSE_S = 3.0
MOST_DIGITS = 24
RESUME_CODE_LENGTH = 6
PERSON = "I would like to speak to a person."
_SAID = {
    "pin": "My PIN is {}.",
    "booking_code": "My customer number is {}.",
    "customer_id": "My customer number is {}.",
}
"""Digits as words, by what was asked for. Booking codes have letters, so digits in their place are the other number."""
_WANTS_DIGITS = frozenset({"pin", "customer_id", "booking_code", "spelled", "flight_number", "count", "date", "time"})


@dataclass(frozen=True, slots=True)
class Keyed:
    """The customer's words, by keypad. `digits`: what was keyed, where that is a number of its own."""

    words: str = field(repr=False)
    digits: str = field(default="", repr=False)
    secret: bool = False


@dataclass(slots=True)
class Keypad:
    """One caller's keys."""

    _digits: str = field(default="", repr=False)
    _last_at: float = 0.0
    _ahead: str = field(default="", repr=False)

    @property
    def ahead(self) -> bool:
        """Whether keys are kept for a question that was not heard yet."""
        return bool(self._ahead)

    def wait(self, key: str) -> None:
        """A key that was pressed before the question was heard: keep it."""
        self._ahead = (self._ahead + key)[:MOST_DIGITS]

    def take(self, asked: Asked, now: float) -> Keyed | None:
        """The question was heard: what the keys kept for it say, None while more is to come.

        Where a yes or no is asked for, or a choice, they say nothing: nobody agrees to what was not heard. A lone 0
        asks for a person all the same. What is left behind a whole answer is kept for the next question.
        """
        keys, self._ahead = self._ahead, ""
        if asked.asks == CONFIRM or asked.choices:
            return Keyed(PERSON) if keys == "0" else None
        for at, key in enumerate(keys, 1):
            if (keyed := self.press(key, asked, now)) is not None:
                self._ahead = keys[at:]
                return keyed
        return None

    @property
    def keying(self) -> bool:
        """Whether digits wait for more."""
        return bool(self._digits)

    def press(self, key: str, asked: Asked, now: float) -> Keyed | None:
        """A key (0 to 9, `*`, `#`). Gives what the customer says by it, None while more is to come."""
        if key == "*":
            self._digits = ""
            return None
        if key == "#":
            return self._said(asked)
        if not self._digits:
            if asked.asks == CONFIRM and key in "12":
                return Keyed("yes" if key == "1" else "no")
            if key == "0" and asked.asks not in _WANTS_DIGITS:
                return Keyed(PERSON)
        self._digits += key
        self._last_at = now
        length = PIN_LENGTH if asked.asks == "pin" else MOST_DIGITS
        return self._said(asked) if len(self._digits) >= length else None

    def wakes_at(self) -> float | None:
        """When the digits count as whole if no key follows."""
        return self._last_at + PAUSE_S if self._digits else None

    def elapsed(self, asked: Asked, now: float) -> Keyed | None:
        """Time has passed. Gives what the customer said by their keys, if that is whole now."""
        due = self.wakes_at()
        whole = asked.asks == "pin" and len(self._digits) >= PIN_LENGTH
        return self._said(asked) if whole or (due is not None and now >= due) else None

    def _said(self, asked: Asked) -> Keyed | None:
        digits, self._digits = self._digits, ""
        if not digits:
            return None
        if digits == "0":
            return Keyed(PERSON)
        if len(digits) == 1 and 1 <= int(digits) <= len(asked.choices):
            return Keyed(asked.choices[int(digits) - 1].say)
        return Keyed(_SAID.get(asked.asks or "", "{}").format(digits), digits, asked.secret)
