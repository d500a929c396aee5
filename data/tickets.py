"""Tickets: calls for a person, numbered, as rows of the audit trail."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from data import audit
from data.schema import audit as audit_table

HAND_OFF = "hand off"
FIRST_TICKET = 101
"""Tickets count from here, so that a number said aloud is not taken for a count."""


def write_ticket(conn: Connection, *, at: datetime, session_key: str, customer_id: int | None, summary: str) -> int:
    """Write the next ticket and give its number. `summary` says what it is about, nothing that a customer said.

    Run it inside `Branch.write`: two at one time, at two nodes too, get two numbers.
    """
    taken = select(func.count()).where(audit_table.c.action == HAND_OFF)
    ticket = FIRST_TICKET + int(conn.execute(taken).scalar_one())
    audit.record(
        conn,
        at=at,
        session_key=session_key,
        action=HAND_OFF,
        outcome="done",
        customer_id=customer_id,
        subject=f"ticket {ticket}",
        detail=summary,
    )
    return ticket
