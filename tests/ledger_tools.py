"""Whether a branch's stock and money add up: what is sold against who has bought it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection, func, select

from data.schema import bookings, flight_cabins, payments, reservations, room_nights, seats_taken, travel_credits


@dataclass(frozen=True)
class Unnamed:
    """What is sold to people whom the data do not name: by flight and cabin, and by hotel, room and night. It never
    changes by anything that named customers do."""

    seats: dict[tuple[int, str], int]
    rooms: dict[tuple[int, str, date], int]


def unnamed(conn: Connection) -> Unnamed:
    """What is sold, less the bookings and stays that stand."""
    named = Counter(
        (r.flight_id, r.cabin)
        for r in conn.execute(select(bookings.c.flight_id, bookings.c.cabin).where(bookings.c.status != "cancelled"))
    )
    cabins = conn.execute(select(flight_cabins.c.flight_id, flight_cabins.c.cabin, flight_cabins.c.sold))
    seats = {(r.flight_id, r.cabin): r.sold - named[r.flight_id, r.cabin] for r in cabins}
    stays: Counter[tuple[int, str, date]] = Counter()
    for r in conn.execute(select(reservations).where(reservations.c.status != "cancelled")):
        for night in range((r.depart - r.arrive).days):
            stays[r.hotel_id, r.room, r.arrive + timedelta(days=night)] += 1
    n = room_nights.c
    nights = conn.execute(select(n.hotel_id, n.room, n.night, n.sold))
    rooms = {(r.hotel_id, r.room, r.night): r.sold - stays[r.hotel_id, r.room, r.night] for r in nights}
    return Unnamed(seats, rooms)


def faults(conn: Connection) -> list[str]:
    """What does not add up about seats and money; empty when all does."""
    found = []
    held = {
        (r.flight_id, r.seat, r.id)
        for r in conn.execute(select(bookings).where(bookings.c.status != "cancelled", bookings.c.seat.is_not(None)))
    }
    taken = {(r.flight_id, r.seat, r.booking_id) for r in conn.execute(select(seats_taken))}
    found += [f"seat {seat} is held or taken, not both" for seat in held ^ taken]
    p = payments.c
    sums = select(p.booking_id, p.reason, func.sum(p.amount_cents).label("cents")).group_by(p.booking_id, p.reason)
    paid = {(r.booking_id, r.reason): int(r.cents) for r in conn.execute(sums.where(p.booking_id.is_not(None)))}
    credits = {r.booking_id: r.amount_cents for r in conn.execute(select(travel_credits))}
    for r in conn.execute(select(bookings)):
        ticket = paid.get((r.id, "fare"), 0) + paid.get((r.id, "fare difference"), 0)
        given_back = -paid.get((r.id, "refund"), 0) + credits.get(r.id, 0)
        everything = sum(cents for (booking, reason), cents in paid.items() if booking == r.id and reason != "refund")
        if r.status != "cancelled" and (ticket, given_back) != (r.price_cents, 0):
            found.append(f"{r.code} is worth {r.price_cents}, {ticket} was paid and {given_back} given back")
        if r.status == "cancelled" and given_back > everything:
            found.append(f"{r.code} gave back {given_back} of {everything}")
    return found
