"""The desk's side of a conversation: which response runs, what it answers, and what waits for it.

| when | and | then |
|---|---|---|
| words are there | an answer is wanted, nobody speaks, nothing runs | a response begins |
| words are there | nothing was said | no response |
| response.create | words are still missing | the response begins and waits for them |
| response.create | a response runs | error `conversation_already_has_active_response` |
| response.create outside the conversation | a response runs | it begins when that one has ended |
| a reply ends | a turn came meanwhile and wants an answer | the next response begins |

A response answers all of the customer's open messages, and all outputs of the client's tools. A message is open from
its arrival until a reply to it was given. A reply that was cut before its first word was heard leaves what was spoken
open, since people who go on after a pause say one thing in two turns; what was written is whole, and is open again only
if its reply had not begun.
"""

from __future__ import annotations

from collections import deque

from agents.client_offer import Offer
from edge_server.audio import BYTES_PER_MS
from edge_server.realtime import effects as do
from edge_server.realtime.effects import EngineEvent
from edge_server.realtime.errors import ProtocolError
from edge_server.realtime.events import extension, response
from edge_server.realtime.playout import Playout
from edge_server.realtime.response_plan import ResponsePlan, outputs_of
from edge_server.realtime.responses import Ending, RunningResponse
from edge_server.realtime.state import ConversationState

MOST_QUEUED = 16
"""Responses outside the conversation that may wait for the running one."""


class Replying:
    """The responses of one conversation, at most one at a time."""

    def __init__(self, state: ConversationState, conversation_id: str) -> None:
        self._state = state
        self._conversation_id = conversation_id
        self.running: RunningResponse | None = None
        self._plan: ResponsePlan | None = None
        self._queued: deque[ResponsePlan] = deque()
        self._generation = 0
        self._owes_answer = False

    @property
    def busy(self) -> bool:
        """Whether a response runs or waits for its turn."""
        return self.running is not None or bool(self._queued)

    def words_known(self, *, wanted: bool) -> None:
        """A turn has its words, or never will have: answer what can be answered now."""
        self._owes_answer = self._owes_answer or wanted
        if self.running is not None and self.running.state == "waiting":
            self._think_if_heard()
        self.begin_next()

    def begin_next(self) -> None:
        """Begin what was waiting for the running response to end."""
        turns = self._state.turns
        if self._owes_answer and self.running is None and turns.speaking is None and not turns.waiting:
            self._owes_answer = False
            if self._state.open_words():
                self.create(self._state.plan())
        if self._queued and self.running is None:
            self.create(self._queued.popleft())

    def create(self, plan: ResponsePlan) -> None:
        """Begin a response; one outside the conversation waits for the running one. Raises ProtocolError."""
        if self.running is not None:
            if not plan.in_conversation and len(self._queued) < MOST_QUEUED:
                self._queued.append(plan)
                return
            message = f"Response {self.running.id} is still running; wait for its response.done or cancel it."
            raise ProtocolError("conversation_already_has_active_response", message)
        self._generation += 1
        running = RunningResponse(
            id=self._state.new_id("resp"),
            generation=self._generation,
            item_id=self._state.new_id("item"),
            conversation_id=self._conversation_id,
            items=self._state.items if plan.in_conversation else None,
            speaks=plan.speaks,
            voice=plan.voice,
            format=plan.format,
            max_output_tokens=plan.max_output_tokens,
            metadata=plan.metadata,
        )
        self.running, self._plan = running, plan
        self._state.silence.busy()
        self._state.replying_with = running.item_id
        self._state.send(*running.begin())
        self._think_if_heard()

    def _think_if_heard(self) -> None:
        """Have the running response thought, unless words that it answers are still missing."""
        running, plan = self.running, self._plan
        assert running is not None
        assert plan is not None
        answers: tuple[str, ...] = ()
        if plan.resumes is not None:
            utterance, offer = "", plan.offer(())
        elif plan.utterance is not None:
            utterance, offer = plan.utterance, plan.offer(())
        elif self._state.turns.waiting:
            return
        else:
            answers = tuple(self._state.open) if plan.in_conversation else ()
            utterance = self._state.open_words()
            offer = self.open_offer(plan)
        running.thinking(utterance, answers)
        if plan.in_conversation:
            self._state.spoken.begin(Playout(running.item_id, running.generation, answers) if plan.speaks else None)
        think = thought(plan, running.generation, utterance, offer)
        self._state.do(think if plan.resumes is None else do.Resume(running.generation, plan.resumes, think))

    def open_offer(self, plan: ResponsePlan) -> Offer:
        """The client's tools, and the outputs of theirs that are not answered yet."""
        return plan.offer(outputs_of(map(self._state.items.get, self._state.open), self._state.items))

    def cut(self, now: float, reason: response.Reason) -> None:
        """Stop the reply that runs or is still to be heard, and keep of it what was heard."""
        running, playout = self.running, self._state.spoken.current
        if running is not None:
            self._state.do(do.StopThinking(running.generation))
            self._end(running, now, "cancelled", reason=reason)
            if running.items is None:
                return
            if playout is None or playout.generation != running.generation:
                self._state.close_answered(running.answers if running.text else ())
                self._state.do(do.KeepHeard(running.generation, running.text))
                return
        if playout is not None and (running is not None or playout.playing(now)):
            self._state.close_answered(playout.answers)
            cut = self._state.spoken.cut(now)
            if reason == "turn_detected" and cut is not None and not cut[1]:
                self._ask_again(playout)

    def _ask_again(self, playout: Playout) -> None:
        """Nobody heard the answer, and the customer speaks on: what it answered is open again."""
        asked = [self._state.items.get(item_id) for item_id in playout.answers if item_id in self._state.items]
        again = [item.id for item in asked if item.spoken or not playout.sent_ms]
        self._state.open = again + [item_id for item_id in self._state.open if item_id not in again]

    def _end(
        self,
        running: RunningResponse,
        now: float,
        status: Ending,
        *,
        reason: response.Reason | None = None,
        error: response.StatusError | None = None,
    ) -> None:
        self._state.send(*running.end(status, reason=reason, error=error))
        self.running = self._plan = self._state.replying_with = None
        if running.items is not None:
            playout = self._state.spoken.current
            self._state.silence.reply_ended(now if playout is None else max(now, playout.ends_at()))

    def cancel(self, event: response.CancelResponse, now: float) -> None:
        """The client stops a response: the one that it names, else the conversation's own. Raises ProtocolError."""
        running = self.running
        meant = running is not None and (
            event.response_id == running.id if event.response_id else running.items is not None
        )
        if not meant:
            # clients know these first two words, and take the error for what it is: nothing to do
            raise ProtocolError("response_cancel_not_active", "Cancellation failed: no such response is active.")
        self.cut(now, "client_cancelled")
        self.begin_next()

    def hear(self, event: EngineEvent, now: float) -> None:
        """What the engine says of its reply; nothing when the response that it belongs to is over."""
        running = self.running
        if running is None or getattr(event, "generation", None) != running.generation:
            return  # stale: the response it belongs to is over
        playout = self._state.spoken.current if running.items is not None else None
        match event:
            case do.ReplyText(text=text):
                said = running.room(text)
                self._state.send(*running.clause(said))
                if playout is not None and said and running.state == "replying":
                    playout.clause(said)
                if running.full:
                    self._cut_short(running, now)
            case do.ReplyAudio(pcm=pcm):
                self._state.send(*running.audio(pcm))
                if playout is not None and running.state == "replying":
                    playout.sent(len(pcm) / BYTES_PER_MS, now)
            case do.ReplyCall(call=call):
                item_id, call_id = self._state.new_id("item"), self._state.new_id("call")
                self._state.send(*running.call(item_id, call_id, call.name, call.arguments))
            case do.ReplyNotice(notice=notice):
                self._state.send(*extension.told(running.id, notice))
            case do.ReplyDone():
                self._end(running, now, "completed")
                self._state.close_answered(running.answers)
                if event.asked is not None and running.items is not None:
                    self._state.send(extension.expecting(running.id, event.agent, event.asked))
                self._state.send(extension.TurnMetrics(running.id, event.agent, event.answered, event.stages_ms))
                self.begin_next()
            case do.ReplyBroke(message=message):
                self._end(running, now, "failed", error=response.StatusError("server_error", "reply_failed", message))
                self.begin_next()

    def _cut_short(self, running: RunningResponse, now: float) -> None:
        """The reply has come to `max_output_tokens`; what the engine still says of it is stale."""
        self._end(running, now, "incomplete", reason="max_output_tokens")
        self._state.close_answered(running.answers)
        self.begin_next()


def thought(plan: ResponsePlan, generation: int, utterance: str, offer: Offer) -> do.Think:
    """The command to answer `utterance` as `plan` has it."""
    return do.Think(
        generation,
        utterance,
        speak=plan.speaks,
        remember=plan.in_conversation,
        speed=plan.speed,
        voice=plan.voice,
        offer=offer,
        instructions=plan.instructions,
        silences=plan.silences,
    )
