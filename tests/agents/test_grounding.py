from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from datetime import date
from typing import Any, ClassVar

import pytest
from pydantic import JsonValue
from semantic_kernel.connectors.ai.chat_completion_client_base import ChatCompletionClientBase
from semantic_kernel.connectors.ai.prompt_execution_settings import PromptExecutionSettings
from semantic_kernel.contents import (
    AuthorRole,
    ChatHistory,
    FunctionCallContent,
    StreamingChatMessageContent,
    StreamingTextContent,
)

from agents.desk import AgentDesk
from agents.grounding import Evidence, Grounding
from agents.registry import Registry
from agents.understand.lexicon import Entry, Lexicon, Names
from data.branch import Branch
from data.embeddings import Embedder
from data.knowledge import KnowledgeBase
from sync.session import SessionState
from tests.desk_tools import OwnClock, Talk

LEXICON = Lexicon([Names("airport", (Entry("BOS", ("Boston",)), Entry("DEN", ("Denver",))))])
GROUNDING = Grounding(LEXICON, Registry.load().personas.values())
FLIGHT: dict[str, JsonValue] = {
    "number": "LB204",
    "origin": "Boston",
    "departs": "2026-11-27T18:40",
    "due_cents": 9450,
    "delay_minutes": 35,
    "gate": "B12",
}


def invented(clause: str, *texts: str, results: tuple[JsonValue, ...] = (FLIGHT,)) -> list[str]:
    evidence = Evidence("flight", texts, results, [date(2026, 11, 22)])
    return [fact.value for fact in GROUNDING.ungrounded(clause, evidence)]


@pytest.mark.parametrize(
    "clause",
    [
        "LB204 from Boston leaves at 6:40 PM from gate B12, 35 minutes late.",
        "It leaves on Friday, November 27 at 6:40 pm and costs $94.50.",
        "It is thirty five minutes late.",
        "Today is Sunday.",
        "I'm sorry, I don't know that.",
    ],
)
def test_what_a_tool_gave_may_be_said(clause: str) -> None:
    assert invented(clause) == []


@pytest.mark.parametrize(
    ("clause", "fact"),
    [
        ("It leaves at 6:45 PM.", "18:45"),
        ("It leaves at 6:40 AM.", "06:40"),
        ("It costs $95.", "9500"),
        ("It costs 80 dollars.", "8000"),
        ("It goes to Denver.", "denver"),
        ("You sit in 14C.", "14C"),
        ("It is LB205.", "LB205"),
        ("It leaves on Saturday.", "saturday"),
        ("It leaves on November 28.", "11-28"),
        ("There are seventeen seats left.", "17"),
    ],
)
def test_what_no_tool_gave_is_found(clause: str, fact: str) -> None:
    assert invented(clause) == [fact]


def test_the_customers_own_words_may_be_said_back() -> None:
    assert invented("There is no flight LB999 to Denver.", "is LB999 to Denver late") == []


class Dreamer(ChatCompletionClientBase):
    """A model in the planner's seat that says what comes to its mind, or writes without asking."""

    SUPPORTS_FUNCTION_CALLING: ClassVar[bool] = True
    reply: str = ""
    call: str = ""

    async def _inner_get_streaming_chat_message_contents(
        self, chat_history: ChatHistory, settings: PromptExecutionSettings, function_invoke_attempt: int = 0
    ) -> AsyncGenerator[list[StreamingChatMessageContent], Any]:
        calls = self.call and function_invoke_attempt == 0
        item: Any = (
            FunctionCallContent(id="1", index=0, name=self.call, arguments="{}")
            if calls
            else StreamingTextContent(choice_index=0, text=self.reply)
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


async def test_a_model_that_invents_is_not_spoken(
    branch: Branch, knowledge: KnowledgeBase, embedder: Embedder, clock: OwnClock, caplog: pytest.LogCaptureFixture
) -> None:
    dream = "Let me see. There is a pool on the roof of flight LB204. It opens at 8:30 PM. Enjoy it!"
    desk = await AgentDesk.open(
        branch, knowledge, embedder, thinker=lambda persona: Dreamer(ai_model_id="dreamer", reply=dream)
    )
    customer = Talk(desk, SessionState(key="k"), [])
    with caplog.at_level(logging.WARNING):
        reply = await customer.say("what is there on flight LB204")
    assert reply.startswith("Let me see. There is a pool") and "8:30" not in reply and "Enjoy" not in reply
    assert "I don't know" in reply and not customer.answered
    assert getattr(customer.events[-1], "ungrounded", 0) == 1
    assert "time" in caplog.text and "8:30" not in caplog.text


async def test_a_model_that_confirms_what_nobody_quoted_writes_nothing(
    branch: Branch, knowledge: KnowledgeBase, embedder: Embedder, clock: OwnClock
) -> None:
    desk = await AgentDesk.open(
        branch,
        knowledge,
        embedder,
        thinker=lambda persona: Dreamer(ai_model_id="dreamer", call="changes-confirm", reply="Done."),
    )
    customer = Talk(desk, SessionState(key="k"), [])
    await customer.say("yes, cancel flight LB204")
    assert [(call.name, call.result) for call in customer.tools] == [("confirm", {"outcome": "not_identified"})]
