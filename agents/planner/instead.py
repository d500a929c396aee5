"""A search, or a guess, of somebody who says what they hold and what they want in its place is for the change of it.

What is held is read only after the proof of identity (`holding.py`), so that before it only the words tell.

| words | what begins |
|---|---|
| something of the customer's, a value that says how it is, and another that is wanted | the change, and so the proof |
| the same, with a question for what there is | the search |
| two values for one thing, one of them how it is or given up | of the flows guessed the one that changes that thing |
| the same, and the wish goes beside what is held ("a flight back", "for my wife as well") | as without it |
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from agents.planner.meant import asks_for_an_act, best_flow, names_by_pattern
from agents.planner.planned import PlannedTurn
from agents.planner.slots import contrasts
from agents.planner.weighing import as_said
from agents.understand.heard import Guess
from agents.understand.phrases import asks_something
from agents.understand.roles import WEIGHED

_WANTED = 0.5
"""How likely one value must be to be wanted."""
_PART = re.compile(r"[,;.!?]\s+|\s+(?:and|but|so)\s+", re.IGNORECASE)
_BESIDE = re.compile(
    r"\b(?:as well|too|also|in addition|besides|back|home|return(?:ing)?|for my \w+|for (?:him|her|them))\b",
    re.IGNORECASE,
)
"""Words with which a wish goes beside what is held, not in its place."""


def change_meant(turn: PlannedTurn, near: Sequence[Guess]) -> str | None:
    """The flow that changes what is held, where the words say so and would begin, or be guessed (`near`) for, another
    flow that becomes it; None: they do not, or who the customer is was proved already."""
    flows = turn.persona.flows
    begins = turn.heard.begins or best_flow(turn)
    named = [one.flow for one in near if one.agent == turn.persona.name] if near else [begins]
    otherwise = [one for one in named if near and one is not None and contrasts(flows[one], turn.heard)]
    asked = asks_something(turn.heard.core) and not asks_for_an_act(turn)
    if len(otherwise) == 1 and not asked and _tells_and_wants(turn) and names_by_pattern(turn) is None:
        return otherwise[0]
    changes = {flows[name].becomes for name in named if name is not None and not flows[name].needs_identity}
    change = next((name for name in changes if name is not None), None)
    if change is None or turn.identified or not _instead_of_held(turn):
        return None
    certain = names_by_pattern(turn)
    return change if certain is None or flows[certain].becomes == change else None


def _instead_of_held(turn: PlannedTurn) -> bool:
    """Whether the words tell of something of the customer's how it is, and that they want it otherwise."""
    heard = turn.heard
    if not turn.persona.speaks_of_own(heard.words) or _BESIDE.search(heard.words) is not None:
        return False
    if any(asks_something(part) for part in _PART.split(heard.core)) and not asks_for_an_act(turn):
        return False
    return _tells_and_wants(turn)


def _tells_and_wants(turn: PlannedTurn) -> bool:
    """Whether the words have a value that says how it is, and one that is wanted."""
    heard = turn.heard
    roles = [as_said(heard, one) for one in heard.found if one.type in WEIGHED - {"count", "spelled"}]
    return any(role.tells for role in roles) and any(role.wanted >= _WANTED for role in roles)
