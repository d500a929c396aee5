"""What of a conversation a model in the planner's seat is shown, and a proof of identity on a clock that jumps."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any, ClassVar

import pytest
from semantic_kernel.connectors.ai.chat_completion_client_base import ChatCompletionClientBase
from semantic_kernel.connectors.ai.prompt_execution_settings import PromptExecutionSettings
from semantic_kernel.contents import AuthorRole, ChatHistory, StreamingChatMessageContent, StreamingTextContent

from agents.desk import AgentDesk
from agents.history import DEFAULT_TURNS
from agents.identity import fresh
from data.branch import Branch
from data.embeddings import Embedder
from data.knowledge import KnowledgeBase
from sync.session import Identity, Line, SessionState
from tests.desk_tools import OwnClock, Talk

SAID = tuple(
    line for n in range(1, 6) for line in (Line("customer", f"question {n}"), Line("agent", f"reply {n}", "flight"))
)


class Listener(ChatCompletionClientBase):
    """A model that says little and remembers what it was shown."""

    SUPPORTS_FUNCTION_CALLING: ClassVar[bool] = True
    shown: list[tuple[AuthorRole, str]]

    async def _inner_get_streaming_chat_message_contents(
        self, chat_history: ChatHistory, settings: PromptExecutionSettings, function_invoke_attempt: int = 0
    ) -> AsyncGenerator[list[StreamingChatMessageContent], Any]:
        self.shown[:] = [(message.role, message.content) for message in chat_history.messages]
        item = StreamingTextContent(choice_index=0, text="I see.")
        yield [
            StreamingChatMessageContent(
                role=AuthorRole.ASSISTANT, choice_index=0, items=[item], ai_model_id=self.ai_model_id
            )
        ]


@pytest.mark.parametrize(("turns", "first"), [(DEFAULT_TURNS, 3), (1, 5), (6, 1)])
async def test_a_model_is_shown_the_last_turns_in_their_roles(
    turns: int, first: int, branch: Branch, knowledge: KnowledgeBase, embedder: Embedder, clock: OwnClock
) -> None:
    model = Listener(ai_model_id="listener", shown=[])
    desk = await AgentDesk.open(branch, knowledge, embedder, thinker=lambda persona: model, history_turns=turns)
    await Talk(desk, SessionState("k", agent="flight", history=SAID), []).say("and what is the status of LB204")
    assert model.shown[0][0] == AuthorRole.SYSTEM
    told = [said for n in range(first, 6) for said in ((AuthorRole.USER, n), (AuthorRole.ASSISTANT, n))]
    words = {AuthorRole.USER: "question", AuthorRole.ASSISTANT: "reply"}
    assert model.shown[1:-1] == [(role, f"{words[role]} {n}") for role, n in told]
    assert model.shown[-1] == (AuthorRole.USER, "and what is the status of LB204")


@pytest.mark.parametrize(
    ("now", "stays"), [(1000.0, True), (990.0, True), (2199.0, True), (2200.0, False), (5.0, False)]
)
def test_a_proof_lives_for_its_time_and_not_before_it_was_made(now: float, stays: bool) -> None:
    state = SessionState("k", identity=Identity(1001, "Maria Lopez", 1000.0, 2200.0))
    assert (fresh(state, now).identity is not None) is stays
