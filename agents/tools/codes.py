"""What a tool makes of a code that is none of the customer's bookings of its kind: misheard, or another's.

Only the records of the customer who proved who they are are looked at, so the answer says nothing about other codes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from pydantic import JsonValue
from rapidfuzz.distance import DamerauLevenshtein

from agents.scope import current_turn
from agents.tools.context import result
from agents.understand.cues import cues_in
from agents.understand.spelling import example_for
from data.confusable import differ, near

NEAR = 1
"""How many characters of a code may be misheard, added, left out or swapped for it to be offered as the one meant."""
SURE = 1.0
"""A code of the customer's own no further than this from what was heard is taken to be meant: two characters that
sound alike, or one that was missed (`data.confusable`)."""
_PLACES = ("first", "second", "third", "fourth", "fifth", "sixth")


def said_codes() -> frozenset[str]:
    """The codes that the customer said in this turn, or to prove who they are: of several records these are meant."""
    turn = current_turn()
    flow = turn.state.flow
    proof = str(flow.slots.get("booking_code", "")) if flow is not None else ""
    said = (str(one.value) for one in turn.heard.of("booking_code"))
    return frozenset((proof, turn.proved_code or "", *said))


async def other_kind_proved(code: str | None, other_kind: Callable[[int], Awaitable[Sequence[str]]]) -> str | None:
    """The outcome `other_kind` (code) where the record of the other domain is meant, by whose code the customer proved
    in this turn who they are: no `code` was said for the tool, and the words that wait for the proof name nothing of
    its domain. `other_kind` reads the codes of a customer's records there, and is asked only when all else holds."""
    turn = current_turn()
    proved, identity = turn.proved_code, turn.identity
    if code is not None or identity is None or proved is None or not turn.state.parked:
        return None
    hints = turn.persona.hints
    if hints and cues_in(hints).search(turn.state.parked[-1].words):
        return None
    return result("other_kind", code=proved) if proved in await other_kind(identity.customer_id) else None


def own_code(code: str, held: Sequence[str]) -> str:
    """The code of `held`, the customer's own, that was surely meant by `code`; `code` itself when it is one of them,
    or when none or several are as near as `SURE`. Whatever is done then is read back with the true code."""
    if code in held:
        return code
    meant = near(code, held, bound=SURE)
    return meant[0][0] if len(meant) == 1 else code


def not_held(code: str, held: Sequence[str], other_kind: Sequence[str]) -> str:
    """Outcomes: `other_kind` (code: it is in `other_kind`, the customer's records of the other domain), `nearly`
    (meant: a list with the one code of `held` that is nearly the same, code), `which_letter` (meant: the two codes of
    `held` that sound like it, each with the letter that tells it apart; place), `not_yours`."""
    code = own_code(code, other_kind)
    if code in other_kind:
        return result("other_kind", code=code)
    alike = [one for one, _ in near(code, held)]
    if len(alike) > 1 and (place := differ(alike[0], alike[1])) is not None and place < len(_PLACES):
        told: list[JsonValue] = [
            {"code": one, "letter": one[place], "example": example_for(one[place])} for one in alike[:2]
        ]
        return result("which_letter", meant=told, place=_PLACES[place])
    close = [one for one in held if DamerauLevenshtein.distance(one, code) <= NEAR]
    if len(close) == 1:
        meant: list[JsonValue] = [{"code": close[0]}]
        return result("nearly", code=code, meant=meant)
    return result("not_yours", at=None)
