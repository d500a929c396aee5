"""A chat model thinks for the desk, over real HTTP; the planner is behind it. What the model may do is what it may."""

from __future__ import annotations

import asyncio
import time

import pytest
import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy import select, update

from agents.desk import AgentDesk
from agents.turn import Clause, ThoughtBy, TurnDone
from data.fare_rules import bag_cents
from data.schema import bookings
from edge_server.engines.bridges import LINE_DROPPED, ONCE_MORE
from edge_server.engines.cascade.desk import ChatDesk
from edge_server.engines.cascade.endpoint import ChatEndpoint
from sync.session import CONFIRM, SessionState
from tests.desk_tools import Talk
from tests.fakes.simulated_chat import KEY, MODEL, Answer, SimulatedChat, ToolCall

pytestmark = pytest.mark.asyncio(loop_scope="module")
QUESTION = "What is the status of flight LB204?"
STATUS = ToolCall(name="flight-flight_status", arguments={"flight_number": "LB204"})
PROVE = ToolCall(name="identity-prove", arguments={"booking_code": "K7M2QX"})
QUOTE = ToolCall(name="flight_changes-quote_bag", arguments={"booking_code": "K7M2QX", "bags": 1})
YES = ToolCall(name="changes-confirm")
ASK = "I need one more bag on my flight K7M2QX, my PIN is 4071."


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def no_bags(desk: AgentDesk) -> None:
    """The branch is shared by many tests, and a booking holds only so many bags."""
    branch = desk.agents["flight"].kernel.plugins["changes"].functions["confirm"].method.__self__._branch  # type: ignore[attr-defined]
    change = update(bookings).where(bookings.c.code == "K7M2QX").values(bags=0)
    await branch.write(lambda conn: conn.execute(change).rowcount)


def talk(desk: ChatDesk) -> Talk:
    return Talk(desk, SessionState(key=f"chat-{time.monotonic_ns()}"), [])  # type: ignore[arg-type]


def thinkers(customer: Talk) -> list[ThoughtBy]:
    return [event for event in customer.events if isinstance(event, ThoughtBy)]


def outcomes(customer: Talk) -> list[object]:
    return [call.result["outcome"] for call in customer.tools if isinstance(call.result, dict)]


async def bags_of(desk: AgentDesk) -> int:
    branch = desk.agents["flight"].kernel.plugins["changes"].functions["confirm"].method.__self__._branch  # type: ignore[attr-defined]
    query = select(bookings.c.bags).where(bookings.c.code == "K7M2QX")
    return int(await branch.read(lambda conn: conn.execute(query).scalar_one()))


async def price(desk: AgentDesk) -> int:
    return bag_cents("economy", await bags_of(desk) + 1) // 100


async def test_the_model_answers_with_what_the_agents_tool_gave(chat: SimulatedChat, chat_desk: ChatDesk) -> None:
    chat.says(Answer(calls=[STATUS]), Answer(say="Flight LB204 is in **our** timetable. Can I help with more?"))
    customer = talk(chat_desk)
    reply = await customer.say(QUESTION)
    assert reply == "Flight LB204 is in our timetable. Can I help with more?"
    assert [call.name for call in customer.tools] == ["flight_status"]
    assert customer.sources
    assert [move.agent for move in customer.moves] == ["flight"]
    assert thinkers(customer) == [ThoughtBy("cascade", "well_again")]
    assert chat.tool_results()[0]["outcome"] == "found"
    assert customer.state.history[-1].text == reply
    assert customer.answered


async def test_the_model_is_told_its_part_and_what_was_said_but_no_pin(
    chat: SimulatedChat, chat_desk: ChatDesk
) -> None:
    customer = talk(chat_desk)
    await customer.say("Good morning, can you help me with a flight?")
    await customer.say("My PIN is 4071.")
    roles = [one["role"] for one in chat.messages()]
    assert roles == ["system", "user", "assistant", "user"]
    assert "flight" in chat.messages()[0]["content"].lower()
    assert "4071" not in str(chat.requests)
    names = {tool["function"]["name"] for tool in chat.requests[-1]["tools"]}
    assert "changes-confirm" in names
    assert not any(name.startswith("hotel") for name in names)


async def test_the_router_says_whose_tools_the_model_gets(chat: SimulatedChat, chat_desk: ChatDesk) -> None:
    customer = talk(chat_desk)
    await customer.say(QUESTION)
    await customer.say("Is there a pool in the hotel?")
    assert customer.state.agent == "hotel"
    names = {tool["function"]["name"] for tool in chat.requests[-1]["tools"]}
    assert not any(name.startswith("flight") for name in names)


async def test_nobody_spoke_yet_is_greeted_without_the_model(chat: SimulatedChat, chat_desk: ChatDesk) -> None:
    assert await talk(chat_desk).say("")
    assert chat.requests == []


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(status=429, code="rate_limit_exceeded"), "rate_limit_exceeded"),
        (Answer(status=429, code="insufficient_quota"), "insufficient_quota"),
        (Answer(status=401, code="invalid_api_key"), "invalid_api_key"),
        (Answer(status=404, code="model_not_found"), "model_not_found"),
        (Answer(status=500, code="oops"), "server_error"),
        (Answer(end="cut"), "connection_lost"),
        (Answer(end="error", code="rate_limit_exceeded"), "rate_limit_exceeded"),
        (Answer(say="It leaves at 3:33 AM from gate B99."), "ungrounded"),
        (Answer(say="The Grand Palace costs $999."), "ungrounded"),
        (Answer(say=""), "empty_answer"),
        (Answer(say="<think>The customer wants the status."), "empty_answer"),
    ],
)
async def test_a_model_that_gives_no_answer_is_answered_for_in_the_same_turn(
    chat: SimulatedChat, chat_desk: ChatDesk, answer: Answer, reason: str
) -> None:
    chat.says(answer)
    customer = talk(chat_desk)
    reply = await customer.say(QUESTION)
    assert "LB204" in reply
    assert LINE_DROPPED not in reply
    assert "3:33" not in reply
    assert thinkers(customer) == [ThoughtBy("embedded", reason)]
    assert len([event for event in customer.events if isinstance(event, TurnDone)]) == 1
    assert len(customer.moves) == 1
    assert customer.answered


async def test_an_endpoint_that_is_away_costs_one_try_and_then_none_while_it_rests(
    desk: AgentDesk, chat: SimulatedChat
) -> None:
    away = ChatEndpoint("http://127.0.0.1:9/v1", MODEL)
    customer = talk(ChatDesk(desk, away))
    assert "LB204" in await customer.say(QUESTION)
    assert thinkers(customer) == [ThoughtBy("embedded", "connection_failed")]
    assert away.resting
    assert "LB204" in await customer.say("And LB204?")
    assert thinkers(customer) == [ThoughtBy("embedded", "resting")]
    await away.close()


@pytest.mark.parametrize("answer", [Answer(waits=True), Answer(say="Let me s", end="stall")])
async def test_a_slow_model_is_given_up_and_its_request_with_it(
    desk: AgentDesk, chat: SimulatedChat, answer: Answer
) -> None:
    chat.says(answer)
    slow = ChatEndpoint(chat.url, MODEL, SecretStr(KEY), first_words_s=0.2)
    customer = talk(ChatDesk(desk, slow))
    assert "LB204" in await customer.say(QUESTION)
    assert thinkers(customer) == [ThoughtBy("embedded", "too_slow")]
    async with asyncio.timeout(5):
        await chat.until_left()
    await slow.close()


async def test_a_line_cut_in_mid_reply_goes_on_with_the_planner_and_history_has_all_that_was_said(
    chat: SimulatedChat, chat_desk: ChatDesk
) -> None:
    chat.says(Answer(say="Let me see about that flight of yours. I will", end="cut"))
    customer = talk(chat_desk)
    reply = await customer.say(QUESTION)
    assert reply.startswith(f"Let me see about that flight of yours. {LINE_DROPPED}")
    assert "LB204" in reply
    assert "I will" not in reply
    assert customer.state.history[-1].text == reply


async def test_what_is_invented_in_mid_reply_is_not_said_and_the_planner_goes_on(
    chat: SimulatedChat, chat_desk: ChatDesk
) -> None:
    chat.says(Answer(say="I looked that up for you. It costs $777 today."))
    customer = talk(chat_desk)
    reply = await customer.say(QUESTION)
    assert reply.startswith(f"I looked that up for you. {ONCE_MORE}")
    assert "777" not in reply
    assert not [event for event in customer.events if isinstance(event, Clause) and "777" in event.text]


async def test_what_nobody_knows_is_told_as_such(chat: SimulatedChat, chat_desk: ChatDesk) -> None:
    chat.says(Answer(say="Yes, surfboards up to 3 meters cost $40."))
    customer = talk(chat_desk)
    reply = await customer.say("Can I bring a surfboard?")
    assert "$40" not in reply
    assert not customer.answered


async def test_a_tool_of_another_agent_or_with_broken_arguments_cannot_be_called(
    chat: SimulatedChat, chat_desk: ChatDesk
) -> None:
    chat.says(
        Answer(calls=[ToolCall(name="hotel-my_reservations")]),
        Answer(calls=[ToolCall(name="flight-flight_status", arguments='{"flight_number": ')]),
        Answer(say="I cannot do that."),
    )
    customer = talk(chat_desk)
    assert await customer.say(QUESTION) == "I cannot do that."
    assert customer.tools == []


async def test_another_customers_bookings_are_out_of_reach_by_id_and_by_code(
    chat: SimulatedChat, chat_desk: ChatDesk
) -> None:
    customer = talk(chat_desk)
    chat.says(Answer(calls=[PROVE]), Answer(say="Thank you."))
    await customer.say("It is booking K7M2QX, my PIN is 4071.")
    by_id = ToolCall(name="flight-my_bookings", arguments={"customer_id": 2})
    by_code = ToolCall(name="flight_changes-quote_bag", arguments={"booking_code": "R3W9ZD", "bags": 1})
    chat.says(
        Answer(calls=[by_id]), Answer(calls=[ToolCall(name="flight-my_bookings"), by_code]), Answer(say="I cannot.")
    )
    await customer.say("Show me the bookings of customer 2, and one more bag on R3W9ZD.")
    [own, foreign] = customer.tools
    assert own.name == "my_bookings"
    assert "K7M2QX" in str(own.result)
    assert foreign.name == "quote_bag"
    assert "R3W9ZD" not in str(own.result)
    assert "quoted" not in outcomes(customer)
    assert customer.state.pending is None


async def test_a_change_is_quoted_read_back_agreed_to_and_written_once(
    desk: AgentDesk, chat: SimulatedChat, chat_desk: ChatDesk
) -> None:
    before = await bags_of(desk)
    customer = talk(chat_desk)
    read_back = f"One more bag costs ${await price(desk)}. Shall I do that?"
    chat.says(Answer(calls=[PROVE, QUOTE]), Answer(say=read_back))
    assert await customer.say(ASK) == read_back
    assert outcomes(customer) == ["proven", "quoted"]
    assert "4071" not in str(customer.tools)
    assert await bags_of(desk) == before
    chat.says(Answer(calls=[YES]), Answer(say="That is done."))
    assert await customer.say("Yes, please.") == "That is done."
    assert outcomes(customer) == ["done"]
    assert await bags_of(desk) == before + 1


async def test_a_model_that_skips_the_yes_writes_nothing(
    desk: AgentDesk, chat: SimulatedChat, chat_desk: ChatDesk
) -> None:
    before = await bags_of(desk)
    customer = talk(chat_desk)
    chat.says(Answer(calls=[PROVE, QUOTE, YES]), Answer(calls=[YES]), Answer(say="That is done."))
    await customer.say(ASK)
    assert outcomes(customer)[2:] == ["not_quoted", "not_quoted"]
    assert await bags_of(desk) == before


async def test_the_planner_takes_the_yes_to_what_the_model_read_back(
    desk: AgentDesk, chat: SimulatedChat, chat_desk: ChatDesk
) -> None:
    before = await bags_of(desk)
    customer = talk(chat_desk)
    chat.says(Answer(calls=[PROVE, QUOTE]), Answer(say=f"One more bag costs ${await price(desk)}. Shall I do that?"))
    await customer.say(ASK)
    assert customer.state.flow is not None
    assert customer.state.flow.asking == CONFIRM
    chat.says(Answer(status=500))
    await customer.say("Yes, please.")
    assert outcomes(customer) == ["done"]
    assert await bags_of(desk) == before + 1


async def test_a_write_is_not_repeated_when_the_model_is_lost_while_it_tells(
    desk: AgentDesk, chat: SimulatedChat, chat_desk: ChatDesk
) -> None:
    before = await bags_of(desk)
    customer = talk(chat_desk)
    chat.says(Answer(calls=[PROVE, QUOTE]), Answer(say=f"One more bag costs ${await price(desk)}. Shall I do that?"))
    await customer.say(ASK)
    chat.says(Answer(calls=[YES]), Answer(say="It is all done now. And so", end="cut"))
    await customer.say("Yes, please.")
    assert outcomes(customer) == ["done", "done"]
    assert await bags_of(desk) == before + 1


async def test_nothing_is_written_in_a_rehearsal(desk: AgentDesk, chat: SimulatedChat, chat_desk: ChatDesk) -> None:
    before = await bags_of(desk)
    customer = talk(chat_desk)
    chat.says(Answer(calls=[PROVE, QUOTE]), Answer(say=f"One more bag costs ${await price(desk)}. Shall I do that?"))
    await customer.say(ASK)
    chat.says(Answer(calls=[YES]), Answer(say="That is done."))
    ended = asyncio.Event()
    turn = chat_desk.turn(customer.state, "Yes, please.", ended=ended)
    first = asyncio.ensure_future(anext(turn))
    done, _ = await asyncio.wait([first], timeout=0.3)
    assert not done
    assert await bags_of(desk) == before
    ended.set()
    await first
    assert [event async for event in turn]
    assert await bags_of(desk) == before + 1


async def test_thoughts_are_kept_to_itself_however_they_are_cut(chat: SimulatedChat, chat_desk: ChatDesk) -> None:
    chat.says(Answer(say="<think>They ask. Gate B99?</think>I can help you with that."))
    assert await talk(chat_desk).say(QUESTION) == "I can help you with that."
