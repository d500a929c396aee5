"""A chat model at an endpoint of its own, and the desk that it thinks for."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from pydantic import SecretStr

from agents.desk import AgentDesk
from edge_server.engines.cascade.desk import ChatDesk
from edge_server.engines.cascade.endpoint import ChatEndpoint
from tests.fakes.simulated_chat import KEY, MODEL, SimulatedChat


@pytest_asyncio.fixture(loop_scope="module")
async def chat() -> AsyncIterator[SimulatedChat]:
    async with SimulatedChat() as running:
        yield running
    assert running.wrong == []


@pytest_asyncio.fixture(loop_scope="module")
async def endpoint(chat: SimulatedChat) -> AsyncIterator[ChatEndpoint]:
    one = ChatEndpoint(chat.url, MODEL, SecretStr(KEY), first_words_s=5.0)
    yield one
    await one.close()


@pytest_asyncio.fixture(loop_scope="module")
async def chat_desk(desk: AgentDesk, endpoint: ChatEndpoint) -> ChatDesk:
    return ChatDesk(desk, endpoint)
