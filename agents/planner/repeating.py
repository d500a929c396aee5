"""The last reply once more, as it was asked for: slower, louder, or as before."""

from __future__ import annotations

from dataclasses import replace

from agents.planner.planned import Plan, PlannedTurn
from agents.planner.scoring import scores_of

SLOWEST, FASTEST = 0.6, 1.4
SOFTEST, LOUDEST = 0.4, 2.5
"""How far a customer may have the pace and the loudness of speech changed."""


def said_again(turn: PlannedTurn) -> Plan:
    """The last reply once more, slower or louder where that was asked for; what waits for an answer goes on waiting."""
    best = max(scores := scores_of(turn), key=lambda name: scores[name])
    spec, before = turn.persona.flows[best], turn.before
    said = spec.said_after("") or turn.shared("unclear")
    done = turn.reply(said, flow=turn.state.flow)
    pace = min(max(before.pace * spec.pace, SLOWEST), FASTEST)
    loudness = min(max(before.loudness * spec.loudness, SOFTEST), LOUDEST)
    waits = replace(done.state, pending=before.pending, on_yes=before.on_yes, guess=before.guess)
    return replace(done, state=replace(waits, pace=pace, loudness=loudness))
