"""One reply by a model at a provider: routed, said in rounds, with the agent's tools run between them.

| state | event | next |
|---|---|---|
| routing | the agent is known | asking: `session.update`, `response.create` |
| routing | no words are left to say | over |
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

from pybase64 import b64decode

from agents.agent import MAX_TOOL_ROUNDS
from agents.client_offer import ClientToolCall
from agents.relayed import RelayedTurn
from edge_server.engines import failures
from edge_server.engines.cloud.openings import Opening, exactly
from edge_server.engines.cloud.rounds import Line, Message, Round, body
from edge_server.engines.cloud.speaking import Piece, Speaking
from edge_server.engines.cloud.upstream import Body, UpstreamError
from edge_server.engines.reply import Stages
from edge_server.realtime import effects as fx
from edge_server.realtime.effects import EngineEvent

log = logging.getLogger(__name__)


class CloudReply:
    """The reply to `think`. `begun` gives its opening; `tell` takes what is said. Made inside a running loop.

    `ready_s`: how long a line may take that is being opened; `first_audio_s`: how long the provider may take in a round
    until something comes. `question`: the turn that the reply belongs to, for whoever answers it instead (None: that
    of `think`).
    """

    def __init__(
        self,
        think: fx.Think,
        begun: asyncio.Task[Opening],
        line: Line,
        tell: Callable[[EngineEvent], None],
        *,
        ready_s: float,
        first_audio_s: float,
        question: fx.Think | None = None,
    ) -> None:
        self.think = think
        self.question = question or think
        self.opening: Opening | None = None
        self.told = False
        self.whole = False
        """Whether the model has said all that it wanted to."""
        self._begun = begun
        self._line = line
        self._tell = tell
        self._ready_s = ready_s
        self._first_audio_s = first_audio_s
        self._stages = Stages()
        self._said: list[str] = []
        self._messages: list[Message] = []
        self._round: Round | None = None
        self._speaking: Speaking | None = None
        self._over = False
        self._task = asyncio.create_task(self._run(), name="cloud reply")

    @property
    def over(self) -> bool:
        """Whether nothing more will be told."""
        return self._over

    @property
    def text(self) -> str:
        """What was told of it so far."""
        return " ".join(self._said)

    # The provider's events

    def take(self, event: Body) -> None:
        """An event of the provider's response. Those of another response are dropped."""
        running = self._round
        if running is None or self._over or not running.is_mine(event):
            return
        match event["type"]:
            case "response.output_audio.delta":
                running.arrived()
                if self._speaking is not None:
                    self._pass_on(self._speaking.audio(b64decode(str(event["delta"]), validate=True)))
            case "response.output_item.added":
                item = body(event["item"])
                if item["type"] == "message":
                    self._begin_message(str(item["id"]))
            case "response.output_audio_transcript.delta" | "response.output_text.delta":
                running.arrived()
                if self._speaking is not None:
                    self._pass_on(self._speaking.words(str(event["delta"])))
            case "response.output_audio_transcript.done" | "response.output_text.done":
                if self._speaking is not None:
                    self._pass_on(self._speaking.words_done())
            case "response.output_item.done":
                item = body(event["item"])
                if item["type"] == "function_call":
                    running.arrived()
                    running.calls.append(item)
            case "response.done":
                running.done(body(event["response"]))

    def refused(self, event_id: str | None, error: UpstreamError) -> bool:
        """The provider answered the event `event_id` with an error (None: whatever it was that is under way).

        Tells whether that was this reply's.
        """
        running = self._round
        mine = running is not None and event_id in (None, running.event_id)
        return mine and running is not None and running.fail(error)

    def fail(self) -> None:
        """The line is gone: nothing more is said."""
        self._over = True
        self._task.cancel()

    def stop(self) -> None:
        """Say nothing more. What was said so far is the turn's reply; a turn that said and did nothing never was."""
        if self._over:
            return
        self._over = True
        self._end_round()
        self._task.cancel()
        self._begun.cancel()
        opening = self.opening
        if opening is not None and self.think.remember and (self._said or opening.turn.scope.calls):
            self._line.answered(opening.done(self.text))

    async def closed(self) -> None:
        """Stop, and wait until all work has ended."""
        self.stop()
        await asyncio.gather(self._task, self._begun, return_exceptions=True)

    def cuts(self, audio_ms: int) -> list[Body]:
        """The events that make the provider's items hold what was heard: `audio_ms` of the reply's speech."""
        if not self.think.speak:
            return []
        return [event for message in self._messages if (event := message.cut(audio_ms)) is not None]

    # The reply's course

    async def _run(self) -> None:
        try:
            self.opening = opening = await self._begun
            self._stages.passed("route")
            for notice in opening.notices:
                self._tell(fx.ReplyNotice(self.think.generation, notice))
            if opening.say != "":
                async with asyncio.timeout(self._ready_s):
                    await self._line.ready()
                context = self._line.prepare(opening.turn, self.think)
                await self._rounds(opening, context)
            self._finish(opening)
        except (UpstreamError, TimeoutError) as error:
            slow = UpstreamError("the provider did not answer in time", failures.SLOW)
            self._lost(error if isinstance(error, UpstreamError) else slow)
        except Exception:
            log.exception("a cloud reply broke off")
            self._lost(UpstreamError("the reply broke off", failures.SERVER))

    async def _rounds(self, opening: Opening, context: list[Body]) -> None:
        turn, told, exact = opening.turn, opening.instructions(), opening.say is not None
        for number in range(MAX_TOOL_ROUNDS + 2):
            invented = await self._ask(opening, context, told, tools=number < MAX_TOOL_ROUNDS and not exact)
            running = self._round
            assert running is not None
            if invented:
                if exact:
                    return
                await self._line.ready()
                told, exact = exactly(turn.instead), True
                continue
            if exact or not running.calls:
                return
            for call in running.calls:
                if not await self._carry_out(turn, call, context):
                    return

    async def _ask(self, opening: Opening, context: list[Body], told: str | None, *, tools: bool) -> bool:
        """One response. Tells whether it was cut because the model invented something."""
        wish: Body = {"output_modalities": ["audio" if self.think.speak else "text"]}
        if not self.think.remember:
            wish |= {"conversation": "none", "input": [*context], "instructions": opening.turn.instructions}
        if told is not None:
            wish["instructions"] = told
        if not tools:
            wish["tool_choice"] = "none"
        running = Round(self._first_audio_s)
        self._round, self._speaking = running, None
        self._line.send({"type": "response.create", "event_id": running.event_id, "response": wish})
        try:
            await running.ended
        finally:
            running.arrived()
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

    def _finish(self, opening: Opening) -> None:
        self._over = self.whole = True
        done = opening.done(self.text)
        if self.think.remember:
            self._line.answered(done)
        agent, asked = done.state.agent, self._line.asked(done.state)
        self._tell(fx.ReplyDone(self.think.generation, agent, done.answered, self._stages.ms, done.ungrounded, asked))
        self._line.finished()

    def _lost(self, error: UpstreamError) -> None:
        if not self._over:
            self._over = True
            self._end_round()
            self._line.lost(error)

    # One response

    def _begin_message(self, item_id: str) -> None:
        assert self.opening is not None
        if self._speaking is not None:
            self._pass_on(self._speaking.end())
        self._speaking = Speaking(self.opening.grounded, self.opening.turn.states_facts, self.think.speak)
        starts = sum(one.speaking.sent_ms for one in self._messages)
        self._messages.append(Message(item_id, starts, self._speaking))

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
            assert self.opening is not None
            self.opening.turn.invented()
            self._end_round()

    def _end_round(self) -> None:
        """Cancel what the provider still says."""
        if self._round is not None and self._round.over():
            self._line.send({"type": "response.cancel"})
