"""The cloud engine: one session relayed to a realtime model at a provider.

Commands go in and engine events come out as with the embedded engine. Audio is passed on as it is; who answers, with
which tools, and what may be said is decided here (`reply.py`). The line to the provider is kept by `line.py`.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from agents.desk import AgentDesk
from agents.relayed import RelayedTurn, begin
from agents.turn import TurnDone
from edge_server.audio import BYTES_PER_MS, CHUNK_BYTES
from edge_server.engines.cloud import session
from edge_server.engines.cloud.deployments import Deployments
from edge_server.engines.cloud.hearing import Hearing
from edge_server.engines.cloud.line import EXPIRED, CloudOptions, ProviderLine
from edge_server.engines.cloud.reply import CloudReply
from edge_server.engines.cloud.upstream import Body, Upstream, UpstreamError
from edge_server.realtime import effects as fx
from edge_server.realtime.effects import Command, EngineEvent
from edge_server.realtime.events.session import ServerVad, TurnDetection
from edge_server.speech.service import SpeechService
from sync.session import Line, SessionState

log = logging.getLogger(__name__)

EARLY_MS = 10_000
"""Audio kept while the line is being opened."""
HARMLESS = frozenset(
    {"response_cancel_not_active", "item_not_found", "invalid_item_id", "item_truncate_invalid_item_id"}
)
"""Errors about something that was over before the provider heard of it."""


@dataclass(frozen=True, slots=True)
class Loss:
    """The cloud is gone, and what it leaves open.

    `think` is the turn that it did not answer (`told`: not to its end), `awaited` the items without words, `state` the
    session for whoever goes on.
    """

    error: UpstreamError
    state: SessionState
    think: fx.Think | None
    told: bool
    awaited: tuple[str, ...]
    speaking: bool


class CloudEngine:
    """Answers one session. Made inside a running event loop; `emit` takes what it says to the conversation.

    `lost` is called when the provider cannot go on and takes over what is open; None: the customer is told so.
    """

    active: Literal["cloud"] = "cloud"
    """Which engine answers now."""

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
        lost: Callable[[Loss], None] | None = None,
    ) -> None:
        self.state = state
        self._desk = desk
        self._speech = speech
        self._keep = keep
        self._emit = emit
        self._deployments = deployments
        self._options = options
        self._lost_to = lost
        self._detection: TurnDetection | None = ServerVad()
        self._hearing = Hearing()
        self._input_ms = 0.0
        self._early = bytearray()
        self._part: Body = {}
        self._speed = 1.0
        self._known: list[str] = []
        self._reply: CloudReply | None = None
        self._before: SessionState = state
        self._answered_by: CloudReply | None = None
        self._unanswered: CloudReply | None = None
        self._asked_on: Upstream | None = None
        self._ahead: tuple[SessionState, str, asyncio.Task[RelayedTurn]] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._line = ProviderLine(
            deployments, options, greet=self._greet, take=self._take, lost=self._line_lost, quiet=lambda: self.quiet
        )

    @property
    def connected_since(self) -> float | None:
        """Since when (s, the event loop's clock) there is a line to a provider; None: there is none."""
        return self._line.open_since

    @property
    def quiet(self) -> bool:
        """Whether nobody speaks, nothing waits for words, and no reply runs."""
        return self._hearing.quiet and (self._reply is None or self._reply.over)

    def do(self, command: Command) -> None:
        """Take a command. Never blocks."""
        match command:
            case fx.Hear(pcm=pcm):
                self._input_ms += len(pcm) / BYTES_PER_MS
                if self._line.upstream is not None:
                    self._line.upstream.append(pcm)
                else:
                    self._early += pcm
                    del self._early[: max(0, len(self._early) - EARLY_MS * BYTES_PER_MS)]
            case fx.Listen(turn_detection=wanted):
                self._detection = wanted
                self._line.send(session.listening(wanted))
            case fx.ForgetAudio():
                self._early.clear()
                for item_id in self._hearing.forget():
                    self._line.send({"type": "conversation.item.delete", "item_id": item_id})
                self._line.send({"type": "input_audio_buffer.clear"})
            case fx.Transcribe():
                self._transcribe(command)
            case fx.ThinkAhead():
                self._route_ahead(command.think.utterance)
            case fx.Think():
                self._think(command)
            case fx.Resume(generation=generation):
                # The provider's items hold only what was heard; the customer asks again if they want the rest.
                self._emit(fx.ReplyDone(generation, self.state.agent, True, {}))
            case fx.StopThinking(generation=generation):
                if self._reply is not None and self._reply.think.generation <= generation:
                    self._reply.stop()
            case fx.KeepHeard():
                self._keep_heard(command)
        if not isinstance(command, fx.Hear):
            self._line.look_quiet()

    def adopt(self, state: SessionState) -> None:
        """Go on from `state`, which another engine has brought up to now: the provider is told what was said."""
        for line in _new_lines(self.state.history, state.history):
            self._line.send({"type": "conversation.item.create", "item": session.as_item(line)})
        self.state = state
        self._answered_by = None

    async def close(self) -> None:
        """Stop everything and write the state down."""
        self._lost_to = None
        if self._reply is not None:
            await self._reply.closed()
        self._drop_ahead()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._line.close()

    # Hearing

    def _transcribe(self, command: fx.Transcribe) -> None:
        if command.pcm is not None:
            # The provider writes down only what it heard as a turn, so a whole clip is recognised here.
            task = asyncio.create_task(self._recognise(command.item_id, command.pcm))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return
        if self._line.upstream is None:
            self._emit(fx.TranscriptionBroke(command.item_id, "The line to the provider broke; please say it again."))
            return
        events, commit = self._hearing.taken(command.item_id)
        if commit:
            self._line.send({"type": "input_audio_buffer.commit"})
        self._tell_heard(events)

    async def _recognise(self, item_id: str, pcm: bytes) -> None:
        try:
            heard = await self._speech.transcribe(pcm, self._desk.vocabulary(self.state))
        except Exception:
            log.exception("recognition failed")
            self._emit(fx.TranscriptionBroke(item_id, "Speech recognition failed; please say it again."))
        else:
            self._emit(fx.Transcribed(item_id, heard.text, len(pcm) / BYTES_PER_MS / 1000))

    def _tell_heard(self, events: list[EngineEvent]) -> None:
        for event in events:
            if isinstance(event, fx.TranscribedPartly):
                self._route_ahead(self._hearing.heard_so_far())
            elif isinstance(event, fx.Transcribed) and event.text:
                self._known.append(event.text)
                self._route_ahead(event.text)
            self._emit(event)

    # Thinking

    def _route_ahead(self, words: str) -> None:
        """Route the words so far; the outcome is used if the turn's words are the same."""
        if not words or (self._ahead is not None and self._ahead[0] is self.state and self._ahead[1] == words):
            return
        self._drop_ahead()
        self._ahead = (self.state, words, self._begin(words))

    def _drop_ahead(self) -> None:
        if self._ahead is not None:
            self._ahead[2].cancel()
            self._ahead = None

    def _begin(self, words: str) -> asyncio.Task[RelayedTurn]:
        return asyncio.create_task(begin(self._desk, self.state, words), name="routing")

    def _think(self, think: fx.Think) -> None:
        if self._reply is not None:
            self._reply.stop()
        ahead = self._ahead
        if ahead is not None and ahead[0] is self.state and ahead[1] == think.utterance:
            begun, self._ahead = ahead[2], None
        else:
            self._drop_ahead()
            begun = self._begin(think.utterance)
        self._before = self.state
        self._reply = CloudReply(think, begun, self, self._emit, first_audio_s=self._options.first_audio_s)

    def prepare(self, turn: RelayedTurn, think: fx.Think) -> list[Body]:
        """Tell the provider of the turn's persona and tools, and of words that it has not heard itself."""
        self._asked_on = self._line.upstream
        offer = think.offer
        tools = offer.tools if offer.choice != "none" else ()
        part = session.part(turn, think.instructions, tools, offer.choice)
        if part != self._part:
            self._part = part
            self.send({"type": "session.update", "session": {"type": "realtime", **part}})
        if think.speed != self._speed:
            self._speed = think.speed
            speed: Body = {"output": {"speed": think.speed}}
            self.send({"type": "session.update", "session": {"type": "realtime", "audio": speed}})
        outputs = [f"The terminal's tool {one.name} answered: {one.output}" for one in offer.outputs]
        if not think.remember:
            return [session.said_by_customer(text) for text in (turn.words, *outputs) if text]
        for text in (*self._unheard(turn, think.utterance), *outputs):
            self.send({"type": "conversation.item.create", "item": session.said_by_customer(text)})
        return []

    def _unheard(self, turn: RelayedTurn, utterance: str) -> list[str]:
        """The part of the utterance that did not come from the provider's own transcripts."""
        rest = utterance
        for words in self._known:
            rest = rest.replace(words, "", 1)
        rest = " ".join(rest.split())
        if not rest:
            return []
        self._known.append(rest)
        return [turn.words if rest == " ".join(utterance.split()) else rest]

    def answered(self, turn: TurnDone) -> None:
        """The turn is over with this state."""
        self._answered_by = self._reply
        upstream = self._line.upstream
        if self._reply is not None and self._reply.told and upstream is not None:
            self._deployments.worked(upstream.deployment)
        self._known.clear()
        self._move_to(turn.state)

    def _keep_heard(self, command: fx.KeepHeard) -> None:
        reply = self._reply
        if reply is None or reply.think.generation != command.generation:
            return
        if self._asked_on is self._line.upstream:
            for event in reply.cuts(command.audio_ms):
                self._line.send(event)
        if self._answered_by is reply:
            heard = self.state.with_reply_heard(command.text)
            self._move_to(heard if command.text else self.state.unsaid(self._before))
            if not command.text:
                self._known.append(reply.think.utterance)

    # The line to the provider

    async def ready(self) -> None:
        """Return when the line is open and no response runs on it."""
        await self._line.ready()

    def send(self, event: Body) -> None:
        """Send a client event."""
        self._line.send(event)

    def finished(self) -> None:
        """The reply has ended."""
        self._line.look_quiet()

    def lost(self, error: UpstreamError) -> None:
        """The provider cannot answer this turn: the line is given up, and so is the turn."""
        self._unanswered = self._reply
        self._line.give_up(error)
        if self._unanswered is not None:
            self._line_lost(error)  # there was no line

    def _greet(self, upstream: Upstream) -> None:
        """Write into a new session what it must know: how to hear, and what was said."""
        self._hearing = Hearing(round(self._input_ms - len(self._early) / BYTES_PER_MS))
        self._part, self._known = {}, []
        options = self._options
        wanted = session.audio(self._detection, transcriber=options.transcriber, voice=options.voice, speed=self._speed)
        upstream.send({"type": "session.update", "session": {"type": "realtime", "audio": wanted}})
        for line in self.state.history[-2 * options.history_turns :]:
            upstream.send({"type": "conversation.item.create", "item": session.as_item(line)})
        for start in range(0, len(self._early), CHUNK_BYTES):
            upstream.append(bytes(self._early[start : start + CHUNK_BYTES]))
        self._early.clear()

    def _take(self, event: Body) -> None:
        kind = str(event["type"])
        if kind.startswith("response."):
            if self._reply is not None:
                self._reply.take(event)
        elif kind.startswith(("input_audio_buffer.", "conversation.item.input_audio_transcription.")):
            self._tell_heard(self._hearing.take(event))
        elif kind == "error":
            self._error(event)
        if not kind.endswith(".delta"):
            self._line.look_quiet()

    def _error(self, event: Body) -> None:
        told = event.get("error")
        error = told if isinstance(told, dict) else {}
        code = str(error.get("code"))
        found = UpstreamError(f"the provider says: {error.get('message')}", code)
        if code == EXPIRED:
            raise found
        if self._reply is not None and self._reply.refused(str(error.get("event_id")), found):
            self._line.no_response()
        elif code not in HARMLESS:
            log.warning("%s (%s)", found, code)

    def _line_lost(self, error: UpstreamError) -> None:
        """What is open goes to `lost`, or the customer is told that it broke."""
        hearing, self._hearing = self._hearing, Hearing(round(self._input_ms))
        reply, self._unanswered = self._unanswered, None
        if reply is None and self._reply is not None and not self._reply.over:
            reply = self._reply
            reply.fail()
        state = self.state if reply is None or reply.turn is None else reply.turn.undone()
        loss = Loss(
            error,
            state,
            reply.think if reply is not None else None,
            reply is not None and reply.told,
            tuple(hearing.awaited()),
            hearing.speaking is not None,
        )
        if self._lost_to is not None:
            self._lost_to(loss)
            return
        log.warning("the cloud is lost: %s", error)
        if loss.speaking:
            self._emit(fx.SpeechStopped(round(self._input_ms)))
        for item_id in loss.awaited:
            self._emit(fx.TranscriptionBroke(item_id, "The line to the provider broke; please say it again."))
        if loss.think is not None:
            message = f"The cloud could not answer ({error}); please ask again, or serve with --engine auto."
            self._emit(fx.ReplyBroke(loss.think.generation, message))

    # State

    def _move_to(self, state: SessionState) -> None:
        self.state = replace(state, engine="cloud", updated_at=time.time())
        self._keep(self.state)


def _new_lines(known: tuple[Line, ...], lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """The end of `lines` that `known` does not have; both may have lost their oldest lines."""
    for overlap in range(min(len(known), len(lines)), 0, -1):
        if known[len(known) - overlap :] == lines[:overlap]:
            return lines[overlap:]
    return lines
