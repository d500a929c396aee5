"""Hotels, their rooms night by night, and the reservations in them: reads, as functions of a connection."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, Row, Select, func, select

from data.records import ROOM_KINDS, Hotel, Reservation, RoomKind, RoomOffer
from data.schema import airports, hotel_services, reservations, room_nights, room_types
from data.schema import hotels as hotels_table


def hotels(conn: Connection) -> tuple[Hotel, ...]:
    """Every hotel, by name."""
    return tuple(_hotel(r) for r in conn.execute(_hotel_query().order_by(hotels_table.c.name)))


def hotel(conn: Connection, id: int) -> Hotel | None:
    """The hotel with this key, or None."""
    row = conn.execute(_hotel_query().where(hotels_table.c.id == id)).one_or_none()
    return None if row is None else _hotel(row)


def rooms_available(conn: Connection, hotel_id: int, arrive: date, depart: date) -> tuple[RoomOffer, ...]:
    """What each room type of a hotel has left for the nights from `arrive` up to, not including, `depart`.

    A sold-out type is there with `rooms_left` 0. A type without stock for every night of the stay (a date
    too far away, or past) is not. Raises ValueError when `depart` is not after `arrive`.
    """
    nights = (depart - arrive).days
    if nights < 1:
        raise ValueError(f"a stay ends after it begins: {arrive} to {depart}")
    c = room_nights.c
    rows = conn.execute(
        select(c.room, func.min(c.stock - c.sold).label("rooms_left"), func.sum(c.rate_cents).label("total_cents"))
        .where(c.hotel_id == hotel_id, c.night >= arrive, c.night < depart)
        .group_by(c.room)
        .having(func.count() == nights)
    )
    offers = [
        RoomOffer(
            hotel_id=hotel_id,
            room=r.room,
            nights=nights,
            rooms_left=int(r.rooms_left),
            total_cents=int(r.total_cents),
        )
        for r in rows
    ]
    return tuple(sorted(offers, key=lambda offer: ROOM_KINDS.index(offer.room)))


def sleeps(conn: Connection, hotel_id: int) -> dict[RoomKind, int]:
    """How many people each room type of a hotel is for."""
    t = room_types.c
    rows = conn.execute(select(t.room, t.sleeps).where(t.hotel_id == hotel_id))
    return {row.room: int(row.sleeps) for row in rows}


def reservations_of(conn: Connection, customer_id: int) -> tuple[Reservation, ...]:
    """The customer's reservations, cancelled and past ones too, by arrival."""
    r, h, s = reservations.c, hotels_table.c, hotel_services.c
    rows = conn.execute(
        select(reservations, h.name.label("hotel_name"), h.city, s.price_cents.label("breakfast_cents"))
        .join(hotels_table, h.id == r.hotel_id)
        .outerjoin(hotel_services, (s.hotel_id == r.hotel_id) & (s.service == "breakfast"))
        .where(r.customer_id == customer_id)
        .order_by(r.arrive, r.code)
    )
    return tuple(
        Reservation(
            code=row.code,
            hotel_id=row.hotel_id,
            hotel_name=row.hotel_name,
            city=row.city,
            room=row.room,
            arrive=row.arrive,
            depart=row.depart,
            nights=(row.depart - row.arrive).days,
            status=row.status,
            total_cents=row.total_cents,
            breakfast=row.breakfast,
            breakfast_included=row.breakfast_cents == 0,
            late_check_out=row.late_check_out,
        )
        for row in rows
    )


def _hotel_query() -> Select[tuple[object, ...]]:
    h = hotels_table.c
    return select(h.id, h.name, h.city, h.airport, h.address, airports.c.zone).join(
        airports, airports.c.code == h.airport
    )


def _hotel(row: Row[tuple[object, ...]]) -> Hotel:
    return Hotel(id=row.id, name=row.name, city=row.city, airport=row.airport, address=row.address, zone=row.zone)
