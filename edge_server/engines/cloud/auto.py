"""`auto`: the cloud answers while it is well, and this machine when it is not. The customer stays the same.

| answers | event | then |
|---|---|---|
| cloud | lost in the middle of a turn or reply | embedded; it takes over the audio, words and answer that are open |
| cloud | lost between turns | embedded |
| cloud | the provider's session expired between turns | cloud; a new session is opened |
| embedded | the cloud has been connected for a while, and nothing is open | cloud |

Both engines work on the same session state, handed over at each switch. A reply that breaks off after something was
said goes on in the same response: a short bridge, then the embedded answer.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from agents.desk import AgentDesk
from agents.turn import ToolCalled
from edge_server.audio import BYTES_PER_MS, CHUNK_BYTES
from edge_server.engines import failures
from edge_server.engines.bridges import LINE_DROPPED as BRIDGE
from edge_server.engines.cloud.deployments import Deployments
from edge_server.engines.cloud.engine import CloudEngine
from edge_server.engines.cloud.line import CloudOptions
from edge_server.engines.cloud.loss import Loss
from edge_server.engines.embedded import EmbeddedEngine
from edge_server.realtime import effects as fx
from edge_server.realtime.effects import Command, EngineEvent
from edge_server.realtime.events.session import ServerVad, TurnDetection
from edge_server.speech.service import SpeechService
from sync.session import SessionState

log = logging.getLogger(__name__)

KEPT_MS = 3_000
"""Audio kept while nobody speaks, for the engine that takes over."""
LONGEST_MS = 60_000
"""Audio kept of a turn."""

Name = Literal["cloud", "embedded"]


class AutoEngine:
    """Answers one session. Made inside a running event loop; `emit` takes what it says to the conversation.

    `settle_s`: how long the cloud must have been connected before it takes over again.
    """

    def __init__(
        self,
        state: SessionState,
        *,
        desk: AgentDesk,
        speech: SpeechService,
        keep: Callable[[SessionState], None],
        emit: Callable[[EngineEvent], None],
        deployments: Deployments,
        options: CloudOptions,
        settle_s: float,
    ) -> None:
        self._emit = emit
        self._desk = desk
        self._speech = speech
        self._settle_s = settle_s
        self._detection: TurnDetection | None = ServerVad()
        self._input_ms = 0.0
        self._offset_ms: dict[Name, int] = {"cloud": 0, "embedded": 0}
        self._fed_ms: dict[Name, float] = {"cloud": 0.0, "embedded": 0.0}
        self._turn = bytearray()
        self._clips: dict[str, bytes] = {}
        self._speaking = False
        self._thinking: fx.Think | None = None
        self._answered: tuple[int, Name] | None = None
        self._wrote: frozenset[str] = frozenset()
        self._bridge: asyncio.Task[None] | None = None
        self._bridged_after: tuple[int, str] | None = None
        self._active: Name = "cloud" if deployments.pick() is not None else "embedded"
        self._embedded = EmbeddedEngine(
            replace(state, engine="embedded"), desk=desk, speech=speech, keep=keep, emit=self._from_embedded
        )
        self._cloud = CloudEngine(
            replace(state, engine="cloud"),
            desk=desk,
            speech=speech,
            keep=keep,
            emit=self._from_cloud,
            deployments=deployments,
            options=options,
            lost=self._lost,
        )

    @property
    def active(self) -> Name:
        """Who answers now."""
        return self._active

    @property
    def state(self) -> SessionState:
        """The session as the active engine knows it."""
        return self._engine(self._active).state

    def do(self, command: Command) -> None:
        """Take a command. Never blocks."""
        match command:
            case fx.Hear(pcm=pcm):
                self._hear(pcm)
                return
            case fx.Listen(turn_detection=wanted):
                self._detection = wanted
            case fx.ForgetAudio():
                self._turn.clear()
                self._speaking = False
            case fx.Transcribe(item_id=item_id, pcm=None):
                self._clips[item_id] = bytes(self._turn)
                self._turn.clear()
            case fx.Think():
                self._return_if_well()
                self._begin(command)
            case fx.Resume(think=think):
                self._begin(think)
            case fx.StopThinking(generation=generation):
                self._stopped(generation)
            case fx.KeepHeard(generation=generation):
                self._keep_heard(command, generation)
                return
        self._engine(self._active).do(command)

    async def close(self) -> None:
        """Stop everything and write the state down."""
        if self._bridge is not None:
            self._bridge.cancel()
            await asyncio.gather(self._bridge, return_exceptions=True)
        first, last = (self._embedded, self._cloud) if self._active == "cloud" else (self._cloud, self._embedded)
        await first.close()
        await last.close()

    def _engine(self, name: Name) -> CloudEngine | EmbeddedEngine:
        return self._cloud if name == "cloud" else self._embedded

    # Commands

    def _hear(self, pcm: bytes) -> None:
        self._return_if_well()
        length = len(pcm) / BYTES_PER_MS
        self._input_ms += length
        self._fed_ms[self._active] += length
        self._turn += pcm
        surplus = len(self._turn) - (LONGEST_MS if self._speaking else KEPT_MS) * BYTES_PER_MS
        if surplus > KEPT_MS * BYTES_PER_MS:
            del self._turn[:surplus]
        self._engine(self._active).do(fx.Hear(pcm))

    def _begin(self, think: fx.Think) -> None:
        self._thinking = think
        self._answered = (think.generation, self._active)
        self._wrote = frozenset()

    def _stopped(self, generation: int) -> None:
        if self._thinking is not None and self._thinking.generation <= generation:
            self._thinking = None
            if self._bridge is not None:
                self._bridge.cancel()

    def _keep_heard(self, command: fx.KeepHeard, generation: int) -> None:
        by = self._answered[1] if self._answered is not None and self._answered[0] == generation else self._active
        if by == "embedded" and self._bridged_after is not None and self._bridged_after[0] == generation:
            # what was heard of the cloud and of the bridge is said again in the answer, or was never more than a piece
            whole, heard = self._bridged_after[1], command.text
            command = replace(command, text="" if whole.startswith(heard) else heard.removeprefix(whole).strip())
        self._engine(by).do(command)
        if by != self._active:
            self._hand_over(by, self._active)

    def _hand_over(self, giver: Name, taker: Name) -> None:
        state = replace(self._engine(giver).state, engine=taker)
        if taker == "cloud":
            self._cloud.adopt(state)
        else:
            self._embedded.state = state

    # Events

    def _from_cloud(self, event: EngineEvent) -> None:
        if self._active == "cloud":
            self._pass_on(event)

    def _from_embedded(self, event: EngineEvent) -> None:
        if self._active == "embedded":
            self._pass_on(event)

    def _pass_on(self, event: EngineEvent) -> None:
        match event:
            case fx.SpeechStarted(at_ms=at_ms):
                self._speaking = True
                event = fx.SpeechStarted(at_ms + self._offset_ms[self._active])
            case fx.SpeechStopped(at_ms=at_ms):
                self._speaking = False
                event = fx.SpeechStopped(at_ms + self._offset_ms[self._active])
            case fx.Transcribed(item_id=item_id) | fx.TranscriptionBroke(item_id=item_id):
                self._clips.pop(item_id, None)
            case fx.ReplyNotice(notice=ToolCalled(wrote=str(kind)) as call) if kind in self._wrote:
                event = replace(event, notice=replace(call, wrote=None))  # the cloud has told of it
            case fx.ReplyDone() | fx.ReplyBroke():
                self._thinking = None
        self._emit(event)

    # Switching

    def _lost(self, loss: Loss) -> None:
        """The cloud is gone: this machine goes on with what is open."""
        between = loss.think is None and not loss.awaited and not loss.speaking
        if self._active != "cloud" or (between and loss.error.code == failures.EXPIRED):
            return
        log.warning("the cloud is lost, this machine answers: %s", loss.error)
        self._active = "embedded"
        self._embedded.state = replace(loss.state, engine="embedded")
        self._emit(fx.EngineSwitched("cloud", "embedded", loss.error.code))
        self._offset_ms["embedded"] = round(self._input_ms - len(self._turn) / BYTES_PER_MS - self._fed_ms["embedded"])
        self._embedded.do(fx.Listen(self._detection))
        if self._turn:
            self._fed_ms["embedded"] += len(self._turn) / BYTES_PER_MS
            self._embedded.do(fx.Hear(bytes(self._turn)))
        for item_id in loss.awaited:
            self._embedded.do(fx.Transcribe(item_id, self._clips.get(item_id, b"")))
        if loss.think is not None:
            self._answered, self._wrote = (loss.think.generation, "embedded"), loss.wrote
            if loss.told:
                self._bridged_after = (loss.think.generation, f"{loss.said} {BRIDGE}".strip())
                self._embedded.do(fx.ThinkAhead(loss.think))
                self._bridge = asyncio.create_task(self._bridged(loss.think), name="bridge")
            else:
                self._embedded.do(loss.think)

    async def _bridged(self, think: fx.Think) -> None:
        """Say that the line dropped, then have the turn answered here."""
        pcm = b""
        if think.speak:
            voices = self._speech.voices
            voice = think.voice if think.voice in voices else self._desk.voice(self._embedded.state.agent)
            try:
                pcm = await self._speech.synthesise(BRIDGE, voice=voice, speed=think.speed)
            except Exception:
                log.exception("the bridge could not be spoken")
        self._emit(fx.ReplyText(think.generation, BRIDGE))
        for start in range(0, len(pcm), CHUNK_BYTES):
            self._emit(fx.ReplyAudio(think.generation, pcm[start : start + CHUNK_BYTES]))
        self._embedded.do(think)

    def _return_if_well(self) -> None:
        """Let the cloud answer again, if it has been well for a while and nothing is open."""
        if self._active == "cloud" or self._speaking or self._clips or self._thinking is not None:
            return
        since = self._cloud.connected_since
        if since is None or asyncio.get_running_loop().time() - since < self._settle_s:
            return
        log.info("the cloud is well again and answers")
        self._active = "cloud"
        self._hand_over("embedded", "cloud")
        self._emit(fx.EngineSwitched("embedded", "cloud", failures.WELL_AGAIN))
        self._offset_ms["cloud"] = round(self._input_ms - self._fed_ms["cloud"])
        self._embedded.do(fx.Listen(None))
        self._cloud.do(fx.Listen(self._detection))
