"""The cloud engine: one session relayed to a realtime model at a provider.

Commands go in and engine events come out as with the embedded engine. Audio is passed on as it is (`ear.py`); who
answers, with which tools, and what may be said is decided here (`openings.py`, `reply.py`). The line to the provider is
kept by `line.py`, what the provider knows by `briefing.py`.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

from agents.desk import AgentDesk
from agents.relayed import RelayedTurn
from agents.turn import Asked, TurnDone
from edge_server.engines import failures
from edge_server.engines.cloud import openings, session
from edge_server.engines.cloud.briefing import Briefing, new_lines
from edge_server.engines.cloud.deployments import Deployments
from edge_server.engines.cloud.ear import CloudEar
from edge_server.engines.cloud.line import CloudOptions, ProviderLine
from edge_server.engines.cloud.loss import Loss
from edge_server.engines.cloud.openings import Opening
from edge_server.engines.cloud.reply import CloudReply
from edge_server.engines.cloud.upstream import Body, Upstream, UpstreamError
from edge_server.realtime import effects as fx
from edge_server.realtime.effects import Command, EngineEvent
from edge_server.speech.service import SpeechService
from sync.session import SessionState

log = logging.getLogger(__name__)

HARMLESS = frozenset(
    {"response_cancel_not_active", "item_not_found", "invalid_item_id", "item_truncate_invalid_item_id"}
)
"""Errors about something that was over before the provider heard of it."""
FATAL = frozenset({failures.QUOTA, failures.RATE, failures.KEY, failures.MODEL})
"""Errors after which the response under way does not come, although they name no event of ours."""


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
        self._keep = keep
        self._emit = emit
        self._deployments = deployments
        self._options = options
        self._lost_to = lost
        self._ear = CloudEar(
            speech,
            tell=self._heard,
            vocabulary=lambda: desk.vocabulary(self.state),
            reply=lambda: self._reply.text if self._reply is not None else "",
        )
        self._briefing = Briefing(options.voice, options.transcriber)
        self._reply: CloudReply | None = None
        self._before: SessionState = state
        self._answered_by: CloudReply | None = None
        self._unanswered: CloudReply | None = None
        self._heard_of_reply = ""
        self._asked_on: Upstream | None = None
        self._ahead: tuple[SessionState, str, asyncio.Task[Opening]] | None = None
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
        return self._ear.quiet and (self._reply is None or self._reply.over)

    def do(self, command: Command) -> None:
        """Take a command. Never blocks."""
        match command:
            case fx.Hear(pcm=pcm):
                self._ear.hear(pcm, self._line.upstream)
            case fx.Listen(turn_detection=wanted):
                self._line.send(self._ear.listening(wanted))
            case fx.ForgetAudio():
                for event in self._ear.forget():
                    self._line.send(event)
            case fx.Transcribe():
                self._ear.transcribe(command, self._line.upstream)
            case fx.ThinkAhead():
                self._route_ahead(command.think.utterance)
            case fx.Think():
                self._think(command)
            case fx.Resume():
                self._resume(command)
            case fx.StopThinking(generation=generation):
                if self._reply is not None and self._reply.think.generation <= generation:
                    self._reply.stop()
            case fx.KeepHeard():
                self._keep_heard(command)
        if not isinstance(command, fx.Hear):
            self._line.look_quiet()

    def adopt(self, state: SessionState) -> None:
        """Go on from `state`, which another engine has brought up to now: the provider is told what was said."""
        for line in new_lines(self.state.history, state.history):
            self._line.send({"type": "conversation.item.create", "item": session.as_item(line)})
        self.state = state
        self._answered_by = None

    async def close(self) -> None:
        """Stop everything and write the state down."""
        self._lost_to = None
        if self._reply is not None:
            await self._reply.closed()
        self._drop_ahead()
        await self._ear.close()
        await self._line.close()

    # Hearing

    def _heard(self, event: EngineEvent) -> None:
        if isinstance(event, fx.TranscribedPartly):
            self._route_ahead(self._ear.heard_so_far())
        elif isinstance(event, fx.Transcribed) and event.text:
            self._briefing.knows(event.text)
            self._route_ahead(event.text)
        self._emit(event)

    # Thinking

    def _route_ahead(self, words: str) -> None:
        """Route the words so far; the outcome is used if the turn's words are the same."""
        if not words or (self._ahead is not None and self._ahead[0] is self.state and self._ahead[1] == words):
            return
        self._drop_ahead()
        self._ahead = (self.state, words, self._routed(words))

    def _drop_ahead(self) -> None:
        if self._ahead is not None:
            self._ahead[2].cancel()
            self._ahead = None

    def _routed(self, words: str) -> asyncio.Task[Opening]:
        return asyncio.create_task(openings.answering(self._desk, self.state, words), name="routing")

    def _think(self, think: fx.Think) -> None:
        ahead = self._ahead
        if think.silences and not think.utterance:
            self._drop_ahead()
            begun = asyncio.create_task(openings.on_silence(self._desk, self.state, think.silences), name="silence")
        elif ahead is not None and ahead[0] is self.state and ahead[1] == think.utterance:
            begun, self._ahead = ahead[2], None
        else:
            self._drop_ahead()
            begun = self._routed(think.utterance)
        self._before = self.state
        self._begin(think, begun)

    def _begin(self, think: fx.Think, begun: asyncio.Task[Opening], question: fx.Think | None = None) -> None:
        if self._reply is not None:
            self._reply.stop()
        self._heard_of_reply = ""
        ready_s, first_audio_s = self._options.ready_s, self._options.first_audio_s
        self._reply = CloudReply(
            think, begun, self, self._emit, ready_s=ready_s, first_audio_s=first_audio_s, question=question
        )

    def _resume(self, resume: fx.Resume) -> None:
        """Say the rest of a reply. One of which nothing is known has no rest: the response ends at once."""
        cut = self._reply
        if cut is None or cut.think.generation != resume.of or cut.opening is None:
            self._emit(fx.ReplyDone(resume.generation, self.state.agent, True, {}))
            return
        opening = openings.resuming(cut.opening, cut.text, self._heard_of_reply, whole=cut.whole)

        async def known() -> Opening:
            return opening

        question = replace(cut.question, generation=resume.generation)
        self._begin(resume.think, asyncio.create_task(known(), name="resumption"), question)

    def prepare(self, turn: RelayedTurn, think: fx.Think) -> list[Body]:
        """Tell the provider of the turn's persona and tools, and of words that it has not heard itself."""
        self._asked_on = self._line.upstream
        events, context = self._briefing.of_turn(turn, think)
        for event in events:
            self.send(event)
        return context

    def asked(self, state: SessionState) -> Asked:
        """What the desk waits for in this state."""
        return self._desk.asked(state)

    def answered(self, turn: TurnDone) -> None:
        """The turn is over with this state."""
        self._answered_by = self._reply
        upstream = self._line.upstream
        if self._reply is not None and self._reply.told and upstream is not None:
            self._deployments.worked(upstream.deployment)
        self._briefing.answered()
        self._move_to(turn.state)

    def _keep_heard(self, command: fx.KeepHeard) -> None:
        reply = self._reply
        if reply is None or reply.think.generation != command.generation:
            return
        self._heard_of_reply = command.text
        if self._asked_on is self._line.upstream:
            for event in reply.cuts(command.audio_ms):
                self._line.send(event)
        if self._answered_by is reply:
            earlier = reply.opening.earlier if reply.opening is not None else ""
            whole = f"{earlier} {command.text}".strip()
            self._move_to(self.state.with_reply_heard(whole) if whole else self.state.unsaid(self._before))
            if not whole:
                self._briefing.knows(reply.think.utterance)

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
        self._ear.begin()
        for event in self._briefing.anew(self._ear.detection, self.state.history[-2 * self._options.history_turns :]):
            upstream.send(event)
        self._ear.flush(upstream)

    def _take(self, event: Body) -> None:
        kind = str(event["type"])
        if kind.startswith("response."):
            if self._reply is not None:
                self._reply.take(event)
        elif kind.startswith(("input_audio_buffer.", "conversation.item.input_audio_transcription.")):
            self._ear.take(event)
        elif kind == "error":
            self._error(event)
        if not kind.endswith(".delta"):
            self._line.look_quiet()

    def _error(self, event: Body) -> None:
        told = event.get("error")
        error = told if isinstance(told, dict) else {}
        code, about = str(error.get("code")), error.get("event_id")
        found = UpstreamError(f"the provider says: {error.get('message')}", failures.reason_in(error))
        if found.code == failures.EXPIRED:
            raise found
        whose = str(about) if about is not None or found.code not in FATAL else None
        if self._reply is not None and self._reply.refused(whose, found):
            self._line.no_response()
        elif code not in HARMLESS:
            log.warning("%s (%s)", found, code)

    def _line_lost(self, error: UpstreamError) -> None:
        """What is open goes to `lost`, or the customer is told that it broke."""
        awaited, speaking = self._ear.lost()
        reply, self._unanswered = self._unanswered, None
        if reply is None and self._reply is not None and not self._reply.over:
            reply = self._reply
            reply.fail()
        if self._lost_to is not None:
            self._lost_to(Loss.of(error, self.state, reply, awaited, speaking=speaking))
            return
        log.warning("the cloud is lost: %s", error)
        self._ear.tell_broken(awaited, speaking=speaking)
        if reply is not None:
            message = f"The cloud could not answer ({error}); please ask again, or serve with --engine auto."
            self._emit(fx.ReplyBroke(reply.think.generation, message))

    # State

    def _move_to(self, state: SessionState) -> None:
        self.state = replace(state, engine="cloud", updated_at=time.time())
        self._keep(self.state)
