"""What the customer holds already as an answer to what is asked for ("the same room", "the same as now")."""

from __future__ import annotations

import re
from collections.abc import Generator

from agents.flow import Flow
from agents.planner.holding import names, records_in
from agents.planner.planned import PlannedTurn, ToolAnswer, ToolCall
from sync.session import FlowState

_SAME = re.compile(
    r"\b(?:same|as before|as now|what (?:i|we) (?:have|had|'ve got)|like (?:mine|ours))\b", re.IGNORECASE
)
_FEW_WORDS = 8
"""Longer words say more than that it is to be the same."""


def same_as_held(turn: PlannedTurn, flow: FlowState, spec: Flow) -> Generator[ToolCall, ToolAnswer, str | None]:
    """What the customer holds of the choice that `flow` asked for, where the words say that it is to be the same; None:
    they do not, or it is not known which."""
    slot, change = spec.slots.get(flow.asking or ""), turn.persona.flows.get(spec.becomes or "")
    twin = change.slots.get(flow.asking or "") if change is not None else None
    holds = turn.persona.holds
    if slot is None or twin is None or twin.was is None or holds is None or slot.type != "choice":
        return None
    short = len(turn.heard.core.split()) <= _FEW_WORDS
    if not turn.identified or not short or _SAME.search(turn.heard.core) is None:
        return None
    records = records_in((yield ToolCall(holds.tool, {})))
    named = [one for one in records if names(one, flow, turn.heard.today)]
    values = {value for one in named or records if isinstance(value := one.get(twin.was), str)}
    value = values.pop() if len(values) == 1 else None
    return value if value in slot.options else None
