"""The first schema of a branch: customers, flights, hotels, what is booked and paid, and the audit trail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.schema import CreateSequence, DropSequence

revision = "0001"
down_revision: str | None = None

_FIRST_OWN_ID = 1_000_001
_KEYED = ("customers", "flights", "bookings", "hotels", "reservations", "payments", "audit")


def upgrade() -> None:
    for table in _KEYED:
        op.execute(CreateSequence(sa.Sequence(f"{table}_id_seq", start=_FIRST_OWN_ID)))
    op.create_table(
        "branch_facts",
        sa.Column("name", sa.String(40), primary_key=True),
        sa.Column("value", sa.String(400), nullable=False),
    )
    op.create_table(
        "customers",
        _key("customers"),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("phone", sa.String(32)),
        sa.Column("email", sa.String(200)),
        sa.Column("pin_salt", sa.LargeBinary, nullable=False),
        sa.Column("pin_hash", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "airports",
        sa.Column("code", sa.String(3), primary_key=True),
        sa.Column("city", sa.String(80), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("zone", sa.String(60), nullable=False),
    )
    op.create_table(
        "flights",
        _key("flights"),
        sa.Column("number", sa.String(8), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("origin", sa.String(3), sa.ForeignKey("airports.code"), nullable=False),
        sa.Column("destination", sa.String(3), sa.ForeignKey("airports.code"), nullable=False),
        sa.Column("departs", sa.DateTime, nullable=False),
        sa.Column("arrives", sa.DateTime, nullable=False),
        sa.Column("delay_minutes", sa.Integer, nullable=False, server_default="0"),
        sa.Column("gate", sa.String(8)),
        sa.Column("status", sa.String(16), nullable=False),
        sa.UniqueConstraint("number", "day"),
        sa.CheckConstraint("status IN ('on time', 'delayed', 'cancelled', 'departed', 'arrived')"),
    )
    op.create_table(
        "flight_cabins",
        sa.Column("flight_id", sa.Integer, sa.ForeignKey("flights.id"), primary_key=True),
        sa.Column("cabin", sa.String(16), primary_key=True),
        sa.Column("seats", sa.Integer, nullable=False),
        sa.Column("sold", sa.Integer, nullable=False),
        sa.Column("fare_cents", sa.BigInteger, nullable=False),
        sa.CheckConstraint("sold >= 0 AND sold <= seats"),
    )
    op.create_table(
        "bookings",
        _key("bookings"),
        sa.Column("code", sa.String(6), nullable=False, unique=True),
        sa.Column("customer_id", sa.Integer, sa.ForeignKey("customers.id"), nullable=False),
        sa.Column("flight_id", sa.Integer, nullable=False),
        sa.Column("cabin", sa.String(16), nullable=False),
        sa.Column("seat", sa.String(4)),
        sa.Column("bags", sa.Integer, nullable=False, server_default="0"),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("price_cents", sa.BigInteger, nullable=False),
        sa.Column("made_at", sa.DateTime, nullable=False),
        sa.Column("idempotency_key", sa.String(80), unique=True),
        sa.CheckConstraint("status IN ('confirmed', 'checked in', 'flown', 'cancelled')"),
        sa.CheckConstraint("bags >= 0"),
    )
    op.create_table(
        "seats_taken",
        sa.Column("flight_id", sa.Integer, sa.ForeignKey("flights.id"), primary_key=True),
        sa.Column("seat", sa.String(4), primary_key=True),
        sa.Column("booking_id", sa.Integer, sa.ForeignKey("bookings.id"), nullable=False),
    )
    op.create_table(
        "hotels",
        _key("hotels"),
        sa.Column("name", sa.String(120), nullable=False, unique=True),
        sa.Column("city", sa.String(80), nullable=False),
        sa.Column("airport", sa.String(3), sa.ForeignKey("airports.code"), nullable=False),
        sa.Column("address", sa.String(200), nullable=False),
    )
    op.create_table(
        "room_types",
        sa.Column("hotel_id", sa.Integer, sa.ForeignKey("hotels.id"), primary_key=True),
        sa.Column("room", sa.String(16), primary_key=True),
        sa.Column("rooms", sa.Integer, nullable=False),
        sa.Column("sleeps", sa.Integer, nullable=False),
    )
    op.create_table(
        "room_nights",
        sa.Column("hotel_id", sa.Integer, sa.ForeignKey("hotels.id"), primary_key=True),
        sa.Column("room", sa.String(16), primary_key=True),
        sa.Column("night", sa.Date, primary_key=True),
        sa.Column("stock", sa.Integer, nullable=False),
        sa.Column("sold", sa.Integer, nullable=False),
        sa.Column("rate_cents", sa.BigInteger, nullable=False),
        sa.CheckConstraint("sold >= 0 AND sold <= stock"),
    )
    op.create_table(
        "reservations",
        _key("reservations"),
        sa.Column("code", sa.String(6), nullable=False, unique=True),
        sa.Column("customer_id", sa.Integer, sa.ForeignKey("customers.id"), nullable=False),
        sa.Column("hotel_id", sa.Integer, sa.ForeignKey("hotels.id"), nullable=False),
        sa.Column("room", sa.String(16), nullable=False),
        sa.Column("arrive", sa.Date, nullable=False),
        sa.Column("depart", sa.Date, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("breakfast", sa.Boolean, nullable=False),
        sa.Column("late_check_out", sa.Boolean, nullable=False),
        sa.Column("total_cents", sa.BigInteger, nullable=False),
        sa.Column("made_at", sa.DateTime, nullable=False),
        sa.Column("idempotency_key", sa.String(80), unique=True),
        sa.CheckConstraint("status IN ('confirmed', 'checked in', 'checked out', 'cancelled')"),
        sa.CheckConstraint("depart > arrive"),
    )
    op.create_table(
        "payments",
        _key("payments"),
        sa.Column("customer_id", sa.Integer, sa.ForeignKey("customers.id"), nullable=False),
        sa.Column("booking_id", sa.Integer, sa.ForeignKey("bookings.id")),
        sa.Column("reservation_id", sa.Integer, sa.ForeignKey("reservations.id")),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("amount_cents", sa.BigInteger, nullable=False),
        sa.Column("paid_at", sa.DateTime, nullable=False),
        sa.Column("idempotency_key", sa.String(80), unique=True),
        sa.CheckConstraint("booking_id IS NULL OR reservation_id IS NULL"),
    )
    op.create_table(
        "audit",
        _key("audit"),
        sa.Column("recorded_at", sa.DateTime, nullable=False),
        sa.Column("session_hash", sa.String(64), nullable=False),
        sa.Column("customer_id", sa.Integer),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(80)),
        sa.Column("outcome", sa.String(40), nullable=False),
        sa.Column("detail", sa.String(400)),
    )


def downgrade() -> None:
    op.drop_table("audit")
    op.drop_table("payments")
    op.drop_table("reservations")
    op.drop_table("room_nights")
    op.drop_table("room_types")
    op.drop_table("hotels")
    op.drop_table("seats_taken")
    op.drop_table("bookings")
    op.drop_table("flight_cabins")
    op.drop_table("flights")
    op.drop_table("airports")
    op.drop_table("customers")
    op.drop_table("branch_facts")
    for table in _KEYED:
        op.execute(DropSequence(sa.Sequence(f"{table}_id_seq")))


def _key(table: str) -> sa.Column[int]:
    following = sa.Sequence(f"{table}_id_seq").next_value()
    return sa.Column("id", sa.Integer, server_default=following, primary_key=True)
