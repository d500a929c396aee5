"""Which codes may have been said, by how they sounded, and what a proof with them gives away."""

from __future__ import annotations

import math
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, select

from data.code_sounds import CodeSound, Hearing, likely_meant
from data.codes import booking_code
from data.customers import MAX_CANDIDATES, Unproven, codes_like, try_proof
from data.records import Customer
from data.schema import bookings
from tests.write_tools import JAMES, MARIA, Desk

K7 = "K7M2QX"
CODES = st.lists(
    st.builds(lambda seed: booking_code(Random(seed), set()), st.integers(0, 999)), min_size=1, unique=True
)


def sound(*places: str) -> CodeSound:
    """A sound whose places have each of these characters half as likely as the one before."""
    halves = [sum(0.5**at for at in range(len(signs))) for signs in places]
    return CodeSound(
        tuple(
            {sign: math.log(0.5**at / whole) for at, sign in enumerate(signs)}
            for signs, whole in zip(places, halves, strict=True)
        )
    )


def test_what_sounds_alike_is_meant_however_it_was_written() -> None:
    heard = Hearing("H3L8JS", sound("HK", "37", "LM", "82", "JQ", "SX"))  # six characters wrong
    assert likely_meant([Hearing("H3L8JS")], [K7]) == ()
    assert likely_meant([heard], [K7, "R3W9ZD"]) == (K7,)


def test_two_hearings_tell_what_neither_does_alone() -> None:
    first = Hearing("B7M2QX", sound("BD", "7", "M", "2", "Q", "X"))
    again = Hearing("D7M2QX", sound("DE", "7", "M", "2", "Q", "X"))
    codes = ["B7M2QX", "D7M2QX", "E7M2QX"]
    assert likely_meant([first], codes)[0] == "B7M2QX" and likely_meant([again], codes)[0] == "D7M2QX"
    assert likely_meant([first, again], codes)[0] == "D7M2QX"
    assert likely_meant([first, Hearing("D7M2QX")], codes)[0] == "D7M2QX"  # in words: it did not sound like a code


@given(CODES, st.integers(0, 99))
def test_a_code_heard_exactly_is_the_likeliest_of_all(codes: list[str], at: int) -> None:
    code = codes[at % len(codes)]
    assert likely_meant([Hearing(code, sound(*code))], codes)[0] == code


def prove(desk: Desk, pin: str, *hearings: Hearing) -> Customer | Unproven:
    also = hearings[0].text if len(hearings) > 1 else None
    return desk.write(
        lambda c: try_proof(
            c, session_key="a", code=hearings[-1].text, also_heard=also, sounded=hearings, pin=pin, at=desk.now
        )
    )


def test_the_pin_decides_between_codes_that_sound_alike(desk: Desk) -> None:
    heard = Hearing("H3L8JS", sound("HK", "37", "LM", "82", "JQ", "SX"))
    assert isinstance(prove(desk, "0000", heard), Unproven)
    assert prove(desk, "4071", heard) == Customer(MARIA, "Maria Lopez")
    assert prove(desk, "4071", Hearing("A2", None), heard) == Customer(MARIA, "Maria Lopez")


def test_a_sound_that_may_be_any_code_has_no_more_pins_looked_at_than_a_written_one(desk: Desk) -> None:
    anything = Hearing("A3A3AA", sound("BCD", "7", "TVZ", "2", "G", "T"))
    alike = [f"{first}7{second}2GT" for first in "BCD" for second in "TVZ"]

    def give_james_many(conn: Connection) -> None:
        own = conn.execute(select(bookings).where(bookings.c.customer_id == JAMES)).mappings().first()
        assert own is not None
        kept = {name: value for name, value in own.items() if name != "id"}
        for code in alike:
            conn.execute(insert(bookings).values({**kept, "code": code, "seat": None}))

    desk.write(give_james_many)
    assert len(likely_meant([anything], alike)) == len(alike)
    assert len(desk.read(lambda c: codes_like(c, anything.text, None, [anything]))) == MAX_CANDIDATES
