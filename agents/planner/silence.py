"""What the planner says when the customer lets their time to speak pass.

| silences in a row | a question is open | none is open |
|---|---|---|
| first | the question again, shorter; a read-back comes whole | an offer of more help |
| second | help or a goodbye is offered; the question stays open, a yes agrees to nothing | the same |
| third | a goodbye; the flow waits to be gone back to | a goodbye |
A yes agrees to the read-back that was heard last, so after anything else it is read back again.
"""

from __future__ import annotations

import re
from dataclasses import replace

from agents.flow import Say
from agents.planner.course import read_back
from agents.planner.planned import Plan, PlannedTurn, Steps
from sync.session import CONFIRM, FlowState

LAST_WORD = 3
"""The silence after which the desk says goodbye."""
_BEFORE_THE_QUESTION = re.compile(r"^.*[.!?]\s+(?=[^.!?]*\?$)", re.DOTALL)


def nobody_spoke(turn: PlannedTurn, flow: FlowState | None) -> Steps:
    """Answer a silence; `flow` is the one whose question is open."""
    if turn.heard.silences >= LAST_WORD:
        return _goodbye(turn, flow)
    if turn.heard.silences > 1:
        return turn.reply(turn.shared("take_your_time"), flow=flow)
    if flow is None:
        return turn.reply(turn.shared("anything_else") if turn.state.history else Say(text=turn.persona.greeting))
    if flow.asking == CONFIRM:
        return (yield from read_back(turn, flow, flow.tries, whole=True))
    return turn.reply(Say(text=_BEFORE_THE_QUESTION.sub("", turn.question(flow))), flow=flow, raw=True)


def _goodbye(turn: PlannedTurn, flow: FlowState | None) -> Plan:
    """End what is under way, so that it can be gone back to."""
    if flow is not None:
        turn.park(replace(flow, asking=None))
    return turn.reply(turn.shared("gone"))
