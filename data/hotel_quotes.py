"""What booking or changing a stay would do and cost, by the hotels' rules (`stay_rules.py`). Nothing is written.

Each function on a reservation checks that it is the customer's own. A code that is nobody's gets the same answer as one
that is somebody else's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from data import stay_rules as rules
from data.codes import spelled
from data.hotels import hotel as hotel_by_id
from data.ledger import paid_for
from data.quotes import BreakfastQuote, LateCheckOutQuote, Refused, StayCancelQuote, StayChangeQuote, StayQuote
from data.records import ROOM_KINDS, Hotel, ReservationState, RoomKind
from data.schema import hotel_services, reservations, room_nights, room_types

Service = Literal["breakfast", "late check-out"]


@dataclass(frozen=True, slots=True)
class HeldStay:
    """A reservation with its key and its hotel. `breakfast_persons` is 0 without breakfast."""

    id: int
    code: str
    customer_id: int
    hotel: Hotel
    room: RoomKind
    arrive: date
    depart: date
    status: ReservationState
    breakfast_persons: int
    late_check_out: bool
    total_cents: int

    @property
    def zone(self) -> ZoneInfo:
        """The hotel's time zone."""
        return ZoneInfo(self.hotel.zone)


def held_stay(conn: Connection, customer_id: int, code: str) -> HeldStay | Refused:
    """The customer's reservation, if there is anything left of it to change: not cancelled, not over."""
    r = reservations.c
    row = conn.execute(select(reservations).where(r.code == spelled(code), r.customer_id == customer_id)).one_or_none()
    if row is None:
        return Refused("not_yours")
    if row.status == "cancelled":
        return Refused("already_cancelled")
    hotel = hotel_by_id(conn, row.hotel_id)
    if row.status == "checked out" or hotel is None:
        return Refused("stay_over")
    return HeldStay(
        id=row.id,
        code=row.code,
        customer_id=row.customer_id,
        hotel=hotel,
        room=row.room,
        arrive=row.arrive,
        depart=row.depart,
        status=row.status,
        breakfast_persons=(row.breakfast_persons or 1) if row.breakfast else 0,
        late_check_out=row.late_check_out,
        total_cents=row.total_cents,
    )


def quote_stay(
    conn: Connection, hotel_id: int, room: RoomKind, arrive: date, nights: int, now: datetime
) -> StayQuote | Refused:
    """What a room costs for `nights` nights from `arrive`."""
    hotel = hotel_by_id(conn, hotel_id)
    if hotel is None or room not in ROOM_KINDS:
        return Refused("not_found")
    offered = _offer(conn, hotel, room, arrive, nights, now)
    if isinstance(offered, Refused):
        return offered
    return StayQuote(
        hotel_id=hotel_id,
        hotel_name=hotel.name,
        room=room,
        arrive=arrive,
        depart=arrive + timedelta(days=nights),
        nights=nights,
        total_cents=offered.rates_cents,
        rooms_left=offered.rooms_left,
        free_until=rules.free_until(arrive, ZoneInfo(hotel.zone)),
    )


def quote_stay_change(
    conn: Connection,
    customer_id: int,
    code: str,
    now: datetime,
    *,
    arrive: date | None = None,
    nights: int | None = None,
    room: RoomKind | None = None,
) -> StayChangeQuote | Refused:
    """What other dates or another room type cost; what is None stays as it is. All nights are at today's rates."""
    held = held_stay(conn, customer_id, code)
    if isinstance(held, Refused):
        return held
    if room is not None and room not in ROOM_KINDS:
        return Refused("not_found")
    if late := _too_late_to_change(held, now):
        return late
    arrive, room = arrive or held.arrive, room or held.room
    nights = (held.depart - held.arrive).days if nights is None else nights
    if (arrive, nights, room) == (held.arrive, (held.depart - held.arrive).days, held.room):
        return Refused("no_change")
    offered = _offer(conn, held.hotel, room, arrive, nights, now, own=held)
    if isinstance(offered, Refused):
        return offered
    breakfast = held.breakfast_persons * nights * (_price(conn, held.hotel, "breakfast") or 0)
    late_check_out = _price(conn, held.hotel, "late check-out") or 0 if held.late_check_out else 0
    total = offered.rates_cents + breakfast + late_check_out
    return StayChangeQuote(
        code=held.code,
        hotel_name=held.hotel.name,
        old_room=held.room,
        old_arrive=held.arrive,
        old_depart=held.depart,
        old_total_cents=held.total_cents,
        room=room,
        arrive=arrive,
        depart=arrive + timedelta(days=nights),
        nights=nights,
        total_cents=total,
        difference_cents=total - held.total_cents,
        rooms_left=offered.rooms_left,
    )


def quote_stay_cancel(conn: Connection, customer_id: int, code: str, now: datetime) -> StayCancelQuote | Refused:
    """What cancelling costs: nothing until 6 PM on the day before arrival, then the first night."""
    held = held_stay(conn, customer_id, code)
    if isinstance(held, Refused):
        return held
    if held.status == "checked in":
        return Refused("already_checked_in")
    if now > (released := rules.released_at(held.arrive, held.zone)):
        return Refused("too_late", released)
    until = rules.free_until(held.arrive, held.zone)
    fee = 0 if now <= until else _first_night(conn, held)
    return StayCancelQuote(
        code=held.code,
        hotel_name=held.hotel.name,
        arrive=held.arrive,
        depart=held.depart,
        fee_cents=fee,
        refund_cents=max(0, paid_for(conn, reservation_id=held.id) - fee),
        free_until=until,
    )


def quote_breakfast(
    conn: Connection, customer_id: int, code: str, persons: int, now: datetime
) -> BreakfastQuote | Refused:
    """What breakfast for `persons` costs on every morning of the stay that is still to come."""
    held = held_stay(conn, customer_id, code)
    if isinstance(held, Refused):
        return held
    price = _price(conn, held.hotel, "breakfast")
    if price is None:
        return Refused("not_offered")
    if price == 0:
        return Refused("included")
    if held.breakfast_persons:
        return Refused("already_done")
    if not 1 <= persons <= _sleeps(conn, held) + rules.CHILDREN_IN_ROOM:
        return Refused("bad_count")
    eaten_from = max(held.arrive, now.astimezone(held.zone).date())
    mornings = (held.depart - eaten_from).days
    if mornings < 1:
        return Refused("too_late")
    return BreakfastQuote(
        code=held.code,
        hotel_name=held.hotel.name,
        persons=persons,
        nights=mornings,
        person_cents=price,
        extra_cents=persons * mornings * price,
        total_cents=held.total_cents + persons * mornings * price,
    )


def quote_late_check_out(conn: Connection, customer_id: int, code: str, now: datetime) -> LateCheckOutQuote | Refused:
    """What keeping the room until 2 PM costs; to be asked for by the evening before."""
    held = held_stay(conn, customer_id, code)
    if isinstance(held, Refused):
        return held
    price = _price(conn, held.hotel, "late check-out")
    if price is None:
        return Refused("not_offered")
    if held.late_check_out:
        return Refused("already_done")
    if now > (asked_by := rules.late_check_out_asked_by(held.depart, held.zone)):
        return Refused("too_late", asked_by)
    return LateCheckOutQuote(
        code=held.code,
        hotel_name=held.hotel.name,
        until=rules.late_check_out_until(held.depart, held.zone),
        extra_cents=price,
        total_cents=held.total_cents + price,
    )


@dataclass(frozen=True, slots=True)
class _Nights:
    rooms_left: int
    rates_cents: int


def _offer(
    conn: Connection,
    hotel: Hotel,
    room: RoomKind,
    arrive: date,
    nights: int,
    now: datetime,
    own: HeldStay | None = None,
) -> _Nights | Refused:
    """The nights of a stay: the rooms left on the fullest one and the sum of the rates. The room that `own` takes up
    counts as left."""
    today = now.astimezone(ZoneInfo(hotel.zone)).date()
    if arrive < today:
        return Refused("past_date")
    if not 1 <= nights <= rules.MAX_NIGHTS or arrive - today > rules.SOLD_AHEAD:
        return Refused("bad_dates")
    n = room_nights.c
    wanted = (n.hotel_id == hotel.id) & (n.room == room)
    stay = (n.night >= arrive) & (n.night < arrive + timedelta(days=nights))
    rows = conn.execute(select(n.night, (n.stock - n.sold).label("left"), n.rate_cents).where(wanted, stay)).all()
    if len(rows) < nights:
        return Refused("bad_dates")
    own_nights = own is not None and own.room == room
    left = min(r.left + (1 if own_nights and own and own.arrive <= r.night < own.depart else 0) for r in rows)
    return _Nights(left, sum(r.rate_cents for r in rows)) if left > 0 else Refused("sold_out")


def _too_late_to_change(held: HeldStay, now: datetime) -> Refused | None:
    if held.status == "checked in":
        return Refused("already_checked_in")
    until = rules.free_until(held.arrive, held.zone)
    return Refused("too_late", until) if now > until else None


def _price(conn: Connection, hotel: Hotel, service: Service) -> int | None:
    s = hotel_services.c
    price: int | None = conn.execute(
        select(s.price_cents).where(s.hotel_id == hotel.id, s.service == service)
    ).scalar_one_or_none()
    return price


def _sleeps(conn: Connection, held: HeldStay) -> int:
    t = room_types.c
    sleeps: int = conn.execute(select(t.sleeps).where(t.hotel_id == held.hotel.id, t.room == held.room)).scalar_one()
    return sleeps


def _first_night(conn: Connection, held: HeldStay) -> int:
    n = room_nights.c
    where = (n.hotel_id == held.hotel.id) & (n.room == held.room) & (n.night == held.arrive)
    rate: int | None = conn.execute(select(n.rate_cents).where(where)).scalar_one_or_none()
    return held.total_cents // (held.depart - held.arrive).days if rate is None else rate
