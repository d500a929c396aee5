"""The embedded engine: ear, desk and mouth of one session, all on this machine.

A reply is thought and spoken side by side: the desk gives clauses, the mouth speaks each as soon as the one before it
is done. The session's state moves on when the desk has finished the turn, and is written to the store behind the
conversation's back. What is said for a generation that was stopped is never emitted.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from agents.turn import AgentChanged, Clause, Desk, SourcesFound, ToolCalled, TurnDone
from edge_server.audio import CHUNK_BYTES
from edge_server.engines.ear import Ear
from edge_server.realtime import effects as fx
from edge_server.realtime.effects import Command, EngineEvent
from edge_server.speech.service import SpeechService
from sync.session import SessionState
from sync.store import SessionStore

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Turn:
    """A turn that the desk has finished, and the states before and after it."""

    generation: int
    before: SessionState
    after: SessionState


class EmbeddedEngine:
    """Answers one session. Made inside a running event loop; `emit` takes what it says to the conversation."""

    def __init__(
        self,
        state: SessionState,
        *,
        desk: Desk,
        speech: SpeechService,
        store: SessionStore,
        emit: Callable[[EngineEvent], None],
    ) -> None:
        self.state = state
        self._desk = desk
        self._speech = speech
        self._store = store
        self._emit = emit
        self._ear = Ear(speech, emit, lambda: desk.vocabulary(self.state))
        self._thinking: tuple[fx.Think, asyncio.Task[None]] | None = None
        self._last_turn: _Turn | None = None
        self._unsaved = asyncio.Event()
        self._saver = asyncio.create_task(self._save_when_changed(), name="session-saver")

    def do(self, command: Command) -> None:
        """Take a command. Never blocks."""
        match command:
            case fx.Think():
                self._stop(command.generation - 1)
                self._thinking = (command, asyncio.create_task(self._answer(command), name="reply"))
            case fx.StopThinking(generation=generation):
                self._stop(generation)
            case fx.KeepHeard():
                self._keep_heard(command)
            case _:
                self._ear.do(command)

    async def close(self) -> None:
        """Stop everything and write the state down."""
        if self._thinking is not None:
            self._thinking[1].cancel()
            await asyncio.gather(self._thinking[1], return_exceptions=True)
        await self._ear.close()
        self._saver.cancel()
        await asyncio.gather(self._saver, return_exceptions=True)
        if self._unsaved.is_set():
            await self._save()

    def _stop(self, generation: int) -> None:
        if self._thinking is not None and self._thinking[0].generation <= generation:
            self._thinking[1].cancel()

    # Thinking

    async def _answer(self, think: fx.Think) -> None:
        timing = _Stages()
        clauses: asyncio.Queue[str | None] = asyncio.Queue()
        try:
            async with asyncio.TaskGroup() as tasks:
                speaking = tasks.create_task(self._say(think, clauses, timing))
                done = await self._run_turn(think, clauses, timing)
                clauses.put_nowait(None)
                await speaking
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("the reply of generation %d broke off", think.generation)
            self._emit(fx.ReplyBroke(think.generation, "The desk could not answer; please ask again."))
        else:
            self._emit(fx.ReplyDone(think.generation, done.state.agent, done.answered, timing.stages_ms))

    async def _run_turn(self, think: fx.Think, clauses: asyncio.Queue[str | None], timing: _Stages) -> TurnDone:
        done: TurnDone | None = None
        async with contextlib.aclosing(self._desk.turn(self.state, think.utterance)) as turn:
            async for event in turn:
                match event:
                    case Clause(text=text):
                        timing.passed("first_clause")
                        clauses.put_nowait(text)
                    case AgentChanged() | ToolCalled() | SourcesFound():
                        self._emit(fx.ReplyNotice(think.generation, event))
                    case TurnDone():
                        done = event
        assert done is not None, "a turn ends with TurnDone"
        timing.passed("desk")
        if think.remember:
            self._last_turn = _Turn(think.generation, self.state, done.state)
            self._move_to(done.state)
        return done

    async def _say(self, think: fx.Think, clauses: asyncio.Queue[str | None], timing: _Stages) -> None:
        while (text := await clauses.get()) is not None:
            self._emit(fx.ReplyText(think.generation, text))
            if not think.speak:
                continue
            voice = self._desk.voice(self.state.agent)
            pcm = await self._speech.synthesise(text, voice=voice, speed=think.speed)
            timing.passed("first_audio")
            for start in range(0, len(pcm), CHUNK_BYTES):
                self._emit(fx.ReplyAudio(think.generation, pcm[start : start + CHUNK_BYTES]))

    # State

    def _keep_heard(self, command: fx.KeepHeard) -> None:
        turn = self._last_turn
        if turn is not None and turn.generation == command.generation:
            heard = turn.after.with_reply_heard(command.text)
            self._move_to(heard if command.text else turn.after.unsaid(turn.before))

    def _move_to(self, state: SessionState) -> None:
        self.state = replace(state, updated_at=time.time())
        self._unsaved.set()

    async def _save_when_changed(self) -> None:
        while True:
            await self._unsaved.wait()
            await self._save()

    async def _save(self) -> None:
        self._unsaved.clear()
        try:
            await self._store.save(self.state)
        except asyncio.CancelledError:
            self._unsaved.set()  # cut off by `close`, which writes it
            raise
        except Exception:
            log.exception("the session's state could not be saved")


class _Stages:
    """When each stage of a turn was first passed, in ms since it began."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self.stages_ms: dict[str, float] = {}

    def passed(self, stage: str) -> None:
        self.stages_ms.setdefault(stage, round((time.monotonic() - self._began) * 1000, 1))
