"""The embedded engine: ear, desk and mouth of one session, all on this machine.

When the customer pauses, the answer to the words so far is rehearsed (`reply.py`) in the wait that decides whether the
turn has ended. If it has, with these words and the session as it was, the rehearsal is released as the reply; otherwise
it is dropped as if it had never been. The session's state moves on when the desk has finished a released turn, and is
written to the store behind the conversation's back. What is said for a generation that was stopped is never emitted.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from agents.client_offer import Asked, ClientToolCall, ToolAsked
from agents.turn import CODES, Clause, Desk, Expectation, ThoughtBy, TurnDone
from agents.understand.backchannels import is_backchannel, is_echo
from data.code_sounds import CodeSound
from edge_server.engines.ear import Ear
from edge_server.engines.mouth import Mouth
from edge_server.engines.reply import Reply, Told, alike, rest_of
from edge_server.realtime import effects as fx
from edge_server.realtime.effects import Command, EngineEvent
from edge_server.speech.characters import only_characters
from edge_server.speech.service import SpeechService
from sync.session import SessionState


@dataclass(slots=True)
class _Turn:
    """A turn that the desk has finished, and the states before and after it."""

    generation: int
    before: SessionState
    after: SessionState
    earlier: str = ""
    """What was heard of the reply in earlier generations, before it was cut off and resumed."""
    heard: str = ""
    """What was heard of it in this generation, as the server reckons or the client says afterwards."""

    @property
    def said(self) -> str:
        """All that was heard of the reply."""
        return f"{self.earlier} {self.heard}".strip()

    @property
    def reply(self) -> str:
        """The whole reply."""
        last = self.after.history[-1] if self.after.history else None
        return last.text if last is not None and last.role == "agent" else ""


class EmbeddedEngine:
    """Answers one session. Made inside a running event loop; `emit` takes what it says to the conversation,
    `keep` each state that the session moves on to.

    `active` says who thinks: the planner ("embedded"), or ("cascade") a chat model in a desk that says who thinks.
    """

    def __init__(
        self,
        state: SessionState,
        *,
        desk: Desk,
        speech: SpeechService,
        keep: Callable[[SessionState], None],
        emit: Callable[[EngineEvent], None],
        active: str = "embedded",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.state = state
        self.active = active
        self._desk = desk
        self._speech = speech
        self._keep = keep
        self._emit = emit
        self._mouth = Mouth(emit, clock)
        self._ear = Ear(speech, self._from_ear, self)
        self._thinking: fx.Think | None = None
        self._reply: Reply | None = None
        self._rehearsal: Reply | None = None
        self._closed = False
        self._last_turn: _Turn | None = None
        self._asked: Asked | None = None

    def do(self, command: Command) -> None:
        """Take a command. Never blocks."""
        match command:
            case fx.ThinkAhead():
                self._rehearse(self._with_asked(command.think))
            case fx.Think():
                self._think(self._with_asked(command))
            case fx.Resume():
                self._resume(command)
            case fx.StopThinking(generation=generation):
                self._stop(generation)
            case fx.KeepHeard():
                self._keep_heard(command)
            case _:
                self._ear.do(command)

    def adopt(self, state: SessionState) -> None:
        """Go on from `state`, which somebody else has brought up to now."""
        self.state = state

    async def close(self) -> None:
        """Stop everything."""
        self._closed = True
        for reply in (self._rehearsal, self._reply):
            if reply is not None:
                await reply.dropped()
        await self._ear.close()

    # Thinking

    def _rehearse(self, think: fx.Think) -> None:
        if self._closed or (self._rehearsal is not None and self._fits(self._rehearsal, think)):
            return
        self._drop_rehearsal()
        self._rehearsal = self._reply_to(think)

    def _fits(self, rehearsal: Reply, think: fx.Think) -> bool:
        return rehearsal.state is self.state and alike(rehearsal.think, think) and not rehearsal.broken

    def _drop_rehearsal(self) -> None:
        rehearsal, self._rehearsal = self._rehearsal, None
        if rehearsal is not None:
            rehearsal.drop()

    def _think(self, think: fx.Think) -> None:
        self._stop(think.generation - 1)
        if self._rehearsal is not None and not self._fits(self._rehearsal, think):
            self._drop_rehearsal()
        self._thinking = think
        if think.remember:
            self._asked = None
        self._reply, self._rehearsal = self._rehearsal or self._reply_to(think), None
        self._reply.release()

    def _with_asked(self, think: fx.Think) -> fx.Think:
        """`think` with the argument of a client's tool that the last turn asked for."""
        return replace(think, offer=replace(think.offer, asked=self._asked)) if think.offer else think

    def _resume(self, resume: fx.Resume) -> None:
        """Say the rest of a reply. One that was never finished has no rest: the response ends at once."""
        self._stop(resume.generation - 1)
        self._drop_rehearsal()
        self._thinking, turn = resume.think, self._last_turn
        rest: tuple[str, ...] = ()
        if turn is not None and turn.generation == resume.of:
            rest = rest_of(turn.reply, turn.said)
            self._last_turn = replace(turn, generation=resume.generation, earlier=turn.said, heard="")
            self._move_to(turn.after)
        self._reply = Reply(
            self.state, resume.think, desk=self._desk, speech=self._speech, tell=self._told, clauses=rest
        )
        self._reply.release()

    def _reply_to(self, think: fx.Think) -> Reply:
        return Reply(self.state, think, desk=self._desk, speech=self._speech, tell=self._told, thought=self._thought)

    def _thought(self, done: TurnDone) -> None:
        """The desk has finished a turn; of one that is still rehearsed the ear is told what came of the words."""
        if (enough := self._desk.enough(done)) is not None:
            self._ear.answered(enough)

    def _stop(self, generation: int) -> None:
        if self._thinking is not None and self._reply is not None and self._thinking.generation <= generation:
            self._reply.drop()

    def _told(self, told: Told) -> None:
        """Something that the released reply gives."""
        think = self._thinking
        assert think is not None, "a reply is released by a Think"
        match told:
            case Clause() | bytes() | fx.ReplyDone() | fx.ReplyBroke():
                self._mouth.tell(think.generation, told)
            case ClientToolCall():
                self._emit(fx.ReplyCall(think.generation, told))
            case ToolAsked(asked=asked):
                if think.remember:
                    self._asked = asked
            case ThoughtBy(engine=engine, reason=reason):
                if engine != self.active:
                    self._emit(fx.EngineSwitched(self.active, engine, reason))
                    self.active = engine
            case TurnDone(state=after):
                if think.remember:
                    self._last_turn = _Turn(think.generation, self.state, after)
                    self._move_to(after)
            case _:
                self._emit(fx.ReplyNotice(think.generation, told))

    def _from_ear(self, event: EngineEvent) -> None:
        if isinstance(event, fx.SpokeOn):
            self._drop_rehearsal()
        else:
            self._emit(event)

    # What the ear may know

    def vocabulary(self) -> str:
        """Words to expect next, for the recogniser's prompt."""
        return self._desk.vocabulary(self.state)

    def expectation(self, words: str) -> Expectation:
        """What the customer's turn is expected to hold, and whether `words` hold it."""
        return self._desk.expectation(self.state, words)

    def replying(self) -> bool:
        """Whether a reply is still to be heard, as far as can be reckoned from what was sent."""
        return self._mouth.playing

    def sounded(self, words: str, code: CodeSound) -> None:
        """How the code in `words` sounded."""
        if self.state.sounded != (words, code):
            self.state = replace(self.state, sounded=(words, code))

    def aside(self, words: str) -> bool:
        """Whether `words`, said over the last reply, only tell that it is heard, or are its echo."""
        if self.expectation("").asked in CODES and len(words.split()) > 1 and only_characters(words):
            return False
        return is_backchannel(words) or (self._last_turn is not None and is_echo(words, self._last_turn.reply))

    # State

    def _keep_heard(self, command: fx.KeepHeard) -> None:
        self._mouth.fell_silent()
        turn = self._last_turn
        if turn is not None and turn.generation == command.generation:
            filler = self._desk.filler(turn.after.agent)
            turn = self._last_turn = replace(turn, heard=command.text.removeprefix(filler).strip())
            self._move_to(turn.after.with_reply_heard(turn.said) if turn.said else turn.after.unsaid(turn.before))

    def _move_to(self, state: SessionState) -> None:
        self.state = replace(state, updated_at=time.time())
        self._keep(self.state)
