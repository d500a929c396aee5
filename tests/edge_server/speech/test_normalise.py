"""Written text becomes words that a listener and a recogniser get."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_server.speech.normalise import normalise
from edge_server.speech.spoken_numbers import cardinal, ordinal


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("It leaves at 7:15 PM.", "It leaves at seven fifteen P M."),
        ("at 9:05 a.m. today", "at nine oh five A M today"),
        ("Check-out is at 12 PM. Breakfast ends at 10.", "Check-out is at twelve P M. Breakfast ends at ten."),
        ("the 18:40 to Denver", "the eighteen forty to Denver"),
        ("open 6-9 PM", "open six to nine P M"),
        ("a second bag costs $45", "a second bag costs forty-five dollars"),
        ("$28 a night", "twenty-eight dollars a night"),
        ("$28/night", "twenty-eight dollars a night"),
        ("$1,250.50 in all", "one thousand two hundred fifty dollars and fifty cents in all"),
        ("$1 or $0.01", "one dollar or one cent"),
        ("15% off, 12.5 % tax", "fifteen percent off, twelve point five percent tax"),
        ("up to 50 lb", "up to fifty pounds"),
        ("1 lb or 23kg", "one pound or twenty-three kilograms"),
        ("35 min late", "thirty-five minutes late"),
        ("booking K7M2QX", "booking K, seven, M, two, Q, X"),
        ("reservation H4N8TP.", "reservation H, four, N, eight, T, P."),
        ("seat 14C and seat 3A", "seat fourteen C and seat three A"),
        ("gate B12, not A4", "gate B twelve, not A four"),
        ("flight LB204", "flight L B two oh four"),
        ("LB 118 and LB1200", "L B one one eight and L B one two oh oh"),
        ("from BOS to DEN", "from B O S to D E N"),
        ("your PIN is 4071", "your PIN is four zero seven one"),
        ("customer id 1001", "customer id one zero zero one"),
        ("room 412, room 405", "room four twelve, room four oh five"),
        ("Call +1 617 555 0114.", "Call plus one, six one seven, five five five, zero one one four."),
        ("Call (617) 555-0114.", "Call six one seven, five five five, zero one one four."),
        ("on 2026-11-22", "on November twenty-second, twenty twenty-six"),
        ("Sun, Nov 22 at 7 AM", "Sunday, November twenty-second at seven A M"),
        ("on 3 May 2005", "on May third, two thousand five"),
        ("the 22nd and the 1st", "the twenty-second and the first"),
        ("2-3 nights", "two to three nights"),
        ("1,234 guests", "one thousand two hundred thirty-four guests"),
        ("maria@example.com", "maria at example dot com"),
        ("A flight leaves from gate A1", "a flight leaves from gate A one"),
        ("\u201cDone\u201d \u2014 **thanks** & bye\u2026", "Done, thanks and bye."),
        ("No. 5 is free", "No. five is free"),
        ("2026-13-45", "two zero two six one three four five"),
        ("", ""),
        ("*** \u2600", ""),
    ],
)
def test_written_text_is_said_like_a_clerk_says_it(written: str, spoken: str) -> None:
    assert normalise(written) == spoken


@given(st.text(max_size=80))
def test_nothing_is_left_that_a_voice_cannot_say(text: str) -> None:
    spoken = normalise(text)
    assert all(sign.isalpha() or sign in " .,;:?!'-" or unicodedata.combining(sign) for sign in spoken)
    assert not any(sign.isdigit() for sign in spoken)
    assert "  " not in spoken
    assert spoken == spoken.strip()


@given(st.from_regex(r"[A-Z][0-9][A-Z][0-9][A-Z]{2}", fullmatch=True))
def test_every_character_of_a_booking_code_is_said_by_itself(code: str) -> None:
    signs = normalise(f"Your code is {code}.").removeprefix("Your code is ").removesuffix(".").split(", ")
    assert signs == [cardinal(int(sign)) if sign.isdigit() else sign for sign in code]


@given(st.integers(0, 23), st.integers(1, 59))
def test_a_time_is_the_hour_and_then_the_minutes(hour: int, minute: int) -> None:
    words = normalise(f"{hour:02}:{minute:02}")
    assert words == f"{cardinal(hour)} {'oh ' if minute < 10 else ''}{cardinal(minute)}"


@given(st.integers(1, 999_999))
def test_whole_dollars_are_the_number_and_the_word(amount: int) -> None:
    assert normalise(f"${amount:,}") == f"{cardinal(amount)} dollar{'' if amount == 1 else 's'}"


@given(st.dates())
def test_a_date_is_said_with_its_month_and_its_day(day: object) -> None:
    from datetime import date

    assert isinstance(day, date)
    if day.year >= 1000:
        assert normalise(day.isoformat()).startswith(f"{day.strftime('%B')} {ordinal(day.day)}, ")
