"""Flights looked up: routes, times of arrival, the best of several, follow-ups, and what was offered before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from agents.planner.picking import quoted_before
from agents.tools.timetable import Wish, best_of, chosen, leaving_at
from agents.understand.dates import days
from agents.understand.heard import Heard
from agents.understand.times import times
from data.branch import Branch
from data.flights import find_flights, flights_on, routes
from data.records import FlightStatus
from sync.session import FlowState, Identity
from tests.desk_tools import TODAY, OwnClock, Talk


@pytest.fixture
async def to_san_francisco(branch: Branch) -> tuple[FlightStatus, ...]:
    """Three flights on a day: 7:15, 13:40 and 18:55, of 2 hours 10 minutes."""
    on = TODAY + timedelta(days=4)
    return await branch.read(lambda conn: find_flights(conn, "SEA", "SFO", on))


async def test_the_routes_that_are_flown_have_the_last_day_of_their_timetable(branch: Branch) -> None:
    known = await branch.read(lambda conn: routes(conn, TODAY))
    assert ("BOS", "DEN") in known and ("BOS", "SFO") not in known
    assert known["BOS", "DEN"] == TODAY + timedelta(days=59)


async def test_flights_of_some_days_to_a_city_come_from_everywhere(branch: Branch) -> None:
    found = await branch.read(lambda conn: flights_on(conn, TODAY, TODAY + timedelta(days=1), destination="bos"))
    assert {one.origin.code for one in found} == {"DEN", "ORD", "JFK"}
    assert {one.day for one in found} == {TODAY, TODAY + timedelta(days=1)}


@pytest.mark.parametrize(
    ("wish", "numbers", "missed"),
    [
        (Wish(arrive_by=("12:00",)), ["LB118"], None),
        (Wish(arrive_by=("04:00", "16:00")), ["LB118", "LB120"], None),  # nobody gets there by four in the morning
        (Wish(arrive_by=("08:00",)), ["LB118", "LB120", "LB122"], "arrive_by"),
        (Wish(leave_after=("13:00",), leave_before=("18:00",)), ["LB120"], None),
        (Wish(part_of_day="evening", best="earliest"), ["LB122"], None),
        (Wish(time=("02:00", "14:00")), ["LB120"], None),  # about then
        (Wish(time=("03:30",)), ["LB118", "LB120", "LB122"], "time"),
        (Wish(best="latest"), ["LB122"], None),
        (Wish(), ["LB118", "LB120", "LB122"], None),
    ],
)
async def test_what_fits_a_wish_is_chosen(
    to_san_francisco: tuple[FlightStatus, ...], wish: Wish, numbers: list[str], missed: str | None
) -> None:
    found = chosen(to_san_francisco, wish)
    assert ([one.number for one in found.flights], found.missed) == (numbers, missed)


async def test_the_last_flight_with_a_seat_is_told_from_the_last_flight(branch: Branch) -> None:
    full = await branch.read(lambda conn: find_flights(conn, "BOS", "ORD", TODAY + timedelta(days=1)))
    assert [one.number for one in full] == ["LB310", "LB312"]
    first = best_of(full, Wish(best="earliest", cabin="economy"))  # the sample sells the first one out
    assert (first.flights[0].number, first.passed_over) == ("LB312", True)
    assert best_of(full, Wish(best="earliest", cabin="economy"), free=False).flights[0].number == "LB310"


async def test_a_time_of_day_finds_the_flight_that_leaves_about_then(
    to_san_francisco: tuple[FlightStatus, ...],
) -> None:
    assert [one.number for one in leaving_at(to_san_francisco, ("01:30", "13:30"))] == ["LB120"]
    assert leaving_at(to_san_francisco, ("10:00",)) == []


@pytest.mark.parametrize(
    "words",
    [
        "do you fly direct from austin to boston",
        "is there a flight between austin and boston",
        "Can I get a nonstop from Austin to Boston?",
        "whats the cheapest way to get from austin to boston",
        "I'd like to fly from Austin to Boston next week",
        "flights from Austin to Boston on Tuesday",
    ],
)
async def test_a_route_that_is_not_flown_is_said_at_once(talk: Talk, words: str) -> None:
    reply = await talk.say(words)
    assert "no direct flight from Austin to Boston" in reply and "Denver" in reply
    assert "which day" not in reply.lower() and not talk.answered


@pytest.mark.parametrize(
    "words", ["where do you fly from boston", "from boston where can i go to", "which cities can I get to from Boston"]
)
async def test_where_one_can_go_from_a_city_is_not_where_one_comes_from(talk: Talk, words: str) -> None:
    assert await talk.say(words) == "From Boston we fly to Denver, New York and Chicago."


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("how long is the flight from seattle to san francisco", "takes 2 hours and 10 minutes"),
        ("what's the flying time between denver and austin", "takes 2 hours and 15 minutes"),
        ("how many flights do you have a day from boston to chicago", "2 direct flights a day"),
        ("how often do you fly from San Francisco to Seattle", "3 direct flights a day"),
        ("is there a flight to miami from atlanta", "Yes, there are 2 direct flights a day"),
        (
            "when does the next plane to New York leave from Boston",
            "next flight from Boston to New York is LB404 today",
        ),
    ],
)
async def test_what_is_true_on_any_day_needs_no_day(talk: Talk, words: str, said: str) -> None:
    assert said in await talk.say(words)
    assert talk.state.flow is None


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("is it cheaper on saturday", "Saturday, November 28"),
        ("hm and is it cheaper on saturday", "Saturday, November 28"),
        ("no i asked about saturday the twenty eighth", "Saturday, November 28"),
        ("and the day after that", "Saturday, November 28"),
        ("what if I go on Saturday", "Saturday, November 28"),
        ("so nothing cheaper hm and in the evening", "LB622 at 5:15 PM"),
        ("which one gets there before noon", "LB620 at 8:40 AM, arriving at 10:30 AM"),
        ("I need to be in San Francisco by noon", "LB620 at 8:40 AM, arriving at 10:30 AM"),
        ("what time does it land", "arriving at 7:05 PM"),
        ("how much is it in business", "in business"),
        ("no business i said", "in business"),
        ("how many seats are left in economy", "left in economy"),
        ("is there anything later", "latest flight"),
        ("and coming back on Sunday", "Back on Sunday, November 29 there are"),
    ],
)
async def test_a_search_goes_on_with_what_is_new(talk: Talk, words: str, told: str) -> None:
    await talk.say("how much is a flight from denver to san francisco on friday")
    reply = await talk.say(words)
    assert told in reply and "Denver to San Francisco" in reply
    assert [call.name for call in talk.tools] == ["find_flights"]


@pytest.mark.parametrize(
    "words", ["how long does it take to get a refund", "can I bring my dog", "what does it cost to change a ticket"]
)
async def test_another_question_is_no_follow_up_of_a_search(talk: Talk, words: str) -> None:
    await talk.say("how much is a flight from denver to san francisco on friday")
    await talk.say(words)
    assert [call.name for call in talk.tools] == ["policy"]


async def test_an_item_of_the_list_is_still_picked(talk: Talk) -> None:
    await talk.say("how much is a flight from denver to san francisco on friday")
    assert (await talk.say("the second one")).startswith("LB622 leaves on Friday")


async def test_own_bookings_are_no_follow_up_of_a_search(talk: Talk) -> None:
    await talk.say("how much is a flight from denver to san francisco on friday")
    assert "booking code" in await talk.say("can you move my flight to Saturday")


async def test_a_limit_that_nothing_meets_is_said(talk: Talk) -> None:
    reply = await talk.say("I need to get to Seattle by ten AM on Friday from Denver")
    assert reply.startswith("None arrives by 10 AM. From Denver to Seattle") and "arriving at 11:35 AM" in reply


async def test_a_fare_of_the_only_cabin_left_says_so(talk: Talk, branch: Branch) -> None:
    reply = await talk.say("flights from Boston to Chicago tomorrow")
    assert "LB310 at 6:30 AM from" in reply and ", only business class left" in reply
    assert "sold out in economy" in await talk.say("and in economy")


@pytest.mark.parametrize("words", ["tuesday", "on Tuesday please", "Tuesday the 1st of December"])
async def test_a_weekday_in_answer_to_next_week_is_of_that_week(talk: Talk, clock: OwnClock, words: str) -> None:
    clock.time += timedelta(days=1)  # on a Monday: the coming Tuesday is tomorrow
    assert "next week?" in await talk.say("I want to fly from Boston to Denver next week")
    assert "on Tuesday, December 1" in await talk.say(words)


async def test_out_and_back_are_both_told(talk: Talk) -> None:
    reply = await talk.say(
        "I want to fly from Seattle to San Francisco earliest on Wednesday and the latest one back on Friday"
    )
    assert "The earliest flight from Seattle to San Francisco on Wednesday, November 25 is LB118" in reply
    assert "Back on Friday, November 27 the latest is LB123" in reply


async def test_the_cheapest_of_the_coming_days_needs_no_day(talk: Talk) -> None:
    reply = await talk.say("what's the cheapest flight from Boston to Denver in the next week")
    assert reply.startswith("The cheapest flight from Boston to Denver in the next seven days is LB2")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("how long is the flight", "Flight LB204 from Boston to Denver takes 4 hours and 45 minutes."),
        ("how many seats are left", "Flight LB204 from Boston to Denver today has"),
        ("and tomorrow", "leaves tomorrow at 6:40 PM"),
    ],
)
async def test_a_question_about_the_flight_that_was_told_is_answered(talk: Talk, words: str, said: str) -> None:
    await talk.say("is LB204 on time")
    assert said in await talk.say(words)


async def test_the_other_city_completes_what_was_asked(talk: Talk) -> None:
    reply = await talk.say("how late is the plane to boston going to land this evening")
    assert "LB313 from Chicago" in reply and "LB405 from New York" in reply and "Which one do you mean" in reply
    assert "LB313 from Chicago to Boston" in await talk.say("from chicago")


async def test_a_part_of_the_day_of_the_way_back_is_not_of_the_way_out(talk: Talk) -> None:
    reply = await talk.say("I'd like to fly to Phoenix from Denver on Friday and come back on Monday afternoon")
    assert "There is one flight from Denver to Phoenix on Friday" in reply
    assert "Back on Monday, November 30 there is LB641 at 3:05 PM" in reply


async def test_free_seats_of_a_flight_by_its_number(talk: Talk) -> None:
    reply = await talk.say("what seats are still free on the l b five twenty three on seventeenth of december")
    assert reply.startswith("Flight LB523 from Miami to Atlanta on Thursday, December 17 has ")
    assert "in economy and" in reply


@pytest.mark.parametrize("words", ["the two thirty one", "at two thirty", "it's at half past two"])
async def test_a_time_that_is_no_number_of_a_flight_is_a_time(talk: Talk, clock: OwnClock, words: str) -> None:
    assert "Which flight is it" in await talk.say("is the plane to denver on time")
    reply = await talk.say(words)
    assert "LB613 from Seattle to Denver" in reply


async def test_a_timetable_ends(talk: Talk) -> None:
    assert "until Wednesday, January 20 only" in await talk.say("flights from Denver to Seattle on the fifth of March")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("I'd like a later flight on the same day", "LB204, which you are booked on, is the last flight to Denver"),
        ("move me to an earlier flight that day", "leaving at 7:05 AM"),
        (
            "change my flight to friday afternoon",
            "none at that time of day. To Denver on Friday, November 27 there is LB204",
        ),
        ("move me to saturday before noon", "LB202 from Boston to Denver on Saturday, November 28"),
        ("change my flight to thursday, I have to be there by ten in the morning", "LB202 from Boston to Denver"),
    ],
)
async def test_why_a_booking_cannot_be_moved_as_wished_is_said(
    talk: Talk, clock: OwnClock, words: str, said: str
) -> None:
    at = clock.now().timestamp()
    talk.state = replace(talk.state, identity=Identity(1001, "Maria Lopez", at, at + 600))
    assert said in await talk.say(words)


async def test_the_first_offer_is_taken_up_again(talk: Talk, clock: OwnClock) -> None:
    at = clock.now().timestamp()
    talk.state = replace(talk.state, identity=Identity(1001, "Maria Lopez", at, at + 600))
    assert "LB204" in await talk.say("change my flight to thursday")
    assert "LB202" in await talk.say("is there an earlier one")
    reply = await talk.say("that one's a bit early, let's take the first one you said")
    assert "move you to LB204 from Boston to Denver on Thursday" in reply and reply.endswith("Shall I change it?")


@pytest.mark.parametrize(
    ("words", "at"),
    [
        ("the first one you said", 0),
        ("no, go back to the previous one", 1),
        ("I'd rather have the one you offered before", 1),
        ("let's take the first one", 0),
        ("an earlier one please", None),
        ("yes the first of December", None),
    ],
)
def test_words_that_go_back_to_an_earlier_quote(words: str, at: int | None) -> None:
    flow = FlowState("a", "b", quoted=({"x": 0}, {"x": 1}, {"x": 2}))
    assert quoted_before(flow, Heard(words, TODAY)) == (None if at is None else {"x": at})


@pytest.mark.parametrize(
    ("words", "readings"),
    [
        ("by noon", ["12:00"]),
        ("at twelve noon tomorrow", ["12:00"]),
        ("I need to be there before eleven", ["11:00", "23:00"]),
        ("anything after six on Friday", ["06:00", "18:00"]),
        ("this afternoon", None),
        ("by two days", None),
        ("after three nights", None),
        ("a room at two forty a night", ["02:40", "14:40"]),
    ],
)
def test_hours_without_minutes(words: str, readings: list[str] | None) -> None:
    found = times(words)
    assert (list(found[0].readings) if found else None) == readings


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("thirtieth", "2026-11-30"),
        ("um, the thirtieth please", "2026-11-30"),
        ("the one on the thirtieth l b two oh four", "2026-11-30"),
        ("first", None),
        ("second please", None),
    ],
)
def test_a_day_by_its_number_alone(words: str, day: str | None) -> None:
    found = days(words, TODAY)
    assert (found[0].value.isoformat() if found else None) == day


@pytest.mark.parametrize("words", ["from here", "well from here, I'm standing here"])
async def test_from_here_is_the_branchs_own_city(talk: Talk, words: str) -> None:
    await talk.say("how much is it to fly to denver on thursday")
    assert "flights from Boston to Denver on Thursday, November 26" in await talk.say(words)


async def test_the_front_of_the_plane_is_business(talk: Talk) -> None:
    await talk.say("how much is it to fly from boston to denver on thursday")
    assert "in business" in await talk.say("and up at the front, the posh seats, what are they?")
    assert "$631 in business" in await talk.say("but how much is it up there?")


async def test_the_other_end_completes_the_plane_that_was_named(talk: Talk) -> None:
    await talk.say("which gate is the seattle plane today")
    assert "from San Francisco to Seattle today" in await talk.say("from san francisco i mean")


async def test_back_on_sunday_goes_with_the_one_flight_that_was_told(talk: Talk) -> None:
    await talk.say("what's the cheapest from denver to phoenix next week")
    assert "Back on Sunday, November 29" in await talk.say("and coming back on the sunday?")
