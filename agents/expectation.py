"""What a customer's turn is expected to hold, and whether the words so far hold it: for whoever decides on its end."""

from __future__ import annotations

from collections.abc import Mapping

from agents.flow import Slot
from agents.persona import Persona
from agents.planner.plan import pending
from agents.planner.slots import candidates
from agents.turn import CODES, Expectation, TurnDone
from agents.understand.codes import CODE_LENGTH, PIN_LENGTH
from agents.understand.heard import Heard
from agents.understand.words import Spelled, spell, tokens
from sync.session import CONFIRM, SessionState

_SHORT_ANSWER = 5
"""A yes or no with more words than this goes on to something else."""
_LEAST_SPELLED = 2
"""So many letters or digits one by one, at the end of the words, are the beginning of a code."""


def expectation(state: SessionState, heard: Heard, slot: Slot | None, *, patience: float) -> Expectation:
    """What is expected in `state`, and what `heard` has of it. `slot` is the one that the last reply asked for."""
    if state.flow is None and state.on_yes is not None:
        slot = None  # what waits is offered: it is not asked for now
    asked = _asked(state, slot)
    answers = heard.answer is not None and len(heard.words.split()) <= _SHORT_ANSWER
    if asked == CONFIRM or (asked is not None and heard.answer == "no" and answers):
        filled = answers
    elif slot is None:
        filled = False
    elif slot.secret:
        filled = heard.pin is not None
    else:
        filled = bool(candidates(slot, heard, True))
    return Expectation(asked, filled, not filled and _unfinished(heard, asked), patience)


def enough(done: TurnDone, personas: Mapping[str, Persona]) -> bool | None:
    """Whether the words that a turn answered were all that it took; see `agents.turn.Desk.enough`. A flow that asks
    for one of its needs could have had it from these words; what proves who somebody is, or picks one of a list that
    they only now heard, they could not say before."""
    if not done.answered or done.ungrounded or done.state.guess is not None:
        return False
    for flow in (*done.state.parked, done.state.flow):
        persona = personas.get(flow.agent) if flow is not None else None
        spec = persona.flows.get(flow.name) if flow is not None and persona is not None else None
        if flow is None or spec is None or spec.proves_identity:
            continue
        if not any(all(name in flow.slots for name in group) for group in spec.needs) and spec.needs:
            return None
    return True


def _asked(state: SessionState, slot: Slot | None) -> str | None:
    flow = pending(state)
    if (flow is not None and flow.asking == CONFIRM) or (state.flow is None and state.on_yes is not None):
        return CONFIRM
    return slot.type if slot is not None else None


def _unfinished(heard: Heard, asked: str | None) -> bool:
    """Whether the words end in characters that are being spelled, fewer than a code has."""
    words = tokens(heard.words)
    runs = spell(words)
    if not runs or runs[-1][-1].end < words[-1].end:
        return False
    run = _one_by_one(runs[-1])
    length = sum(len(part.chars) for part in run)
    if any(found.end >= run[-1].end for found in heard.found if found.type not in ("count", "spelled")):
        return False
    if asked in CODES:
        return length < (PIN_LENGTH if asked == "pin" else CODE_LENGTH)
    sure = sum(part.sure for part in run)
    return len(run) >= _LEAST_SPELLED and sure >= _LEAST_SPELLED and length < CODE_LENGTH


def _one_by_one(run: tuple[Spelled, ...]) -> tuple[Spelled, ...]:
    """The last characters of `run`, without an "I" or "a" before them that is only a word."""
    first = next((at for at, part in enumerate(run) if part.sure), len(run) - 1)
    return run[first:]
