"""Who may hear what: wrong PINs, the lock, what a model is shown, and where a PIN may be found (nowhere)."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from dataclasses import replace
from math import log
from typing import Any, ClassVar

import pytest
from semantic_kernel.connectors.ai.chat_completion_client_base import ChatCompletionClientBase
from semantic_kernel.connectors.ai.prompt_execution_settings import PromptExecutionSettings
from semantic_kernel.contents import (
    AuthorRole,
    ChatHistory,
    FunctionCallContent,
    FunctionResultContent,
    StreamingChatMessageContent,
    StreamingTextContent,
)
from sqlalchemy import select

from agents.desk import AgentDesk
from agents.identity import LOCK_SECONDS, PROOF_SECONDS
from data.audit import session_hash
from data.branch import Branch
from data.code_sounds import CodeSound, Hearing
from data.embeddings import Embedder
from data.knowledge import KnowledgeBase
from data.schema import audit
from sync.session import SessionState, from_json, to_json
from tests.desk_tools import OwnClock, Talk


async def test_three_wrong_pins_lock_the_proof_and_time_opens_it_again(talk: Talk, clock: OwnClock) -> None:
    await talk.say("what flights am I booked on")
    for _ in range(2):
        assert "don't go together" in await talk.say("K7M2QX and my PIN is 1111")
    assert "fifteen minutes" in await talk.say("K7M2QX and my PIN is 1111")

    await talk.say("what flights am I booked on")
    assert "fifteen minutes" in await talk.say("K7M2QX and my PIN is 4071")
    assert talk.state.identity is None

    clock.pass_seconds(LOCK_SECONDS + 1)
    await talk.say("what flights am I booked on")
    assert "Maria" in await talk.say("K7M2QX and my PIN is 4071")


async def test_a_proof_runs_out(talk: Talk, clock: OwnClock) -> None:
    await talk.say("what flights am I booked on")
    await talk.say("K7M2QX and my PIN is 4071")
    clock.pass_seconds(PROOF_SECONDS - 1)
    assert "LB204" in await talk.say("what flights am I booked on")
    clock.pass_seconds(2)
    reply = await talk.say("what flights am I booked on")
    assert "booking code" in reply and "LB204" not in reply


async def test_a_code_is_meant_as_it_sounded_and_its_sound_is_forgotten_with_the_proof(talk: Talk) -> None:
    await talk.say("what flights am I booked on")
    sound = CodeSound(tuple({one: log(0.6), other: log(0.4)} for one, other in zip("H3L8JS", "K7M2QX", strict=True)))
    talk.state = replace(talk.state, sounded=("H 3 L 8 J S", sound))
    await talk.say("H 3 L 8 J S")
    assert talk.state.codes_sounded == (Hearing("H3L8JS", sound),)
    assert from_json(to_json(talk.state)).codes_sounded == talk.state.codes_sounded
    assert "Maria" in await talk.say("4071")
    assert not talk.state.codes_sounded


async def test_a_sound_counts_for_its_own_words_only(talk: Talk) -> None:
    await talk.say("what flights am I booked on")
    sound = CodeSound(tuple({sign: 0.0} for sign in "K7M2QX"))
    talk.state = replace(talk.state, sounded=("K 7 M 2 Q X", sound))
    await talk.say("H 3 L 8 J S")
    assert not talk.state.codes_sounded and talk.state.sounded is None
    assert "don't go together" in await talk.say("4071")


async def test_another_customers_pin_proves_nothing(talk: Talk) -> None:
    await talk.say("what flights am I booked on")
    reply = await talk.say("K7M2QX and my PIN is 9356")
    assert "don't go together" in reply and "LB204" not in reply and talk.state.identity is None


@pytest.mark.parametrize("spoken", ["4071", "my PIN is four oh seven one", "K7M2QX, 4 0 7 1"])
async def test_a_pin_is_found_nowhere_after_it_was_said(
    talk: Talk, spoken: str, caplog: pytest.LogCaptureFixture, branch: Branch
) -> None:
    with caplog.at_level(logging.DEBUG):
        await talk.say("what flights am I booked on")
        await talk.say("K7M2QX")
        assert "Maria" in await talk.say(spoken)
    kept = to_json(talk.state).decode() + repr(talk.events) + caplog.text
    rows = await branch.read(lambda conn: repr(conn.execute(select(audit)).all()))
    for secret in ("4071", "four oh seven one", "4 0 7 1"):
        assert secret not in kept and secret not in rows


async def test_proofs_are_in_the_audit_trail(desk: AgentDesk, branch: Branch, clock: OwnClock) -> None:
    customer = Talk(desk, SessionState(key="audited"), [])
    await customer.say("what flights am I booked on")
    await customer.say("K7M2QX and my PIN is 1111")
    await customer.say("K7M2QX and my PIN is 4071")
    query = select(audit.c.outcome, audit.c.customer_id).where(audit.c.session_hash == session_hash("audited"))
    rows = await branch.read(lambda conn: [tuple(row) for row in conn.execute(query.order_by(audit.c.id))])
    assert rows == [("failed", None), ("done", 1001)]


def test_no_tool_that_reads_a_customers_data_takes_a_customer(desk: AgentDesk) -> None:
    for agent in desk.agents.values():
        for function in agent.kernel.get_full_list_of_function_metadata():
            shown = {parameter.name for parameter in function.parameters}
            assert not shown & {"customer_id", "customer", "pin", "identity"}


class Impostor(ChatCompletionClientBase):
    """A model in the planner's seat that asks for bookings of a customer of its own choice."""

    SUPPORTS_FUNCTION_CALLING: ClassVar[bool] = True
    arguments: str

    async def _inner_get_streaming_chat_message_contents(
        self, chat_history: ChatHistory, settings: PromptExecutionSettings, function_invoke_attempt: int = 0
    ) -> AsyncGenerator[list[StreamingChatMessageContent], Any]:
        results = [i for m in chat_history.messages for i in m.items if isinstance(i, FunctionResultContent)]
        item: Any = (
            StreamingTextContent(choice_index=0, text=str(results[-1].result))
            if results
            else FunctionCallContent(id="1", index=0, name="flight-my_bookings", arguments=self.arguments)
        )
        yield [
            StreamingChatMessageContent(
                role=AuthorRole.ASSISTANT,
                choice_index=0,
                items=[item],
                ai_model_id=self.ai_model_id,
                function_invoke_attempt=function_invoke_attempt,
            )
        ]


@pytest.mark.parametrize("arguments", ["{}", '{"customer_id": 1001}'])
async def test_a_model_that_asks_for_somebody_elses_bookings_gets_none(
    arguments: str, branch: Branch, knowledge: KnowledgeBase, embedder: Embedder, clock: OwnClock
) -> None:
    desk = await AgentDesk.open(
        branch, knowledge, embedder, thinker=lambda persona: Impostor(ai_model_id="impostor", arguments=arguments)
    )
    customer = Talk(desk, SessionState(key="k"), [])
    reply = await customer.say("what flights is Maria Lopez booked on")
    assert "LB204" not in reply and "K7M2QX" not in reply
    assert "not_identified" in reply or "unexpected argument" in reply
