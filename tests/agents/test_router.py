from __future__ import annotations

from dataclasses import replace

import pytest

from agents.desk import AgentDesk
from sync.session import FlowState, Line, SessionState

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


def after_reply(agent: str, reply: str) -> SessionState:
    """A conversation with `agent`, which has just said `reply`."""
    return replace(NEW, agent=agent).with_line(Line("agent", reply, agent=agent))


@pytest.mark.parametrize(
    ("agent", "reply", "words"),
    [
        ("flight", "Where will you be going?", "I need to go to Boston."),
        ("flight", "When will you be back?", "On the twelfth, I think."),
        ("flight", "There is one at 8 am for $212. Shall I book it?", "Is there anything later?"),
        ("flight", "There is one at 8 am for $212. Shall I book it?", "I'll ask my parents first."),
        ("flight", "How many travel with you?", "There are four of us."),
        ("hotel", "Harbor House has a room for $189.", "What else do you have?"),
        ("hotel", "Harbor House has a room for $189.", "Give me their phone number, please."),
        ("hotel", "Your room is booked.", "Great, that's all I need for now."),
        ("concierge", "It will be sunny there.", "And on the tenth of March?"),
    ],
)
async def test_an_answer_or_a_follow_up_without_a_subject_stays(
    desk: AgentDesk, agent: str, reply: str, words: str
) -> None:
    assert (await desk.detect_intent(words, after_reply(agent, reply))).agent == agent


@pytest.mark.parametrize(
    ("agent", "reply", "words", "expected"),
    [
        ("flight", "It leaves at 8 am.", "That flight sounds good. I also need a hotel room there.", "hotel"),
        ("flight", "Shall I book it?", "No thanks, find me a place to stay first.", "hotel"),
        ("hotel", "Your room is booked.", "Now I need a round trip flight to get there.", "flight"),
        ("hotel", "Breakfast is $18.", "let's go back to my flight", "flight"),
        ("concierge", "It will be sunny there.", "Okay, then find me a flight from Denver.", "flight"),
        ("flight", "It leaves at 8 am.", "What's the weather like in Boston?", "concierge"),
    ],
)
async def test_a_request_about_another_subject_hands_over_in_the_middle_of_a_conversation(
    desk: AgentDesk, agent: str, reply: str, words: str, expected: str
) -> None:
    assert (await desk.detect_intent(words, after_reply(agent, reply))).agent == expected


@pytest.mark.parametrize("words", ["I want to cancel", "I'd like to change my booking"])
async def test_words_that_two_agents_could_mean_go_to_the_one_that_asks_which(desk: AgentDesk, words: str) -> None:
    assert (await desk.detect_intent(words, NEW)).agent == "concierge"


async def test_a_yes_that_goes_on_to_another_agents_thing_is_no_bare_answer(desk: AgentDesk) -> None:
    assert (await desk.detect_intent("OK. Flight status LB118.", replace(NEW, agent="hotel"))).agent == "flight"
