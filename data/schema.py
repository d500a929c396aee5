"""The tables of a branch, as SQLAlchemy Core, for DuckDB and PostgreSQL.

What DuckDB 2.0 asks of them:

- keys come from a `Sequence` (there is no autoincrement); sample rows keep below `FIRST_OWN_ID`;
- a column that a write may change stands in no unique constraint and no foreign key of a table that others
  refer to, because DuckDB changes an indexed column by deleting and inserting the row. So `bookings.flight_id`
  and `reservations.room` are plain columns, and seats are rows of their own (`seats_taken`);
- no ON DELETE CASCADE;
- no indexes but those of keys: DuckDB looks through a column of a branch's size in no time. PostgreSQL has those at the
  end, for speed and so that its check for conflicts between nodes sees single rows instead of whole tables.

Flight times are local wall-clock times of the airport they belong to (`airports.zone`); every other time is UTC.
Money is whole cents. An `idempotency_key` is unique where it is given; `outcomes` keeps what came of each one, as the
JSON of `quotes.py`, so that a write that is sent twice finds what the first one did. `bookings.price_cents` is what was
paid for the ticket; `reservations.total_cents` is what the stay costs with its extras, paid at check-out. A price of 0
in `hotel_services` says that the service comes with every rate.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Sequence,
    String,
    Table,
    Text,
    UniqueConstraint,
)

FIRST_OWN_ID = 1_000_001
"""First key given by a sequence; smaller ones are the sample's."""

metadata = MetaData()


def _key(table: str) -> Column[int]:
    sequence = Sequence(f"{table}_id_seq", start=FIRST_OWN_ID, metadata=metadata)
    return Column("id", Integer, sequence, server_default=sequence.next_value(), primary_key=True)


facts = Table(
    "branch_facts",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", String(400), nullable=False),
)

customers = Table(
    "customers",
    metadata,
    _key("customers"),
    Column("name", String(120), nullable=False),
    Column("phone", String(32)),
    Column("email", String(200)),
    Column("pin_salt", LargeBinary, nullable=False),
    Column("pin_hash", LargeBinary, nullable=False),
)

airports = Table(
    "airports",
    metadata,
    Column("code", String(3), primary_key=True),
    Column("city", String(80), nullable=False),
    Column("name", String(120), nullable=False),
    Column("zone", String(60), nullable=False),
)

flights = Table(
    "flights",
    metadata,
    _key("flights"),
    Column("number", String(8), nullable=False),
    Column("day", Date, nullable=False),
    Column("origin", String(3), ForeignKey("airports.code"), nullable=False),
    Column("destination", String(3), ForeignKey("airports.code"), nullable=False),
    Column("departs", DateTime, nullable=False),
    Column("arrives", DateTime, nullable=False),
    Column("delay_minutes", Integer, nullable=False, server_default="0"),
    Column("gate", String(8)),
    Column("status", String(16), nullable=False),
    UniqueConstraint("number", "day"),
    CheckConstraint("status IN ('on time', 'delayed', 'cancelled', 'departed', 'arrived')"),
)

flight_cabins = Table(
    "flight_cabins",
    metadata,
    Column("flight_id", Integer, ForeignKey("flights.id"), primary_key=True),
    Column("cabin", String(16), primary_key=True),
    Column("seats", Integer, nullable=False),
    Column("sold", Integer, nullable=False),
    Column("fare_cents", BigInteger, nullable=False),
    CheckConstraint("sold >= 0 AND sold <= seats"),
)

bookings = Table(
    "bookings",
    metadata,
    _key("bookings"),
    Column("code", String(6), nullable=False, unique=True),
    Column("customer_id", Integer, ForeignKey("customers.id"), nullable=False),
    Column("flight_id", Integer, nullable=False),
    Column("cabin", String(16), nullable=False),
    Column("seat", String(4)),
    Column("bags", Integer, nullable=False, server_default="0"),
    Column("status", String(16), nullable=False),
    Column("price_cents", BigInteger, nullable=False),
    Column("made_at", DateTime, nullable=False),
    Column("idempotency_key", String(80), unique=True),
    CheckConstraint("status IN ('confirmed', 'checked in', 'flown', 'cancelled')"),
    CheckConstraint("bags >= 0"),
)

seats_taken = Table(
    "seats_taken",
    metadata,
    Column("flight_id", Integer, ForeignKey("flights.id"), primary_key=True),
    Column("seat", String(4), primary_key=True),
    Column("booking_id", Integer, ForeignKey("bookings.id"), nullable=False),
)

hotels = Table(
    "hotels",
    metadata,
    _key("hotels"),
    Column("name", String(120), nullable=False, unique=True),
    Column("city", String(80), nullable=False),
    Column("airport", String(3), ForeignKey("airports.code"), nullable=False),
    Column("address", String(200), nullable=False),
)

room_types = Table(
    "room_types",
    metadata,
    Column("hotel_id", Integer, ForeignKey("hotels.id"), primary_key=True),
    Column("room", String(16), primary_key=True),
    Column("rooms", Integer, nullable=False),
    Column("sleeps", Integer, nullable=False),
)

hotel_services = Table(
    "hotel_services",
    metadata,
    Column("hotel_id", Integer, ForeignKey("hotels.id"), primary_key=True),
    Column("service", String(20), primary_key=True),
    Column("price_cents", BigInteger, nullable=False),
    CheckConstraint("service IN ('breakfast', 'late check-out')"),
    CheckConstraint("price_cents >= 0"),
)

room_nights = Table(
    "room_nights",
    metadata,
    Column("hotel_id", Integer, ForeignKey("hotels.id"), primary_key=True),
    Column("room", String(16), primary_key=True),
    Column("night", Date, primary_key=True),
    Column("stock", Integer, nullable=False),
    Column("sold", Integer, nullable=False),
    Column("rate_cents", BigInteger, nullable=False),
    CheckConstraint("sold >= 0 AND sold <= stock"),
)

reservations = Table(
    "reservations",
    metadata,
    _key("reservations"),
    Column("code", String(6), nullable=False, unique=True),
    Column("customer_id", Integer, ForeignKey("customers.id"), nullable=False),
    Column("hotel_id", Integer, ForeignKey("hotels.id"), nullable=False),
    Column("room", String(16), nullable=False),
    Column("arrive", Date, nullable=False),
    Column("depart", Date, nullable=False),
    Column("status", String(16), nullable=False),
    Column("breakfast", Boolean, nullable=False),
    Column("late_check_out", Boolean, nullable=False),
    Column("total_cents", BigInteger, nullable=False),
    Column("made_at", DateTime, nullable=False),
    Column("idempotency_key", String(80), unique=True),
    Column("breakfast_persons", Integer),
    CheckConstraint("status IN ('confirmed', 'checked in', 'checked out', 'cancelled')"),
    CheckConstraint("depart > arrive"),
)

payments = Table(
    "payments",
    metadata,
    _key("payments"),
    Column("customer_id", Integer, ForeignKey("customers.id"), nullable=False),
    Column("booking_id", Integer, ForeignKey("bookings.id")),
    Column("reservation_id", Integer, ForeignKey("reservations.id")),
    Column("reason", String(40), nullable=False),
    Column("amount_cents", BigInteger, nullable=False),
    Column("paid_at", DateTime, nullable=False),
    Column("idempotency_key", String(80), unique=True),
    CheckConstraint("booking_id IS NULL OR reservation_id IS NULL"),
)

travel_credits = Table(
    "travel_credits",
    metadata,
    _key("travel_credits"),
    Column("customer_id", Integer, ForeignKey("customers.id"), nullable=False),
    Column("booking_id", Integer, ForeignKey("bookings.id")),
    Column("amount_cents", BigInteger, nullable=False),
    Column("valid_until", Date, nullable=False),
    Column("given_at", DateTime, nullable=False),
    CheckConstraint("amount_cents > 0"),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("idempotency_key", String(80), primary_key=True),
    Column("customer_id", Integer, ForeignKey("customers.id"), nullable=False),
    Column("quote", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("settled_at", DateTime, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    _key("audit"),
    Column("recorded_at", DateTime, nullable=False),
    Column("session_hash", String(64), nullable=False),
    Column("customer_id", Integer),
    Column("action", String(40), nullable=False),
    Column("subject", String(80)),
    Column("outcome", String(40), nullable=False),
    Column("detail", String(400)),
)


def _on_the_server(table: Table, *columns: str) -> None:
    name = f"{table.name}_{'_'.join(columns)}"
    Index(name, *(table.c[column] for column in columns)).ddl_if(dialect="postgresql")


_on_the_server(audit, "action", "recorded_at")
_on_the_server(bookings, "customer_id")
_on_the_server(flights, "origin", "destination", "day")
_on_the_server(payments, "booking_id")
_on_the_server(payments, "reservation_id")
_on_the_server(reservations, "customer_id")
_on_the_server(seats_taken, "booking_id")
