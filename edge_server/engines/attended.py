"""An engine whose place a person can take: they read what the customer says, type, and their words are spoken.

| who answers | event | then |
|---|---|---|
| agents | `take_over` | the person; a reply under way is cut |
| person | the customer's turn ends | nothing is said; the words wait for the person |
| person | `say` | a response with these words; both sides go into the history |
| person | `give_back` | agents; they answer what still waits |
| person | words have waited for `patience_s` | as `give_back`: nobody is left standing there |

The engine goes on hearing. It sees nothing of the person's turns but the history, which it adopts.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from agents.clauses import clauses
from agents.desk import AgentDesk
from agents.person import heard_by_person, said_by_person
from agents.turn import Clause
from agents.understand.backchannels import is_backchannel, is_echo
from agents.understand.codes import MASK, names_a_pin
from edge_server.engines.mouth import Mouth
from edge_server.engines.reply import Reply, Told, rest_of
from edge_server.realtime import effects as fx
from edge_server.realtime.effects import Command, EngineEvent
from edge_server.speech.service import SpeechService
from sync.session import SessionState

PATIENCE_S = 180.0
_NUMBER = (
    r"(?:\d|\b(?:zero|oh|o|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty|fifty"
    r"|sixty|seventy|eighty|ninety|hundred|thousand|double|triple)\b)"
)
_NUMBER_WORDS = re.compile(rf"{_NUMBER}(?:[\W_]*{_NUMBER})*", re.IGNORECASE)
"""Any numbers at all: where a secret was asked for, none of them is shown."""
Emit = Callable[[EngineEvent], None]


class SessionEngine(Protocol):
    """An engine as it can be attended."""

    @property
    def active(self) -> str:
        """Which engine answers now."""
        ...

    @property
    def state(self) -> SessionState:
        """The session now."""
        ...

    def do(self, command: Command) -> None:
        """Take a command without blocking."""
        ...

    def adopt(self, state: SessionState) -> None:
        """Go on from `state`."""
        ...

    async def close(self) -> None:
        """Stop, and keep what must be kept."""
        ...


class SeatError(Exception):
    """A person cannot do that now; the message says why."""


@dataclass(frozen=True, slots=True)
class _Said:
    """What a person said as response `generation`, the states before and after it, and what was heard of it earlier."""

    generation: int
    text: str
    before: SessionState
    after: SessionState
    earlier: str = ""
    heard: str = ""

    @property
    def all_heard(self) -> str:
        return f"{self.earlier} {self.heard}".strip()


class Attended:
    """The engine that `make` makes, with a seat for a person. Made inside a running event loop."""

    def __init__(
        self,
        make: Callable[[Emit], SessionEngine],
        *,
        desk: AgentDesk,
        speech: SpeechService,
        keep: Callable[[SessionState], None],
        emit: Emit,
        patience_s: float = PATIENCE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._desk = desk
        self._speech = speech
        self._keep = keep
        self._emit = emit
        self._patience_s = patience_s
        self._mouth = Mouth(emit, clock)
        self._inner = make(self._from_inner)
        self.taken_over = False
        """Whether a person answers."""
        self._to_say: list[str] = []
        self._open = ""
        self._handed_back: str | None = None
        self._said: _Said | None = None
        self._think: fx.Think | None = None
        self._reply: Reply | None = None
        self._impatience: asyncio.TimerHandle | None = None

    @property
    def active(self) -> str:
        """Which engine answers when no person does."""
        return self._inner.active

    @property
    def state(self) -> SessionState:
        """The session now."""
        return self._inner.state

    # The person

    def take_over(self, name: str | None = None) -> None:
        """A person answers from now on. Raises SeatError when one does already."""
        if self.taken_over:
            raise SeatError("A person has taken this session over already.")
        self.taken_over, self._handed_back = True, None
        self._emit(fx.PersonAtDesk(True, name))

    def say(self, text: str) -> None:
        """Have `text` said to the customer. Raises SeatError when the agents answer."""
        if not self.taken_over:
            raise SeatError("Take the session over first: its agents answer now.")
        self._to_say.append(text)
        self._wait_for_person(False)
        self._emit(fx.SpeaksUp())

    def give_back(self) -> None:
        """The agents answer again, and first what still waits. Raises SeatError when they do already."""
        if not self.taken_over:
            raise SeatError("The agents answer this session already.")
        self.taken_over = False
        self._wait_for_person(False)
        self._to_say.clear()
        self._emit(fx.PersonAtDesk(False))
        if self._open:
            self._handed_back, self._open = self._open, ""
            self._emit(fx.SpeaksUp())

    def forget_customer(self) -> None:
        """The conversation is ended by the branch: whoever connects next proves anew who they are."""
        self.adopt(replace(self.state, identity=None, pending=None, on_yes=None, guess=None))

    def by_person(self, generation: int) -> bool:
        """Whether a person gave this reply."""
        return self._said is not None and self._said.generation == generation

    def masked(self, words: str) -> str:
        """The customer's `words` without PINs, read in the light of what was asked for."""
        masked = self._desk.hear(self.state, words).words if words else ""
        return _NUMBER_WORDS.sub(MASK, masked) if self.secret_asked else masked

    @property
    def secret_asked(self) -> bool:
        """Whether what the customer says next may be a secret: the desk, or the person, has asked for one."""
        by_person = self._said is not None and self.taken_over and names_a_pin(self._said.text)
        return by_person or self._desk.asked(self.state).secret

    def _wait_for_person(self, waits: bool) -> None:
        if self._impatience is not None:
            self._impatience.cancel()
        self._impatience = None
        if waits:
            loop = asyncio.get_running_loop()
            self._impatience = loop.call_later(self._patience_s, self._lose_patience)

    def _lose_patience(self) -> None:
        if self.taken_over:
            self.give_back()

    # Commands

    def do(self, command: Command) -> None:
        """Take a command. Never blocks."""
        match command:
            case fx.Hear():
                pass  # many a second
            case fx.Think() if command.remember and self.taken_over:
                self._answer(command)
                return
            case fx.Think() if command.remember and self._handed_back is not None:
                words, self._handed_back = self._handed_back, None
                command = replace(command, utterance=_joined(words, command.utterance))
            case fx.ThinkAhead() if self.taken_over:
                return
            case fx.Resume(of=of) if self.by_person(of):
                self._resume(command)
                return
            case fx.StopThinking(generation=generation):
                if self._reply is not None and self._think is not None and self._think.generation <= generation:
                    self._reply.drop()
            case fx.KeepHeard(generation=generation) if self.by_person(generation):
                self._keep_heard(command)
                return
        self._inner.do(command)

    def adopt(self, state: SessionState) -> None:
        """Go on from `state`."""
        self._inner.adopt(state)
        self._keep(state)

    async def close(self) -> None:
        """Stop everything; what waits for a person stays in the history."""
        self._wait_for_person(False)
        if self._reply is not None:
            await self._reply.dropped()
        if self._open:
            self.adopt(heard_by_person(self.state, self.masked(self._open)))
        await self._inner.close()

    def _answer(self, think: fx.Think) -> None:
        """Say what the person has typed, or nothing yet."""
        self._inner.do(fx.StopThinking(think.generation - 1))
        self._open = _joined(self._open, think.utterance)
        if not self._to_say:
            if self._open and self._impatience is None:
                self._wait_for_person(True)
            self._emit(fx.ReplyDone(think.generation, self.state.agent, True, {}))
            return
        text, before = " ".join(self._to_say), self.state
        after = said_by_person(before, self.masked(self._open), text)
        self._said = _Said(think.generation, text, before, after)
        self._to_say.clear()
        self._open = ""
        self.adopt(after)
        self._speak(think, tuple(clauses(text)))

    def _resume(self, resume: fx.Resume) -> None:
        said = self._said
        assert said is not None, "only what was said is resumed"
        self._said = replace(said, generation=resume.generation, earlier=said.all_heard, heard="")
        self.adopt(said.after)
        self._speak(replace(resume.think, generation=resume.generation), rest_of(said.text, said.all_heard))

    def _speak(self, think: fx.Think, pieces: tuple[str, ...]) -> None:
        self._think = think
        self._reply = Reply(self.state, think, desk=self._desk, speech=self._speech, tell=self._told, clauses=pieces)
        self._reply.release()

    def _told(self, told: Told) -> None:
        think = self._think
        assert think is not None, "a reply is to a Think"
        if isinstance(told, Clause | bytes | fx.ReplyDone | fx.ReplyBroke):
            self._mouth.tell(think.generation, told)

    def _keep_heard(self, command: fx.KeepHeard) -> None:
        said = self._said
        assert said is not None, "only what was said is heard"
        self._mouth.fell_silent()
        said = self._said = replace(said, heard=command.text)
        if said.all_heard:
            self.adopt(said.after.with_reply_heard(said.all_heard))
        else:
            self.adopt(said.before)
            self._open = _joined(self._open, "" if self._think is None else self._think.utterance)

    def _from_inner(self, event: EngineEvent) -> None:
        """What the engine says; the person's own words, heard back, are nothing that the customer said."""
        if isinstance(event, fx.Transcribed) and self._said is not None and self._mouth.playing:
            aside = event.aside or is_backchannel(event.text) or is_echo(event.text, self._said.text)
            event = replace(event, aside=aside)
        self._emit(event)


def _joined(before: str, words: str) -> str:
    """Both, but once what the later words hold already."""
    return words if before in words else f"{before} {words}".strip()
