from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.understand.dates import days
from agents.understand.heard import Heard
from agents.understand.lexicon import Entry, Lexicon, Names
from agents.understand.understanding import understand

TODAY = date(2026, 11, 22)  # a Sunday
LEXICON = Lexicon(
    [
        Names(
            "flight_number",
            tuple(Entry(number, (number,)) for number in ("LB204", "LB118", "LB311")),
            prefix="LB",
            cues=("flight",),
        ),
        Names(
            "airport",
            (
                Entry("BOS", ("Boston",), ("BOS",)),
                Entry("DEN", ("Denver",), ("DEN",)),
                Entry("SFO", ("San Francisco",), ("SFO",)),
            ),
        ),
        Names(
            "hotel",
            (
                Entry("Front Range Inn", ("Front Range Inn", "Front Range")),
                Entry("Harbor House", ("Harbor House", "Harbor")),
            ),
        ),
    ]
)


def hear(words: str, asking: str | None = None, last_reply: str = "") -> Heard:
    return understand(words, lexicon=LEXICON, today=TODAY, asking=asking, last_reply=last_reply)


def values(heard: Heard, type_: str) -> list[object]:
    return [found.value for found in heard.of(type_)]


@pytest.mark.parametrize(
    "words",
    [
        "What is the status of flight LB204?",
        "status of LB 204 please",
        "L B two oh four",
        "flight two oh four",
        "flight number two zero four",
        "is elbi 204 on time",
        "Elby 204.",
        "is LB-204 late",
        "LB2-04",
        "B204",
        "L.B. 204",
        "LB two hundred four",
        "el bee two oh four",
        "What is the standard on-site LB2004?",
        "status of LB 200 4",
        "LB 200-4",
    ],
)
def test_a_flight_number_is_understood_however_a_recogniser_writes_it(words: str) -> None:
    assert values(hear(words), "flight_number") == ["LB204"]


def test_an_unknown_flight_number_is_still_a_flight_number() -> None:
    assert values(hear("is flight LB999 on time"), "flight_number") == ["LB999"]


def test_bare_digits_are_a_flight_number_only_when_one_was_asked_for() -> None:
    assert values(hear("two oh four"), "flight_number") == []
    assert values(hear("two oh four", asking="flight_number"), "flight_number") == ["LB204"]


@pytest.mark.parametrize("words", ["I have 2 bags", "at 7 30", "four of us", "my PIN is 4071"])
def test_other_numbers_are_no_flight_number(words: str) -> None:
    assert values(hear(words), "flight_number") == []


@pytest.mark.parametrize(
    "words",
    [
        "K7M2QX",
        "my code is K 7 M 2 Q X",
        "K7M 2QX",
        "K-7-M-2-Q-X",
        "k7m2qx please",
        "kilo seven mike two quebec x-ray",
        "K as in kilo, seven, M as in Mike, two, Q, X",
        "kay seven em two queue ex",
        "it is K7M2QX and my PIN is 4071",
    ],
)
def test_a_booking_code_is_understood_however_it_is_spelled(words: str) -> None:
    assert values(hear(words), "booking_code") == ["K7M2QX"]


@pytest.mark.parametrize(
    "words", ["I would like to see my booking", "please cancel flight LB204", "are you there", "123456"]
)
def test_ordinary_words_are_no_booking_code(words: str) -> None:
    assert values(hear(words), "booking_code") == []


@given(st.text("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", min_size=6, max_size=6).filter(lambda c: not c.isdigit()))
def test_any_code_spelled_letter_by_letter_is_understood_when_asked_for(code: str) -> None:
    assert values(hear(" ".join(code), asking="booking_code"), "booking_code") == [code]


@pytest.mark.parametrize(
    "words",
    ["4071", "4 0 7 1", "four oh seven one", "40 71", "forty seventy one", "it's 4,071.", "four zero seven one"],
)
def test_a_pin_is_understood_however_it_is_said_and_never_kept_in_the_words(words: str) -> None:
    heard = hear(words, asking="pin")
    assert heard.pin == "4071"
    assert "71" not in heard.words and "seven" not in heard.words
    assert "4071" not in repr(heard)


def test_a_pin_said_along_with_a_code_is_told_from_it() -> None:
    heard = hear("K7M2QX, 4071")
    assert (values(heard, "booking_code"), heard.pin) == (["K7M2QX"], "4071")


def test_a_customer_number_is_told_from_the_pin() -> None:
    heard = hear("my customer number is 1001 and my pin is 4071")
    assert (values(heard, "customer_id"), heard.pin) == ([1001], "4071")
    assert heard.words == "my customer number is 1001 and my pin is ****"


def test_a_pin_that_was_misheard_is_masked_too() -> None:
    heard = hear("four oh seven", last_reply="And your four-digit PIN?")
    assert (heard.pin, heard.words) == (None, "****")


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("today", "2026-11-22"),
        ("is it late tonight", "2026-11-22"),
        ("tomorrow morning", "2026-11-23"),
        ("the day after tomorrow", "2026-11-24"),
        ("on Friday", "2026-11-27"),
        ("next Friday", "2026-11-27"),
        ("this Sunday", "2026-11-22"),
        ("in three days", "2026-11-25"),
        ("in two weeks", "2026-12-06"),
        ("in two weeks on a Friday", "2026-12-04"),
        ("Friday in two weeks", "2026-12-04"),
        ("in a week on Monday", "2026-11-30"),
        ("a week from today", "2026-11-29"),
        ("a week from tomorrow", "2026-11-30"),
        ("November 24th", "2026-11-24"),
        ("the 3rd of December", "2026-12-03"),
        ("December twenty-first", "2026-12-21"),
        ("January 5", "2027-01-05"),
        ("on the 24th", "2026-11-24"),
        ("12/3", "2026-12-03"),
    ],
)
def test_a_day_is_counted_from_today(words: str, day: str) -> None:
    assert values(hear(words), "date") == [day]


@pytest.mark.parametrize("words", ["may I sit here", "the second bag", "I march on", "my PIN is four oh seven one"])
def test_words_that_only_look_like_days_are_none(words: str) -> None:
    assert days(words, TODAY) == ()


def test_cities_keep_the_word_before_them() -> None:
    found = hear("the evening flight from Boston to San Francisco").of("airport")
    assert [(one.value, one.lead) for one in found] == [("BOS", "from"), ("SFO", "to")]


@pytest.mark.parametrize(
    ("words", "hotel"),
    [
        ("check in at Front Ranch in", "Front Range Inn"),
        ("the harbour house", "Harbor House"),
        ("front range", "Front Range Inn"),
    ],
)
def test_a_hotel_is_found_in_what_a_recogniser_made_of_it(words: str, hotel: str) -> None:
    assert values(hear(words), "hotel") == [hotel]


@pytest.mark.parametrize("words", ["how was dinner", "my house is yellow", "in the front row"])
def test_other_words_are_no_name(words: str) -> None:
    assert values(hear(words), "hotel") == [] and values(hear(words), "airport") == []


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("yes please", "yes"),
        ("okay, that's right", "yes"),
        ("no thanks", "no"),
        ("nope", "no"),
        ("what time is it", None),
    ],
)
def test_yes_and_no(words: str, answer: str | None) -> None:
    assert hear(words).answer == answer


@settings(max_examples=40)
@given(st.text(max_size=60))
def test_no_text_breaks_understanding(words: str) -> None:
    heard = hear(words, asking="pin")
    assert heard.pin is None or len(heard.pin) == 4


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("Thanksgiving", "2026-11-26"),
        ("on New Year's Eve", "2026-12-31"),
        ("Friday after next", "2026-12-04"),
        ("next week on Friday", "2026-11-27"),
        ("November 20th", "2026-11-20"),
        ("last Friday", "2026-11-20"),
        ("two days ago", "2026-11-20"),
        ("Saturday the 5th of December", "2026-12-05"),
        ("Tuesday the 22nd", "2026-12-22"),
        ("on friday, the first", "2027-01-01"),
        ("Thursday the 26th", "2026-11-26"),
        ("Tuesday the 23rd", "2026-11-23"),
    ],
)
def test_a_day_is_one_day_however_it_is_named(words: str, day: str) -> None:
    assert values(hear(words), "date") == [day]


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("from December 7 to 9", "2026-12-07", "2026-12-09"),
        ("January 3rd to the 5th", "2027-01-03", "2027-01-05"),
        ("from the 24th to the 27th of December", "2026-12-24", "2026-12-27"),
        ("from the 10th until the 12th", "2026-12-10", "2026-12-12"),
        ("from Saturday the 5th of December until Monday", "2026-12-05", "2026-12-07"),
    ],
)
def test_the_end_of_a_stay_comes_after_its_beginning(words: str, first: str, last: str) -> None:
    assert values(hear(words), "date") == [first, last]


@pytest.mark.parametrize("words", ["this weekend", "some time next week", "next month"])
def test_a_vague_day_is_no_day(words: str) -> None:
    heard = hear(words)
    assert values(heard, "date") == [] and len(heard.of("vague_date")) == 1


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("R three double u nine Z D", "R3W9ZD"),
        ("it's B as in Boston, 7, M for mother, 2 Q X", "B7M2QX"),
        ("x ray seven M two Q X", "X7M2QX"),
        ("Hotel nine Charlie three Victor Lima, I think", "H9C3VL"),
    ],
)
def test_a_code_spelled_with_words_of_ones_own_is_understood(words: str, code: str) -> None:
    assert values(hear(words, asking="booking_code"), "booking_code") == [code]


def test_a_number_in_the_place_of_a_code_is_a_customer_number_and_is_not_kept_in_the_words() -> None:
    heard = hear("my number is 1002", asking="booking_code")
    assert (values(heard, "customer_id"), heard.pin, heard.words) == ([1002], None, "my number is ****")
    both = hear("1002 4071", asking="booking_code")
    assert (values(both, "customer_id"), both.pin) == ([1002], "4071") and "4071" not in both.words


@pytest.mark.parametrize("words", ["Hubbard House", "the Franc Rouge Inn", "Range Front Inn"])
def test_a_name_of_another_house_is_not_taken_for_ours(words: str) -> None:
    assert values(hear(f"when can I check in at {words}"), "hotel") == []


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("cancel my flight, sorry, I mean my hotel in Denver", "cancel my hotel in Denver"),
        ("on Friday, no, I meant on Sunday", "on Sunday"),
        ("you know what I mean", "you know what I mean"),
    ],
)
def test_what_is_taken_back_does_not_count(words: str, meant: str) -> None:
    assert hear(words).words == meant


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("okay", "yes"),
        ("okay but what does it cost", None),
        ("no problem", None),
        ("actually no", "no"),
        ("I don't know", None),
        ("right, and the pool?", None),
    ],
)
def test_a_word_of_assent_is_a_yes_only_by_itself(words: str, answer: str | None) -> None:
    assert hear(words).answer == answer


def test_two_days_before_their_month_are_both_of_that_month() -> None:
    assert [day.value for day in days("3 to 5 December", TODAY)] == [date(2026, 12, 3), date(2026, 12, 5)]


def test_a_choice_of_two_days_names_neither() -> None:
    heard = understand("on Thursday or on Friday, not tomorrow", lexicon=Lexicon([]), today=TODAY)
    assert [one.value for one in heard.of("vague_date")] == ["Thursday or on Friday"]
    assert len(heard.of("date")) == 1


@pytest.mark.parametrize(
    ("words", "times"),
    [
        ("is there one in the evening", []),
        ("the one in the morning please", []),
        ("at one in the afternoon", [["13:00"]]),
        ("at 6 in the evening", [["18:00"]]),
    ],
)
def test_one_is_a_time_only_behind_a_word_that_leads_to_it(words: str, times: list[list[str]]) -> None:
    assert values(hear(words), "time") == times
