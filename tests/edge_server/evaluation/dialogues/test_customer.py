from __future__ import annotations

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from edge_server.evaluation.dialogues.customer import Customer
from edge_server.evaluation.dialogues.manner import as_heard, in_manner, nato, spelled, yes
from edge_server.evaluation.dialogues.script import Manner, Script

PIN = "Thank you. And your four-digit PIN?"
CODE = "What is your booking code?"
DAY = "To which day would you like to move it?"
READ_BACK = "That costs $80. Shall I change it?"
NOTHING = "All right. What else can I do for you?"


def customer(**fields: object) -> Customer:
    given = {"id": "somebody", "tool": "t", "goal": "g", "opening": "hello", "expect": {}, **fields}
    return Customer(Script.model_validate(given))


def test_a_customer_says_what_is_asked_for_and_not_the_next_line_of_a_list() -> None:
    one = customer(knows={"code": "K7M2QX", "pin": "4071", "date": "Tuesday"})
    assert one.answer(DAY) == "Tuesday"
    digits = {"four": "4", "zero": "0", "seven": "7", "one": "1"}
    said = [digits.get(word, word) for word in (one.answer(PIN) or "").replace(",", "").split()]
    assert "4071" in "".join(said)


def at_a_loss(line: str | None) -> bool:
    return line is not None and ("know" in line or "no idea" in line)


def test_what_they_do_not_know_they_say_they_do_not_know() -> None:
    assert at_a_loss(customer().answer(PIN))


def test_a_slip_of_the_tongue_is_corrected_in_the_next_turn_whatever_is_asked() -> None:
    one = customer(corrects={"date": {"first": "Friday", "then": "no, Thursday"}}, knows={"date": "Thursday"})
    assert [one.answer(DAY), one.answer(READ_BACK), one.answer(DAY)] == ["Friday", "no, Thursday", "Thursday"]


def test_only_who_is_to_leave_with_a_change_agrees_unasked() -> None:
    agreeing = customer(expect={"bookings": {"K7M2QX": {"bags": 1}}})
    assert (agreeing.answer(READ_BACK), agreeing.answer(READ_BACK)) == (yes("somebody", again=False), "yes")
    assert at_a_loss(customer().answer(READ_BACK))


def test_an_aside_is_asked_once_and_then_the_question_is_answered() -> None:
    one = customer(manner="off_topic", aside="is it raining?", knows={"date": "Tuesday"})
    assert [one.answer(DAY), one.answer("I'm sorry, I don't know that.")] == ["is it raining?", "Tuesday"]


def test_who_is_not_understood_says_it_in_other_words_and_then_leaves() -> None:
    one = customer(again="I want to cancel")
    lost = "I'm sorry, I don't know that."
    assert [one.answer(lost), one.answer(lost)] == ["I want to cancel", None]


def test_what_is_next_waits_until_nothing_is_asked() -> None:
    one = customer(knows={"date": "Tuesday"}, then=["and a window seat"])
    assert [one.answer(DAY), one.answer(NOTHING), one.answer(NOTHING)] == ["Tuesday", "and a window seat", None]


def test_a_matching_reply_is_answered_first_and_once() -> None:
    one = customer(when=[["shall I", "no, make it the 12th"]], answers={"confirm": "yes"})
    assert [one.answer(READ_BACK), one.answer(READ_BACK)] == ["no, make it the 12th", "yes"]


def test_patience_ends() -> None:
    one = customer(knows={"pin": "4071"})
    said = [one.answer(PIN) for _ in range(5)]
    assert said[-1] is None
    assert one.gave_up


@given(st.sampled_from(get_args(Manner)), st.integers(0, 30), st.text("abcdef", min_size=3))
def test_no_manner_loses_what_was_said(manner: Manner, turn: int, who: str) -> None:
    assert "the 14th" in in_manner("the 14th", manner, who, turn)


def test_a_recogniser_writes_codes_in_words_and_drops_punctuation() -> None:
    assert as_heard("It's K7M2QX, my PIN is 4071.") == "it's k seven m two q x my pin is four zero seven one"
    assert (spelled("R3W"), nato("R3W")) == ("r three w", "Romeo three Whiskey")
