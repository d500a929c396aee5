"""A chat model at an OpenAI-compatible endpoint, through Semantic Kernel's own connector.

Whether it is well is kept for all sessions together, by the rules of `cloud/deployments.py`: one that fails rests, for
longer after each failure in a row, and no customer waits for it meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import TypeVar

import openai
from pydantic import SecretStr
from semantic_kernel.connectors.ai.open_ai import OpenAIChatCompletion, OpenAIChatPromptExecutionSettings
from semantic_kernel.contents import ChatHistory, FunctionCallContent, StreamingTextContent
from semantic_kernel.exceptions import ServiceException

from agents.client_offer import ClientTool
from agents.relayed import ToolSchema
from edge_server.engines import failures
from edge_server.engines.cloud.deployments import Deployment, Deployments

CONNECT_S = 2.0
"""How long the endpoint may take to accept a connection."""
STREAM_S = 60.0
"""How long the socket may be silent before it counts as dead; customers are given up on long before."""
MOST_CALLS = 8
"""Tool calls that are taken of one answer."""

T = TypeVar("T")


class ChatError(Exception):
    """The model did not answer; `reason` is one of `failures.REASONS`."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(slots=True)
class Patience:
    """How long the customer may be left without words: `limit_s`, of which only waiting for the model counts."""

    limit_s: float
    spent_s: float = 0.0

    def renew(self) -> None:
        """Something was said."""
        self.spent_s = 0.0

    async def wait(self, answer: Awaitable[T]) -> T:
        """`answer`, if it comes in time. Raises ChatError."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout(max(0.0, self.limit_s - self.spent_s)):
                return await answer
        except TimeoutError:
            raise ChatError(failures.SLOW, f"the chat model said nothing for {self.limit_s:g} s") from None
        finally:
            self.spent_s += loop.time() - began


class ChatEndpoint:
    """The chat model `model` at `url` (`http://HOST:PORT/v1`). One for all sessions; `close` it in the end.

    `first_words_s`: how long it may leave a customer without words.
    """

    def __init__(
        self,
        url: str,
        model: str,
        key: SecretStr | None = None,
        *,
        first_words_s: float = 3.0,
        deployments: Deployments | None = None,
    ) -> None:
        self.first_words_s = first_words_s
        self._at = Deployment("chat", model, url=url, key=key)
        self._deployments = deployments or Deployments([self._at])
        self._client = openai.AsyncOpenAI(
            api_key=key.get_secret_value() if key is not None else "none",
            base_url=url,
            max_retries=0,
            timeout=openai.Timeout(STREAM_S, connect=CONNECT_S),
        )
        self._service = OpenAIChatCompletion(ai_model_id=model, service_id="chat", async_client=self._client)

    async def close(self) -> None:
        """Close its connections."""
        await self._client.close()

    @property
    def resting(self) -> bool:
        """Whether it is left alone for now, because it failed."""
        return self._deployments.resting(self._at)

    def worked(self) -> None:
        """It has answered a turn."""
        self._deployments.worked(self._at)

    def failed(self) -> None:
        """It could not answer: it rests for a while."""
        self._deployments.failed(self._at)

    async def answer(
        self, history: ChatHistory, tools: Sequence[ToolSchema | ClientTool], patience: Patience
    ) -> AsyncGenerator[str | FunctionCallContent, None]:
        """One answer to `history`: bits of text as they come, then the tool calls it asks for. Raises ChatError."""
        settings = OpenAIChatPromptExecutionSettings()
        if tools:
            settings.tools = [_as_tool(one) for one in tools]
            settings.tool_choice = "auto"
        calls: list[FunctionCallContent] = []
        begun = ended = False
        try:
            async with aclosing(self._service.get_streaming_chat_message_content(history, settings)) as stream:
                while True:
                    try:
                        message = await patience.wait(anext(stream))
                    except StopAsyncIteration:
                        break
                    if message is None:
                        continue
                    begun, ended = True, ended or message.finish_reason is not None
                    for item in message.items:
                        if isinstance(item, StreamingTextContent) and item.text:
                            yield item.text
                        elif isinstance(item, FunctionCallContent):
                            _collect(calls, item)
        except ChatError:
            raise
        except (ServiceException, openai.OpenAIError, ValueError) as error:
            raise _as_chat_error(error, begun=begun) from None
        if not ended:
            raise ChatError(failures.LOST, "the chat model's answer was cut off")
        for call in calls[:MOST_CALLS]:
            yield call


def _as_tool(tool: ToolSchema | ClientTool) -> dict[str, object]:
    written = {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)}
    return {"type": "function", "function": written}


def _collect(calls: list[FunctionCallContent], piece: FunctionCallContent) -> None:
    """Put a piece of a call to the others. Some servers number all calls 0 and tell them apart by their ids."""
    for at in reversed(range(len(calls))):
        known = calls[at]
        if known.index == piece.index and (not piece.id or piece.id == known.id):
            calls[at] = known + piece
            return
    calls.append(piece)


def _as_chat_error(error: BaseException, *, begun: bool) -> ChatError:
    """What went wrong, without the endpoint's own words: they may repeat the customer's."""
    cause: BaseException = error
    while isinstance(cause, ServiceException) and cause.__cause__ is not None:
        cause = cause.__cause__
    match cause:
        case openai.APITimeoutError():
            return ChatError(failures.SLOW, "the chat model's endpoint does not answer")
        case openai.APIConnectionError() if begun:
            return ChatError(failures.LOST, f"the line to the chat model broke: {cause.__cause__}")
        case openai.APIConnectionError():
            return ChatError(failures.UNREACHABLE, f"the chat model's endpoint cannot be reached: {cause.__cause__}")
        case openai.APIStatusError(status_code=status):
            reason = failures.reason_in(cause.body, status=status)
            return ChatError(reason, f"the chat model's endpoint answers {status}")
        case openai.APIError():
            return ChatError(failures.reason_in(cause.body), "the chat model broke off with an error")
    return ChatError(failures.SERVER, f"the chat model's endpoint sent what cannot be read ({type(cause).__name__})")
