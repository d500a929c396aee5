"""The whole sample branch, worked out in memory and put into a database."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import NamedTuple

from sqlalchemy import Connection, Table, insert

from data import schema
from data.customers import hash_pin
from data.flights import HERE
from data.sample.airline import Airline
from data.sample.facts import WorldFacts, load_facts
from data.sample.lodging import Lodging
from data.sample.people import generated_customers, known_customers
from data.sample.rows import CustomerRow, PaymentRow

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many steps are done and how many there are."""

CHECK_OUT = time(15, 10)
"""When guests of the sample paid for their stay (UTC)."""

SLICE = 1000
"""Rows an INSERT; SQLAlchemy writes that many VALUES into one statement, which DuckDB takes at 10,000 rows/s."""


@dataclass(frozen=True, slots=True)
class World:
    """The sample branch of one day. `customers` has the PINs, which the database has not."""

    facts: WorldFacts
    today: date
    customers: Sequence[CustomerRow]
    airline: Airline
    lodging: Lodging

    @property
    def payments(self) -> Sequence[PaymentRow]:
        """One payment for each booking, when it was made, and for each stay, at check-out; refunds left out."""
        paid: list[PaymentRow] = []
        for b in self.airline.bookings:
            if b.status != "cancelled":
                paid.append(PaymentRow(len(paid) + 1, b.customer_id, b.id, None, "fare", b.price_cents, b.made_at))
        for r in self.lodging.reservations:
            if r.status == "checked out":
                left = datetime.combine(r.depart, CHECK_OUT)
                paid.append(PaymentRow(len(paid) + 1, r.customer_id, None, r.id, "stay", r.total_cents, left))
        return paid


def make_world(today: date) -> World:
    """The sample branch as it stands on the morning of `today`. The same day gives the same world."""
    facts = load_facts()
    generated = generated_customers(facts)
    airline, lodging = Airline(facts, today), Lodging(facts, today)
    airline.book_known()
    airline.book_generated(generated)
    lodging.reserve_known()
    lodging.reserve_generated(generated)
    return World(facts, today, [*known_customers(facts), *generated], airline, lodging)


def fill(conn: Connection, today: date, *, fixed_day: bool, progress: Progress) -> None:
    """Put the sample branch of `today` into an empty, migrated database.

    `fixed_day` True keeps the branch's calendar on `today` for ever.
    """
    world = make_world(today)
    facts, airline, lodging = world.facts, world.airline, world.lodging
    airports = [_AirportRow(code, a.city, a.name, a.zone) for code, a in facts.airports.items()]
    hotels = [_HotelRow(i, h.name, h.city, h.airport, h.address) for i, h in enumerate(facts.hotels, start=1)]
    told = [
        _FactRow("sample_seed", str(facts.seed)),
        _FactRow("sample_day", today.isoformat()),
        _FactRow(HERE, facts.here),
        _FactRow("fixed_day", "yes" if fixed_day else "no"),
        _FactRow("made_at", datetime.now(UTC).replace(tzinfo=None, microsecond=0).isoformat()),
    ]
    tables: list[tuple[str, Table, Sequence[NamedTuple]]] = [
        ("airports", schema.airports, airports),
        ("customers", schema.customers, _hashed(world.customers, facts.seed)),
        ("flights", schema.flights, airline.flights),
        ("flights", schema.flight_cabins, airline.cabins),
        ("bookings", schema.bookings, airline.bookings),
        ("bookings", schema.seats_taken, tuple(airline.seats_taken.values())),
        ("hotels", schema.hotels, hotels),
        ("hotels", schema.room_types, lodging.room_types),
        ("hotels", schema.hotel_services, lodging.services),
        ("hotels", schema.room_nights, lodging.nights),
        ("reservations", schema.reservations, lodging.reservations),
        ("payments", schema.payments, world.payments),
        ("facts", schema.facts, told),
    ]
    done, total = 0, sum(len(rows) for _, _, rows in tables)
    for what, table, rows in tables:
        for start in range(0, len(rows), SLICE):
            progress(f"sample data: {what}", done, total)
            part = rows[start : start + SLICE]
            conn.execute(insert(table), [row._asdict() for row in part])
            done += len(part)
    progress("sample data", done, total)


class _AirportRow(NamedTuple):
    code: str
    city: str
    name: str
    zone: str


class _HotelRow(NamedTuple):
    id: int
    name: str
    city: str
    airport: str
    address: str


class _FactRow(NamedTuple):
    name: str
    value: str


class _HashedCustomerRow(NamedTuple):
    id: int
    name: str
    phone: str
    email: str
    pin_salt: bytes
    pin_hash: bytes


def _hashed(customers: Sequence[CustomerRow], seed: int) -> list[_HashedCustomerRow]:
    """Hash the PINs on two threads (scrypt lets the interpreter go). Salts come from the seed, as all of the sample."""

    def one(row: CustomerRow) -> _HashedCustomerRow:
        salt = hashlib.sha256(f"{seed}:salt:{row.id}".encode()).digest()[:16]
        return _HashedCustomerRow(row.id, row.name, row.phone, row.email, salt, hash_pin(row.pin, salt))

    with ThreadPoolExecutor(2, thread_name_prefix="hash-pin") as threads:
        return list(threads.map(one, customers))
