"""The hotels' quotes: what a room, other dates, a cancellation or an extra cost. Nothing is written."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from typing import Annotated

from pydantic import JsonValue
from semantic_kernel.functions import kernel_function
from sqlalchemy import Connection

from agents.scope import current_turn
from agents.tools.changes import quoted
from agents.tools.codes import not_held, other_kind_proved, own_code, said_codes
from agents.tools.coming import coming_stays, next_cancelled_stay, stays_asked_about
from agents.tools.context import ToolContext, read_only, result
from agents.tools.hotel import MAX_LISTED, house_named, nights_until
from agents.tools.told import told_reservation
from data.flights import bookings_of
from data.hotel_quotes import (
    quote_breakfast,
    quote_late_check_out,
    quote_stay,
    quote_stay_cancel,
    quote_stay_change,
)
from data.hotels import reservations_of, rooms_available, sleeps
from data.quotes import Quote, Refused, StayChangeQuote
from data.records import ROOM_KINDS, Reservation, RoomOffer

Code = Annotated[str | None, "code of the reservation, when the customer said one"]
House = Annotated[str | None, "name of the hotel, to say which reservation is meant"]
City = Annotated[str | None, "city of the hotel, to say which reservation is meant"]
_LAST = re.compile(r"\b(?:last|final|end)\b", re.IGNORECASE)
"""Words for the end of a stay; others are for its beginning."""
QuoteOf = Callable[[Connection, int, str, dt.datetime], Quote | Refused]


class Tools:
    """Quotes for the customer who proved who they are."""

    def __init__(self, context: ToolContext) -> None:
        self._branch = context.branch

    @read_only
    @kernel_function(description="What a room costs for a stay, to book it. Writes nothing.")
    async def quote_room(
        self,
        arrive: Annotated[str, "ISO date of arrival"],
        room: Annotated[str, "queen, king, twin or suite"],
        nights: Annotated[int | None, "number of nights"] = None,
        depart: Annotated[str | None, "ISO date of the morning of leaving, when nights are not given"] = None,
        hotel: Annotated[str | None, "name of the hotel"] = None,
        hotel_city: Annotated[str | None, "city of the hotel, when its name is not known"] = None,
    ) -> str:
        """Outcomes: `quoted`, `which_hotel`, `not_identified`, or the reason of a refusal."""
        identity = current_turn().identity
        if identity is None:
            return result("not_identified")
        house = await self._branch.read(lambda conn: house_named(conn, hotel, hotel_city))
        if house is None:
            return result("which_hotel")
        kind = next((kind for kind in ROOM_KINDS if kind == room), None)
        if kind is None:
            return result("not_found", hotel_name=house.name, at=None)
        first, now = dt.date.fromisoformat(arrive), self._branch.clock.now()
        count = nights if nights is not None else nights_until(first, depart)
        quote = await self._branch.read(lambda conn: quote_stay(conn, house.id, kind, first, count, now))
        free: list[JsonValue] = []
        if isinstance(quote, Refused) and quote.reason == "sold_out":
            offers = await self._branch.read(
                lambda conn: rooms_available(conn, house.id, first, first + dt.timedelta(days=count))
            )
            free += [_offered(o) for o in offers if o.rooms_left > 0][:MAX_LISTED]
        told: dict[str, JsonValue] = {"hotel_name": house.name, "city": house.city, "room": room, "arrive": arrive}
        return quoted(quote, {**told, "nights": count, "free": free})

    @read_only
    @kernel_function(description="What other dates or another room cost for a reservation. Writes nothing.")
    async def quote_change(
        self,
        arrive: Annotated[str | None, "ISO date of the new arrival"] = None,
        nights: Annotated[int | None, "new number of nights"] = None,
        more_nights: Annotated[int | None, "how many nights to add to the stay"] = None,
        fewer_nights: Annotated[int | None, "how many nights to take off the stay"] = None,
        at: Annotated[str | None, "words for the end of the stay where nights are added or left out"] = None,
        depart: Annotated[str | None, "ISO date of the new morning of leaving"] = None,
        shift: Annotated[int | None, "by how many days to move the stay, when no date is given"] = None,
        room: Annotated[str | None, "queen, king, twin or suite"] = None,
        booking_code: Code = None,
        hotel: House = None,
        hotel_city: City = None,
    ) -> str:
        """Outcomes: `quoted`, `which_reservation` (reservations, count), `no_reservation`, `not_identified`, or the
        reason of a refusal."""
        found = await self._proved_by_flight(booking_code) or await self._the_stay(booking_code, hotel, hotel_city)
        if isinstance(found, str):
            return found
        customer, stay = found
        if arrive is None and depart is None and shift is not None:
            arrive = (stay.arrive + dt.timedelta(days=shift)).isoformat()
        if at is not None and at.endswith("night") and not any((more_nights, nights, arrive, depart)):
            fewer_nights = fewer_nights or 1  # "we don't need the first night"
        count, more = nights, (more_nights or 0) - (fewer_nights or 0)
        if arrive is None and more and at is not None and _LAST.search(at) is None:
            arrive = (stay.arrive - dt.timedelta(days=more)).isoformat()
        first = dt.date.fromisoformat(arrive) if arrive else None
        if more:
            count = stay.nights + more
        elif nights is None and depart is not None:
            count = nights_until(first or stay.arrive, depart)
        kind = next((kind for kind in ROOM_KINDS if kind == room), None)
        now = self._branch.clock.now()
        quote = await self._branch.read(
            lambda conn: quote_stay_change(conn, customer, stay.code, now, arrive=first, nights=count, room=kind)
        )
        told: dict[str, JsonValue] = {"hotel_name": stay.hotel_name, "city": stay.city, "room": room or stay.room}
        return quoted(quote, {**told, "arrive": arrive or stay.arrive.isoformat(), "nights": count or stay.nights})

    @read_only
    @kernel_function(description="A room for more people than the reserved one is for, and its price. Writes nothing.")
    async def quote_for_persons(
        self,
        persons: Annotated[int | None, "how many people there will be in all, when the customer said so"] = None,
        more_persons: Annotated[int | None, "how many more than before, when only that was said"] = None,
        booking_code: Code = None,
        hotel: House = None,
        hotel_city: City = None,
    ) -> str:
        """Outcomes: `how_many` (room, old_sleeps), `fits` (the same: the reserved room is for so many), `quoted` (a
        change to the cheapest free room that is, with old_sleeps and sleeps), `second_room` (there is none, and another
        one like the reserved one is free: room, arrive, depart, total_cents), `none_larger`, `which_reservation`,
        `no_reservation`, `not_identified`, or the reason of a refusal."""
        found = await self._proved_by_flight(booking_code) or await self._the_stay(booking_code, hotel, hotel_city)
        if isinstance(found, str):
            return found
        customer, stay = found
        beds = await self._branch.read(lambda conn: sleeps(conn, stay.hotel_id))
        told: dict[str, JsonValue] = {
            "hotel_name": stay.hotel_name,
            "city": stay.city,
            "room": stay.room,
            "old_sleeps": beds[stay.room],
            "arrive": stay.arrive.isoformat(),
            "depart": stay.depart.isoformat(),
        }
        if persons is None or persons <= max(1, more_persons or 0):
            return result("how_many", told)
        if persons <= beds[stay.room]:
            return result("fits", {**told, "persons": persons})
        now = self._branch.clock.now()
        larger = [kind for kind, people in beds.items() if people >= persons]
        quotes = await self._branch.read(
            lambda conn: [quote_stay_change(conn, customer, stay.code, now, room=kind) for kind in larger]
        )
        if free := [one for one in quotes if isinstance(one, StayChangeQuote)]:
            cheapest = min(free, key=lambda one: one.total_cents)
            return quoted(cheapest, {**told, "sleeps": beds[cheapest.room]})
        if late := next((one for one in quotes if isinstance(one, Refused) and one.reason != "sold_out"), None):
            return quoted(late, told)
        offers = await self._branch.read(lambda conn: rooms_available(conn, stay.hotel_id, stay.arrive, stay.depart))
        second = next((one for one in offers if one.room == stay.room and one.rooms_left > 0), None)
        if second is None or persons > 2 * beds[stay.room]:
            return result("none_larger", {**told, "persons": persons})
        return result("second_room", {**told, "persons": persons, "total_cents": second.total_cents})

    @read_only
    @kernel_function(description="What cancelling a reservation costs. Writes nothing.")
    async def quote_cancel(self, booking_code: Code = None, hotel: House = None, hotel_city: City = None) -> str:
        """Outcomes: `quoted`, `which_reservation`, `no_reservation`, `not_identified`, or the reason of a refusal."""
        return await self._proved_by_flight(booking_code) or await self._quote(
            quote_stay_cancel, booking_code, hotel, hotel_city
        )

    @read_only
    @kernel_function(description="What breakfast costs for a whole stay. Writes nothing.")
    async def quote_breakfast(
        self,
        persons: Annotated[int | None, "for how many people, when the customer said so"] = None,
        booking_code: Code = None,
        hotel: House = None,
        hotel_city: City = None,
    ) -> str:
        """Outcomes: `quoted`, `how_many` (without `persons`, where it can be added), `which_reservation`,
        `no_reservation`, `not_identified`, or the reason of a refusal."""
        found = await self._the_stay(booking_code, hotel, hotel_city)
        if isinstance(found, str):
            return found
        customer, stay = found
        now = self._branch.clock.now()
        quote = await self._branch.read(lambda conn: quote_breakfast(conn, customer, stay.code, persons or 1, now))
        if persons is None and not isinstance(quote, Refused):
            return result("how_many", hotel_name=stay.hotel_name)
        arrive, depart = stay.arrive.isoformat(), stay.depart.isoformat()
        return quoted(quote, {"hotel_name": stay.hotel_name, "arrive": arrive, "depart": depart})

    @read_only
    @kernel_function(description="What late check-out costs for a reservation. Writes nothing.")
    async def quote_late_check_out(
        self, booking_code: Code = None, hotel: House = None, hotel_city: City = None
    ) -> str:
        """Outcomes: `quoted`, `which_reservation`, `no_reservation`, `not_identified`, or the reason of a refusal."""
        return await self._quote(quote_late_check_out, booking_code, hotel, hotel_city)

    async def _proved_by_flight(self, code: str | None) -> str | None:
        async def codes(customer: int) -> Sequence[str]:
            return [one.code for one in await self._branch.read(lambda conn: bookings_of(conn, customer))]

        return await other_kind_proved(code, codes)

    async def _quote(self, quote_of: QuoteOf, code: str | None, hotel: str | None, city: str | None) -> str:
        found = await self._the_stay(code, hotel, city)
        if isinstance(found, str):
            return found
        customer, stay = found
        now = self._branch.clock.now()
        quote = await self._branch.read(lambda conn: quote_of(conn, customer, stay.code, now))
        arrive, depart = stay.arrive.isoformat(), stay.depart.isoformat()
        return quoted(quote, {"hotel_name": stay.hotel_name, "arrive": arrive, "depart": depart})

    async def _the_stay(self, code: str | None, hotel: str | None, city: str | None) -> tuple[int, Reservation] | str:
        """The customer and the one reservation that is meant, or the tool's answer when it is not one."""
        identity = current_turn().identity
        if identity is None:
            return result("not_identified")
        held = await self._branch.read(lambda conn: reservations_of(conn, identity.customer_id))
        today = self._branch.clock.today()
        if code is not None:
            code = own_code(code, [r.code for r in held])
            mine = [r for r in held if r.code == code]
            if mine:
                return identity.customer_id, mine[0]
            flights = await self._branch.read(lambda conn: bookings_of(conn, identity.customer_id))
            return not_held(code, [r.code for r in held if r.depart >= today], [b.code for b in flights])
        coming = coming_stays(held, today)
        meant = stays_asked_about(coming, hotel, city)
        if not coming:
            return result("no_reservation", cancelled=next_cancelled_stay(held, today))
        meant = [r for r in meant if r.code in said_codes()] or meant
        if len(meant) == 1:
            return identity.customer_id, meant[0]
        shown: list[JsonValue] = [told_reservation(r) for r in (meant or coming)[:MAX_LISTED]]
        return result("which_reservation", reservations=shown, count=len(meant or coming))


def _offered(offer: RoomOffer) -> JsonValue:
    return {"room": offer.room, "total_cents": offer.total_cents}
