"""The `openai` Python SDK: its realtime connection holds the scripted conversation, event by event."""

from __future__ import annotations

import asyncio
import base64
import json
from importlib.metadata import version

import scene
from openai import AsyncOpenAI
from openai.resources.realtime.realtime import AsyncRealtimeConnection
from openai.types.realtime import RealtimeConversationItemFunctionCall, RealtimeServerEvent


class OpenAI(scene.Desk):
    """The SDK's connection and the little that an application adds: it runs the tool and keeps the lines."""

    name = "openai"
    version = version("openai")
    greets = False

    def __init__(self, url: str, key: str, ear: scene.Ear) -> None:
        self._client = AsyncOpenAI(
            api_key="local", base_url=f"{url}/v1", websocket_base_url=f"{url.replace('http', 'ws', 1)}/v1"
        )
        self._key = key
        self._ear = ear
        self._connection: AsyncRealtimeConnection | None = None
        self._listening: asyncio.Task[None] | None = None
        self._lines: list[str] = []

    async def connect(self) -> None:
        query = {"session_state_key": self._key}
        self._connection = await self._client.realtime.connect(model="lobby", extra_query=query).enter()
        await self._connection.session.update(
            session={
                "type": "realtime",
                "tools": [
                    {
                        "type": "function",
                        "name": scene.LOCKER,
                        "description": scene.LOCKER_DOES,
                        "parameters": scene.LOCKER_TAKES,
                    }
                ],
            }
        )
        self._listening = asyncio.create_task(self._listen(self._connection))

    async def send_audio(self, pcm: bytes) -> None:
        assert self._connection is not None
        await self._connection.input_audio_buffer.append(audio=base64.b64encode(pcm).decode())

    async def drop(self) -> None:
        assert self._connection is not None
        assert self._listening is not None
        await self._connection.close()
        await self._listening

    async def close(self) -> None:
        await self.drop()

    def history(self) -> list[str]:
        return self._lines

    async def _listen(self, connection: AsyncRealtimeConnection) -> None:
        try:
            async for event in connection:
                await self._hear(connection, event)
        except Exception as error:
            self._ear.failed(repr(error))

    async def _hear(self, connection: AsyncRealtimeConnection, event: RealtimeServerEvent) -> None:
        match event.type:
            case "response.created":
                self._ear.reply_begins()
            case "response.output_audio.delta":
                self._ear.reply_audio(base64.b64decode(event.delta))
            case "response.output_audio_transcript.delta":
                self._ear.reply_words(event.delta)
            case "response.output_audio_transcript.done":
                self._lines.append(f"assistant: {event.transcript}")
            case "conversation.item.truncated":
                self._ear.interrupted()
            case "conversation.item.input_audio_transcription.completed":
                self._ear.customer_said(event.transcript)
                self._lines.append(f"user: {event.transcript}")
            case "response.done":
                self._ear.reply_ends()
                for item in event.response.output or []:
                    if isinstance(item, RealtimeConversationItemFunctionCall):
                        await self._run_tool(connection, item)
            case "error":
                self._ear.failed(event.error)
            case _:
                pass

    async def _run_tool(self, connection: AsyncRealtimeConnection, call: RealtimeConversationItemFunctionCall) -> None:
        output = scene.locker_says(json.loads(call.arguments)["number"])
        self._ear.tool_called(call.name, call.arguments, output)
        assert call.call_id is not None
        await connection.conversation.item.create(
            item={"type": "function_call_output", "call_id": call.call_id, "output": output}
        )
        await connection.response.create()


if __name__ == "__main__":
    scene.main(OpenAI, __doc__)
