"""Proof of identity: who a session's customer is, for how long, and what happens after wrong PINs."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection

from agents.scope import TurnScope
from data import audit
from data.branch import Branch
from data.confusable import nearest
from data.customers import LOCK, MAX_FAILURES, Unproven, codes_of, proof_locked_until, try_proof
from data.records import Customer
from sync.session import Identity, SessionState

LOCK_SECONDS = int(LOCK.total_seconds())
"""How long a session may not try again after `MAX_FAILURES` wrong proofs, as long as an identity is locked."""
PROOF_SECONDS = 20 * 60
"""How long a proof lasts: a kiosk's next customer must not find the last one's bookings."""

CLOCKS_APART_SECONDS = 60
"""How far the clocks of two nodes may be apart."""

ProofOutcome = Literal["proven", "failed", "locked", "incomplete"]


def fresh(state: SessionState, now: float) -> SessionState:
    """`state` without a proof or a lock that has run out. `now` is seconds since the epoch.

    A proof from the future is none: the clock was set back since, and would let it live on.
    """
    proof = state.identity
    if proof is not None and not proof.verified_at - CLOCKS_APART_SECONDS <= now < proof.expires_at:
        state = replace(state, identity=None)
    if state.locked_until is not None and state.locked_until <= now:
        state = replace(state, locked_until=None, failed_proofs=0)
    return state


async def prove(
    branch: Branch, turn: TurnScope, *, code: str | None, customer_id: int | None, heard_before: str | None = None
) -> ProofOutcome:
    """Check the PIN said in this turn against a booking or reservation `code`, or a `customer_id`.

    The code may have been heard almost right, now and `heard_before` (`data.customers.try_proof`); how it sounded is in
    the turn's state. Writes the outcome
    to the audit trail and, in `turn`, who the customer is and which code of theirs was meant, or the failure.
    `incomplete`: no PIN was said, or neither code nor id is known. `locked`: this session, or that customer in any
    session, has failed too often; nothing is checked then.
    """
    at = branch.clock.now()
    now = at.timestamp()
    pin = turn.heard.pin
    if turn.locked_until is not None and turn.locked_until > now:
        await branch.write(lambda conn: _note_locked(conn, at, turn.state.key, code or str(customer_id)))
        return "locked"
    if pin is None or (code is None and customer_id is None):
        return "incomplete"

    def tried_now(conn: Connection) -> tuple[bool, Customer | Unproven, tuple[str, ...]]:
        locked = proof_locked_until(conn, code if code is not None else str(customer_id), at) is not None
        tried = try_proof(
            conn,
            session_key=turn.state.key,
            code=code,
            customer_id=customer_id,
            also_heard=heard_before,
            sounded=turn.state.codes_sounded,
            pin=pin,
            at=at,
        )
        return locked, tried, codes_of(conn, tried.id) if isinstance(tried, Customer) else ()

    locked_before, tried, own = await branch.write(tried_now)
    if isinstance(tried, Customer):
        turn.proved_code = None if code is None else nearest(code, own)
        turn.identity = Identity(tried.id, tried.name, verified_at=now, expires_at=now + PROOF_SECONDS)
        turn.failed_proofs, turn.locked_until = 0, None
        return "proven"
    if locked_before:  # the PIN was not looked at
        return "locked"
    turn.failed_proofs += 1
    if turn.failed_proofs >= MAX_FAILURES:
        turn.locked_until = now + LOCK_SECONDS
    return "locked" if turn.locked_until is not None or tried.locked_until is not None else "failed"


def _note_locked(conn: Connection, at: datetime, session_key: str, subject: str) -> None:
    audit.record(conn, at=at, session_key=session_key, action=audit.PROOF_ACTION, outcome="locked", subject=subject)
