"""Which codes may have been meant by one heard almost right, and what a proof with such a code gives away."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, select, update

from data.codes import booking_code, reservation_code
from data.confusable import BOUND, differ, distances, near, nearest
from data.customers import MAX_CANDIDATES, Unproven, codes_like, proof_locked_until, try_proof
from data.records import Customer
from data.schema import bookings, customers, reservations
from tests.write_tools import JAMES, MARIA, MORNING, Desk

K7, H4 = "K7M2QX", "H4N8TP"
LOCK = timedelta(minutes=15)
SIGNS = st.text("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", min_size=1, max_size=9)


def guess(
    desk: Desk, code: str, pin: str = "0000", *, session: str = "a session", also: str | None = None
) -> Customer | Unproven:
    return desk.write(lambda c: try_proof(c, session_key=session, code=code, also_heard=also, pin=pin, at=desk.now))


@given(SIGNS, SIGNS)
def test_a_code_is_nearest_to_itself_and_letters_that_sound_alike_are_nearer_than_others(one: str, other: str) -> None:
    assert distances(one, [one])[0] == 0.0
    assert one == other or distances(one, [other])[0] > 0.0
    assert distances("B7M2QX", ["D7M2QX"])[0] < distances("B7M2QX", ["L7M2QX"])[0]


@given(SIGNS, st.integers(0, 8))
def test_a_character_heard_twice_is_nearer_than_one_missed(code: str, at: int) -> None:
    at %= len(code)
    twice, missed = code[:at] + code[at] + code[at:], code[:at] + code[at + 1 :]
    assert distances(twice, [code])[0] < distances(missed, [code])[0] <= BOUND


def test_the_first_place_where_two_codes_differ() -> None:
    assert differ("K7M2QX", "K7N2QX") == 2
    assert differ("K7M2QX", "K7M2QX") is None and differ("K7M2Q", "K7M2QX") is None


def test_among_own_codes_the_nearest_is_meant_however_far() -> None:
    assert nearest("k7m 2 q", [H4, K7]) == K7 and nearest("ABC", []) is None


@pytest.mark.parametrize("heard", ["K7N2QX", "K7M2QS", "A7N2QX", "KK7M2QX", "K7M2X", "8-7-M-2-Q-X"])
def test_a_code_heard_almost_right_proves_whose_pin_it_is(desk: Desk, heard: str) -> None:
    assert guess(desk, heard, "4071") == Customer(MARIA, "Maria Lopez")


@pytest.mark.parametrize("heard", ["R3W9ZD", "B4D5FG", "7M2X", "KQX", ""])
def test_a_code_that_sounds_otherwise_proves_nobody(desk: Desk, heard: str) -> None:
    assert isinstance(guess(desk, heard, "4071"), Unproven)


def test_a_code_that_exists_is_that_code_and_no_other(desk: Desk) -> None:
    assert desk.read(lambda c: codes_like(c, K7, "K7N2QX")) == (K7,)


def test_two_hearings_find_what_neither_finds_alone(desk: Desk) -> None:
    first, second = "A7NQUS", "J7NUWF"
    assert desk.read(lambda c: codes_like(c, first) + codes_like(c, second)) == ()
    assert isinstance(guess(desk, second, "4071", session="one"), Unproven)
    assert guess(desk, second, "4071", session="two", also=first) == Customer(MARIA, "Maria Lopez")


def test_wrong_pins_with_a_code_heard_almost_right_lock_its_owner(desk: Desk) -> None:
    for heard in ("K7N2QX", "K7M2QS", "A7M2QX"):
        assert guess(desk, heard, session=heard) == Unproven(None)
    until = desk.read(lambda c: [proof_locked_until(c, subject, desk.now) for subject in (K7, H4, str(MARIA))])
    assert until == [MORNING + LOCK] * 3
    assert desk.read(lambda c: proof_locked_until(c, str(JAMES), desk.now)) is None


def test_a_locked_owner_is_proved_by_no_hearing_and_the_answer_does_not_tell_that_the_code_exists(desk: Desk) -> None:
    for _ in range(3):
        guess(desk, K7, session="another")
    assert guess(desk, "K7N2QX", "4071") == guess(desk, "B4D5FG", "4071") == Unproven(None)


@pytest.mark.parametrize("heard", ["K7N2QX", "B4D5FG"])
def test_a_hearing_locks_by_itself_whether_it_is_near_a_code_or_not(desk: Desk, heard: str) -> None:
    told = [guess(desk, heard) for _ in range(3)]
    assert told == [Unproven(None), Unproven(None), Unproven(MORNING + LOCK)]


def test_two_customers_with_codes_alike_and_the_same_pin_are_both_not_proved(desk: Desk) -> None:
    def give_james_a_code_and_pin_like_marias(conn: Connection) -> None:
        maria = conn.execute(select(customers).where(customers.c.id == MARIA)).one()
        pin = {"pin_salt": maria.pin_salt, "pin_hash": maria.pin_hash}
        conn.execute(update(customers).where(customers.c.id == JAMES).values(pin))
        own = conn.execute(select(bookings).where(bookings.c.customer_id == JAMES)).mappings().first()
        assert own is not None
        kept = {name: value for name, value in own.items() if name != "id"}
        conn.execute(insert(bookings).values({**kept, "code": "K7L2QX", "seat": None}))

    desk.write(give_james_a_code_and_pin_like_marias)
    assert isinstance(guess(desk, "K7N2QX", "4071"), Unproven)
    assert guess(desk, "K7M2QX", "4071") == Customer(MARIA, "Maria Lopez")


def test_random_codes_meet_no_given_code_more_often_than_is_said(desk: Desk) -> None:
    """The docstring of `try_proof` says one in about 4,300 for one hearing; a mean over all codes of the sample."""
    both = select(bookings.c.code).union(select(reservations.c.code))
    codes = desk.read(lambda c: [*c.execute(both).scalars()])
    draw = Random(11)
    tries = 1200
    made = [(booking_code if at % 3 else reservation_code)(draw, set()) for at in range(tries)]
    met = [len(near(code, codes)) for code in made]
    assert sum(met) / tries / len(codes) < 1 / 3000
    looked_at = desk.read(lambda c: [len(codes_like(c, code)) for code in made[:40]])
    assert max(looked_at) <= MAX_CANDIDATES
