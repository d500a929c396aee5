"""A desk and a voice without models, for tests of the engines themselves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from agents.turn import Asked, Expectation, TurnDone
from edge_server.speech.service import SpeechService
from sync.session import SessionState

WAIT = "Let me see."


class ByRote:
    """A desk but for its turns, which each test writes itself."""

    def vocabulary(self, state: SessionState) -> str:
        return ""

    def expectation(self, state: SessionState, words: str) -> Expectation:
        return Expectation()

    def enough(self, done: TurnDone) -> bool | None:
        return None

    def asked(self, state: SessionState) -> Asked:
        return Asked()

    def voice(self, agent: str | None) -> str:
        return "joe"

    def filler(self, agent: str | None) -> str:
        return WAIT


class Quiet(SpeechService):
    """Speech without models: each phrase is one sample a letter. `spoken` are the phrases."""

    def __init__(self) -> None:
        super().__init__()
        self.spoken: list[str] = []

    async def speak(
        self, text: str, *, voice: str = "joe", speed: float = 1.0, due_in_s: float = 0.0
    ) -> AsyncGenerator[bytes]:
        await asyncio.sleep(0)
        self.spoken.append(text)
        yield bytes(2 * len(text))
