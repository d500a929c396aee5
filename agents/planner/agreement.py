"""Whether words are a yes to the change that was read back: asked by the planner, and again by the tool that writes.

| words | a yes |
|---|---|
| an explicit yes and nothing else (`consent.py`), what was read back said again with it | always |
| learned to be one, with nothing in them that could mean it otherwise | when they name nothing but what was read back |
| learned to be one, their last clause a plain yes | the same |
| anything else | never |
"""

from __future__ import annotations

import re

from agents.persona import Persona
from agents.understand.consent import consents, ends_in_yes, hedges, only_names
from agents.understand.heard import Found, Heard
from sync.session import SessionState

AGREES, AGREES_LAST = 0.8, 0.7
"""From these likelihoods on words count as a yes: where nothing in them is uncertain, and where the last thing said is
a plain yes. Of 541 yeses to a read-back by writers who were left out of the training, many made hard on purpose, 59 %
are taken so (13 % by rule alone), and of 1,651 other replies 12 (2 by rule) before the values in them are looked at."""
_BESIDE = frozenset({"phrase", "kept", "own_name"})
"""Types of values that say nothing against a yes."""


def agrees_to(persona: Persona, state: SessionState, heard: Heard) -> bool:
    """Whether `heard` is a yes to what waits in `state`: the write quoted in an earlier turn."""
    flow = state.flow
    spec = persona.flows.get(flow.name) if flow is not None else None
    slots = flow.slots.values() if flow is not None else ()
    said = heard.without(slots)  # "yes, the ninth": what was read back may be said once more
    beside = spec.beside_a_yes if spec is not None else ()
    if spec is not None and all(one.value in (*slots,) for one in heard.of("count")):  # "yes, two bags"
        beside = (*beside, *(unit for slot in spec.slots.values() for unit in slot.units))
    if consents(said, beside):
        return True
    if flow is None or spec is None or state.pending is None:
        return False
    if only_names(said, spec.agree):  # "cancel it" may mean the change, too
        return False
    plain = heard.does("accepts") >= AGREES and not hedges(heard.words)
    last = heard.does("accepts") >= AGREES_LAST and ends_in_yes(said, (*beside, *spec.agree))
    if not plain and not last:
        return False
    told = " ".join(str(value).lower() for value in (*slots, *state.pending.quote.values()))
    values = [one for one in heard.found if one.type not in _BESIDE and one.value != 1]  # "a shame" is no number
    means_another = any(
        other.means(heard.words)
        for name, other in persona.flows.items()
        if name != flow.name and not other.about_proof and not other.fallback
    )
    return heard.pin is None and not means_another and all(_is_told(one, told) for one in values)


def _is_told(one: Found, told: str) -> bool:
    """Whether a value in the words is among those `told`, an amount in cents."""
    values = one.value if isinstance(one.value, list) else [one.value]
    return any(re.search(rf"(?<!\d){re.escape(str(value).lower())}(?:00)?(?!\d)", told) for value in values)
