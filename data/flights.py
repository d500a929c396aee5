"""Flights and the bookings on them: reads, as functions of a connection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Row, func, select

from data.records import Airport, CabinOffer, FlightBooking, FlightStatus
from data.schema import airports as airports_table
from data.schema import bookings, facts, flight_cabins, flights

HERE = "airport"
"""The fact by which a branch's data tell the airport of its own city."""


def airports(conn: Connection) -> tuple[Airport, ...]:
    """Every airport the branch knows, by code."""
    rows = conn.execute(select(airports_table).order_by(airports_table.c.code))
    return tuple(Airport(code=r.code, city=r.city, name=r.name, zone=r.zone) for r in rows)


def airport_here(conn: Connection) -> str | None:
    """The code of the airport of the branch's own city; None where the data do not tell it."""
    return conn.execute(select(facts.c.value).where(facts.c.name == HERE)).scalar()


def flight_status(conn: Connection, number: str, on: date) -> FlightStatus | None:
    """The flight `number` (`LB204`, any case, spaces ignored) that departs on the local date `on`, or None."""
    wanted = "".join(number.split()).upper()
    found = flights_by_key(conn, (flights.c.number == wanted) & (flights.c.day == on))
    return next(iter(found.values()), None)


def find_flights(conn: Connection, origin: str, destination: str, on: date) -> tuple[FlightStatus, ...]:
    """Flights between two IATA codes on the local departure date `on`, by departure time; cancelled ones too."""
    return flights_on(conn, on, on, origin=origin, destination=destination)


def flights_on(
    conn: Connection, first: date, last: date, *, origin: str | None = None, destination: str | None = None
) -> tuple[FlightStatus, ...]:
    """Flights that leave on the local dates `first` to `last`, from or to an IATA code where one is given, by departure
    time; cancelled ones too."""
    wanted: ColumnElement[bool] = flights.c.day.between(first, last)
    if origin is not None:
        wanted &= flights.c.origin == origin.upper()
    if destination is not None:
        wanted &= flights.c.destination == destination.upper()
    return tuple(flights_by_key(conn, wanted).values())


def routes(conn: Connection, since: date) -> Mapping[tuple[str, str], date]:
    """The pairs of IATA codes, origin and destination, that are flown on the local date `since` or later, each with the
    last day of its timetable."""
    pair = (flights.c.origin, flights.c.destination)
    last = func.max(flights.c.day).label("last")
    rows = conn.execute(select(*pair, last).where(flights.c.day >= since).group_by(*pair).order_by(*pair))
    return {(row.origin, row.destination): row.last for row in rows}


def bookings_of(conn: Connection, customer_id: int) -> tuple[FlightBooking, ...]:
    """The customer's bookings, cancelled and flown ones too, by departure."""
    rows = conn.execute(select(bookings).where(bookings.c.customer_id == customer_id)).all()
    if not rows:
        return ()
    booked = flights_by_key(conn, flights.c.id.in_([r.flight_id for r in rows]))
    answers = [
        FlightBooking(
            code=r.code,
            flight=booked[r.flight_id],
            cabin=r.cabin,
            seat=r.seat,
            bags=r.bags,
            status=r.status,
            price_cents=r.price_cents,
        )
        for r in rows
    ]
    return tuple(sorted(answers, key=lambda booking: (booking.flight.departs, booking.code)))


def flights_by_key(conn: Connection, condition: ColumnElement[bool]) -> dict[int, FlightStatus]:
    """The flights whose rows meet `condition`, by key (`flights.id`), in order of departure."""
    cabin = flight_cabins.c
    rows = conn.execute(
        select(flights, cabin.cabin, cabin.seats, cabin.sold, cabin.fare_cents)
        .outerjoin(flight_cabins, cabin.flight_id == flights.c.id)
        .where(condition)
        .order_by(flights.c.departs, flights.c.number, cabin.fare_cents)
    ).all()
    if not rows:
        return {}
    known = {airport.code: airport for airport in airports(conn)}
    return {key: _status(next(iter(of)), known, _cabins(of)) for key, of in _by_key(rows).items()}


def _by_key(rows: Iterable[Row[tuple[object, ...]]]) -> dict[int, list[Row[tuple[object, ...]]]]:
    """The rows of each flight, one a cabin, in their order."""
    found: dict[int, list[Row[tuple[object, ...]]]] = {}
    for row in rows:
        found.setdefault(row.id, []).append(row)
    return found


def _cabins(rows: Iterable[Row[tuple[object, ...]]]) -> tuple[CabinOffer, ...]:
    return tuple(
        CabinOffer(cabin=r.cabin, seats_left=r.seats - r.sold, fare_cents=r.fare_cents)
        for r in rows
        if r.cabin is not None
    )


def _status(row: Row[tuple[object, ...]], known: Mapping[str, Airport], cabins: tuple[CabinOffer, ...]) -> FlightStatus:
    origin, destination = known[row.origin], known[row.destination]
    delay = timedelta(minutes=row.delay_minutes)
    departs, arrives = _local(row.departs, origin), _local(row.arrives, destination)
    return FlightStatus(
        number=row.number,
        day=row.day,
        origin=origin,
        destination=destination,
        departs=departs,
        arrives=arrives,
        departs_estimated=departs + delay,
        arrives_estimated=arrives + delay,
        delay_minutes=row.delay_minutes,
        gate=row.gate,
        status=row.status,
        cabins=cabins,
    )


def _local(wall_clock: datetime, airport: Airport) -> datetime:
    return wall_clock.replace(tzinfo=ZoneInfo(airport.zone))
