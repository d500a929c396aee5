"""Pipecat: its OpenAIRealtimeLLMService holds the scripted conversation in a pipeline with context and playout."""

from __future__ import annotations

import asyncio
import json
from importlib.metadata import version
from typing import TYPE_CHECKING

import scene
from loguru import logger
from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.frames.frames import (
    InputAudioRawFrame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMRunFrame,
    OutputAudioRawFrame,
    StartFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    TTSTextFrame,
)
from pipecat.observers.base_observer import BaseObserver, FramePushed
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.services.openai.realtime import events
from pipecat.services.openai.realtime.llm import OpenAIRealtimeLLMService
from pipecat.transports.base_input import BaseInputTransport
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.transports.base_transport import TransportParams
from pipecat.workers.runner import WorkerRunner

if TYPE_CHECKING:
    from pipecat.services.llm_service import FunctionCallParams


class Loudspeaker(BaseOutputTransport):
    """Plays what reaches it in real time, so that Pipecat's own playout and interruptions are at work."""

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        await self.set_transport_ready(frame)

    async def write_audio_frame(self, frame: OutputAudioRawFrame) -> bool:
        await asyncio.sleep(len(frame.audio) / (frame.sample_rate * 2))
        return True


class MicrophoneJack(BaseInputTransport):
    """Where the microphone's sound enters the pipeline."""

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        await self.set_transport_ready(frame)


class Watcher(BaseObserver):
    """Tells the ear what the realtime service pushes into the pipeline."""

    def __init__(self, ear: scene.Ear, service: OpenAIRealtimeLLMService) -> None:
        super().__init__()
        self._ear, self._service = ear, service

    async def on_push_frame(self, data: FramePushed) -> None:
        frame = data.frame
        if isinstance(frame, InterruptionFrame):
            self._ear.interrupted()
        if data.source is not self._service:
            return
        match frame:
            case LLMFullResponseStartFrame():
                self._ear.reply_begins()
            case LLMFullResponseEndFrame():
                self._ear.reply_ends()
            case TTSAudioRawFrame():
                self._ear.reply_audio(frame.audio)
            case TTSTextFrame():
                self._ear.reply_words(frame.text)
            case TranscriptionFrame():
                self._ear.customer_said(frame.text)


class Pipecat(scene.Desk):
    """A pipeline: microphone, context, realtime service, loudspeaker, context."""

    name = "pipecat-ai"
    version = version("pipecat-ai")
    greets = True

    def __init__(self, url: str, key: str, ear: scene.Ear) -> None:
        # The service writes `?model=NAME` behind the base URL, so a base URL with a query has to end in a parameter
        # that may take those words as its value.
        base_url = f"{url.replace('http', 'ws', 1)}/v1/realtime?session_state_key={key}&client="
        self._ear = ear
        logger.remove()
        logger.add(lambda message: ear.complained(str(message).strip()), level="WARNING")
        self._service = OpenAIRealtimeLLMService(
            api_key="local",
            base_url=base_url,
            settings=OpenAIRealtimeLLMService.Settings(
                model="lobby",
                session_properties=events.SessionProperties(
                    audio=events.AudioConfiguration(
                        input=events.AudioInput(
                            transcription=events.InputAudioTranscription(),
                            turn_detection=events.SemanticTurnDetection(),
                        )
                    )
                ),
            ),
        )
        self._service.register_function(scene.LOCKER, self._open_locker)
        tool = FunctionSchema(
            name=scene.LOCKER,
            description=scene.LOCKER_DOES,
            properties=scene.LOCKER_TAKES["properties"],
            required=scene.LOCKER_TAKES["required"],
        )
        self._context = LLMContext(tools=ToolsSchema(standard_tools=[tool]))
        aggregators = LLMContextAggregatorPair(self._context)
        self._microphone = MicrophoneJack(TransportParams(audio_in_enabled=True, audio_in_sample_rate=scene.RATE))
        loudspeaker = Loudspeaker(TransportParams(audio_out_enabled=True, audio_out_sample_rate=scene.RATE))
        self._worker = PipelineWorker(
            Pipeline([self._microphone, aggregators.user(), self._service, loudspeaker, aggregators.assistant()]),
            params=PipelineParams(audio_in_sample_rate=scene.RATE, audio_out_sample_rate=scene.RATE),
            observers=[Watcher(ear, self._service)],
        )
        self._worker.add_event_handler("on_pipeline_error", self._failed)
        self._started = asyncio.Event()
        self._worker.add_event_handler("on_pipeline_started", self._has_started)
        self._runner = WorkerRunner(handle_sigint=False)
        self._running: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        if self._running is not None:
            await self._service.reset_conversation()
            return
        await self._runner.add_workers(self._worker)
        self._running = asyncio.create_task(self._runner.run())
        await self._started.wait()
        await self._worker.queue_frames([LLMRunFrame()])

    async def send_audio(self, pcm: bytes) -> None:
        await self._microphone.push_audio_frame(InputAudioRawFrame(audio=pcm, sample_rate=scene.RATE, num_channels=1))

    async def drop(self) -> None:
        """Nothing to do: `reset_conversation` closes the connection and opens another."""

    async def close(self) -> None:
        await self._runner.cancel()
        if self._running is not None:
            await asyncio.gather(self._running, return_exceptions=True)

    def history(self) -> list[str]:
        return [_line(message) for message in self._context.get_messages()]

    async def _open_locker(self, params: FunctionCallParams) -> None:
        output = scene.locker_says(params.arguments["number"])
        self._ear.tool_called(params.function_name, json.dumps(dict(params.arguments)), output)
        await params.result_callback(output)

    async def _has_started(self, _worker: PipelineWorker, _frame: object) -> None:
        self._started.set()

    async def _failed(self, _worker: PipelineWorker, frame: object) -> None:
        self._ear.failed(frame)


def _line(message: object) -> str:
    assert isinstance(message, dict)
    return f"{message['role']}: {message.get('content') or message.get('tool_calls')}"


if __name__ == "__main__":
    scene.main(Pipecat, __doc__)
