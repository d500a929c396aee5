"""How well the router follows a conversation: stays with a subject, and leaves it when the customer does.

Each dialogue is played from its first turn on. The router gets what was said before, by both sides, and its own
earlier choices; it never sees a label.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from edge_server.evaluation.files import Dialogue, Label
from edge_server.evaluation.listener import Listener, Progress, label_of, milliseconds, share
from sync.session import Line, SessionState

WORST = 20


@dataclass(frozen=True, slots=True)
class SwitchingError:
    """A turn that another agent got. `before`: who had the turn before it (None: the dialogue began)."""

    dialogue: str
    turn: int
    text: str
    reply_before: str | None
    before: Label | None
    gold: Label
    went_to: Label
    reason: str


@dataclass(frozen=True, slots=True)
class SwitchingFigures:
    """`accuracy`: share of turns at the right agent. `false_switch_rate`: of the turns on which the customer stayed
    with the subject, the share that the router handed over to a wrong agent. `moved_while_staying_rate`: the same,
    with hand-overs to the right agent (late ones, and corrections) counted too. `switches_caught`: of the turns on
    which the subject changed, the share at the right agent at once. `weak_gold` turns are played but not counted.
    A share of nothing is None. Times are ms a decision."""

    accuracy: float | None
    false_switch_rate: float | None
    moved_while_staying_rate: float | None
    switches_caught: float | None
    dialogues: int
    turns: int
    staying_turns: int
    switches: int
    false_switches: int
    weak_gold: int
    errors: int
    worst: list[SwitchingError]
    p50_ms: float
    p95_ms: float


async def evaluate_switching(dialogues: Sequence[Dialogue], listener: Listener, progress: Progress) -> SwitchingFigures:
    """Play each dialogue. `dialogues` may not be empty."""
    turns = right = staying = moved = false = switches = caught = weak = 0
    errors: list[SwitchingError] = []
    taken: list[float] = []
    for done, dialogue in enumerate(dialogues, start=1):
        state = SessionState(key="evaluation")
        gold_before: Label | None = None
        for index, turn in enumerate(dialogue.turns):
            before = label_of(state.agent) if state.agent is not None else None
            if turn.system_before:
                state = state.with_line(Line("agent", turn.system_before, agent=state.agent))
                await listener.router.expect_answer(turn.system_before)  # as the desk does while it speaks
            began = time.perf_counter()
            intent = await listener.intent(turn.user, state)
            taken.append(time.perf_counter() - began)
            state = replace(state, agent=intent.agent).with_line(Line("customer", turn.user))
            label = label_of(intent.agent)
            wrong = label != turn.gold
            if turn.weak_gold:
                weak += 1
            else:
                turns, right = turns + 1, right + (not wrong)
                if before is not None and turn.gold == gold_before:
                    staying, moved = staying + 1, moved + (label != before)
                    false += wrong and label != before
                elif before is not None:
                    switches, caught = switches + 1, caught + (not wrong)
                if wrong:
                    said = (turn.user, turn.system_before, before, turn.gold, label)
                    errors.append(SwitchingError(dialogue.id, index, *said, intent.reason))
            gold_before = turn.gold
        progress("dialogues", done, len(dialogues))
    moves_first = sorted(errors, key=lambda error: (error.before == error.went_to, error.before is None))
    return SwitchingFigures(
        accuracy=share(right, turns),
        false_switch_rate=share(false, staying),
        moved_while_staying_rate=share(moved, staying),
        switches_caught=share(caught, switches),
        dialogues=len(dialogues),
        turns=turns,
        staying_turns=staying,
        switches=switches,
        false_switches=false,
        weak_gold=weak,
        errors=len(errors),
        worst=moves_first[:WORST],
        p50_ms=milliseconds(taken, 0.5),
        p95_ms=milliseconds(taken, 0.95),
    )
