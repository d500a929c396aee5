"""Of the ends of a stay those that are said are taken, and what is not said stays as it was quoted, or is held."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from agents.planner.slots import fill
from agents.planner.spans import ends_of, says_ends
from agents.registry import Registry
from agents.understand.dates import days
from agents.understand.day_shifts import shifts
from agents.understand.heard import Heard
from agents.understand.held import Held
from agents.understand.lexicon import Lexicon
from agents.understand.understanding import understand
from agents.understand.weekends import weekends
from sync.session import SessionState
from tests.desk_tools import Talk

TODAY = date(2026, 11, 22)
HOTEL = Registry.load().personas["hotel"]
CHANGE, SEARCH = HOTEL.flows["change_stay"], HOTEL.flows["find_rooms"]
HELD: dict[str, JsonValue] = {
    "arrive": "2026-12-15",
    "depart": "2026-12-20",
    "nights": 5,
    "room": "king",
    "hotel": "Lakeshore Grand",
}
AIKO = "H9C3VL, PIN 2280"


def hear(words: str, *, held: bool = True) -> Heard:
    heard = understand(words, lexicon=Lexicon([]), today=TODAY)
    assert HOTEL.holds is not None
    return Heard(
        words=heard.words,
        today=TODAY,
        found=heard.found,
        answer=heard.answer,
        held=Held(HELD, HOTEL.holds.told) if held else None,
    )


def span(words: str, known: dict[str, JsonValue] | None = None, asking: str | None = None) -> tuple[str, str]:
    """The first and last day of the change that `words` ask for, as the tool that quotes it counts them."""
    slots = fill(CHANGE, known or {}, asking, hear(words), SessionState("s"), begins=False)
    first = date.fromisoformat(str(slots.get("arrive", HELD["arrive"])))
    if isinstance(depart := slots.get("depart"), str):
        return first.isoformat(), depart
    nights = slots.get("nights", 5)
    assert isinstance(nights, int)
    more, fewer = slots.get("more_nights", 0), slots.get("fewer_nights", 0)
    assert isinstance(more, int) and isinstance(fewer, int)
    nights = 5 + more - fewer if more or fewer else nights
    return first.isoformat(), (first + timedelta(days=nights)).isoformat()


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("we'll get there a day later now", ("2026-12-16", "2026-12-20")),
        ("I will arrive one day before", ("2026-12-14", "2026-12-20")),
        ("I come two days more late because of my visa", ("2026-12-17", "2026-12-20")),
        ("I arrive on the sixteenth instead of the fifteenth", ("2026-12-16", "2026-12-20")),
        ("I want to come on the fourteenth already and still leave the twentieth", ("2026-12-14", "2026-12-20")),
        ("I have to be back a day early", ("2026-12-15", "2026-12-19")),
        ("we wanted to drive home on Sunday but now we want to go home on Tuesday", ("2026-12-15", "2026-12-22")),
        (
            "I have it from the fifteenth until the twentieth but must go already on the 19th",
            ("2026-12-15", "2026-12-19"),
        ),
        ("I come a day early and leave a day early too", ("2026-12-14", "2026-12-19")),
        ("one more night until Monday", ("2026-12-15", "2026-12-21")),
        ("take one night off the end", ("2026-12-15", "2026-12-19")),
        ("I'd come a day earlier and stay two nights", ("2026-12-14", "2026-12-16")),
        ("booked for five nights but I only want one", ("2026-12-15", "2026-12-16")),
        ("from the fourteenth to the nineteenth", ("2026-12-14", "2026-12-19")),
        ("from the fifteenth to the twentieth", ("2026-12-15", "2026-12-20")),
        ("move it a week later", ("2026-12-22", "2026-12-27")),
        ("to the weekend before Christmas", ("2026-12-18", "2026-12-20")),
        ("I arrive on December 28th", ("2026-12-28", "2027-01-02")),
    ],
)
def test_one_end_said_keeps_the_other_and_both_said_are_both_taken(words: str, meant: tuple[str, str]) -> None:
    assert span(words) == meant


@pytest.mark.parametrize(
    ("quoted", "words", "meant"),
    [
        ({"arrive": "2026-12-14"}, "no I still leave on the twentieth", ("2026-12-14", "2026-12-20")),
        ({"arrive": "2026-12-14"}, "no I come one day earlier but I leave the same day", ("2026-12-14", "2026-12-20")),
        ({"arrive": "2026-12-14"}, "no the end stays, we just come a day earlier", ("2026-12-14", "2026-12-20")),
        ({"arrive": "2026-12-20"}, "no I want to leave on the nineteenth", ("2026-12-15", "2026-12-19")),
        (
            {"arrive": "2026-12-20"},
            "no I keep the fifteenth, I just leave on the nineteenth",
            ("2026-12-15", "2026-12-19"),
        ),
        ({"nights": 1}, "no no we still come on Tuesday, we just leave on Monday", ("2026-12-15", "2026-12-21")),
        ({"nights": 1}, "no that's not what I want, Tuesday to Monday, six nights", ("2026-12-15", "2026-12-21")),
        (
            {"arrive": "2026-12-11"},
            "no I arrive December 15th and I leave on December 17th",
            ("2026-12-15", "2026-12-17"),
        ),
        ({"arrive": "2026-12-18"}, "January I said", ("2027-01-18", "2027-01-23")),
        ({"nights": 3}, "no only one night, just the first", ("2026-12-15", "2026-12-16")),
    ],
)
def test_a_correction_goes_by_what_was_quoted_and_by_what_is_held(
    quoted: dict[str, JsonValue], words: str, meant: tuple[str, str]
) -> None:
    assert span(words, quoted) == meant


def test_both_ends_as_they_are_only_say_which_booking_is_meant() -> None:
    slots = fill(
        CHANGE, {}, "arrive", hear("the fifteenth to the twentieth of December"), SessionState("s"), begins=False
    )
    assert not {"arrive", "depart", "nights"} & {*slots}


@settings(max_examples=40)
@given(
    first=st.integers(min_value=1, max_value=60),
    nights=st.integers(min_value=1, max_value=20),
    quoted=st.sampled_from([{}, {"nights": 2}, {"arrive": "2026-12-17"}, {"depart": "2026-12-18"}]),
    form=st.sampled_from(
        ["no, I arrive on {a} and leave on {d}", "no, from {a} to {d}", "I leave on {d} and come on {a}"]
    ),
)
def test_whatever_was_quoted_both_ends_said_are_what_is_quoted_next(
    first: int, nights: int, quoted: dict[str, JsonValue], form: str
) -> None:
    arrive = TODAY + timedelta(days=first)
    depart = arrive + timedelta(days=nights)
    words = form.format(a=f"{arrive:%B} {arrive.day}", d=f"{depart:%B} {depart.day}")
    meant = (arrive.isoformat(), depart.isoformat())
    if arrive.isoformat() == HELD["arrive"] and form.startswith("no, from"):
        return  # "from the 15th to the 17th" may move the first day
    assert span(words, dict(quoted)) == meant or (meant == (HELD["arrive"], HELD["depart"]) and not quoted)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("three nights in January from the fifteenth", ["2027-01-15"]),
        ("eighteenth to twentieth", ["2026-12-18", "2026-12-20"]),
        ("on the sixteenth instead of seventeenth", ["2026-12-16", "2026-12-17"]),
        ("one night, just the first", []),
        ("on second thought", []),
        ("the tenth floor", []),
    ],
)
def test_days_without_their_month_or_article(words: str, meant: list[str]) -> None:
    assert [day.value.isoformat() for day in days(words, TODAY)] == meant


@pytest.mark.parametrize(
    ("words", "friday"),
    [
        ("the weekend before Christmas", "2026-12-18"),
        ("the weekend after Thanksgiving", "2026-11-27"),
        ("the weekend of January ninth", "2027-01-08"),
        ("the weekend before December 7th", "2026-12-04"),
        ("the first weekend of December", "2026-12-04"),
        ("the last weekend in January", "2027-01-29"),
    ],
)
def test_a_weekend_told_by_a_day_or_a_month(words: str, friday: str) -> None:
    (weekend,) = weekends(words, days(words, TODAY), TODAY)
    assert weekend.friday.isoformat() == friday


@pytest.mark.parametrize(
    ("words", "by"),
    [
        ("come a day early and leave a day early too", [-1, -1]),
        ("two days more late", [2]),
        ("I'm back a day early", [-1]),
        ("back by a week", [7]),
        ("the week after", [7]),
        ("the weekend before", [-7]),
        ("the week before Christmas", []),
    ],
)
def test_every_move_by_days_is_heard(words: str, by: list[int]) -> None:
    assert [one[0] for one in shifts(words)] == by


def test_only_a_flow_with_a_span_has_ends() -> None:
    assert ends_of(HOTEL.flows["cancel_stay"]) is None
    assert not says_ends(HOTEL.flows["cancel_stay"], {}, hear("from the fifteenth to the twentieth"))
    assert says_ends(SEARCH, {}, hear("from the fifteenth to the twentieth", held=False))


@pytest.mark.parametrize(
    ("first", "then", "told"),
    [
        ("Friday for two nights", "no December tenth to December thirteenth", "3 nights from Thursday, December 10"),
        ("the tenth for two nights", "January I said", "2 nights from Sunday, January 10"),
        ("Friday for two nights", "no I meant the one after that the first weekend in December", "Friday, December 4"),
    ],
)
async def test_a_search_is_corrected_after_it_was_told(talk: Talk, first: str, then: str, told: str) -> None:
    await talk.say(f"which rooms at Harbor House are free from {first}")
    assert told in await talk.say(then)


async def test_both_ends_said_beside_the_proof_only_tell_the_booking(talk: Talk) -> None:
    await talk.say("I need to shorten my hotel stay, I have to be back a day early")
    await talk.say("Harbor House, from November 29th to December 4th, H9C3VL")
    assert "until Thursday, December 3, instead of" in await talk.say("2280")


async def test_a_correction_at_the_read_back_is_no_refusal(talk: Talk) -> None:
    await talk.say("I'd like to change my hotel stay")
    await talk.say(AIKO)
    assert "until Saturday, December 5, instead of" in await talk.say("move it a day later")
    assert "from Monday, November 30 until Friday, December 4" in await talk.say("no no I still leave on December 4th")
    again = await talk.say("no I leave the same day and only come a day later")
    assert "from Monday, November 30 until Friday, December 4" in again
    assert talk.state.pending is not None
