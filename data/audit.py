"""The audit trail: who tried what, when, and how it ended. Rows are only ever added."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Literal

from sqlalchemy import Column, Connection, insert

from data.schema import audit

Outcome = Literal["done", "refused", "failed", "locked"]

PROOF_ACTION = "prove identity"
"""The action of every row about a proof of identity; a wrong PIN is `failed`, one that was not looked at `locked`."""


def record(
    conn: Connection,
    *,
    at: datetime,
    session_key: str,
    action: str,
    outcome: Outcome,
    customer_id: int | None = None,
    subject: str | None = None,
    detail: str | None = None,
) -> None:
    """Add one row: `action` (`prove identity`), its `outcome`, what it was about (`subject`: a code, never a PIN).

    `at` is an aware datetime and is kept in UTC. The session key is kept only as its SHA-256, since it lets
    whoever holds it into the session (and may be a phone number). Call it inside `Branch.write`.
    """
    conn.execute(
        insert(audit).values(
            recorded_at=at.astimezone(UTC).replace(tzinfo=None),
            session_hash=session_hash(session_key),
            customer_id=customer_id,
            action=action,
            subject=_fitting(subject, audit.c.subject),
            outcome=outcome,
            detail=_fitting(detail, audit.c.detail),
        )
    )


def _fitting(text: str | None, column: Column[str]) -> str | None:
    """What a customer or a model said, as a column takes it: not longer than that, and without NUL."""
    return None if text is None else text.replace("\0", "")[: getattr(column.type, "length", None)]


def session_hash(session_key: str) -> str:
    """The name of a session in the audit trail: 64 hex digits."""
    return hashlib.sha256(session_key.encode()).hexdigest()
