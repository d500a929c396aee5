"""The named facts of the sample branch, read from `world.yaml` and checked."""

from __future__ import annotations

from datetime import time
from importlib.resources import files
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from data.records import Cabin, RoomKind
from data.strict_yaml import strict_load

WallClock = Annotated[time, BeforeValidator(time.fromisoformat)]


class _Fact(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class AirportFact(_Fact):
    """One airport."""

    city: str
    zone: str
    name: str


class RouteFact(_Fact):
    """One direction between two airports: gate-to-gate minutes, and the local departure of each flight number."""

    origin: str = Field(alias="from")
    destination: str = Field(alias="to")
    minutes: int
    miles: int
    departures: dict[str, WallClock]


class KnownFlight(_Fact):
    """What is known by name about a flight: its gate, and today's delay."""

    gate: str
    delay_minutes: int


class CancelledFlight(_Fact):
    """A flight that does not run on day `day`."""

    flight: str
    day: int


class HotelFact(_Fact):
    """One hotel. In whole dollars: `rates` a weekday night, `breakfast` a person (0: it comes with every rate),
    `late_check_out` a stay."""

    name: str
    city: str
    airport: str
    address: str
    rooms: dict[RoomKind, int]
    rates: dict[RoomKind, int]
    breakfast: int
    late_check_out: int


class SoldOutRoom(_Fact):
    """A room type without a room left for `nights` nights from day `day`."""

    hotel: str
    room: RoomKind
    day: int
    nights: int


class SoldOutCabin(_Fact):
    """A cabin without a seat left on day `day`."""

    flight: str
    cabin: Cabin
    day: int


class BookingFact(_Fact):
    """A seat on the flight of day `day`."""

    code: str
    flight: str
    day: int
    seat: str
    cabin: Cabin


class ReservationFact(_Fact):
    """A stay of `nights` nights from day `day`."""

    code: str
    hotel: str
    room: RoomKind
    day: int
    nights: int


class CustomerFact(_Fact):
    """A customer that people and tests know by name."""

    id: int
    name: str
    phone: str
    pin: str
    bookings: tuple[BookingFact, ...]
    reservations: tuple[ReservationFact, ...]


class WorldFacts(_Fact):
    """The whole of `world.yaml`. Days count from the day that the data are made for; `here` is the airport of the
    branch's own city."""

    seed: int
    here: str
    airports: dict[str, AirportFact]
    routes: tuple[RouteFact, ...]
    known_flights: dict[str, KnownFlight]
    cancelled_flights: tuple[CancelledFlight, ...]
    hotels: tuple[HotelFact, ...]
    sold_out_rooms: tuple[SoldOutRoom, ...]
    sold_out_cabins: tuple[SoldOutCabin, ...]
    customers: tuple[CustomerFact, ...]
    generated_customers: int
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]


def load_facts() -> WorldFacts:
    """The facts that come with Lobby."""
    document = files("data.sample").joinpath("world.yaml").read_text(encoding="utf-8")
    return WorldFacts.model_validate(strict_load(document))
