"""One reply by a model at a provider: routed, said in rounds, with the agent's tools run between them.

| state | event | next |
|---|---|---|
| routing | the agent is known | asking: `session.update`, `response.create` |
| asking | response.created | saying |
| saying | words, audio | saying; what is checked is told |
| saying | words that nothing gave | cut: upstream is cancelled; then asking, for the fixed text in their place |
| saying | response.done with calls of the agent's tools | the tools run, then asking |
| saying | response.done with a call of the client's tool | over: the client is asked to run it |
| saying | response.done | over |
| any | the line breaks, the provider refuses or is too slow | lost |
| any | stop | over; what was said so far is the reply |
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol
from uuid import uuid4

from pybase64 import b64decode

from agents.agent import MAX_TOOL_ROUNDS
from agents.client_offer import ClientToolCall
from agents.relayed import RelayedTurn
from agents.turn import TurnDone
from edge_server.engines.cloud.speaking import Piece, Speaking
from edge_server.engines.cloud.upstream import Body, UpstreamError
from edge_server.engines.reply import Stages
from edge_server.realtime import effects as fx
from edge_server.realtime.effects import EngineEvent

log = logging.getLogger(__name__)


class Line(Protocol):
    """What a reply needs of the engine: the session at the provider."""

    async def ready(self) -> None:
        """Return when the session is open and no response runs in it."""
        ...

    def prepare(self, turn: RelayedTurn, think: fx.Think) -> list[Body]:
        """Tell the provider of the turn's persona and tools, and of words that it has not heard itself.

        Gives the items that a response outside the conversation answers.
        """
        ...

    def send(self, event: Body) -> None:
        """Send a client event."""
        ...

    def answered(self, turn: TurnDone) -> None:
        """The turn is over with this state."""
        ...

    def finished(self) -> None:
        """The reply has ended."""
        ...

    def lost(self, error: UpstreamError) -> None:
        """The provider cannot answer this turn."""
        ...


@dataclass(slots=True)
class _Message:
    """A message of the model: its item at the provider, and where its audio begins in the reply (ms)."""

    item_id: str
    starts_ms: float
    speaking: Speaking


@dataclass(slots=True)
class _Round:
    """One `response.create` and what came of it."""

    event_id: str
    ended: asyncio.Future[None]
    response_id: str | None = None
    calls: list[Body] = field(default_factory=list)
    timer: asyncio.TimerHandle | None = None


class CloudReply:
    """The reply to `think`. `begun` gives the routed turn; `tell` takes what is said. Made inside a running loop.

    `first_audio_s`: how long the provider may take in a round until something comes.
    """

    def __init__(
        self,
        think: fx.Think,
        begun: asyncio.Task[RelayedTurn],
        line: Line,
        tell: Callable[[EngineEvent], None],
        *,
        first_audio_s: float,
    ) -> None:
        self.think = think
        self.turn: RelayedTurn | None = None
        self.told = False
        self._begun = begun
        self._line = line
        self._tell = tell
        self._first_audio_s = first_audio_s
        self._stages = Stages()
        self._said: list[str] = []
        self._messages: list[_Message] = []
        self._round: _Round | None = None
        self._speaking: Speaking | None = None
        self._over = False
        self._task = asyncio.create_task(self._run(), name="cloud reply")

    @property
    def over(self) -> bool:
        """Whether nothing more will be told."""
        return self._over

    # The provider's events

    def take(self, event: Body) -> None:
        """An event of the provider's response. Those of another response are dropped."""
        running = self._round
        if running is None or self._over:
            return
        kind = event["type"]
        if kind == "response.created":
            running.response_id = running.response_id or str(_body(event["response"])["id"])
            return
        response_id = _body(event["response"])["id"] if kind == "response.done" else event.get("response_id")
        if response_id != running.response_id:
            return
        match kind:
            case "response.output_audio.delta":
                self._arrived(running)
                if self._speaking is not None:
                    self._pass_on(self._speaking.audio(b64decode(str(event["delta"]), validate=True)))
            case "response.output_item.added":
                item = _body(event["item"])
                if item["type"] == "message":
                    self._begin_message(str(item["id"]))
            case "response.output_audio_transcript.delta" | "response.output_text.delta":
                self._arrived(running)
                if self._speaking is not None:
                    self._pass_on(self._speaking.words(str(event["delta"])))
            case "response.output_audio_transcript.done" | "response.output_text.done":
                if self._speaking is not None:
                    self._pass_on(self._speaking.words_done())
            case "response.output_item.done":
                item = _body(event["item"])
                if item["type"] == "function_call":
                    self._arrived(running)
                    running.calls.append(item)
            case "response.done":
                self._response_done(running, _body(event["response"]))

    def refused(self, event_id: str, error: UpstreamError) -> bool:
        """The provider answered the event `event_id` with an error. Tells whether that was this reply's."""
        running = self._round
        if running is None or running.event_id != event_id or running.ended.done():
            return False
        running.ended.set_exception(error)
        return True

    def fail(self) -> None:
        """The line is gone: nothing more is said."""
        self._over = True
        self._task.cancel()

    def stop(self) -> None:
        """Say nothing more. What was said so far is the turn's reply; a turn that said and did nothing never was."""
        if self._over:
            return
        self._over = True
        self._end_round(cancel=True)
        self._task.cancel()
        self._begun.cancel()
        if self.turn is not None and self.think.remember and (self._said or self.turn.scope.calls):
            self._line.answered(self.turn.done(" ".join(self._said)))

    async def closed(self) -> None:
        """Stop, and wait until all work has ended."""
        self.stop()
        await asyncio.gather(self._task, self._begun, return_exceptions=True)

    def cuts(self, audio_ms: int) -> list[Body]:
        """The events that make the provider's items hold what was heard: `audio_ms` of the reply's speech."""
        if not self.think.speak:
            return []
        events: list[Body] = []
        for message in self._messages:
            heard = audio_ms - message.starts_ms
            where: Body = {"item_id": message.item_id}
            if heard <= 0:
                events.append({"type": "conversation.item.delete", **where})
            elif heard < message.speaking.sent_ms or not message.speaking.flowing:
                end = min(round(heard), round(message.speaking.sent_ms))
                events.append({"type": "conversation.item.truncate", **where, "content_index": 0, "audio_end_ms": end})
        return events

    # The reply's course

    async def _run(self) -> None:
        try:
            self.turn = turn = await self._begun
            self._stages.passed("route")
            if turn.change is not None:
                self._tell(fx.ReplyNotice(self.think.generation, turn.change))
            async with asyncio.timeout(self._first_audio_s):
                await self._line.ready()
            context = self._line.prepare(turn, self.think)
            await self._rounds(turn, context)
        except (UpstreamError, TimeoutError) as error:
            slow = UpstreamError("the provider did not answer in time", "too_slow")
            self._lost(error if isinstance(error, UpstreamError) else slow)
        except Exception:
            log.exception("a cloud reply broke off")
            self._lost(UpstreamError("the reply broke off", "internal"))

    async def _rounds(self, turn: RelayedTurn, context: list[Body]) -> None:
        say: str | None = None
        for number in range(MAX_TOOL_ROUNDS + 2):
            invented = await self._ask(turn, context, say, tools=number < MAX_TOOL_ROUNDS and say is None)
            running = self._round
            assert running is not None
            if invented:
                if say is not None:
                    break
                await self._line.ready()
                say = turn.instead
                continue
            if not running.calls:
                break
            for call in running.calls:
                if not await self._carry_out(turn, call, context):
                    self._finish(turn)
                    return
        self._finish(turn)

    async def _ask(self, turn: RelayedTurn, context: list[Body], say: str | None, *, tools: bool) -> bool:
        """One response. Tells whether it was cut because the model invented something."""
        wish: Body = {"output_modalities": ["audio" if self.think.speak else "text"]}
        if not self.think.remember:
            wish |= {"conversation": "none", "input": [*context], "instructions": turn.instructions}
        if say is not None:
            wish["instructions"] = f"Say exactly this and nothing else: {say}"
        if not tools:
            wish["tool_choice"] = "none"
        loop = asyncio.get_running_loop()
        running = _Round(f"event_{uuid4().hex[:20]}", loop.create_future())
        running.timer = loop.call_later(self._first_audio_s, self._too_slow, running)
        self._round, self._speaking = running, None
        self._line.send({"type": "response.create", "event_id": running.event_id, "response": wish})
        try:
            await running.ended
        finally:
            self._arrived(running)
        return self._end_message()

    def _end_message(self) -> bool:
        """The message is whole: pass on what is still held. Tells whether it had to be cut."""
        if self._speaking is not None and not self._speaking.invented:
            self._pass_on(self._speaking.end())
        return self._speaking is not None and self._speaking.invented

    async def _carry_out(self, turn: RelayedTurn, call: Body, context: list[Body]) -> bool:
        """Run a tool for the model; a tool of the client's goes to the client (False: the reply ends with it)."""
        name, arguments, call_id = str(call["name"]), str(call["arguments"]), str(call["call_id"])
        if any(tool.name == name for tool in self.think.offer.tools):
            self.told = True
            self._tell(fx.ReplyCall(self.think.generation, ClientToolCall(name, arguments)))
            return False
        output = await turn.call(call_id, name, arguments)
        for notice in turn.news():
            self._tell(fx.ReplyNotice(self.think.generation, notice))
        self._stages.passed("tools")
        answer: Body = {"type": "function_call_output", "call_id": call_id, "output": output}
        if self.think.remember:
            self._line.send({"type": "conversation.item.create", "item": answer})
        else:
            asked: Body = {"type": "function_call", "call_id": call_id, "name": name, "arguments": arguments}
            context += [asked, answer]
        return True

    def _finish(self, turn: RelayedTurn) -> None:
        self._over = True
        done = turn.done(" ".join(self._said))
        if self.think.remember:
            self._line.answered(done)
        self._tell(
            fx.ReplyDone(self.think.generation, done.state.agent, done.answered, self._stages.ms, done.ungrounded)
        )
        self._line.finished()

    def _lost(self, error: UpstreamError) -> None:
        if not self._over:
            self._over = True
            self._end_round(cancel=True)
            self._line.lost(error)

    # One response

    def _begin_message(self, item_id: str) -> None:
        assert self.turn is not None
        if self._speaking is not None:
            self._pass_on(self._speaking.end())
        self._speaking = Speaking(self.turn.grounded, self.turn.states_facts, self.think.speak)
        starts = sum(one.speaking.sent_ms for one in self._messages)
        self._messages.append(_Message(item_id, starts, self._speaking))

    def _pass_on(self, pieces: list[Piece]) -> None:
        generation = self.think.generation
        for piece in pieces:
            self.told = True
            if isinstance(piece, bytes):
                self._stages.passed("first_audio")
                self._tell(fx.ReplyAudio(generation, piece))
            else:
                self._stages.passed("first_clause")
                self._said.append(piece)
                self._tell(fx.ReplyText(generation, piece))
        if self._speaking is not None and self._speaking.invented:
            assert self.turn is not None
            self.turn.invented()
            self._end_round(cancel=True)

    def _response_done(self, running: _Round, response: Body) -> None:
        if running.ended.done():
            return
        if response["status"] == "failed":
            error = _body(_body(response.get("status_details") or {}).get("error") or {})
            message = str(error.get("message") or "the response failed")
            running.ended.set_exception(UpstreamError(message, str(error.get("code") or "response_failed")))
        else:
            running.ended.set_result(None)

    def _end_round(self, *, cancel: bool) -> None:
        running = self._round
        if running is not None and not running.ended.done():
            self._arrived(running)
            if cancel:
                self._line.send({"type": "response.cancel"})
            running.ended.set_result(None)

    def _arrived(self, running: _Round) -> None:
        if running.timer is not None:
            running.timer.cancel()
            running.timer = None

    def _too_slow(self, running: _Round) -> None:
        if not running.ended.done():
            running.ended.set_exception(UpstreamError("the provider did not answer in time", "too_slow"))


def _body(value: object) -> Body:
    if not isinstance(value, dict):
        raise UpstreamError("the provider sent what is no event", "bad_event")
    return value
