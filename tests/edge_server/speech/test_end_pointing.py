"""How long a silence must be to end a turn, by what was asked and what was said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.turn import Expectation
from edge_server.speech.end_pointing import Wait, Waits, wait
from sync.session import CONFIRM

WAITS = Waits()
ANYTHING = Expectation()


def after(words: str | None, expected: Expectation = ANYTHING) -> Wait:
    return wait(words, expected, WAITS)


def test_a_yes_to_a_question_ends_sooner_than_a_sentence() -> None:
    answer = after("Yes, please.", Expectation(CONFIRM, filled=True))
    assert answer == Wait(WAITS.answer_ms, "answer")
    assert answer.ms < after("What is the status of my flight?").ms


@pytest.mark.parametrize(
    "words",
    [
        "I'd like to",
        "I'd like to know.",
        "A flight from Boston to",
        "On Friday and",
        "Is there a pool end?",
        "Is there a pool N?",
        "Is there.",
        "I need, um",
        "Boston,",
        "Well...",
        "My code is it's",
    ],
)
def test_words_that_go_on_are_waited_for(words: str) -> None:
    assert after(words).reason == "trailing"
    assert after(words).ms >= 1200


@pytest.mark.parametrize("words", ["It goes to Boston.", "Move it to Friday.", "Leave it as it is.", "No, thank you."])
def test_whole_statements_are_waited_for_a_little(words: str) -> None:
    assert after(words) == Wait(WAITS.statement_ms, "statement")


@pytest.mark.parametrize("words", ["I want to change my flight.", "I'd like a room.", "We're looking at flights."])
def test_the_details_of_a_wish_may_follow(words: str) -> None:
    assert after(words) == Wait(WAITS.wish_ms, "wish")
    assert WAITS.wish_ms > WAITS.statement_ms


def test_a_wish_that_has_its_details_is_a_statement() -> None:
    assert after("I need a room in Seattle for two people tonight.").reason == "statement"


@pytest.mark.parametrize(
    "words",
    ["Can you tell me if the flight from Boston?", "I could go to Denver or Boston.", "Well, we might fly to Denver."],
)
def test_a_beginning_is_waited_for_though_it_sounds_whole(words: str) -> None:
    assert after(words) == Wait(WAITS.begun_ms, "begun")


@pytest.mark.parametrize(
    "words", ["When does the flight from Boston to Denver leave?", "Can I have two beds or one?", "Who is it from?"]
)
def test_what_has_its_end_is_no_beginning(words: str) -> None:
    assert after(words) == Wait(WAITS.question_ms, "question")


@pytest.mark.parametrize("words", ["What is that for?", "Which one is it?", "How much is a bag?"])
def test_questions_are_answered_soon(words: str) -> None:
    assert after(words) == Wait(WAITS.question_ms, "question")
    assert WAITS.question_ms < WAITS.statement_ms


def test_a_date_may_be_the_first_of_two_and_a_code_is_whole_or_not() -> None:
    assert after("From Friday.", Expectation("date", filled=True)) == Wait(WAITS.begun_ms, "begun")
    assert after("From Friday until Monday.", Expectation("date", filled=True)) == Wait(WAITS.filled_ms, "filled")
    assert after("On Friday.", Expectation("date", filled=True)) == Wait(WAITS.filled_ms, "filled")
    assert WAITS.complete_ms < WAITS.filled_ms < WAITS.begun_ms


def test_an_answer_for_which_the_words_are_enough_is_waited_for_no_longer_than_a_question() -> None:
    for words in ("I want to cancel my flight.", "It goes to Boston.", "What is the status of my flight?"):
        assert wait(words, ANYTHING, WAITS, enough=True) == Wait(WAITS.enough_ms, "enough")
    assert WAITS.enough_ms < WAITS.statement_ms < WAITS.wish_ms


def test_a_question_of_which_nothing_can_be_made_yet_may_go_on() -> None:
    assert wait("Can I see the?", ANYTHING, WAITS, enough=False) == Wait(WAITS.statement_ms, "nothing yet")
    assert wait("The weather is fine.", ANYTHING, WAITS, enough=False).reason == "statement"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Is there a pool and", ANYTHING),
        ("A flight from Boston.", ANYTHING),
        ("Hello", ANYTHING),
        ("K 7 M", Expectation("booking_code", unfinished=True)),
        ("One second.", Expectation("booking_code")),
        ("On Friday.", Expectation("date", filled=True)),
        ("From Friday.", Expectation("date", filled=True)),
    ],
)
@pytest.mark.parametrize("enough", [True, False])
def test_words_that_go_on_are_waited_for_whatever_answer_there_is(
    words: str, expected: Expectation, enough: bool
) -> None:
    assert wait(words, expected, WAITS, enough=enough) == after(words, expected)


def test_a_filled_answer_that_goes_on_is_waited_for() -> None:
    assert after("On Friday, or", Expectation("date", filled=True)).reason == "trailing"


def test_a_code_is_waited_for_until_it_is_whole() -> None:
    assert after("K 7 M", Expectation("booking_code", unfinished=True)).ms == WAITS.spelling_ms
    assert after("K 7 M 2 Q A", Expectation("booking_code", filled=True)) == Wait(WAITS.complete_ms, "complete")
    assert after("It's", Expectation("pin")).reason == "trailing"
    assert after("K 7 M 2 Q X,", Expectation("booking_code", filled=True)) == Wait(WAITS.complete_ms, "complete")
    assert after("One second.", Expectation("booking_code")) == Wait(WAITS.spelling_ms, "code awaited")


def test_letters_misheard_as_short_words_are_still_a_code_under_way() -> None:
    assert after("Okay, 7 and 2, queues.", Expectation("booking_code")) == Wait(WAITS.spelling_ms, "code awaited")
    assert after("4, 0, 7. 4, 0, 7.", Expectation("pin")) == Wait(WAITS.spelling_ms, "code awaited")
    assert after("", Expectation("booking_code")).ms > after("").ms
    assert after("I have left my booking code at home.", Expectation("booking_code")).reason == "statement"


def test_another_question_instead_of_the_code_is_answered_as_usual() -> None:
    assert after("What is a booking code?", Expectation("booking_code")) == Wait(WAITS.question_ms, "question")


def test_sound_without_words_does_not_keep_anybody_waiting() -> None:
    assert after("") == Wait(WAITS.answer_ms, "no words")


def test_nothing_is_decided_before_the_words_are_known() -> None:
    assert after(None).reason == "listening"
    assert after(None).ms > after("What is the status of my flight?").ms


@given(
    words=st.none() | st.text(max_size=40),
    asked=st.sampled_from([None, CONFIRM, "booking_code", "date"]),
    filled=st.booleans(),
    unfinished=st.booleans(),
    patience=st.floats(0.5, 3.0),
)
def test_every_wait_is_sane_and_patience_stretches_it(
    words: str | None, asked: str | None, filled: bool, unfinished: bool, patience: float
) -> None:
    usual = wait(words, Expectation(asked, filled, unfinished), WAITS)
    patient = wait(words, Expectation(asked, filled, unfinished, patience), WAITS)
    assert 200 <= usual.ms <= 2000
    assert patient.reason == usual.reason
    assert abs(patient.ms - usual.ms * patience) <= 1
