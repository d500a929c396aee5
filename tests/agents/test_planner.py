"""The planner turn alone: no kernel, no database, no model."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from pydantic import JsonValue

from agents.persona import Persona
from agents.planner.plan import MAX_TRIES, Plan, plan
from agents.planner.templates import TemplateError, counted, day, listed, money, render
from agents.registry import Registry
from agents.understand.heard import Found, Heard
from sync.session import FlowState, Identity, Line, SessionState
from tests.tool_results import DELAYED

TODAY = date(2026, 11, 22)
PERSONAS = Registry.load().personas
FLIGHT: Persona = PERSONAS["flight"]
HOTEL: Persona = PERSONAS["hotel"]
START = SessionState(key="k", agent="flight")


def heard(
    words: str, flow: str | None = None, *, sure: float = 0.8, pin: str | None = None, **found: JsonValue
) -> Heard:
    """Words that name `found` (slot type to value) and sound like `flow`."""
    values = tuple(Found(type_, value, i, i + 1) for i, (type_, value) in enumerate(found.items()))
    return Heard(words, TODAY, values, pin=pin, flows={} if flow is None else {flow: sure})


def test_a_lookup_with_all_it_needs_calls_its_tool_and_then_speaks_the_result() -> None:
    words = heard("what is the status of LB204", "flight_status", flight_number="LB204")
    step = plan(FLIGHT, START, words)
    assert step.call is not None
    assert (step.call.tool, dict(step.call.arguments)) == ("flight_status", {"flight_number": "LB204"})

    step = plan(FLIGHT, START, words, [DELAYED])
    assert step.call is None and step.answered
    for fact in ("LB204", "Boston", "Denver", "35 minutes", "7:15 PM", "gate B12"):
        assert fact in step.reply
    assert step.state.topic["flight_number"] == "LB204"


def test_a_missing_slot_is_asked_for_and_its_answer_goes_on_with_the_flow() -> None:
    step = plan(FLIGHT, START, heard("is my flight late", "flight_status"))
    assert step.state.flow is not None and step.state.flow.asking == "flight_number"

    step = plan(FLIGHT, step.state, heard("LB204", flight_number="LB204"))
    assert step.call is not None and step.call.arguments["flight_number"] == "LB204"


def test_the_turn_does_not_change_the_state_it_was_given() -> None:
    asked = plan(FLIGHT, START, heard("is my flight late", "flight_status")).state
    copy = replace(asked)
    plan(FLIGHT, asked, heard("LB204", flight_number="LB204"), [DELAYED])
    assert asked == copy


def test_running_a_turn_again_gives_the_same_plan() -> None:
    words = heard("status of LB204", "flight_status", flight_number="LB204")
    assert plan(FLIGHT, START, words, [DELAYED]) == plan(FLIGHT, START, words, [DELAYED])


def test_another_question_in_between_is_answered_and_the_open_question_comes_back() -> None:
    asked = plan(FLIGHT, START, heard("is my flight late", "flight_status"))
    aside = heard("how much is a second bag?", "policy")
    step = plan(FLIGHT, asked.state, aside, [{"outcome": "found", "text": "A second bag costs $45."}])
    assert step.reply.startswith("A second bag costs $45.")
    assert asked.reply in step.reply
    assert step.state.flow == asked.state.flow


def test_a_question_without_a_usable_answer_is_asked_again_and_then_a_person_is_offered() -> None:
    step = plan(FLIGHT, START, heard("is my flight late", "flight_status"))
    for _ in range(MAX_TRIES - 1):
        step = plan(FLIGHT, step.state, heard("hm well the thing"))
        assert step.state.flow is not None
    step = plan(FLIGHT, step.state, heard("hm well the thing"))
    assert step.state.flow is None and not step.answered and "staff" in step.reply


def test_never_mind_ends_the_flow() -> None:
    step = plan(FLIGHT, START, heard("is my flight late", "flight_status"))
    step = plan(FLIGHT, step.state, heard("never mind", "cancel"))
    assert step.state.flow is None and step.call is None


def test_private_data_are_asked_for_only_after_a_proof_of_identity() -> None:
    step = plan(FLIGHT, START, heard("what bookings do I have", "my_bookings"))
    assert step.call is None
    assert step.state.flow is not None and step.state.flow.asking == "booking_code"

    step = plan(FLIGHT, step.state, heard("K7M2QX", booking_code="K7M2QX"))
    assert step.state.flow is not None and step.state.flow.asking == "pin"

    proof = heard("****", pin="4071")
    first = plan(FLIGHT, step.state, proof)
    assert first.call is not None and first.call.tool == "identity.prove"
    assert "4071" not in str(first)
    second = plan(FLIGHT, step.state, proof, [{"outcome": "proven", "first_name": "Maria"}])
    assert second.call is not None and second.call.tool == "my_bookings"


def test_a_failed_proof_reads_nothing() -> None:
    state = replace(START, flow=FlowState("flight", "prove_identity", {"booking_code": "K7M2QX"}, asking="pin"))
    step = plan(FLIGHT, state, heard("****", pin="1111"), [{"outcome": "failed"}])
    assert step.call is None and not step.answered


def test_a_proven_customer_is_not_asked_again() -> None:
    state = replace(START, identity=Identity(1001, "Maria Lopez", 0.0, 1e12))
    step = plan(FLIGHT, state, heard("what bookings do I have", "my_bookings"))
    assert step.call is not None and step.call.tool == "my_bookings"


def test_an_outcome_that_no_flow_handles_is_said_to_be_unknown() -> None:
    here_and_elsewhere = [{"outcome": "unknown"}, {"outcome": "unknown"}]
    step = plan(FLIGHT, START, heard("can I bring a surfboard", "policy"), here_and_elsewhere)
    assert not step.answered and "I don't know" in step.reply


@pytest.mark.parametrize(("subject", "opening"), [("pets", "What I know about pets: "), ("", "What I know of it: ")])
def test_what_may_not_answer_is_told_with_that_reservation_and_counts_as_no_answer(subject: str, opening: str) -> None:
    found = {"outcome": "related", "text": "Dogs are welcome.", "title": "Pets", "subject": subject}
    step = plan(FLIGHT, START, heard("do pets get a bowl", "policy"), [found])
    assert step.reply.startswith(f"{opening}Dogs are welcome.")
    assert "staff" in step.reply
    assert not step.answered and step.state.unanswered == 1


def test_a_tool_that_failed_is_admitted() -> None:
    step = plan(FLIGHT, START, heard("status of LB204", "flight_status", flight_number="LB204"), [{"outcome": "error"}])
    assert not step.answered and "can't look that up" in step.reply


def test_words_that_fit_no_flow_are_looked_up_in_the_knowledge() -> None:
    step = plan(FLIGHT, START, heard("surfboards perhaps", "flight_status", sure=0.2))
    assert step.call is not None and step.call.tool == "policy"


def test_the_topic_stands_in_for_a_name_that_the_words_leave_out() -> None:
    state = replace(START, topic={"hotel": "Front Range Inn"})
    step = plan(HOTEL, state, heard("and parking?", "policy"))
    assert step.call is not None and step.call.arguments["hotel"] == "Front Range Inn"


def test_a_hotel_question_goes_on_with_its_own_words_once_the_hotel_is_known() -> None:
    step = plan(HOTEL, START, heard("how much is parking", "policy"), [{"outcome": "which_hotel"}])
    assert step.state.flow is not None and step.state.flow.asking == "hotel"
    step = plan(HOTEL, step.state, heard("Harbor House", hotel="Harbor House"))
    assert step.call is not None
    assert dict(step.call.arguments) == {"question": "how much is parking", "hotel": "Harbor House"}


def test_a_city_goes_into_the_slot_that_the_word_before_it_says() -> None:
    words = Heard(
        "to Denver from Boston tomorrow",
        TODAY,
        (
            Found("airport", "DEN", 3, 9, lead="to"),
            Found("airport", "BOS", 15, 21, lead="from"),
            Found("date", "2026-11-23", 22, 30),
        ),
        flows={"find_flights": 0.8},
    )
    step = plan(FLIGHT, START, words)
    assert step.call is not None
    assert dict(step.call.arguments) == {"origin": "BOS", "destination": "DEN", "date": "2026-11-23"}


def test_saying_it_again_repeats_the_last_reply() -> None:
    state = START.with_line(Line("agent", "Gate B12.", "flight"))
    assert plan(FLIGHT, state, heard("say that again", "repeat")).reply == "Gate B12."


def test_every_persona_greets() -> None:
    for persona in PERSONAS.values():
        greeting: Plan = plan(persona, SessionState(key="k"), heard(""))
        assert greeting.reply and greeting.call is None


def test_a_template_never_leaves_a_gap() -> None:
    with pytest.raises(TemplateError, match="gate"):
        render("It leaves from gate {{ gate }}.", {"number": "LB204"})


def test_a_template_cannot_reach_outside_of_its_values() -> None:
    with pytest.raises(TemplateError):
        render("{{ ''.__class__.__mro__ }}", {})


def test_numbers_are_written_as_a_clerk_says_them() -> None:
    assert (money(4500), money(4550), money(123400)) == ("$45", "$45.50", "$1,234")
    assert day("2026-11-23", "2026-11-22") == "tomorrow"
    assert day("2026-11-27", "2026-11-22") == "Friday, November 27"
    assert listed(["A", "B", "C"]) == "A, B and C"
    assert (counted(1, "night"), counted(2, "night")) == ("1 night", "2 nights")
