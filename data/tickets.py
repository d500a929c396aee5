"""Tickets: calls for a person, numbered, as rows of the audit trail."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, func, select

from data import audit
from data.schema import audit as audit_table

HAND_OFF = "hand off"
FIRST_TICKET = 101
"""Tickets count from here, so that a number said aloud is not taken for a count."""
ONE_WISH = timedelta(minutes=10)
"""A session that calls for a person again within this time means the same wish: its turn was answered twice, by another
engine or after a crash."""
_SUBJECT = "ticket "


def write_ticket(conn: Connection, *, at: datetime, session_key: str, customer_id: int | None, summary: str) -> int:
    """Write the next ticket and give its number; within `ONE_WISH` of the session's last ticket, that one's number.

    `summary` says what it is about, nothing that a customer said. `at` is an aware datetime.

    Run it inside `Branch.write`: two at one time, at two nodes too, get two numbers.
    """
    columns, now = audit_table.c, at.astimezone(UTC).replace(tzinfo=None)
    mine = (columns.action == HAND_OFF) & (columns.session_hash == audit.session_hash(session_key))
    lately = columns.recorded_at.between(now - ONE_WISH, now + ONE_WISH)
    known = conn.execute(select(columns.subject).where(mine & lately).order_by(columns.id.desc())).scalars().first()
    if known is not None:
        return int(known.removeprefix(_SUBJECT))
    taken = select(func.count()).where(audit_table.c.action == HAND_OFF)
    ticket = FIRST_TICKET + int(conn.execute(taken).scalar_one())
    audit.record(
        conn,
        at=at,
        session_key=session_key,
        action=HAND_OFF,
        outcome="done",
        customer_id=customer_id,
        subject=f"{_SUBJECT}{ticket}",
        detail=summary,
    )
    return ticket
