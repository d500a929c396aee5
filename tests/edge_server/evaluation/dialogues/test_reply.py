from __future__ import annotations

import pytest

from edge_server.evaluation.dialogues.reply import asked, understood
from edge_server.evaluation.dialogues.script import Asked


@pytest.mark.parametrize(
    ("reply", "what"),
    [
        ("First I need to know that it's you. What is your booking code?", "code"),
        ("Could you tell me your confirmation code?", "code"),
        ("Thank you. And your four-digit PIN?", "pin"),
        ("I didn't get four digits. Please say your PIN one digit at a time.", "pin"),
        ("What's your customer number?", "customer_number"),
        ("Which of your reservations do you mean? You have two.", "booking"),
        ("There are two flights. Which one suits you?", "choice"),
        ("You have two trips. Which booking is it?", "booking"),
        ("That costs $80. Shall I change it?", "confirm"),
        ("Would you like me to go ahead?", "confirm"),
        ("To which day would you like to move it?", "date"),
        ("Until what day do you stay?", "depart"),
        ("For how many nights?", "nights"),
        ("How many people will have breakfast?", "persons"),
        ("What kind of room would you like?", "room"),
        ("In which city?", "hotel"),
        ("Where would you like to fly from?", "origin"),
        ("And where does it go to?", "destination"),
        ("Would you prefer window or aisle?", "seat"),
        ("All right. What else can I do for you?", "anything_else"),
        ("Shall I call one of our staff?", "staff"),
        ("I'm sorry, could you say that another way?", "again"),
    ],
)
def test_a_question_is_heard_for_what_it_asks(reply: str, what: Asked) -> None:
    assert asked(reply)[0] == what


def test_a_statement_asks_nothing() -> None:
    assert asked("LB204 leaves at 7:15 PM from gate B12.") == ()


def test_a_question_may_leave_a_choice() -> None:
    assert set(asked("What is your booking code or your customer number?")) == {"code", "customer_number"}


def test_an_offer_of_a_person_is_no_read_back_but_leaves_the_question_before_it_open() -> None:
    heard = asked("Please say your PIN one digit at a time. Or shall I call one of our staff?")
    assert heard == ("staff", "pin")


def test_not_knowing_sounds_like_not_being_understood() -> None:
    assert not understood("I'm sorry, I don't know that.")
    assert understood("Your flight is on time.")
