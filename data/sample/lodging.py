"""The hotels of the sample branch: stock and rate of every night, and who stays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from random import Random

from data.codes import reservation_code
from data.records import ROOM_KINDS, ReservationState, RoomKind
from data.sample.facts import HotelFact, ReservationFact, WorldFacts
from data.sample.rows import CustomerRow, ReservationRow, RoomNightRow, RoomTypeRow, ServiceRow

FIRST_NIGHT, LAST_NIGHT = -7, 119
"""Nights with stock: the last week's, then 120 with tonight."""

STAYS_BEGIN = (-3, 45)
"""Days between which generated stays begin."""

SLEEPS: dict[RoomKind, int] = {"queen": 2, "king": 2, "twin": 2, "suite": 4}
BREAKFAST_PERSONS = 2
"""For how many people the generated guests who take breakfast order it."""


class Lodging:
    """All nights of the sample's hotels, then the reservations in them."""

    def __init__(self, facts: WorldFacts, today: date) -> None:
        self._facts = facts
        self._today = today
        self._ids = {hotel.name: number for number, hotel in enumerate(facts.hotels, start=1)}
        self._nights: dict[tuple[int, RoomKind, int], RoomNightRow] = {}
        self._codes: set[str] = set()
        self.reservations: list[ReservationRow] = []
        draw = Random(f"{facts.seed}:nights")
        for hotel in facts.hotels:
            for room in ROOM_KINDS:
                for day in range(FIRST_NIGHT, LAST_NIGHT + 1):
                    self._nights[self._ids[hotel.name], room, day] = self._night(draw, hotel, room, day)

    @property
    def room_types(self) -> Sequence[RoomTypeRow]:
        """Four types a hotel."""
        return tuple(
            RoomTypeRow(self._ids[hotel.name], room, hotel.rooms[room], SLEEPS[room])
            for hotel in self._facts.hotels
            for room in ROOM_KINDS
        )

    @property
    def services(self) -> Sequence[ServiceRow]:
        """What each hotel asks for breakfast and late check-out."""
        return tuple(
            ServiceRow(self._ids[hotel.name], service, dollars * 100)
            for hotel in self._facts.hotels
            for service, dollars in (("breakfast", hotel.breakfast), ("late check-out", hotel.late_check_out))
        )

    @property
    def nights(self) -> Sequence[RoomNightRow]:
        """Every night, with what has been sold so far."""
        return tuple(self._nights.values())

    def reserve_known(self) -> None:
        """Sell the stays of the customers that are known by name."""
        for customer in self._facts.customers:
            for fact in customer.reservations:
                self._codes.add(fact.code)
                self._reserve(customer.id, fact, made_days_ago=12)

    def reserve_generated(self, customers: Sequence[CustomerRow]) -> None:
        """Sell a stay to about half of the customers."""
        draw = Random(f"{self._facts.seed}:reservations")
        names = list(self._ids)
        for customer in customers:
            if draw.random() < 0.45:
                continue
            day, nights = draw.randint(*STAYS_BEGIN), draw.randint(1, 5)
            room = draw.choices(ROOM_KINDS, weights=(5, 4, 2, 1))[0]
            code = reservation_code(draw, self._codes)
            fact = ReservationFact(code=code, hotel=draw.choice(names), room=room, day=day, nights=nights)
            self._reserve(
                customer.id,
                fact,
                draw.randint(4, 80),
                breakfast=draw.random() < 0.3,
                late=draw.random() < 0.1,
                cancelled=draw.random() < 0.05,
            )

    def _night(self, draw: Random, hotel: HotelFact, room: RoomKind, day: int) -> RoomNightRow:
        night = self._today + timedelta(days=day)
        weekend = night.weekday() in (4, 5)
        share = min(1.0, max(0.1, draw.gauss(0.78 if weekend else 0.6, 0.16) - 0.003 * max(day, 0)))
        rate = hotel.rates[room] * (1.15 if weekend else 1.0) * (0.92 + 0.2 * share)
        stock = hotel.rooms[room]
        sold_out = any(
            o.hotel == hotel.name and o.room == room and o.day <= day < o.day + o.nights
            for o in self._facts.sold_out_rooms
        )
        sold = stock if sold_out else round(stock * share)
        return RoomNightRow(self._ids[hotel.name], room, night, stock, sold, rate_cents=round(rate) * 100)

    def _reserve(
        self,
        customer_id: int,
        fact: ReservationFact,
        made_days_ago: int,
        *,
        breakfast: bool = False,
        late: bool = False,
        cancelled: bool = False,
    ) -> None:
        hotel_id = self._ids[fact.hotel]
        keys = [(hotel_id, fact.room, day) for day in range(fact.day, fact.day + fact.nights)]
        hotel = self._facts.hotels[hotel_id - 1]
        breakfast = breakfast and hotel.breakfast > 0
        a_morning = BREAKFAST_PERSONS * hotel.breakfast * 100 if breakfast else 0
        total = sum(self._nights[key].rate_cents + a_morning for key in keys) + (
            hotel.late_check_out * 100 if late else 0
        )
        arrive = self._today + timedelta(days=fact.day)
        made = datetime.combine(self._today - timedelta(days=made_days_ago), time(16, 45))
        self.reservations.append(
            ReservationRow(
                id=len(self.reservations) + 1,
                code=fact.code,
                customer_id=customer_id,
                hotel_id=hotel_id,
                room=fact.room,
                arrive=arrive,
                depart=arrive + timedelta(days=fact.nights),
                status="cancelled" if cancelled else _state(fact),
                breakfast=breakfast,
                late_check_out=late,
                total_cents=total,
                made_at=made,
                breakfast_persons=BREAKFAST_PERSONS if breakfast else None,
            )
        )
        if cancelled:
            return
        for key in keys:
            night = self._nights[key]
            staying = sum(
                1
                for r in self.reservations
                if (r.hotel_id, r.room) == key[:2] and r.status != "cancelled" and r.arrive <= night.night < r.depart
            )
            self._nights[key] = night._replace(sold=max(night.sold, staying))


def _state(fact: ReservationFact) -> ReservationState:
    if fact.day + fact.nights <= 0:
        return "checked out"
    return "checked in" if fact.day < 0 else "confirmed"
