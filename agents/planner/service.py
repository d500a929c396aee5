"""The planner in the seat of a chat model: Semantic Kernel asks it as it would ask a large one.

It answers a request either with a function call, which the kernel runs and puts into the history, or with text.
What it needs beyond the history (session state, what was understood) is in the current turn's scope.
"""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncGenerator, Sequence
from typing import Any, ClassVar
from uuid import uuid4

from pydantic import JsonValue
from semantic_kernel.connectors.ai.chat_completion_client_base import ChatCompletionClientBase
from semantic_kernel.connectors.ai.prompt_execution_settings import PromptExecutionSettings
from semantic_kernel.contents import (
    AuthorRole,
    ChatHistory,
    ChatMessageContent,
    FunctionCallContent,
    FunctionResultContent,
    StreamingChatMessageContent,
    StreamingTextContent,
    TextContent,
)

from agents.clauses import clauses
from agents.planner.plan import Plan, ToolAnswer, plan
from agents.registry import tool_parts
from agents.scope import current_turn

PLANNER = "planner"
log = logging.getLogger(__name__)


class PlannerChatCompletion(ChatCompletionClientBase):
    """The planner as a Semantic Kernel chat completion service, for turns that the desk runs."""

    SUPPORTS_FUNCTION_CALLING: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__(ai_model_id=PLANNER, service_id=PLANNER)

    async def _inner_get_chat_message_contents(
        self, chat_history: ChatHistory, settings: PromptExecutionSettings
    ) -> list[ChatMessageContent]:
        step = _next_step(chat_history)
        call = _function_call(step)
        items: list[Any] = [call] if call is not None else [TextContent(text=step.reply)]
        return [ChatMessageContent(role=AuthorRole.ASSISTANT, items=items, ai_model_id=PLANNER)]

    async def _inner_get_streaming_chat_message_contents(
        self, chat_history: ChatHistory, settings: PromptExecutionSettings, function_invoke_attempt: int = 0
    ) -> AsyncGenerator[list[StreamingChatMessageContent], Any]:
        step = _next_step(chat_history)
        call = _function_call(step)
        pieces: list[Any] = (
            [call]
            if call is not None
            else [StreamingTextContent(choice_index=0, text=f"{text} ") for text in clauses(step.reply)]
        )
        for piece in pieces:
            yield [
                StreamingChatMessageContent(
                    role=AuthorRole.ASSISTANT,
                    choice_index=0,
                    items=[piece],
                    ai_model_id=PLANNER,
                    function_invoke_attempt=function_invoke_attempt,
                )
            ]


def _next_step(history: ChatHistory) -> Plan:
    turn = current_turn()
    step = plan(turn.persona, turn.state, turn.heard, _results(history.messages))
    turn.plan = step
    return step


def _function_call(step: Plan) -> FunctionCallContent | None:
    if step.call is None:
        return None
    owner, function = tool_parts(current_turn().persona, step.call.tool)
    return FunctionCallContent(
        id=f"call_{uuid4().hex[:12]}",
        index=0,
        name=f"{owner}-{function}",
        arguments=json.dumps(dict(step.call.arguments)),
        ai_model_id=PLANNER,
    )


def _results(messages: Sequence[ChatMessageContent]) -> list[ToolAnswer]:
    """What the tools of this turn answered: the results after the customer's last words, in order."""
    answers: list[ToolAnswer] = []
    for message in reversed(messages):
        if message.role == AuthorRole.USER:
            break
        answers[:0] = [_answer(item.result) for item in message.items if isinstance(item, FunctionResultContent)]
    return answers


def _answer(text: object) -> ToolAnswer:
    """A tool's JSON; anything else is Semantic Kernel's account of a tool that failed."""
    try:
        value: JsonValue = json.loads(str(text))
    except json.JSONDecodeError:
        value = None
    if not isinstance(value, dict):
        log.error("a tool gave no answer")
        return {"outcome": "error"}
    return value
