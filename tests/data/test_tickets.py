"""One wish for a person makes one ticket, however often its turn is answered."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from data.branch import Branch
from data.schema import audit
from data.tickets import FIRST_TICKET, HAND_OFF, ONE_WISH, write_ticket


async def test_a_wish_that_is_told_again_finds_its_ticket_and_a_later_one_gets_its_own(branch: Branch) -> None:
    now = branch.clock.now()

    async def call(session: str, minutes: float) -> int:
        at = now + timedelta(minutes=minutes)
        return await branch.write(
            lambda conn: write_ticket(conn, at=at, session_key=session, customer_id=None, summary="at the desk")
        )

    later = ONE_WISH / timedelta(minutes=1) + 1
    assert [await call("one", 0), await call("one", 1), await call("two", 1)] == [101, 101, 102]
    assert [await call("one", later), await call("two", 2), await call("one", later + 1)] == [103, 102, 103]
    rows = select(func.count()).where(audit.c.action == HAND_OFF)
    assert await branch.read(lambda conn: conn.execute(rows).scalar_one()) == 3
    assert FIRST_TICKET == 101
