"""The rules that the desk works by are the ones that its knowledge base tells customers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from data import fare_rules, stay_rules
from data.sample.facts import load_facts

KNOWLEDGE = Path(__file__).parents[2] / "data" / "sample" / "knowledge"


def passage(file: str, anchor: str) -> str:
    """The body of a passage, without its title and questions."""
    text = (KNOWLEDGE / f"{file}.md").read_text("utf-8")
    section = re.search(rf"^## .*\{{#{anchor}\}}\n(?:\?.*\n)*(.+)$", text, re.MULTILINE)
    assert section is not None, f"no passage {anchor} in {file}.md"
    return section[1]


def dollars(cents: int) -> str:
    return f"${cents // 100}"


def minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes"


def hours(seconds: float) -> str:
    return f"{seconds / 3600:.0f} hours"


@pytest.mark.parametrize(
    ("anchor", "told"),
    [
        ("first-bag", [f"{dollars(fare_rules.bag_cents('economy', 1))} in economy and is free in business"]),
        ("second-bag", [dollars(fare_rules.bag_cents("economy", 2))]),
        ("third-bag", [dollars(fare_rules.bag_cents("economy", 3)), {5: "five bags at most"}[fare_rules.MAX_BAGS]]),
        ("change-fee", [dollars(fare_rules.CHANGE_FEE_CENTS), "if the new fare is higher"]),
        ("change-deadline", [{2: "two hours before"}[int(fare_rules.CHANGE_UNTIL.total_seconds()) // 3600]]),
        ("same-day-change", [hours(fare_rules.SAME_DAY_FROM.total_seconds()), "no fare difference"]),
        ("cancel-economy", [f"less {dollars(fare_rules.CANCEL_FEE_CENTS)} as travel credit"]),
        ("cancel-business", ["fully refundable until departure"]),
        ("cancel-24-hours", [hours(fare_rules.FREE_CANCEL_AFTER_BOOKING.total_seconds()), "seven days away"]),
        ("travel-credit", [{12: "twelve months from the day you cancelled"}[fare_rules.CREDIT_MONTHS]]),
        ("delay", [{3: "more than three hours"}[int(fare_rules.LONG_DELAY.total_seconds()) // 3600]]),
        ("online-check-in", [hours(fare_rules.CHECK_IN_OPENS.total_seconds()), "closes one hour before"]),
        ("counter-check-in", [minutes(fare_rules.BAG_DROP_CLOSES.total_seconds())]),
        ("boarding-time", [minutes(fare_rules.BOARDING_BEGINS.total_seconds())]),
        ("seat-choice", [f"{dollars(fare_rules.SEAT_CENTS['economy'])} in economy and nothing in business"]),
        ("extra-legroom", [dollars(fare_rules.EXTRA_LEGROOM_CENTS), "rows 10 to 12"]),
    ],
)
def test_the_airlines_rules_are_those_of_its_passages(anchor: str, told: list[str]) -> None:
    for words in told:
        assert words in passage("lobby-air", anchor)


def test_the_hotels_deadlines_are_those_of_their_passages() -> None:
    free_until = f"free of charge until {stay_rules.FREE_UNTIL:%-I %p} on the day before arrival"
    assert free_until in passage("hotels", "cancel-reservation")
    assert free_until in passage("hotels", "change-reservation")
    assert f"until {stay_rules.LATE_CHECK_OUT_UNTIL:%-I %p}" in passage("hotels", "late-check-out")
    assert {12: "at noon on the next day"}[stay_rules.NO_SHOW_RELEASED_AT.hour] in passage("hotels", "no-show")
    assert "You pay when you check out." in passage("hotels", "payment")


def test_each_hotel_asks_for_breakfast_and_late_check_out_what_its_passages_say() -> None:
    for hotel in load_facts().hotels:
        told = passage(hotel.name.lower().replace(" ", "-"), "breakfast")
        assert (f"${hotel.breakfast} " in told) if hotel.breakfast else ("included" in told)
        assert f"costs ${hotel.late_check_out} at all our hotels" in passage("hotels", "late-check-out")
