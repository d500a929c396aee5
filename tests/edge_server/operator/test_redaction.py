"""What people who look after the desk do not get to see, and what they must."""

from __future__ import annotations

import logging

import pytest
from pydantic import JsonValue

from edge_server.operator.recent_errors import MOST, RecentErrors
from edge_server.operator.redaction import redacted, redacted_json


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("my card is 4111 1111 1111 1111", "my card is [card]"),
        ("my card is 4111-1111-1111-1111, thanks", "my card is [card], thanks"),
        ("write to maria.lopez+home@mail.example.org", "write to [e-mail]"),
        ("maria at mail dot com", "[e-mail]"),
        ("call +1 (555) 010-2345 please", "call [phone] please"),
        ("call 555-010-2345", "call [phone]"),
        ("call 555 0123", "call [phone]"),
        ("my passport is X12345678", "my passport is [document]"),
        ("it is 123456789", "it is [number]"),
        ("five five five oh one oh two three four five", "[number]"),
    ],
)
def test_what_names_or_charges_a_person_is_taken_out(words: str, shown: str) -> None:
    assert redacted(words) == shown


@pytest.mark.parametrize(
    "words",
    [
        "flight LB204 on 2026-11-22 at 7:15 PM from gate B12",
        "booking K7M2QX for two, $1,204.50",
        "2026-11-22T19:15:00-07:00",
        "from November 27 to December 3, 2026",
        "four people, one room, two nights",
    ],
)
def test_what_the_desk_works_with_stays(words: str) -> None:
    assert redacted(words) == words


def test_every_text_of_a_tools_answer_is_looked_at() -> None:
    answer: JsonValue = {
        "outcome": "done",
        "contact": ["maria@mail.example", {"phone": "+1 555 010 2345"}],
        "cents": 9400,
    }
    assert redacted_json(answer) == {"outcome": "done", "contact": ["[e-mail]", {"phone": "[phone]"}], "cents": 9400}


def test_the_last_warnings_are_kept_without_what_is_private_and_errors_raise_an_alert() -> None:
    alerts: list[object] = []
    errors = RecentErrors(alerts.append)
    log = logging.getLogger("edge_server.test_recent_errors")
    log.addHandler(errors)
    try:
        for number in range(MOST + 10):
            log.warning("warning %d about maria@mail.example", number)
        log.info("nothing of note")
        log.error("cannot write for %s", "+1 555 010 2345")
    finally:
        log.removeHandler(errors)
    kept = errors.to_json()
    assert len(kept) == MOST
    assert isinstance(kept[0], dict) and kept[0]["message"] == "cannot write for [phone]"
    assert isinstance(kept[1], dict) and kept[1]["message"] == f"warning {MOST + 9} about [e-mail]"
    assert alerts == [kept[0]]
