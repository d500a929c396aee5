"""Proof of identity: who a session's customer is, for how long, and what happens after wrong PINs."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from sqlalchemy import Connection

from agents.scope import TurnScope
from data import audit
from data.branch import Branch
from data.customers import prove_by_code, prove_by_id
from data.records import Customer
from sync.session import Identity, SessionState

MAX_FAILURES = 3
LOCK_SECONDS = 15 * 60
"""How long a session may not try again after `MAX_FAILURES` wrong proofs."""
PROOF_SECONDS = 20 * 60
"""How long a proof lasts: a kiosk's next customer must not find the last one's bookings."""

ProofOutcome = Literal["proven", "failed", "locked", "incomplete"]


def fresh(state: SessionState, now: float) -> SessionState:
    """`state` without a proof or a lock that has run out. `now` is seconds since the epoch."""
    if state.identity is not None and state.identity.expires_at <= now:
        state = replace(state, identity=None)
    if state.locked_until is not None and state.locked_until <= now:
        state = replace(state, locked_until=None, failed_proofs=0)
    return state


async def prove(branch: Branch, turn: TurnScope, *, code: str | None, customer_id: int | None) -> ProofOutcome:
    """Check the PIN said in this turn against a booking or reservation `code`, or a `customer_id`.

    Writes the outcome to the audit trail and, in `turn`, who the customer is, or the failure. `incomplete`: no PIN
    was said, or neither code nor id is known. While the session is locked nothing is checked.
    """
    at = branch.clock.now()
    now = at.timestamp()
    if turn.locked_until is not None and turn.locked_until > now:
        outcome: ProofOutcome = "locked"
        customer = None
    elif (pin := turn.heard.pin) is None or (code is None and customer_id is None):
        return "incomplete"
    else:
        customer = await branch.read(lambda conn: _check(conn, code, customer_id, pin))
        outcome = "proven" if customer is not None else "failed"
    if customer is not None:
        turn.identity = Identity(customer.id, customer.name, verified_at=now, expires_at=now + PROOF_SECONDS)
        turn.failed_proofs, turn.locked_until = 0, None
    elif outcome == "failed":
        turn.failed_proofs += 1
        if turn.failed_proofs >= MAX_FAILURES:
            turn.locked_until = now + LOCK_SECONDS
            outcome = "locked"
    await branch.write(
        lambda conn: audit.record(
            conn,
            at=at,
            session_key=turn.state.key,
            action="prove identity",
            outcome="done" if outcome == "proven" else "locked" if outcome == "locked" else "failed",
            customer_id=None if customer is None else customer.id,
            subject=code or str(customer_id),
        )
    )
    return outcome


def _check(conn: Connection, code: str | None, customer_id: int | None, pin: str) -> Customer | None:
    if code is not None:
        return prove_by_code(conn, code, pin)
    return None if customer_id is None else prove_by_id(conn, customer_id, pin)
