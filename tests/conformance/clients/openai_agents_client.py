"""`openai-agents` (Python): a RealtimeRunner holds the scripted conversation over its WebSocket transport."""

from __future__ import annotations

import asyncio
from importlib.metadata import version
from urllib.parse import urlencode

import scene
from agents.realtime import RealtimeAgent, RealtimeRunner, RealtimeSession, RealtimeSessionEvent
from agents.realtime.items import AssistantMessageItem, RealtimeItem, UserMessageItem

from agents import function_tool


class OpenAIAgents(scene.Desk):
    """One RealtimeSession at a time; a new one takes the conversation up after a drop, as an application does."""

    name = "openai-agents"
    version = version("openai-agents")
    greets = False

    def __init__(self, url: str, key: str, ear: scene.Ear) -> None:
        query = urlencode({"model": "lobby", "session_state_key": key})
        self._url = f"{url.replace('http', 'ws', 1)}/v1/realtime?{query}"
        self._ear = ear
        self._session: RealtimeSession | None = None
        self._listening: asyncio.Task[None] | None = None
        self._kept: list[list[str]] = []
        """A list for each session: the library starts with an empty history each time."""

        @function_tool(name_override=scene.LOCKER, description_override=scene.LOCKER_DOES)
        def open_locker(number: int) -> str:
            """Open a locker.

            Args:
                number: the number of the parcel locker
            """
            return scene.locker_says(number)

        self._agent = RealtimeAgent(name="desk", instructions="Help the customer.", tools=[open_locker])

    async def connect(self) -> None:
        self._kept.append([])
        runner = RealtimeRunner(self._agent, config={"tracing_disabled": True})
        self._session = await runner.run(model_config={"url": self._url, "api_key": "local"})
        await self._session.enter()
        self._listening = asyncio.create_task(self._listen(self._session))

    async def send_audio(self, pcm: bytes) -> None:
        assert self._session is not None
        await self._session.send_audio(pcm)

    async def drop(self) -> None:
        assert self._session is not None
        assert self._listening is not None
        await self._session.close()
        self._listening.cancel()

    async def close(self) -> None:
        await self.drop()

    def history(self) -> list[str]:
        return [line for lines in self._kept for line in lines]

    async def _listen(self, session: RealtimeSession) -> None:
        try:
            async for event in session:
                self._hear(event)
        except Exception as error:
            self._ear.failed(repr(error))

    def _hear(self, event: RealtimeSessionEvent) -> None:
        match event.type:
            case "agent_start":
                self._ear.reply_begins()
            case "agent_end":
                self._ear.reply_ends()
            case "audio":
                self._ear.reply_audio(event.audio.data)
            case "audio_interrupted":
                self._ear.interrupted()
            case "tool_end":
                self._ear.tool_called(event.tool.name, event.arguments, str(event.output))
            case "error":
                self._ear.failed(event.error)
            case "history_updated":
                self._kept[-1] = [_line(item) for item in event.history]
            case "raw_model_event" if event.data.type == "transcript_delta":
                self._ear.reply_words(event.data.delta)
            case "raw_model_event" if event.data.type == "input_audio_transcription_completed":
                self._ear.customer_said(event.data.transcript)
            case "raw_model_event" if event.data.type == "exception":
                self._ear.failed(f"{event.data.context}: {event.data.exception!r}")
            case _:
                pass


def _line(item: RealtimeItem) -> str:
    if isinstance(item, UserMessageItem | AssistantMessageItem):
        words = " ".join(
            getattr(part, "transcript", None) or getattr(part, "text", None) or "" for part in item.content
        )
        return f"{item.role}: {words.strip()}"
    return item.type


if __name__ == "__main__":
    scene.main(OpenAIAgents, __doc__)
