"""What a member of staff is told before a caller is put through: who, what, and what was tried. Two sentences.

From the session's state only: the name that was proved, the tasks by the names that personas give them, the last tool
that was used. Nothing that the customer said, no code, no number.
"""

from __future__ import annotations

from sync.session import SessionState

CHOICE = "Press one to take the call, or two if you cannot."


def briefing(state: SessionState, now: float) -> str:
    """The two sentences. `now`: seconds since the epoch."""
    identity = state.identity
    proved = identity is not None and identity.expires_at > now
    who = (
        f"{identity.name}, who has proved who they are,"
        if identity and proved
        else "A caller who has not proved who they are"
    )
    flows = [flow for flow in (*state.parked, state.flow) if flow is not None and flow.task]
    desk = f"the {state.agent} desk" if state.agent else "the desk"
    about = flows[-1].task.replace("your ", "their ", 1) if flows else None
    what = f"asks for a person about {about}" if about else f"asks for a person at {desk}"
    return f"{who} {what}. {_tried(state, proved=proved)}"


def _tried(state: SessionState, *, proved: bool) -> str:
    last, turns = state.last, sum(line.role == "customer" for line in state.history)
    if state.failed_proofs and not proved:
        return "Their PIN did not match, so nothing of theirs was opened."
    if state.flow is not None and state.flow.asking == "confirm":
        return "A quote was read to them, and nothing was written."
    if last is not None:
        return f"The last thing done was {last.task or last.name.replace('_', ' ')}, after {turns} {_turns(turns)}."
    return f"Nothing was done for them yet, after {turns} {_turns(turns)}."


def _turns(count: int) -> str:
    return "turn" if count == 1 else "turns"
