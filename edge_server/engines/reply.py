"""One reply: thought by the desk, spoken clause by clause, and held back while it is a rehearsal.

| state | event | next |
|---|---|---|
| rehearsed | the desk or the mouth has something | rehearsed; it is held |
| rehearsed | `release` | released; all that was held is told at once, in order |
| released | the desk or the mouth has something | released; it is told |
| rehearsed, released | `drop` | dropped; nothing is told any more |

A rehearsal speaks no more than the first phrase ahead, and no tool that writes begins in it (`Desk.turn`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from dataclasses import replace

from agents.clauses import clauses
from agents.client_offer import ClientToolCall, ToolAsked
from agents.turn import AgentChanged, Clause, Desk, SourcesFound, ThoughtBy, ToolCalled, TurnDone
from edge_server.audio import BYTES_PER_MS, CHUNK_BYTES, amplified, from_bytes
from edge_server.realtime import effects as fx
from edge_server.speech.phrases import phrases
from edge_server.speech.service import SpeechService
from sync.session import SessionState

log = logging.getLogger(__name__)

FILLER_AFTER_S = 0.7
"""When the desk has had nothing to say for so long it waits for a tool; the persona's filler is said then, once."""
SAID_AGAIN = 6
"""When a reply goes on after a false alarm, up to so many words of a clause that was cut are said again."""

Notice = AgentChanged | ToolCalled | SourcesFound
Told = Clause | bytes | Notice | ClientToolCall | ToolAsked | ThoughtBy | TurnDone | fx.ReplyDone | fx.ReplyBroke
"""What a reply gives, in order: a clause, then its audio in pieces (PCM16 mono 24 kHz); notices; the desk's last word;
and the end. The generation in the last two is 0 until whoever takes it fills it in."""


def alike(one: fx.Think, other: fx.Think) -> bool:
    """Whether one reply does for both: they ask the same, whatever the case and punctuation of the words."""
    return replace(one, generation=0, utterance=_plain(one.utterance)) == replace(
        other, generation=0, utterance=_plain(other.utterance)
    )


def rest_of(reply: str, heard: str) -> tuple[str, ...]:
    """The clauses that are left of `reply` after its words `heard`.

    A clause of which only a few words were heard is said again from its beginning.
    """
    left = len(heard.split())
    rest: list[str] = []
    for clause in clauses(reply):
        words = clause.split()
        if left >= len(words):
            left -= len(words)
            continue
        rest.append(" ".join(words[0 if left <= SAID_AGAIN else left :]))
        left = 0
    return tuple(rest)


def _plain(text: str) -> str:
    return " ".join("".join(letter if letter.isalnum() else " " for letter in text.lower()).split())


class Reply:
    """An answer to `think` in the session `state`, begun at once; `tell` takes what it gives once it is released.

    `clauses` are what to say where that is known already; otherwise the desk says, and `thought` is told at once when
    it has finished, unless the reply is dropped before. `filler_after_s`: see `FILLER_AFTER_S`.

    Made inside a running event loop.
    """

    def __init__(
        self,
        state: SessionState,
        think: fx.Think,
        *,
        desk: Desk,
        speech: SpeechService,
        tell: Callable[[Told], None],
        clauses: tuple[str, ...] | None = None,
        filler_after_s: float = FILLER_AFTER_S,
        thought: Callable[[TurnDone], None] = lambda done: None,
    ) -> None:
        self.state = state
        self.think = think
        self._desk = desk
        self._speech = speech
        self._tell_now = tell
        self._thought = thought
        self._agent = state.agent
        self._held: list[Told] | None = []
        self._clauses = clauses
        self._filler_after_s = filler_after_s
        self._filler: asyncio.TimerHandle | None = None
        self._to_say: asyncio.Queue[Clause | ClientToolCall | None] = asyncio.Queue()
        self._thinking = True
        self._ended = asyncio.Event()
        self._heard_until = 0.0
        self._stages = Stages()
        self._task = asyncio.create_task(self._run(), name="reply")

    @property
    def broken(self) -> bool:
        """Whether it failed before it was released; another try may do better."""
        return self._held is not None and any(isinstance(told, fx.ReplyBroke) for told in self._held)

    def release(self) -> None:
        """The customer's turn has ended, with these words: tell what is there, and the rest as it comes."""
        held, self._held = self._held, None
        self._stages.start()
        self._ended.set()
        for told in held or ():
            self._deliver(told)
        if self.think.speak and self._thinking:
            self._filler = asyncio.get_running_loop().call_later(self._filler_after_s, self._fill)

    def _fill(self) -> None:
        """Say that it takes a moment, unless there is something else to say."""
        if self._thinking:
            self._to_say.put_nowait(Clause(self._desk.filler(self._agent), self.state.pace, self.state.loudness))

    def _has_words(self) -> None:
        """There is something to say, or there will be nothing: no filler any more."""
        self._thinking = False
        if self._filler is not None:
            self._filler.cancel()

    def drop(self) -> None:
        """Give up; nothing is told from here on."""
        self._held = []
        self._has_words()
        self._task.cancel()

    async def finished(self) -> None:
        """Wait until all of it is told."""
        await asyncio.shield(self._task)

    async def dropped(self) -> None:
        """Drop it and wait until all its work has stopped."""
        self.drop()
        await asyncio.gather(self._task, return_exceptions=True)

    def _tell(self, told: Told) -> None:
        if self._held is not None:
            self._held.append(told)
        else:
            self._deliver(told)

    def _deliver(self, told: Told) -> None:
        if isinstance(told, bytes):
            self._stages.passed("first_audio")
            self._heard_until = max(time.monotonic(), self._heard_until) + len(told) / BYTES_PER_MS / 1000
        elif isinstance(told, Clause):
            self._stages.passed("first_clause")
        elif isinstance(told, TurnDone):
            self._stages.passed("desk")
        self._tell_now(told)

    async def _run(self) -> None:
        clauses = self._to_say
        try:
            async with asyncio.TaskGroup() as tasks:
                speaking = tasks.create_task(self._say(clauses))
                done = await self._think(clauses)
                clauses.put_nowait(None)
                await speaking
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("a reply broke off")
            self._tell(fx.ReplyBroke(0, "The desk could not answer; please ask again."))
        else:
            asked = self._desk.asked(done.state)
            self._tell(fx.ReplyDone(0, done.state.agent, done.answered, self._stages.ms, done.ungrounded, asked))

    async def _think(self, clauses: asyncio.Queue[Clause | ClientToolCall | None]) -> TurnDone:
        """Put the reply's clauses into `clauses`. Gives the desk's last word."""
        if self._clauses is not None:
            self._has_words()
            for text in self._clauses:
                clauses.put_nowait(Clause(text, self.state.pace, self.state.loudness))
            return TurnDone(self.state)
        done: TurnDone | None = None
        began, thought_s, tools_ms = time.monotonic(), 0.0, 0.0
        think = self.think
        turn = self._desk.turn(
            self.state, think.utterance, ended=self._ended, offer=think.offer, silences=think.silences
        )
        async with contextlib.aclosing(turn) as events:
            async for event in events:
                match event:
                    case Clause() | ClientToolCall():
                        if isinstance(event, Clause):
                            thought_s = thought_s or time.monotonic() - began
                        self._has_words()
                        clauses.put_nowait(event)
                    case TurnDone():
                        done = event
                    case _:
                        if isinstance(event, AgentChanged):
                            self._agent = event.agent
                        if isinstance(event, ToolCalled) and not thought_s:
                            tools_ms += event.duration_ms
                        self._tell(event)
        self._has_words()
        assert done is not None, "a turn ends with TurnDone"
        self._stages.took("route", done.route_ms)
        self._stages.took("plan", thought_s * 1000 - done.route_ms - tools_ms)
        self._tell(done)
        self._thought(done)
        return done

    async def _say(self, clauses: asyncio.Queue[Clause | ClientToolCall | None]) -> None:
        first = True
        while (clause := await clauses.get()) is not None:
            if isinstance(clause, ClientToolCall):
                self._tell(clause)
                continue
            if not first:
                await self._ended.wait()
            self._tell(clause)
            if self.think.speak:
                for phrase in phrases(clause.text, first=first):
                    await self._speak(phrase, clause)
                    await self._ended.wait()
            first = False

    async def _speak(self, phrase: str, clause: Clause) -> None:
        """Tell the audio of a phrase of `clause`, in the voice that the client chose, or else the branch's or the
        agent's own. It is due when all before it has been heard."""
        own = self._speech.house_voice or self._desk.voice(self._agent)
        voice = self.think.voice if self.think.voice in self._speech.voices else own
        began = time.monotonic()
        spoken = self._speech.speak(
            phrase,
            voice=voice,
            speed=self.think.speed * clause.pace,
            due_in_s=max(0.0, self._heard_until - began),
        )
        async with contextlib.aclosing(spoken) as pieces:
            async for piece in pieces:
                self._stages.took("synthesis", (time.monotonic() - began) * 1000)
                loud = clause.loudness != 1.0
                pcm = amplified(from_bytes(piece), clause.loudness).tobytes() if loud else piece
                for start in range(0, len(pcm), CHUNK_BYTES):
                    self._tell(pcm[start : start + CHUNK_BYTES])


class Stages:
    """What the making of a reply took, in ms.

    Moments since the customer's turn was known to have ended: `first_clause`, `first_audio`, `desk` (it had finished).
    Lengths, whenever they passed: `route` (choosing the agent), `plan` (the rest of the desk's time until the first
    clause, without its tools), `synthesis` (of the first piece of the first phrase).
    """

    def __init__(self) -> None:
        self.start()
        self.ms: dict[str, float] = {}

    def start(self) -> None:
        """The turn has ended now."""
        self._began = time.monotonic()

    def passed(self, stage: str) -> None:
        """`stage` is reached for the first time now, or was before."""
        self.ms.setdefault(stage, round((time.monotonic() - self._began) * 1000, 1))

    def took(self, stage: str, ms: float) -> None:
        """`stage` took that long; only the first time counts."""
        self.ms.setdefault(stage, round(max(0.0, ms), 1))
