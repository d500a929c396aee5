"""Indexes for branches whose data are on a PostgreSQL server. A DuckDB file gets none."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision: str | None = "0002"

_INDEXES = (
    ("audit", ("action", "recorded_at")),
    ("bookings", ("customer_id",)),
    ("flights", ("origin", "destination", "day")),
    ("payments", ("booking_id",)),
    ("payments", ("reservation_id",)),
    ("reservations", ("customer_id",)),
    ("seats_taken", ("booking_id",)),
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table, columns in _INDEXES:
            op.create_index(f"{table}_{'_'.join(columns)}", table, list(columns))


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table, columns in _INDEXES:
            op.drop_index(f"{table}_{'_'.join(columns)}", table)
