"""What was done last is not wanted after all: it is taken back by what undoes it, or by the same change once more.

Only looks: nothing here changes the turn.
"""

from __future__ import annotations

from agents.flow import CODE_TYPE
from agents.planner.planned import PlannedTurn
from agents.understand.assent import unwanted
from sync.session import FlowState


def taken_back(turn: PlannedTurn) -> str | None:
    """The change made last, where the words only take it back; None: they do not, or there is none."""
    last = turn.before.last
    if last is None or last.agent != turn.persona.name or last.name not in turn.persona.flows:
        return None
    return last.name if turn.persona.flows[last.name].confirm and unwanted(turn.heard.words) else None


def as_it_was(turn: PlannedTurn, made: str) -> FlowState | None:
    """The change `made` last once more, back to what was held before it: it is quoted like any other. None: what was
    done has ended something, or it is not known how it was."""
    last, spec = turn.before.last, turn.persona.flows[made]
    if last is None or not last.held or spec.ends:
        return None
    exact = {
        name: slot for name, slot in spec.slots.items() if slot.wanted and slot.type not in ("time", "part_of_day")
    }
    was = {name: last.held.get(slot.was or "") for name, slot in exact.items()}
    told = {name: value for name, value in was.items() if value is not None}
    codes = {
        name: last.slots[name] for name, slot in spec.slots.items() if slot.type == CODE_TYPE and name in last.slots
    }
    slots = {**codes, **told}
    return FlowState(turn.persona.name, made, slots, task=spec.task or "", words=turn.heard.words) if told else None
