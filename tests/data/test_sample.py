"""The sample branch holds what everybody checks against."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from data.branch import Branch
from data.customers import Unproven, prove_by_id, try_proof
from data.flights import airports, bookings_of, find_flights, flight_status
from data.hotels import hotel, hotels, reservations_of, rooms_available
from data.records import Airport, Customer, Hotel
from data.sample.world import make_world
from data.schema import FIRST_OWN_ID
from tests.write_tools import MORNING

TODAY = date(2026, 11, 23)
"""The day that conftest.py makes the data for."""

TOMORROW = TODAY + timedelta(days=1)


async def test_lb204_is_delayed_by_35_minutes_today_and_leaves_boston_from_gate_b12(branch: Branch) -> None:
    flight = await branch.read(lambda c: flight_status(c, "lb 204", TODAY))
    assert flight is not None
    assert (flight.origin.city, flight.destination.city, flight.gate) == ("Boston", "Denver", "B12")
    assert flight.departs == datetime(2026, 11, 23, 18, 40, tzinfo=ZoneInfo("America/New_York"))
    assert flight.arrives == datetime(2026, 11, 23, 21, 25, tzinfo=ZoneInfo("America/Denver"))
    assert (flight.status, flight.delay_minutes) == ("delayed", 35)
    assert flight.departs_estimated.strftime("%H:%M") == "19:15"
    assert flight.arrives_estimated.strftime("%H:%M") == "22:00"


async def test_lb118_leaves_seattle_on_time_from_gate_a4_every_day(branch: Branch) -> None:
    days = (TODAY, TOMORROW, TODAY + timedelta(days=59))
    for flight in await branch.read(lambda c: [flight_status(c, "LB118", day) for day in days]):
        assert flight is not None
        assert (flight.origin.code, flight.destination.code, flight.gate) == ("SEA", "SFO", "A4")
        assert (flight.departs.strftime("%H:%M"), flight.arrives.strftime("%H:%M")) == ("07:15", "09:25")
        assert (flight.status, flight.delay_minutes) == ("on time", 0)


async def test_flights_run_from_yesterday_for_sixty_days_and_not_beyond(branch: Branch) -> None:
    days = (
        TODAY - timedelta(days=2),
        TODAY - timedelta(days=1),
        TODAY + timedelta(days=59),
        TODAY + timedelta(days=60),
    )
    there = await branch.read(lambda c: [flight_status(c, "LB204", day) is not None for day in days])
    assert there == [False, True, True, False]


async def test_every_day_has_at_least_forty_flights_on_twelve_routes() -> None:
    flights = make_world(TODAY).airline.flights
    assert min(Counter(f.day for f in flights).values()) >= 40
    assert len({(f.origin, f.destination) for f in flights}) >= 12


async def test_the_world_has_delays_cancellations_and_sold_out_cabins_and_rooms(branch: Branch) -> None:
    world = make_world(TODAY)
    today = Counter(f.status for f in world.airline.flights if f.day == TODAY)
    assert today["delayed"] >= 3
    assert today["cancelled"] >= 1
    assert {f.status for f in world.airline.flights if f.number == "LB523" and f.day == TODAY} == {"cancelled"}
    assert today["on time"] >= 30
    full = await branch.read(lambda c: flight_status(c, "LB310", TOMORROW))
    assert full is not None
    assert (full.cabins[0].cabin, full.cabins[0].seats_left) == ("economy", 0)
    suites = await branch.read(lambda c: rooms_available(c, 2, TOMORROW, TOMORROW + timedelta(days=1)))
    assert {offer.room: offer.rooms_left for offer in suites}["suite"] == 0


async def test_maria_lopez_has_a_seat_on_lb204_and_a_queen_room_in_denver_from_tomorrow(branch: Branch) -> None:
    maria = await branch.read(lambda c: prove_by_id(c, 1001, "4071"))
    assert maria is not None
    assert maria.name == "Maria Lopez"
    (booking,) = await branch.read(lambda c: bookings_of(c, 1001))
    assert (booking.code, booking.flight.number, booking.flight.day) == ("K7M2QX", "LB204", TOMORROW)
    assert (booking.seat, booking.cabin, booking.status) == ("14C", "economy", "confirmed")
    (stay,) = await branch.read(lambda c: reservations_of(c, 1001))
    assert (stay.code, stay.hotel_name, stay.city, stay.room) == ("H4N8TP", "Front Range Inn", "Denver", "queen")
    assert (stay.arrive, stay.nights, stay.depart) == (TOMORROW, 2, TODAY + timedelta(days=3))


async def test_james_okafor_flies_business_on_lb118_in_three_days(branch: Branch) -> None:
    assert await branch.read(lambda c: prove_by_id(c, 1002, "9356")) is not None
    (booking,) = await branch.read(lambda c: bookings_of(c, 1002))
    assert (booking.code, booking.flight.number, booking.flight.day) == ("R3W9ZD", "LB118", TODAY + timedelta(days=3))
    assert (booking.seat, booking.cabin) == ("3A", "business")


async def test_aiko_tanaka_stays_five_nights_at_harbor_house_from_a_week_today(branch: Branch) -> None:
    assert await branch.read(lambda c: prove_by_id(c, 1003, "2280")) is not None
    assert await branch.read(lambda c: bookings_of(c, 1003)) == ()
    (stay,) = await branch.read(lambda c: reservations_of(c, 1003))
    assert (stay.code, stay.hotel_name, stay.room) == ("H9C3VL", "Harbor House", "king")
    assert (stay.arrive, stay.nights) == (TODAY + timedelta(days=7), 5)


async def test_six_hotels_sell_four_room_types_for_ninety_nights(branch: Branch) -> None:
    known = await branch.read(hotels)
    assert {h.name: h.city for h in known} == {
        "Harbor House": "Boston",
        "Front Range Inn": "Denver",
        "Pine Street Hotel": "Seattle",
        "Bay Lantern Hotel": "San Francisco",
        "Lakeshore Grand": "Chicago",
        "Magnolia Court": "Austin",
    }
    until = TODAY + timedelta(days=90)
    for offers in await branch.read(lambda c: [rooms_available(c, h.id, TODAY, until) for h in known]):
        assert [offer.room for offer in offers] == ["queen", "king", "twin", "suite"]
        assert all(offer.total_cents > 90 * 10_000 for offer in offers)


async def test_generated_customers_prove_who_they_are_with_their_own_pin_only(branch: Branch) -> None:
    generated = [customer for customer in make_world(TODAY).customers if customer.id > 2000]
    assert len(generated) >= 200
    assert branch.data_version.customers == len(generated) + 3
    someone = generated[17]
    wrong = f"{(int(someone.pin) + 1) % 10000:04d}"
    proven = await branch.read(lambda c: prove_by_id(c, someone.id, someone.pin))
    assert proven is not None
    assert proven.name == someone.name
    assert await branch.read(lambda c: prove_by_id(c, someone.id, wrong)) is None


def test_codes_are_unlike_each_other_and_phone_numbers_are_fiction() -> None:
    world = make_world(TODAY)
    codes = [b.code for b in world.airline.bookings] + [r.code for r in world.lodging.reservations]
    assert len(codes) == len(set(codes))
    assert all(len(code) == 6 and not set(code) & set("0O1I") for code in codes)
    assert all(customer.phone.split()[2:3] == ["555"] and customer.phone[-4:-2] == "01" for customer in world.customers)
    assert len({customer.phone for customer in world.customers}) == len(world.customers)


def test_no_seat_or_room_is_sold_twice() -> None:
    world = make_world(TODAY)
    sitting = Counter((b.flight_id, b.seat) for b in world.airline.bookings if b.seat)
    assert set(sitting.values()) == {1}
    assert all(cabin.sold <= cabin.seats for cabin in world.airline.cabins)
    sold = {(n.hotel_id, n.room, n.night): n.sold for n in world.lodging.nights}
    assert all(n.sold <= n.stock for n in world.lodging.nights)
    staying = Counter(
        (r.hotel_id, r.room, r.arrive + timedelta(days=night))
        for r in world.lodging.reservations
        if r.status != "cancelled"
        for night in range((r.depart - r.arrive).days)
    )
    assert all(sold[key] >= count for key, count in staying.items())


def test_the_same_day_gives_the_same_world_and_another_day_moves_it() -> None:
    one, again, later = make_world(TODAY), make_world(TODAY), make_world(TODAY + timedelta(days=30))
    assert one.airline.flights == again.airline.flights
    assert one.airline.bookings == again.airline.bookings
    assert one.lodging.reservations == again.lodging.reservations
    assert one.customers == again.customers
    first, moved = one.airline.flights[0], later.airline.flights[0]
    assert (moved.number, moved.day - first.day) == (first.number, timedelta(days=30))
    assert one.customers == later.customers


@pytest.mark.parametrize("today", [date(2026, 3, 7), date(2026, 10, 31), date(2028, 2, 28)])
def test_every_flight_takes_a_plausible_time_on_any_day_of_the_year(today: date) -> None:
    world = make_world(today)
    zones = {code: ZoneInfo(airport.zone) for code, airport in world.facts.airports.items()}
    for f in world.airline.flights:
        aloft = f.arrives.replace(tzinfo=zones[f.destination]).astimezone(ZoneInfo("UTC")) - f.departs.replace(
            tzinfo=zones[f.origin]
        ).astimezone(ZoneInfo("UTC"))
        assert timedelta(minutes=50) <= aloft <= timedelta(hours=6, minutes=30)


async def test_flights_between_two_cities_come_in_order_of_departure(branch: Branch) -> None:
    found = await branch.read(lambda c: find_flights(c, "sea", "SFO", TODAY))
    assert [f.number for f in found] == ["LB118", "LB120", "LB122"]
    assert await branch.read(lambda c: find_flights(c, "SEA", "MIA", TODAY)) == ()


async def test_airports_have_true_cities_and_zones(branch: Branch) -> None:
    known = {airport.code: airport for airport in await branch.read(airports)}
    assert known["DEN"] == Airport("DEN", "Denver", "Denver International Airport", "America/Denver")
    assert known["PHX"].zone == "America/Phoenix"
    assert len(known) == 14


async def test_a_hotel_is_found_by_its_key_and_an_unknown_key_finds_none(branch: Branch) -> None:
    found = await branch.read(lambda c: hotel(c, 1))
    assert found == Hotel(1, "Harbor House", "Boston", "BOS", "40 Atlantic Wharf", "America/New_York")
    assert await branch.read(lambda c: hotel(c, 99)) is None


async def test_a_stay_must_end_after_it_begins_and_lie_in_the_nights_on_sale(branch: Branch) -> None:
    with pytest.raises(ValueError, match="ends after it begins"):
        await branch.read(lambda c: rooms_available(c, 1, TODAY, TODAY))
    far = TODAY + timedelta(days=118)
    assert await branch.read(lambda c: rooms_available(c, 1, far, far + timedelta(days=5))) == ()


async def test_a_code_proves_nothing_without_the_right_pin_and_is_heard_in_any_spelling(branch: Branch) -> None:
    async def tried(code: str, pin: str) -> Customer | Unproven:
        return await branch.write(lambda c: try_proof(c, session_key="s", code=code, pin=pin, at=MORNING))

    assert await tried("K7M2QX", "9356") == await tried("", "") == Unproven(None)
    maria = await tried("h4n-8tp", "40 71")
    assert isinstance(maria, Customer) and maria.id == 1001


def test_keys_of_the_sample_stay_below_those_that_the_branch_gives() -> None:
    world = make_world(TODAY)
    assert max(len(world.airline.flights), len(world.payments), world.customers[-1].id) < FIRST_OWN_ID
