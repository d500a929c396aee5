"""What a customer holds is evidence for what their words mean: which value is wanted, which booking, which flow."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from agents.planner.holding import said_in, to_read, which, with_held
from agents.planner.plan import plan
from agents.planner.slots import fill
from agents.registry import Registry
from agents.understand.heard import Heard
from agents.understand.held import Held, nearest, weighed
from agents.understand.lexicon import Entry, Lexicon, Names
from agents.understand.roles import Role
from agents.understand.understanding import understand
from sync.session import FlowState, Identity, SessionState, from_json, to_json
from tests.desk_tools import Talk

SUNDAY = date(2026, 11, 22)
PERSONAS = Registry.load().personas
CITIES = {"BOS": "Boston", "DEN": "Denver", "SEA": "Seattle", "MIA": "Miami"}
LEXICON = Lexicon(
    [
        Names("airport", tuple(Entry(code, (city,)) for code, city in CITIES.items()), telling=False),
        Names("hotel", (Entry("Harbor House", ("Harbor House",)), Entry("Front Range Inn", ("Front Range Inn",)))),
        Names("hotel_city", tuple(Entry(city, (city,)) for city in CITIES.values()), telling=False),
        Names("flight_number", tuple(Entry(n, (n,)) for n in ("LB204", "LB208")), prefix="LB"),
    ]
)
Slots = dict[str, JsonValue]


def flight(day: str, time: str = "08:00", route: str = "BOS DEN", **more: JsonValue) -> Slots:
    origin, to = route.split()
    part = "morning" if time < "12" else "afternoon" if time < "17" else "evening"
    told: Slots = {"code": f"K{day[5:7]}{day[8:]}Q", "day": day, "departs": f"{day}T{time}", "part_of_day": part}
    return {**told, "from_code": origin, "to_code": to, "number": "LB204", "seat": "12A", **more}


def stay(arrive: str, depart: str, room: str = "queen", hotel: str = "Harbor House", **more: JsonValue) -> Slots:
    nights = (date.fromisoformat(depart) - date.fromisoformat(arrive)).days
    told: Slots = {"code": f"H{arrive[5:7]}{arrive[8:]}T", "arrive": arrive, "depart": depart, "nights": nights}
    return {**told, "room": room, "hotel": hotel, "city": "Boston", **more}


def hear(words: str) -> Heard:
    return understand(words, lexicon=LEXICON, today=SUNDAY)


def meant(agent: str, name: str, words: str, *records: Slots) -> FlowState:
    """The flow that `words` began, once it is known that the customer holds `records`."""
    spec, heard, state = PERSONAS[agent].flows[name], hear(words), SessionState("s")
    slots = fill(spec, {}, None, heard, state, begins=True)
    flow = FlowState(agent, name, slots, words=heard.words, said=said_in(heard))
    kept = from_json(to_json(replace(state, flow=flow))).flow  # as it is kept while the proof is asked for
    assert kept is not None
    return with_held(PERSONAS[agent], kept, records, state, SUNDAY)


@pytest.mark.parametrize(
    ("words", "held", "wishes"),
    [
        ("I'm booked out the 21st, a day before would suit", flight("2026-12-21"), {"date": "2026-12-20"}),
        ("move my flight of the 21st to the day after", flight("2026-12-21"), {"date": "2026-12-22"}),
        ("I'm on Tuesday, Thursday would be better", flight("2026-12-15"), {"date": "2026-12-17"}),
        ("put me on Monday's flight instead of Sunday", flight("2026-11-29"), {"date": "2026-11-30"}),
        ("on the first, want the evening not the morning", flight("2026-12-01"), {"part_of_day": "evening"}),
        ("I'm on LB204 and want to go on LB208", flight("2026-12-01"), {"new_flight": "LB208"}),
        ("I fly on the fourth, can I change it", flight("2026-12-04"), {}),
        (
            "half past six on Friday the fourth is hopeless, could I go at ten past four instead",
            flight("2026-12-04", "06:30"),
            {"time": ["04:10", "16:10"]},
        ),
    ],
)
def test_what_is_held_of_a_flight_is_no_wish(words: str, held: Slots, wishes: Slots) -> None:
    slots = meant("flight", "change_flight", words, held).slots
    named = ("date", "time", "part_of_day", "new_flight", "shift")
    assert {name: slots[name] for name in named if name in slots} == wishes


@pytest.mark.parametrize(
    ("words", "held", "wishes"),
    [
        ("our room till Thursday, now till Saturday", stay("2026-12-14", "2026-12-17"), {"depart": "2026-12-19"}),
        ("I'm leaving a day earlier than I booked", stay("2027-01-01", "2027-01-04"), {"depart": "2027-01-03"}),
        ("leave on the 21st a day before", stay("2026-12-18", "2026-12-21"), {"depart": "2026-12-20"}),
        (
            "we have to be out of there on the 21st already, a day before what we booked",
            stay("2026-12-18", "2026-12-22"),
            {"depart": "2026-12-21"},
        ),
        (
            "I'd like to be gone on the twentieth of December instead of the twenty-second",
            stay("2026-12-17", "2026-12-22"),
            {"depart": "2026-12-20"},
        ),
        (
            "there on the fourteenth already instead of the sixteenth and leave on the seventeenth as planned",
            stay("2026-12-16", "2026-12-17"),
            {"arrive": "2026-12-14", "depart": "2026-12-17"},
        ),
        (
            "our arrival is delayed by one day, so it must be from second January to fifth January",
            stay("2027-01-01", "2027-01-04"),
            {"arrive": "2027-01-02", "depart": "2027-01-05"},
        ),
        ("we have three nights and want four nights", stay("2026-12-16", "2026-12-19"), {"nights": 4}),
        ("one more night please", stay("2026-12-16", "2026-12-19"), {"more_nights": 1}),
        ("we're in a queen from the sixteenth, could it be a king", stay("2026-12-16", "2026-12-19"), {"room": "king"}),
        ("I have a queen for three nights, something else please", stay("2026-12-16", "2026-12-19"), {}),
    ],
)
def test_what_is_held_of_a_stay_is_no_wish_and_what_is_wanted_counts_from_it(
    words: str, held: Slots, wishes: Slots
) -> None:
    slots = meant("hotel", "change_stay", words, held).slots
    named = ("arrive", "depart", "nights", "more_nights", "fewer_nights", "room", "shift")
    assert {name: slots[name] for name in named if name in slots} == wishes


THREE = (
    flight("2026-12-04", "18:30"),
    flight("2026-12-09", "08:00", "DEN BOS"),
    flight("2026-12-09", "09:00", "BOS SEA"),
)


@pytest.mark.parametrize(
    ("words", "at"),
    [
        ("cancel my flight to Seattle", 2),
        ("cancel the flight from Denver to Boston", 1),
        ("cancel what I have on the fourth of December", 0),
        ("cancel the one on the ninth to Seattle", 2),
        ("cancel my flight on the ninth of December", None),
        ("cancel my flight", None),
        ("cancel my flight to Miami", None),
    ],
)
def test_of_several_bookings_the_one_that_the_words_fit_is_meant(words: str, at: int | None) -> None:
    flow = meant("flight", "cancel_flight", words, *THREE)
    assert flow.held == ({} if at is None else THREE[at])
    assert flow.slots.get("booking_code") == (None if at is None else THREE[at]["code"])


def test_a_day_that_is_wanted_does_not_tell_the_booking_that_has_it() -> None:
    held = (flight("2026-12-04"), flight("2026-12-09", route="BOS SEA"))
    assert meant("flight", "change_flight", "move my Denver flight to the ninth of December", *held).held == held[0]


def test_of_several_bookings_the_one_whose_code_was_said_is_meant() -> None:
    assert meant("flight", "cancel_flight", "cancel my flight", THREE[0], {**THREE[1], "said": True}).held == {
        **THREE[1],
        "said": True,
    }


@pytest.mark.parametrize(
    ("name", "words", "becomes"),
    [
        ("book_room", "I'd love to have my room up to the fourth and not just the third", "change_stay"),
        ("late_check_out", "check out on friday the fourth not on thursday the third", "change_stay"),
        ("book_room", "a king at Front Range Inn from the third to the fifth of December", "book_room"),
        ("book_room", "another room at Harbor House from the twelfth to the fourteenth of December", "book_room"),
        ("late_check_out", "can I keep the room until two on the third", "late_check_out"),
    ],
)
def test_words_about_what_is_held_are_for_its_change(name: str, words: str, becomes: str) -> None:
    assert meant("hotel", name, words, stay("2026-11-29", "2026-12-03")).name == becomes


@pytest.mark.parametrize(
    ("words", "becomes"),
    [
        ("Boston to Denver on the first of December, in the evening", "change_flight"),
        ("Boston to Denver on the second of December, in the evening", "find_flights"),
        ("Boston to Seattle on the first of December, in the evening", "find_flights"),
        ("what flights are there from Boston to Denver on the first of December", "find_flights"),
    ],
)
def test_a_search_of_what_is_held_at_another_time_is_for_its_change(words: str, becomes: str) -> None:
    assert meant("flight", "find_flights", words, flight("2026-12-01")).name == becomes


@given(
    st.tuples(*[st.floats(0.01, 1.0) for _ in range(4)]),
)
def test_a_held_value_is_wanted_less_and_another_one_more(parts: tuple[float, float, float, float]) -> None:
    said = Role(*(part / sum(parts) for part in parts))
    held, other = weighed(said, is_held=True), weighed(said, is_held=False)
    assert sum(held) == pytest.approx(1) and sum(other) == pytest.approx(1)
    assert held.wanted < said.wanted < other.wanted
    assert held.held > said.held > other.held


@given(st.integers(0, 400), st.integers(-40, 40), st.booleans())
def test_the_nearest_day_is_of_the_same_name_and_not_past(ahead: int, away: int, weekday: bool) -> None:
    about = SUNDAY + timedelta(days=ahead)
    named = SUNDAY + timedelta(days=max(0, ahead + away))
    near = nearest(about, named, SUNDAY, weekday=weekday)
    assert near >= SUNDAY
    assert near.weekday() == named.weekday() if weekday else near.day == named.day
    assert abs((near - about).days) <= max(abs((named - about).days), 7 if weekday else 0)


KNOWN = st.sampled_from([None, {}, flight("2026-12-04")])


@given(
    held=KNOWN,
    code=st.sampled_from([None, "K1204Q"]),
    name=st.sampled_from(sorted(PERSONAS["flight"].flows)),
    proven=st.booleans(),
)
def test_what_is_held_is_read_once_and_only_of_a_customer_who_is_proven(
    held: Slots | None, code: str | None, name: str, proven: bool
) -> None:
    persona = PERSONAS["flight"]
    spec = persona.flows[name]
    slots: Slots = {"booking_code": code} if code is not None and "booking_code" in spec.slots else {}
    flow = FlowState("flight", name, slots, held=held)
    reads = to_read(persona, flow, proven=proven)
    assert not (reads and not proven)
    assert not (reads and held)
    if reads:  # and then it is known, or waits for a code
        after = with_held(persona, flow, [flight("2026-12-04")], SessionState("s"), SUNDAY)
        assert after.held is not None and not to_read(persona, replace(after, slots={}), proven=True)


@given(words=st.sampled_from(["move my flight to the sixth", "a day later please", "the evening one", "cancel it"]))
def test_no_change_is_quoted_before_what_is_held_was_read(words: str) -> None:
    heard = replace(hear(words), begins="cancel_flight" if "cancel" in words else "change_flight")
    proven = Identity(1, "Maria Lopez", 0.0, 1e12)
    step = plan(PERSONAS["flight"], SessionState("s", agent="flight", identity=proven), heard)
    assert step.call is not None and step.call.tool == "held" and dict(step.call.arguments) == {}


async def test_the_next_customer_is_not_weighed_by_what_the_last_one_holds(talk: Talk) -> None:
    for one in ("move my Denver flight to Friday", "K7M2QX", "4071"):
        await talk.say(one)
    assert talk.state.flow is not None and talk.state.flow.held
    talk.state = replace(talk.state, identity=None)  # the proof ran out
    await talk.say("yes")
    (left,) = [flow for flow in talk.state.parked if flow.name == "change_flight"]
    assert left.held is None and "booking_code" not in left.slots


def test_which_needs_something_in_the_words_that_is_held() -> None:
    persona, flow = PERSONAS["flight"], FlowState("flight", "cancel_flight")
    assert persona.holds is not None
    assert which(persona.flows["cancel_flight"], persona.holds, flow, hear("cancel"), THREE) is None
    assert which(persona.flows["cancel_flight"], persona.holds, flow, hear("cancel"), THREE[:1]) == THREE[0]


def test_a_weekday_alone_is_the_coming_one_where_the_words_do_not_speak_of_the_held_day() -> None:
    heard = replace(hear("can you move it to Tuesday"), held=Held(flight("2026-11-30"), PERSONAS["flight"].holds.told))  # type: ignore[union-attr]
    spec = PERSONAS["flight"].flows["change_flight"]
    assert fill(spec, {}, None, heard, SessionState("s"), begins=False)["date"] == "2026-11-24"


async def test_a_wish_in_one_breath_is_quoted_by_what_is_held(talk: Talk) -> None:
    await talk.say("I'd want to be away from the Lakeshore on the twentieth of December instead of the twenty-second")
    await talk.say("H2C2WP")
    quoted = await talk.say("4542")
    assert [tool.name for tool in talk.tools] == ["prove", "held", "quote_change"]
    assert "from Thursday, December 17 until Sunday, December 20" in quoted


async def test_who_holds_nothing_here_goes_on_at_the_desk_that_has_something(talk: Talk) -> None:
    await talk.say("I'm down for quarter past eight out of Denver tomorrow morning. Can I go later in the day instead?")
    await talk.say("J5E5XU")
    assert "instead of" in await talk.say("6867") and talk.state.agent == "flight"


async def test_a_check_in_waits_while_something_is_asked_at_the_question_for_the_code(talk: Talk) -> None:
    await talk.say("I'd like to be checked in for the evening flight up to Seattle")
    assert "go on with your check-in?" in await talk.say("what's the weather doing up there")
    await talk.say("my code is Lima seven Bravo three Lima November")
    assert talk.state.agent == "flight"
    read_back = await talk.say("9 4 5 5")
    assert [tool.name for tool in talk.tools] == ["prove", "held", "quote_check_in"] and read_back.endswith("?")
