"""What the tests of the server's parts share: speech in its real processes, started once a module."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from edge_server.speech.service import SpeechService


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def speech() -> AsyncIterator[SpeechService]:
    service = SpeechService()
    await service.start()
    yield service
    await service.close()
