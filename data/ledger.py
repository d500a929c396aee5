"""Money that moved: payments and refunds of a booking or a reservation, and travel credit.

Rows are only ever added. A refund is a payment below zero, so that what a customer has paid is a sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import Connection, func, insert, select

from data.schema import bookings, payments, reservations, travel_credits


@dataclass(frozen=True, slots=True)
class Account:
    """What money belongs to: a customer's booking or reservation, by its key (exactly one of the two)."""

    customer_id: int
    booking_id: int | None = None
    reservation_id: int | None = None


@dataclass(frozen=True, slots=True)
class GivenBack:
    """What came back to a customer for a booking of theirs: travel credit, valid until `until`, or money (None).

    `cents` is above zero; `on` is the day (UTC) it was given, `code` the booking's, where there is one.
    """

    cents: int
    on: date
    code: str | None
    until: date | None = None


def paid_for(conn: Connection, *, booking_id: int | None = None, reservation_id: int | None = None) -> int:
    """Cents paid for a booking or a reservation up to now, refunds taken off."""
    p = payments.c
    condition = p.booking_id == booking_id if booking_id is not None else p.reservation_id == reservation_id
    return int(conn.execute(select(func.coalesce(func.sum(p.amount_cents), 0)).where(condition)).scalar_one())


def paid_by_code(conn: Connection, customer_id: int) -> dict[str, int]:
    """Cents that a customer has paid for each booking and reservation of theirs up to now, refunds taken off, by its
    code; one that nothing was paid for is not there."""
    p = payments.c
    paid: dict[str, int] = {}
    for table, key in ((bookings, p.booking_id), (reservations, p.reservation_id)):
        rows = conn.execute(
            select(table.c.code, func.sum(p.amount_cents))
            .join(payments, key == table.c.id)
            .where(table.c.customer_id == customer_id)
            .group_by(table.c.code)
        )
        paid |= {code: int(cents) for code, cents in rows}
    return paid


def given_back(conn: Connection, customer_id: int, today: date) -> tuple[GivenBack, ...]:
    """What came back to a customer: travel credit still valid `today`, the soonest to end first, then money for
    cancelled bookings."""
    t, p = travel_credits.c, payments.c
    of_credit = (
        select(t.amount_cents, t.given_at, bookings.c.code, t.valid_until)
        .select_from(travel_credits.outerjoin(bookings, t.booking_id == bookings.c.id))
        .where(t.customer_id == customer_id, t.valid_until >= today)
        .order_by(t.valid_until, t.id)
    )
    of_money = (
        select(-p.amount_cents, p.paid_at, bookings.c.code)
        .select_from(payments.join(bookings, p.booking_id == bookings.c.id))
        .where(p.customer_id == customer_id, p.amount_cents < 0, bookings.c.status == "cancelled")
        .order_by(p.paid_at, p.id)
    )
    back = [GivenBack(int(cents), at.date(), code, until) for cents, at, code, until in conn.execute(of_credit)]
    back += [GivenBack(int(cents), at.date(), code) for cents, at, code in conn.execute(of_money)]
    return tuple(back)


def pay(conn: Connection, account: Account, at: datetime, **cents: int) -> None:
    """Write payments, each under its reason (`change_fee=8000`; below zero: a refund). Nothing is written for 0."""
    rows = [
        {
            "customer_id": account.customer_id,
            "booking_id": account.booking_id,
            "reservation_id": account.reservation_id,
            "reason": reason.replace("_", " "),
            "amount_cents": amount,
            "paid_at": at.astimezone(UTC).replace(tzinfo=None),
        }
        for reason, amount in cents.items()
        if amount
    ]
    if rows:
        conn.execute(insert(payments).values(rows))


def give_credit(conn: Connection, account: Account, cents: int, until: date, at: datetime) -> None:
    """Write travel credit, valid up to and including the day `until`. Nothing is written for 0."""
    if cents:
        conn.execute(
            insert(travel_credits).values(
                customer_id=account.customer_id,
                booking_id=account.booking_id,
                amount_cents=cents,
                valid_until=until,
                given_at=at.astimezone(UTC).replace(tzinfo=None),
            )
        )
