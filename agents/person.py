"""What a person of the branch who answers in place of the agents does to a session."""

from __future__ import annotations

from dataclasses import replace

from sync.session import Line, SessionState

PERSON = "person"
"""Names the person in the lines of the history that they said."""


def heard_by_person(state: SessionState, words: str) -> SessionState:
    """`state` after the customer said `words` (PINs masked) while a person was there."""
    return state.with_line(Line("customer", words)) if words else state


def said_by_person(state: SessionState, words: str, text: str) -> SessionState:
    """`state` after a person answered the customer's `words` with `text`.

    What an agent had offered is over: a yes that comes later was not said to it. A quote that was read back stays, and
    is read back again before it is written, since it is not what the customer heard last.
    """
    after = replace(heard_by_person(state, words), on_yes=None, guess=None, unanswered=0)
    return after.with_line(Line("agent", text, agent=PERSON))
