"""What a tool answers to a code that is none of the customer's bookings of its kind.

Only the records of the customer who proved who they are are looked at, so the answer says nothing about other codes.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import JsonValue
from rapidfuzz.distance import DamerauLevenshtein

from agents.scope import current_turn
from agents.tools.context import result

NEAR = 1
"""How many characters of a code may be misheard, added, left out or swapped for it to be offered as the one meant."""


def said_codes() -> frozenset[str]:
    """The codes that the customer said in this turn, or to prove who they are: of several records these are meant."""
    turn = current_turn()
    flow = turn.state.flow
    proof = str(flow.slots.get("booking_code", "")) if flow is not None else ""
    return frozenset((proof, *(str(one.value) for one in turn.heard.of("booking_code"))))


def not_held(code: str, held: Sequence[str], other_kind: Sequence[str]) -> str:
    """Outcomes: `other_kind` (code: it is in `other_kind`, the customer's records of the other domain), `nearly`
    (meant: a list with the one code of `held` that is nearly the same, code), `not_yours`."""
    if code in other_kind:
        return result("other_kind", code=code)
    near = [one for one in held if DamerauLevenshtein.distance(one, code) <= NEAR]
    if len(near) == 1:
        meant: list[JsonValue] = [{"code": near[0]}]
        return result("nearly", code=code, meant=meant)
    return result("not_yours", at=None)
