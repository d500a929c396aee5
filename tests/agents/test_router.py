from __future__ import annotations

from dataclasses import replace

import pytest

from agents.desk import AgentDesk
from sync.session import FlowState, SessionState

NEW = SessionState(key="k")


@pytest.mark.parametrize(
    ("words", "agent"),
    [
        ("What is the status of flight LB204?", "flight"),
        ("Can I bring a surfboard on the plane?", "flight"),
        ("I'd like to fly to Seattle on Friday", "flight"),
        ("how much does an extra suitcase cost", "flight"),
        ("When can I check in at Front Range Inn?", "hotel"),
        ("do you have a double room for tomorrow night", "hotel"),
        ("is there somewhere to park my car at Harbor House", "hotel"),
        ("what's the weather in Denver", "concierge"),
        ("book a table for two at eight", "concierge"),
        ("find me a bus to Portland", "concierge"),
        ("my bank card does not work", "concierge"),
        ("good morning", "concierge"),
    ],
)
async def test_a_first_utterance_goes_to_the_agent_it_is_for(desk: AgentDesk, words: str, agent: str) -> None:
    assert (await desk.detect_intent(words, NEW)).agent == agent


@pytest.mark.parametrize("words", ["yes please", "no", "okay", "thank you", "and parking?", "K 7 M 2 Q X", "how much?"])
@pytest.mark.parametrize("here", ["flight", "hotel"])
async def test_words_that_name_no_subject_stay(desk: AgentDesk, here: str, words: str) -> None:
    if (here, words) == ("flight", "and parking?"):
        return
    assert (await desk.detect_intent(words, replace(NEW, agent=here))).agent == here


async def test_a_change_of_subject_hands_over_at_once(desk: AgentDesk) -> None:
    assert (await desk.detect_intent("is flight LB118 on time?", replace(NEW, agent="hotel"))).agent == "flight"
    words = "and when can I check in at Front Range Inn?"
    assert (await desk.detect_intent(words, replace(NEW, agent="flight"))).agent == "hotel"


async def test_an_answer_to_the_running_flow_stays_even_when_it_names_another_domains_thing(desk: AgentDesk) -> None:
    asked = replace(NEW, agent="hotel", flow=FlowState("hotel", "find_rooms", asking="hotel"))
    assert (await desk.detect_intent("in Denver", asked)).agent == "hotel"
    pin = replace(NEW, agent="flight", flow=FlowState("flight", "prove_identity", asking="pin"))
    assert (await desk.detect_intent("four oh seven one", pin)).agent == "flight"


async def test_an_answer_to_a_question_asked_before_a_hand_over_goes_back_to_it(desk: AgentDesk) -> None:
    waiting = FlowState("hotel", "prove_identity", asking="booking_code")
    intent = await desk.detect_intent("H 4 N 8 T P", replace(NEW, agent="flight", parked=(waiting,)))
    assert (intent.agent, intent.resumes) == ("hotel", waiting)
