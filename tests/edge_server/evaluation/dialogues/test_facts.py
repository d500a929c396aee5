from __future__ import annotations

from datetime import date

from edge_server.evaluation.dialogues.facts import Given, facts

TODAY = date(2026, 11, 22)


def given(*texts: str) -> Given:
    return Given(texts, TODAY)


def test_facts_are_the_same_however_they_are_written() -> None:
    assert facts("at 6:40 PM") == facts("at 18:40") == {"time 18:40"}
    assert facts("thirty-five minutes") == facts("35 minutes") == {"number 35"}
    assert facts("$1,386") == facts("1386 dollars") == {"money 138600"}


def test_what_a_tool_returned_may_be_said() -> None:
    told = given()
    told.add_value({"number": "LB204", "departs": "2026-11-24T18:40", "fee_cents": 8000, "nights": 3, "ok": True})
    assert told.lacks("LB204 leaves on Tuesday, November 24 at 6:40 PM. That is $80 for three nights.") == []


def test_what_nothing_gave_is_found() -> None:
    told = given("Check-in begins at 3 PM.")
    told.add_value({"fee_cents": 8000})
    assert told.lacks("Check-in begins at 4 PM, gate B12, for $90, on Friday, in 20 minutes.") == [
        "code B12",
        "money 9000",
        "number 20",
        "time 16:00",
        "weekday friday",
    ]


def test_a_price_is_no_number_and_a_number_no_price() -> None:
    told = given()
    told.add_value({"minutes": 80})
    assert told.lacks("It costs $80.") == ["money 8000"]


def test_the_customers_own_words_may_be_said_back() -> None:
    told = given()
    told.add_text("the 14th of December for 4 people")
    assert told.lacks("For four people.") == []


def test_today_and_tomorrow_are_known() -> None:
    assert given().lacks("Today is Sunday, November 22, and tomorrow Monday, November 23.") == []
