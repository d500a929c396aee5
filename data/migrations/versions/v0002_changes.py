"""What changes to bookings need: outcomes by idempotency key, travel credit, what a hotel's extras cost, and for how
many people breakfast is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import CreateSequence, DropSequence

revision = "0002"
down_revision: str | None = "0001"

_FIRST_OWN_ID = 1_000_001
_LATE_CHECK_OUT_CENTS = 4000
_BREAKFAST_CENTS = {
    "Harbor House": 2200,
    "Front Range Inn": 0,
    "Pine Street Hotel": 1800,
    "Bay Lantern Hotel": 1600,
    "Lakeshore Grand": 2700,
    "Magnolia Court": 0,
}
"""Prices of the sample's hotels, for a branch whose sample was made before these tables were."""


def upgrade() -> None:
    op.create_table(
        "outcomes",
        sa.Column("idempotency_key", sa.String(80), primary_key=True),
        sa.Column("customer_id", sa.Integer, sa.ForeignKey("customers.id"), nullable=False),
        sa.Column("quote", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("settled_at", sa.DateTime, nullable=False),
    )
    op.execute(CreateSequence(sa.Sequence("travel_credits_id_seq", start=_FIRST_OWN_ID)))
    op.create_table(
        "travel_credits",
        sa.Column("id", sa.Integer, server_default=sa.Sequence("travel_credits_id_seq").next_value(), primary_key=True),
        sa.Column("customer_id", sa.Integer, sa.ForeignKey("customers.id"), nullable=False),
        sa.Column("booking_id", sa.Integer, sa.ForeignKey("bookings.id")),
        sa.Column("amount_cents", sa.BigInteger, nullable=False),
        sa.Column("valid_until", sa.Date, nullable=False),
        sa.Column("given_at", sa.DateTime, nullable=False),
        sa.CheckConstraint("amount_cents > 0"),
    )
    services = op.create_table(
        "hotel_services",
        sa.Column("hotel_id", sa.Integer, sa.ForeignKey("hotels.id"), primary_key=True),
        sa.Column("service", sa.String(20), primary_key=True),
        sa.Column("price_cents", sa.BigInteger, nullable=False),
        sa.CheckConstraint("service IN ('breakfast', 'late check-out')"),
        sa.CheckConstraint("price_cents >= 0"),
    )
    op.add_column("reservations", sa.Column("breakfast_persons", sa.Integer))
    hotels = sa.table("hotels", sa.column("id", sa.Integer), sa.column("name", sa.String))
    known = op.get_bind().execute(sa.select(hotels.c.id, hotels.c.name).where(hotels.c.name.in_(_BREAKFAST_CENTS)))
    for hotel_id, name in known.all():
        for service, cents in (("breakfast", _BREAKFAST_CENTS[name]), ("late check-out", _LATE_CHECK_OUT_CENTS)):
            op.execute(services.insert().values(hotel_id=hotel_id, service=service, price_cents=cents))


def downgrade() -> None:
    op.drop_column("reservations", "breakfast_persons")
    op.drop_table("hotel_services")
    op.drop_table("travel_credits")
    op.execute(DropSequence(sa.Sequence("travel_credits_id_seq")))
    op.drop_table("outcomes")
