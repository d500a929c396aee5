"""The hotels' tools: rooms, a customer's reservations, the houses' rules."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

from pydantic import JsonValue
from semantic_kernel.functions import kernel_function
from sqlalchemy import Connection

from agents.scope import current_turn
from agents.tools.codes import not_held, own_code, said_codes
from agents.tools.coming import coming_flights, coming_stays, next_cancelled_stay, nothing_held, stays_asked_about
from agents.tools.context import ELSEWHERE, ToolContext, look_up_all, passage, read_only, result, told
from agents.tools.told import reservation_source, told_reservation
from agents.turn import Source
from agents.understand.lexicon import Entry, Names
from data.flights import bookings_of
from data.hotels import hotels, reservations_of, rooms_available, sleeps
from data.knowledge.in_place import things_by_name
from data.records import Hotel, Reservation

MAX_LISTED = 3
MAX_NIGHTS = 28
"""Longer stays are for a person to arrange."""
_KINDS = frozenset({"Hotel", "House", "Inn", "Court", "Grand", "Lodge", "Resort", "Suites"})
"""Last words of a house's name that customers leave out."""


def names(conn: Connection) -> tuple[Names, ...]:
    """The branch's hotels and their cities, as customers say them."""
    houses = hotels(conn)
    cities = sorted({house.city for house in houses})
    return (
        Names(
            "hotel",
            tuple(Entry(h.name, _ways_to_say(h.name), short=_short_for(h.name, houses)) for h in houses),
            noun="the hotel",
        ),
        Names("hotel_city", tuple(Entry(city, (city,)) for city in cities), telling=False, noun="the city"),
    )


class Tools:
    """What the hotel agent can look up."""

    def __init__(self, context: ToolContext) -> None:
        self._context = context
        self._branch = context.branch

    @read_only
    @kernel_function(description="The coming hotel reservations of the customer who proved who they are.")
    async def my_reservations(
        self,
        booking_code: Annotated[str | None, "only the reservation of this code"] = None,
        hotel: Annotated[str | None, "name of the hotel that is asked about"] = None,
        hotel_city: Annotated[str | None, "city of the hotel, when its name is not known"] = None,
    ) -> str:
        """Outcomes: `found` (reservations, count: those asked about, or all where none is so; code of the only one, or
        None; hotel, where it is the same in all), `none`,
        `not_identified`; with a code also `not_yours`, `nearly`, `other_kind` (see `agents.tools.codes`)."""
        identity = current_turn().identity
        if identity is None:
            return result("not_identified")
        coming = await self._coming()
        if booking_code is not None:
            booking_code = own_code(booking_code, [r.code for r in coming])
            mine = [r for r in coming if r.code == booking_code]
            if not mine:
                flights = await self._branch.read(lambda conn: bookings_of(conn, identity.customer_id))
                return not_held(booking_code, [r.code for r in coming], [b.code for b in flights])
            coming = mine
        if not coming:
            return result("none", cancelled=await self._cancelled(identity.customer_id))
        coming = stays_asked_about(coming, hotel, hotel_city) or coming
        shown = coming[:MAX_LISTED]
        sources = tuple(map(reservation_source, shown))
        only = coming[0].hotel_name if len({r.hotel_id for r in coming}) == 1 else None
        return result(
            "found",
            sources=sources,
            count=len(coming),
            hotel=only,
            code=coming[0].code if len(coming) == 1 else None,
            reservations=[told_reservation(r) for r in shown],
        )

    @read_only
    @kernel_function(description="Where and when the customer who proved who they are checks in for their stay.")
    async def check_in(
        self,
        booking_code: Annotated[str | None, "only the reservation of this code"] = None,
        hotel: Annotated[str | None, "name of the hotel that is asked about"] = None,
        hotel_city: Annotated[str | None, "city of the hotel, when its name is not known"] = None,
    ) -> str:
        """Outcomes: those of `my_reservations`; `found` is of the next stay that is asked about (reservation, text:
        what its house says of check-in, or None)."""
        held = json.loads(await self.my_reservations(booking_code, hotel, hotel_city))
        if held["outcome"] != "found":
            return json.dumps(held)
        stay = held["reservations"][0]
        house = stay["hotel"]
        known = await look_up_all(self._context, f"When can I check in at {house}?", domain="hotel", entity=house)
        hits = [hit for hit in known.hits if self._context.knowledge.answers(hit)]
        held["sources"] += [asdict(passage(hit)) for hit in hits[:1]]
        return json.dumps({**held, "reservation": stay, "text": hits[0].spoken if hits else None})

    @read_only
    @kernel_function(description="All coming hotel reservations of the customer who proved who they are, as records.")
    async def held(self) -> str:
        """Outcomes: `held` (records: the reservations, each with `said`: whether its code was said), `elsewhere` (none
        here, a flight, and words that name nothing of hotels), `no_reservation`, `not_identified`."""
        identity = current_turn().identity
        if identity is None:
            return result("not_identified")
        if coming := await self._coming():
            said = said_codes()
            return result("held", records=[{**told_reservation(r), "said": r.code in said} for r in coming])
        booked = await self._branch.read(lambda conn: bookings_of(conn, identity.customer_id))
        elsewhere = bool(coming_flights(booked, self._branch.clock.today()))
        cancelled = await self._cancelled(identity.customer_id)
        return nothing_held("no_reservation", elsewhere=elsewhere, cancelled=cancelled)

    @read_only
    @kernel_function(description="The hotels that can be booked here, with their cities; all, or those of a city.")
    async def our_hotels(
        self,
        hotel_city: Annotated[str | None, "city that is asked about"] = None,
        place: Annotated[str | None, "a place asked about where there is no hotel"] = None,
        best: Annotated[str | None, "cheapest, for the house with the lowest price"] = None,
        arrive: Annotated[str | None, "ISO date of the night whose prices are compared; tonight when not given"] = None,
    ) -> str:
        """Outcomes: `found` (hotels: name and city), `there` (names, city, hotel: the only one), `not_there`
        (place), `cheapest` (hotel, city, room, total_cents of the night of `day`), `sold_out` (day)."""
        houses = await self._branch.read(hotels)
        if best is not None and place is None:
            return await self._cheapest([one for one in houses if hotel_city in (None, one.city)], arrive)
        source = Source("hotels", "Hotels", ", ".join(f"{house.name} ({house.city})" for house in houses))
        names: list[JsonValue] = [house.name for house in houses if house.city == hotel_city]
        if names:
            only = names[0] if len(names) == 1 else None
            return result("there", sources=(source,), names=names, city=hotel_city, hotel=only)
        if place is not None:
            return result("not_there", sources=(source,), place=as_written(place))
        return result(
            "found", sources=(source,), hotels=[{"name": h.name, "city": h.city} for h in houses], count=len(houses)
        )

    async def _cheapest(self, houses: Sequence[Hotel], arrive: str | None) -> str:
        """The free room with the lowest price of one night in any of `houses`."""
        today = self._branch.clock.today()
        first = max(today, today if arrive is None else dt.date.fromisoformat(arrive))
        last = first + dt.timedelta(days=1)
        offers = await self._branch.read(
            lambda conn: [(h, one) for h in houses for one in rooms_available(conn, h.id, first, last)]
        )
        free = [(offer.total_cents, house.name, house, offer) for house, offer in offers if offer.rooms_left > 0]
        if not free:
            return result("sold_out", day=first.isoformat())
        cents, name, house, offer = min(free, key=lambda one: one[:2])
        source = Source(
            f"rooms:{house.id}:{first.isoformat()}:1", f"Rooms at {name}", f"{offer.room} {cents} cents", name
        )
        said: dict[str, JsonValue] = {
            "hotel": name,
            "city": house.city,
            "room": offer.room,
            "total_cents": cents,
            "day": first.isoformat(),
        }
        return result("cheapest", said, sources=(source,))

    @read_only
    @kernel_function(description="Where a hotel is: its street and city.")
    async def address(
        self,
        hotel: Annotated[str | None, "name of the hotel"] = None,
        hotel_city: Annotated[str | None, "city of the hotel, when its name is not known"] = None,
    ) -> str:
        """Outcomes: `found` (hotel, city, address), `which_hotel`."""
        house = await self._branch.read(lambda conn: house_named(conn, hotel, hotel_city))
        if house is None:
            return result("which_hotel")
        source = Source(f"hotel:{house.id}", house.name, f"{house.address}, {house.city}", house.name)
        return result("found", sources=(source,), hotel=house.name, city=house.city, address=house.address)

    @read_only
    @kernel_function(description="Rooms of a hotel that are free for a stay, with the price of the whole stay.")
    async def find_rooms(
        self,
        arrive: Annotated[str | None, "ISO date of arrival"] = None,
        nights: Annotated[int | None, "number of nights"] = None,
        depart: Annotated[str | None, "ISO date of the morning of leaving, when nights are not given"] = None,
        hotel: Annotated[str | None, "name of the hotel"] = None,
        hotel_city: Annotated[str | None, "city of the hotel, when its name is not known"] = None,
        room: Annotated[str | None, "queen, king, twin or suite; all when not given"] = None,
        persons: Annotated[int | None, "how many people the room is for"] = None,
        place: Annotated[str | None, "a place named where there is no hotel"] = None,
        one_night: Annotated[str | None, "words that ask whether the house is full on that day"] = None,
    ) -> str:
        """Outcomes: `found` (offers), `sold_out`, `not_on_sale`, `past`, `bad_dates`, `too_long`, `which_hotel`,
        `not_there`;
        `too_many` (most: for how many people the largest room is)."""
        if place is not None and hotel is None and hotel_city is None:
            return result("not_there", place=as_written(place))
        if arrive is None:
            return result("incomplete")
        house = await self._branch.read(lambda conn: house_named(conn, hotel, hotel_city))
        if house is None:
            return result("which_hotel")
        first = dt.date.fromisoformat(arrive)
        if first < self._branch.clock.today():
            return result("past")
        if nights is None:
            nights = 1 if one_night is not None and depart is None else nights_until(first, depart)
        if nights < 1:
            return result("bad_dates")
        if nights > MAX_NIGHTS:
            return result("too_long", most=MAX_NIGHTS)
        last = first + dt.timedelta(days=nights)
        offers = await self._branch.read(lambda conn: rooms_available(conn, house.id, first, last))
        beds = await self._branch.read(lambda conn: sleeps(conn, house.id))
        if persons is not None and persons > max(beds.values()):
            return result("too_many", hotel=house.name, most=max(beds.values()))
        offers = tuple(one for one in offers if persons is None or beds[one.room] >= persons)
        stay: dict[str, JsonValue] = {"hotel": house.name, "city": house.city, "arrive": arrive, "nights": nights}
        if not offers:
            return result("not_on_sale", stay)
        free = [o for o in offers if o.rooms_left > 0 and room in (None, o.room)]
        text = "; ".join(f"{o.room} {o.total_cents} cents, {o.rooms_left} left" for o in free) or "sold out"
        source = Source(f"rooms:{house.id}:{arrive}:{nights}", f"Rooms at {house.name}", text, house.name)
        if not free:
            return result("sold_out", stay, sources=(source,), room=room, persons=persons)
        told: list[JsonValue] = [
            {"room": o.room, "rooms_left": o.rooms_left, "total_cents": o.total_cents}
            for o in sorted(free, key=lambda offer: offer.total_cents)
        ]
        return result("found", stay, sources=(source,), offers=told, count=len(free))

    @read_only
    @kernel_function(description="A hotel's rules and services: check-in times, parking, breakfast, pets, fees ...")
    async def policy(
        self,
        question: Annotated[str, "the customer's question in their own words"],
        hotel: Annotated[str | None, "name of the hotel it is about"] = None,
        hotel_city: Annotated[str | None, "city of the hotel, when its name is not known"] = None,
        before: Annotated[str | None, "the question that was asked before, if this one leans on it"] = None,
    ) -> str:
        """Outcomes: `which_hotel`, and those of `told`, with `yours`: what the question names that the proven customer
        has with their stay in that house, and `things`: what it asks about, by name."""
        house = hotel or await self._house_there(hotel_city) or await self._reserved_house()
        if hotel is None and house is not None and hotel_city is not None:
            question = re.sub(_in_the(hotel_city), "", question, flags=re.IGNORECASE)  # said of the house, not asked
        if hotel is not None and hotel.lower() not in question.lower():
            question = _in_full(question, hotel)
        known = await look_up_all(self._context, question, domain="hotel", entity=house, before=before)
        of_a_house = [hit for hit in known.hits if hit.passage.entity]
        if of_a_house and house is None:
            sure = any(self._context.knowledge.answers(hit) for hit in of_a_house)
            told_surely = all(hit.score >= ELSEWHERE for hit in of_a_house)
            return result("which_hotel", sure=told_surely) if sure else result("unknown", hotel=house)
        named: list[JsonValue] = [*things_by_name(question)]
        fields = {"hotel": house, "yours": await self._booked_with(house, question), "things": named}
        return told(self._context, known, fields)

    async def _booked_with(self, house: str | None, question: str) -> JsonValue:
        """Which extra that `question` names the proven customer has with a coming stay in `house`; None: none."""
        stays = [one for one in await self._coming() if one.hotel_name == house]
        has = {"breakfast": any(s.breakfast for s in stays), "late check-out": any(s.late_check_out for s in stays)}
        return next((name for name, booked in has.items() if booked and _names_it(name, question)), None)

    async def _house_there(self, city: str | None) -> str | None:
        """The one hotel in a city, None when there is none or more than one."""
        house = await self._branch.read(lambda conn: house_named(conn, None, city))
        return None if house is None else house.name

    async def _reserved_house(self) -> str | None:
        """The hotel of the proven customer's coming stay, when there is only one."""
        held = {reservation.hotel_name for reservation in await self._coming()}
        return held.pop() if len(held) == 1 else None

    async def _cancelled(self, customer: int) -> JsonValue:
        """See `next_cancelled_stay`."""
        reserved = await self._branch.read(lambda conn: reservations_of(conn, customer))
        return next_cancelled_stay(reserved, self._branch.clock.today())

    async def _coming(self) -> list[Reservation]:
        identity = current_turn().identity
        if identity is None:
            return []
        today = self._branch.clock.today()
        held = await self._branch.read(lambda conn: reservations_of(conn, identity.customer_id))
        return coming_stays(held, today)


def nights_until(arrive: dt.date, depart: str | None) -> int:
    """Nights up to the ISO date `depart`; 0, which no stay can have, when it is not given."""
    return 0 if depart is None else (dt.date.fromisoformat(depart) - arrive).days


def _names_it(extra: str, question: str) -> bool:
    """Whether `question` names an extra ("late check-out", "late checkout")."""
    return re.sub(r"\W", "", extra) in re.sub(r"\W", "", question.lower())


def _in_the(city: str) -> str:
    """The regular expression of words that name a house by its city ("in Chicago", "at your Chicago hotel")."""
    kinds = "|".join((*_KINDS, "one", "place", "location"))
    return rf"\s+(?:in|at|of|for|to) (?:(?:the|your|that) )?{re.escape(city)}\b(?: (?:{kinds})\b)?"


def _in_full(question: str, name: str) -> str:
    """`question` with the house's whole `name` where it is said by one word of it ("the Magnolia")."""
    words = [word for word in name.split() if word not in _KINDS]
    return re.sub(rf"\b(?:the )?{re.escape(words[0])}\b", name, question, flags=re.I) if len(words) == 1 else question


def as_written(place: str) -> str:
    """A place as it is written: "new delhi" becomes "New Delhi"."""
    return " ".join(word[:1].upper() + word[1:] for word in place.split())


def house_named(conn: Connection, name: str | None, city: str | None) -> Hotel | None:
    """The hotel of this `name`, else the only one in `city`; None when there is none or more than one."""
    there = [house for house in hotels(conn) if (house.name == name if name is not None else house.city == city)]
    return there[0] if len(there) == 1 else None


def _ways_to_say(name: str) -> tuple[str, ...]:
    first, _, last = name.rpartition(" ")
    return (name, first) if last in _KINDS and " " in first else (name,)


def _short_for(name: str, houses: Sequence[Hotel]) -> tuple[str, ...]:
    """The one word that is left of a house's name without its kind, where no other house has that word."""
    words = [word for word in name.split() if word not in _KINDS]
    alike = [house for house in houses if words and words[0] in house.name.split()]
    return tuple(words) if len(words) == 1 and len(alike) == 1 else ()
