"""Guessing PINs locks the identity that is guessed at, from whatever session, and nobody else's."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from data.branch import Branch
from data.customers import Unproven, proof_locked_until, try_proof
from data.records import Customer
from tests.write_tools import JAMES, MARIA, MORNING, Desk

LOCK = timedelta(minutes=15)
MINUTE = timedelta(minutes=1)
K7, H4 = "K7M2QX", "H4N8TP"


def guess(desk: Desk, subject: str, pin: str = "0000", *, session: str = "a session") -> Customer | Unproven:
    number = int(subject) if subject.isdigit() else None
    code = None if number is not None else subject
    return desk.write(lambda c: try_proof(c, session_key=session, code=code, customer_id=number, pin=pin, at=desk.now))


def locked_until(desk: Desk, subject: str) -> object:
    return desk.read(lambda c: proof_locked_until(c, subject, desk.now))


def test_three_wrong_pins_lock_from_any_session_even_against_the_right_one(desk: Desk) -> None:
    assert guess(desk, K7, session="one") == Unproven(None)
    assert guess(desk, K7, session="two") == Unproven(None)
    assert guess(desk, K7, session="three") == Unproven(MORNING + LOCK)
    desk.now += LOCK - MINUTE
    assert guess(desk, K7, "4071", session="four") == Unproven(MORNING + LOCK)
    desk.now += MINUTE
    assert guess(desk, K7, "4071", session="four") == Customer(MARIA, "Maria Lopez")


def test_all_codes_and_the_number_of_a_customer_are_one_identity(desk: Desk) -> None:
    guess(desk, "k7m-2qx")
    guess(desk, H4)
    assert guess(desk, str(MARIA)) == Unproven(MORNING + LOCK)
    for subject in (K7, H4, str(MARIA)):
        assert locked_until(desk, subject) == MORNING + LOCK
    assert locked_until(desk, str(JAMES)) is None
    assert guess(desk, "R3W9ZD", "9356") == Customer(JAMES, "James Okafor")


def test_wrong_pins_that_lie_further_apart_lock_nobody(desk: Desk) -> None:
    for _ in range(4):
        guess(desk, K7)
        desk.now += timedelta(minutes=8)
    assert locked_until(desk, K7) is None


def test_the_right_pin_clears_the_count(desk: Desk) -> None:
    guess(desk, K7)
    guess(desk, K7)
    assert isinstance(guess(desk, K7, "4071"), Customer)
    guess(desk, K7)
    guess(desk, K7)
    assert locked_until(desk, K7) is None


def test_guesses_during_a_lock_do_not_make_it_longer_and_three_after_it_lock_again(desk: Desk) -> None:
    for _ in range(6):
        guess(desk, K7)
        desk.now += MINUTE
    assert locked_until(desk, K7) == MORNING + 2 * MINUTE + LOCK
    desk.now = again = MORNING + 2 * MINUTE + LOCK
    assert locked_until(desk, K7) is None
    for _ in range(3):
        guess(desk, K7)
    assert locked_until(desk, K7) == again + LOCK


@pytest.mark.parametrize("subject", ["B4D5FG", "424242", "99999999999999999999"])
def test_a_code_or_number_of_nobody_locks_as_if_it_were_somebodys(desk: Desk, subject: str) -> None:
    assert [guess(desk, subject) for _ in range(3)] == [Unproven(None), Unproven(None), Unproven(MORNING + LOCK)]


async def test_many_guesses_at_one_time_get_no_more_than_three(branch: Branch) -> None:
    def session(pin: int) -> asyncio.Task[Customer | Unproven]:
        key = f"session {pin}"
        return asyncio.create_task(
            branch.write(lambda c: try_proof(c, session_key=key, code=K7, pin=f"{pin:04d}", at=MORNING))
        )

    told = await asyncio.gather(*(session(pin) for pin in range(4068, 4080)))
    assert all(isinstance(outcome, Unproven) for outcome in told)
    assert told.count(Unproven(None)) == 2


def test_a_proof_of_nothing_is_an_error(desk: Desk) -> None:
    with pytest.raises(ValueError, match="a proof needs a code or a customer's number"):
        desk.write(lambda c: try_proof(c, session_key="a session", pin="0000", at=MORNING))
