"""Whether the desk would know which code was said: at the first hearing, or after it was said once more.

It knows a code that it has heard exactly, or that is among those against which the PIN is checked
(`data.customers.codes_like`), in a branch with `OTHERS` other codes. Digits must be heard exactly, the first time or
the second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from agents.understand.codes import booking_code as code_in
from agents.understand.spelling import spelled_roughly
from agents.understand.words import spell, tokens
from data.code_sounds import CodeSound, Hearing, meant_by
from data.codes import booking_code, reservation_code
from data.customers import MAX_CANDIDATES

OTHERS, SEED = 421, 9
"""As many codes as the sample branch has; drawn anew."""


@dataclass(frozen=True, slots=True)
class SaidCode:
    """A code that was `said`, what the desk made of it, and how it sounded. `exact`: all its characters are right;
    `coded`: it is a code, not a number."""

    said: str
    text: str
    sound: CodeSound | None
    exact: bool
    coded: bool

    @property
    def hearing(self) -> Hearing | None:
        """The code that the desk takes it for; None when it hears none."""
        code = code_in(spell(tokens(self.text)), letters_only=True) or spelled_roughly(self.text)
        return None if code is None else Hearing(code.value, self.sound)


def branch_codes(said: Sequence[str]) -> list[str]:
    """The codes of a branch that has those `said`."""
    draw, codes = Random(SEED), set(said)
    while len(codes) < len(set(said)) + OTHERS:
        draw.choice((booking_code, reservation_code))(draw, codes)
    return sorted(codes)


def known(first: SaidCode, again: SaidCode | None, codes: Sequence[str]) -> bool:
    """Whether the desk knows which code was said, after the first hearing, or with the one `again` as well."""
    if first.exact or (again is not None and again.exact):
        return True
    if not first.coded:
        return False
    heard = first.hearing
    if heard is not None and first.said in meant_by(codes, heard.text, None, [heard])[:MAX_CANDIDATES]:
        return True
    last = None if again is None else again.hearing
    if last is None:
        return False
    both = [last] if heard is None else [heard, last]
    also = None if heard is None else heard.text
    return first.said in meant_by(codes, last.text, also, both)[:MAX_CANDIDATES]
