"""What keys mean, by what the desk waits for."""

from hypothesis import given
from hypothesis import strategies as st

from agents.turn import Asked, Choice
from edge_server.phone.keypad import MOST_DIGITS, PAUSE_S, PERSON, Keyed, Keypad
from sync.session import CONFIRM

PIN, YES_NO, NOTHING = Asked("pin", secret=True), Asked(CONFIRM), Asked()
LIST = Asked(None, choices=(Choice("One", "the first one"), Choice("Two", "the second one")))


def press(keys: str, asked: Asked) -> Keyed | None:
    keypad, keyed = Keypad(), None
    for at, key in enumerate(keys):
        keyed = keypad.press(key, asked, at / 10)
    return keyed


def test_a_pin_is_whole_with_its_last_digit_and_is_shown_nowhere() -> None:
    keyed = press("4071", PIN)
    assert keyed is not None and keyed.secret
    assert "4071" in keyed.words
    assert "4071" not in repr(keyed)
    keypad = Keypad()
    keypad.press("4", PIN, 0.0)
    assert "4" not in repr(keypad).replace("_last_at", "")


def test_one_is_yes_and_two_is_no_where_that_is_asked() -> None:
    assert press("1", YES_NO) == Keyed("yes")
    assert press("2", YES_NO) == Keyed("no")
    assert press("1", NOTHING) is None


def test_zero_calls_a_person_but_begins_a_pin_where_one_is_asked() -> None:
    assert press("0", NOTHING) == Keyed(PERSON)
    assert press("0", YES_NO) == Keyed(PERSON)
    assert press("0", PIN) is None
    keyed = press("0409", PIN)
    assert keyed is not None and keyed.digits == "0409"


def test_a_lone_zero_where_digits_are_asked_calls_a_person_after_a_pause() -> None:
    keypad = Keypad()
    assert keypad.press("0", PIN, 0.0) is None
    assert keypad.elapsed(PIN, PAUSE_S - 0.1) is None
    assert keypad.elapsed(PIN, PAUSE_S) == Keyed(PERSON)


def test_a_hash_or_a_pause_ends_a_number_and_a_star_forgets_it() -> None:
    assert press("482#", NOTHING) == Keyed("482", "482")
    assert press("48*#", NOTHING) is None
    keypad = Keypad()
    keypad.press("7", NOTHING, 1.0)
    assert keypad.wakes_at() == 1.0 + PAUSE_S
    assert keypad.elapsed(NOTHING, 1.0 + PAUSE_S) == Keyed("7", "7")
    assert not keypad.keying


def test_a_digit_picks_from_a_list() -> None:
    assert press("2#", LIST) == Keyed("the second one")
    assert press("4#", LIST) == Keyed("4", "4")


def ahead(keys: str) -> Keypad:
    keypad = Keypad()
    for key in keys:
        keypad.wait(key)
    return keypad


def test_keys_pressed_before_the_question_answer_it() -> None:
    keypad = ahead("4071")
    assert "4071" not in repr(keypad)
    keyed = keypad.take(PIN, 0.0)
    assert keyed is not None and keyed.secret and keyed.digits == "4071" and not keypad.ahead
    keyed = ahead("1001#").take(Asked("customer_id"), 0.0)
    assert keyed is not None and keyed.digits == "1001"


def test_keys_of_two_answers_are_told_apart() -> None:
    keypad = ahead("1001#4071#")
    keyed = keypad.take(Asked("customer_id"), 0.0)
    assert keyed is not None and keyed.digits == "1001" and keypad.ahead
    keyed = keypad.take(PIN, 1.0)
    assert keyed is not None and keyed.digits == "4071" and keyed.secret
    assert keypad.take(NOTHING, 2.0) is None and not keypad.keying, "the last hash says nothing more"


def test_the_rest_of_a_number_may_follow_after_the_question() -> None:
    keypad = ahead("40")
    assert keypad.take(PIN, 0.0) is None and keypad.keying
    assert keypad.press("7", PIN, 0.5) is None
    keyed = keypad.press("1", PIN, 1.0)
    assert keyed is not None and keyed.digits == "4071"


def test_digits_that_became_a_pin_meanwhile_are_whole_at_once() -> None:
    keypad = Keypad()
    for key in "4071":
        keypad.press(key, NOTHING, 0.0)
    keyed = keypad.elapsed(PIN, 0.1)
    assert keyed is not None and keyed.secret


def test_nobody_agrees_to_or_picks_what_was_not_heard() -> None:
    assert ahead("1").take(YES_NO, 0.0) is None
    assert ahead("2#").take(LIST, 0.0) is None
    assert ahead("0").take(YES_NO, 0.0) == Keyed(PERSON)
    assert ahead("1001").take(YES_NO, 0.0) is None


@given(st.text("0123456789*#", max_size=80), st.sampled_from([PIN, YES_NO, NOTHING, Asked("date"), LIST]))
def test_no_keys_break_it(keys: str, asked: Asked) -> None:
    keypad = Keypad()
    for at, key in enumerate(keys):
        keyed = keypad.press(key, asked, at * 0.5)
        assert keyed is None or not keypad.keying
        assert len(keypad._digits) < MOST_DIGITS
        assert keyed is None or keyed.secret == (asked is PIN and keyed.digits != "")
