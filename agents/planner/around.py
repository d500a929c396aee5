"""What a lookup takes from what goes on around it: the flow under way, the change read back, the question before."""

from __future__ import annotations

from pydantic import JsonValue

from agents.flow import Flow
from agents.planner.holding import Record
from agents.planner.leaning import leant_on, under_way
from agents.planner.planned import PlannedTurn
from agents.planner.slots import WEAK_TYPES
from sync.session import FlowState


def known_from(turn: PlannedTurn, spec: Flow) -> dict[str, JsonValue]:
    """What a question in between is about where its words do not say: the place of the flow that is under way, or of
    what that one is about."""
    flow = under_way(turn.before, turn.proof)
    types = {slot.type for slot in spec.slots.values()} - {"count", "choice", "phrase"}  # "does the king have a view"
    tells = spec.words_as is not None or (spec.confirm is None and any(one.from_topic for one in spec.slots.values()))
    if not tells or flow is None or flow.agent != turn.persona.name or any(map(turn.heard.of, types)):
        return {}
    if spec.words_as is None and (quoted := _quoted(turn, spec)):
        return quoted
    weak = () if spec.words_as is not None else WEAK_TYPES
    said = {name: flow.slots[name] for name, one in spec.slots.items() if name in flow.slots and one.type not in weak}
    if said or turn.persona.holds is None or not flow.held:
        return said
    told = {type_: flow.held[field] for field, type_ in turn.persona.holds.told.items() if field in flow.held}
    return {name: told[one.type] for name, one in spec.slots.items() if one.from_topic and one.type in told}


def _quoted(turn: PlannedTurn, spec: Flow) -> dict[str, JsonValue]:
    """What a lookup may take from the change that was read back last ("which gate will it be")."""
    quote = turn.before.pending.quote if turn.before.pending is not None else {}
    slots = spec.slots.items()
    return {name: quote[one.was] for name, one in slots if one.from_last and one.was is not None and one.was in quote}


def days_around(turn: PlannedTurn) -> Record | None:
    """What was read back last, or is held by what goes on: the days that "the same days" may mean."""
    pending, flow = turn.before.pending, under_way(turn.before, turn.proof)
    return pending.quote if pending is not None else flow.held if flow is not None else None


def arguments_of(turn: PlannedTurn, flow: FlowState) -> dict[str, JsonValue]:
    """What the tool of `flow` is called with: its slots, the customer's words, what those may lean on."""
    spec = turn.persona.flows[flow.name]
    arguments: dict[str, JsonValue] = dict(flow.slots)
    if spec.words_as is not None:
        arguments[spec.words_as] = turn.asked_words(flow)
    before = leant_on(turn.heard, turn.asked_last, under_way(turn.before, turn.proof))
    if spec.leans_as is not None and not turn.repeats_question and before is not None:
        arguments[spec.leans_as] = before
    return arguments
