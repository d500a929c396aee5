"""What else is asked for in one breath, of another agent: "add a bag to my flight and stay one more night at the inn".

It waits until the first is done, and is then offered.
"""

from __future__ import annotations

import re
from itertools import pairwise

from pydantic import JsonValue

from agents.flow import Flow
from agents.listening import Listening
from agents.persona import Persona
from agents.planner.holding import said_in
from agents.planner.meant import JOINS, KEEPS
from agents.planner.plan import pending
from agents.planner.slots import fill
from agents.router import Intent
from agents.understand.heard import PROOF_TYPES, Heard
from agents.understand.requests import asked_act
from sync.session import FlowState, SessionState

_FEWEST_WORDS = 3
"""A part of fewer words asks for nothing by itself."""


async def second_wish(listening: Listening, state: SessionState, heard: Heard, intent: Intent) -> FlowState | None:
    """The change that a part of `heard` asks of another agent than the one who answers (`intent`); None: none does, or
    a question is open."""
    first = listening.personas.get(intent.agent)
    if first is None or not first.hints or pending(state) is not None or heard.meant is not None:
        return None
    ends = [match.start() for match in JOINS.finditer(heard.words)]
    spans = list(pairwise((0, *ends, len(heard.words))))
    if len(spans) < 2 or not any(first.speaks_for(heard.words[start:end]) for start, end in spans):
        return None
    for start, end in spans:
        words = heard.words[start:end]
        other = next((one for one in listening.personas.values() if one is not first and one.speaks_for(words)), None)
        if other is None or first.speaks_for(words) or KEEPS.search(words) or len(words.split()) < _FEWEST_WORDS:
            continue
        part = await listening.handed(listening.hear(SessionState(key=state.key), words.strip(" .,;!")), other.name)
        if (name := _wish(other, part, asked_act(heard.words))) is not None:
            spec = other.flows[name]
            values = tuple(one for one in said_in(part) if one["type"] not in PROOF_TYPES)
            slots = _slots(spec, part, state)
            return FlowState(other.name, name, slots, task=spec.task or "", words=part.words, said=values)
    return None


def _slots(spec: Flow, part: Heard, state: SessionState) -> dict[str, JsonValue]:
    proofs = {name for name, slot in spec.slots.items() if slot.type in PROOF_TYPES}
    filled = fill(spec, {}, None, part, state, begins=False)
    return {name: value for name, value in filled.items() if name not in proofs}


def _wish(persona: Persona, part: Heard, act: str) -> str | None:
    """The change that `part` asks for: by a pattern, by its own words, by the verb of all that is asked ("change my
    flight and also my hotel"), which `act` begins with, or by what it begins with a value for it."""
    changes = {name: spec for name, spec in persona.flows.items() if spec.confirm is not None and spec.task}
    if persona.speaks_of_own(part.words):
        changes = {name: spec for name, spec in changes.items() if spec.of_held}
    said = [name for name, spec in changes.items() if spec.means(part.words)]
    said = said or [name for name, spec in changes.items() if spec.cued(part.words)]
    said = said or [name for name, spec in changes.items() if act and spec.led_by(act)]
    if len(said) == 1:
        return said[0]
    likely = max(said or changes, key=lambda name: (name == part.begins, part.flows.get(name, 0.0)), default=None)
    if likely is None or said:
        return likely
    spec = changes[likely]
    values = spec.needed & {*fill(spec, {}, None, part, SessionState(key=""), begins=False)}
    return likely if values and not re.match(r"\W*(?:and|then)?\W*(?:is|are|do|does|can i)\b", part.words) else None
