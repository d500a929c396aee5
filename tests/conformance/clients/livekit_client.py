"""LiveKit agents: an AgentSession holds the scripted conversation through the realtime model of its OpenAI plugin."""

from __future__ import annotations

import asyncio
import time
from importlib.metadata import version
from typing import cast
from urllib.parse import urlencode

import aiohttp
import scene
from livekit import rtc
from livekit.agents import Agent, AgentSession, RunContext, function_tool
from livekit.agents.llm import ChatMessage, FunctionCall, FunctionCallOutput
from livekit.agents.voice import io
from livekit.agents.voice.events import (
    ConversationItemAddedEvent,
    ErrorEvent,
    FunctionToolsExecutedEvent,
    SpeechCreatedEvent,
    UserInputTranscribedEvent,
)
from livekit.plugins import openai


class Jack(io.AudioInput):
    """Where the microphone's sound enters the session."""

    def __init__(self) -> None:
        super().__init__(label="microphone")
        self._frames: asyncio.Queue[rtc.AudioFrame] = asyncio.Queue()

    def push(self, pcm: bytes) -> None:
        self._frames.put_nowait(rtc.AudioFrame(pcm, scene.RATE, 1, len(pcm) // 2))

    async def __anext__(self) -> rtc.AudioFrame:
        return await self._frames.get()


class Loudspeaker(io.AudioOutput):
    """Plays in real time what reaches it, and says how much of it was played when it is cut."""

    def __init__(self, ear: scene.Ear) -> None:
        super().__init__(
            label="loudspeaker", capabilities=io.AudioOutputCapabilities(pause=False), sample_rate=scene.RATE
        )
        self._ear = ear
        self._began_at: float | None = None
        self._pushed_s = 0.0
        self._ending: asyncio.Task[None] | None = None

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await super().capture_frame(frame)
        if self._began_at is None:
            self._began_at = time.monotonic()
            self.on_playback_started(created_at=time.time())
        self._pushed_s += frame.duration
        self._ear.reply_audio(bytes(frame.data))

    def flush(self) -> None:
        super().flush()
        if self._began_at is not None and self._ending is None:
            self._ending = asyncio.create_task(self._play_out())

    def clear_buffer(self) -> None:
        if self._began_at is None:
            return
        if self._ending is not None:
            self._ending.cancel()
        played = min(self._pushed_s, time.monotonic() - self._began_at)
        self._ear.interrupted()
        self._finished(played, interrupted=True)

    async def _play_out(self) -> None:
        assert self._began_at is not None
        await asyncio.sleep(max(0.0, self._began_at + self._pushed_s - time.monotonic()))
        self._finished(self._pushed_s, interrupted=False)

    def _finished(self, played_s: float, *, interrupted: bool) -> None:
        self._began_at, self._pushed_s, self._ending = None, 0.0, None
        self.on_playback_finished(playback_position=played_s, interrupted=interrupted)


class Wire:
    """What the plugin connects with, as an aiohttp session does; keeps the newest WebSocket, to cut it."""

    def __init__(self) -> None:
        self._session = aiohttp.ClientSession()
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._connected = asyncio.Event()

    async def ws_connect(self, url: str, headers: dict[str, str]) -> aiohttp.ClientWebSocketResponse:
        self._socket = await self._session.ws_connect(url, headers=headers)
        self._connected.set()
        return self._socket

    async def cut(self) -> None:
        """Cut the line and wait for the plugin to connect again."""
        assert self._socket is not None
        self._connected.clear()
        await self._socket.close()
        async with asyncio.timeout(scene.PATIENCE_S):
            await self._connected.wait()

    async def close(self) -> None:
        await self._session.close()


class LiveKit(scene.Desk):
    """An agent session without a room."""

    name = "livekit-plugins-openai"
    version = version("livekit-plugins-openai")
    greets = False

    def __init__(self, url: str, key: str, ear: scene.Ear) -> None:
        self._base_url = f"{url}/v1/realtime?{urlencode({'session_state_key': key})}"
        self._ear = ear
        self._jack = Jack()
        self._wire: Wire | None = None
        self._session: AgentSession[None] | None = None

    async def connect(self) -> None:
        if self._session is not None:
            return
        self._wire = Wire()
        model = openai.realtime.RealtimeModel(
            model="lobby",
            api_key="local",
            base_url=self._base_url,
            http_session=cast(aiohttp.ClientSession, self._wire),
        )
        self._session = AgentSession(llm=model, turn_handling={"interruption": {"resume_false_interruption": False}})
        self._listen(self._session)
        self._session.input.audio = self._jack
        self._session.output.audio = Loudspeaker(self._ear)

        @function_tool(name=scene.LOCKER, description=scene.LOCKER_DOES)
        async def open_locker(context: RunContext[None], number: int) -> str:
            return scene.locker_says(number)

        await self._session.start(Agent(instructions="Help the customer.", tools=[open_locker]))

    async def send_audio(self, pcm: bytes) -> None:
        self._jack.push(pcm)

    async def drop(self) -> None:
        """Cut the line; the plugin notices and connects again by itself."""
        assert self._wire is not None
        with self._ear.lost_line():
            await self._wire.cut()

    async def close(self) -> None:
        if self._session is not None:
            await self._session.aclose()
        if self._wire is not None:
            await self._wire.close()

    def history(self) -> list[str]:
        assert self._session is not None
        return [_line(item) for item in self._session.history.items]

    def _listen(self, session: AgentSession[None]) -> None:
        ear = self._ear

        @session.on("user_input_transcribed")
        def _(event: UserInputTranscribedEvent) -> None:
            if event.is_final:
                ear.customer_said(event.transcript)

        @session.on("speech_created")
        def _(event: SpeechCreatedEvent) -> None:
            ear.reply_begins()

        @session.on("conversation_item_added")
        def _(event: ConversationItemAddedEvent) -> None:
            if isinstance(event.item, ChatMessage) and event.item.role == "assistant":
                ear.reply_words(event.item.text_content or "")
                ear.reply_ends()

        @session.on("function_tools_executed")
        def _(event: FunctionToolsExecutedEvent) -> None:
            for call, output in event.zipped():
                ear.tool_called(call.name, call.arguments, output.output if output else "")

        @session.on("error")
        def _(event: ErrorEvent) -> None:
            ear.failed(event.error)


def _line(item: object) -> str:
    match item:
        case ChatMessage():
            return f"{item.role}: {item.text_content}{' (interrupted)' if item.interrupted else ''}"
        case FunctionCall():
            return f"function_call: {item.name} {item.arguments}"
        case FunctionCallOutput():
            return f"function_call_output: {item.output}"
        case _:
            return type(item).__name__


if __name__ == "__main__":
    scene.main(LiveKit, __doc__)
