"""The conversation of one connection: client events and engine events in, effects out. No await, no I/O.

It is made of machines, each with its own table of states: `turns.py` (the customer's side), `responses.py` (the desk's
side), `items.py` (what was said), `playout.py` and `spoken.py` (what was heard), `silence.py` (nobody speaks). This
module joins them:

| when | and | then |
|---|---|---|
| speech starts | a reply runs or is to be heard; may interrupt | response cancelled, item cut to what was heard |
| a turn ends | | its item is added and transcribed |
| words are there | an answer is wanted, nobody speaks, nothing runs | a response begins |
| words are there | nothing was said | no response |
| words are there | they cut a reply off, but are nothing or "mm-hm" | a response says the rest of it |
| response.create | words are still missing | the response begins and waits for them |
| response.create | a response runs | error `conversation_already_has_active_response` |
| response.create outside the conversation | a response runs | it begins when that one has ended |
| a reply ends | a turn came meanwhile and wants an answer | the next response begins |
| nobody speaks for `idle_timeout_ms` | | input_audio_buffer.timeout_triggered, a response begins |

A response answers all of the customer's open messages, and all outputs of the client's tools. A message is open from
its arrival until a reply to it was given. A reply that was cut before its first word was heard leaves what was spoken
open, since people who go on after a pause say one thing in two turns; what was written is whole, and is open again only
if its reply had not begun. Speech does not stop a response outside the conversation.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

from agents.client_offer import Offer
from edge_server.audio import BYTES_PER_MS
from edge_server.realtime import effects as do
from edge_server.realtime.client_events import AnyClientEvent
from edge_server.realtime.effects import Effect, EngineEvent, Send
from edge_server.realtime.errors import ProtocolError
from edge_server.realtime.events import extension, input_audio, items, response, session
from edge_server.realtime.events.base import ServerEvent
from edge_server.realtime.events.error import ErrorEvent
from edge_server.realtime.ids import NewId, conversation_id
from edge_server.realtime.items import Items
from edge_server.realtime.playout import Playout
from edge_server.realtime.response_plan import ResponsePlan, outputs_of, planned
from edge_server.realtime.responses import Ending, RunningResponse
from edge_server.realtime.silence import Silence
from edge_server.realtime.spoken import SpokenReplies
from edge_server.realtime.turns import InputTurns

MOST_QUEUED = 16
"""Responses outside the conversation that may wait for the running one."""

ANSWERABLE_MS = 600
"""Whoever speaks when no more than this of a reply is left answers it, and does not interrupt it."""


class Conversation:
    """The state of one connection's conversation.

    `extensions`: whether the client wants events outside the protocol. Every method takes the time `now` (seconds on
    a monotonic clock) and gives the effects in the order in which they are to happen.
    """

    def __init__(self, config: session.SessionConfig, *, new_id: NewId, extensions: bool = False) -> None:
        self.config = config
        self._new_id = new_id
        self._extensions = extensions
        self._conversation_id = conversation_id(config.id)
        self._effects: list[Effect] = []
        self._items = Items()
        self._turns = InputTurns()
        self._spoken = SpokenReplies(self._items, self._effects.append)
        self._silence = Silence()
        self._running: RunningResponse | None = None
        self._plan: ResponsePlan | None = None
        self._queued: deque[ResponsePlan] = deque()
        self._generation = 0
        self._open: list[str] = []
        self._owes_answer = False
        self._interruption: _Interruption | None = None
        self._input_ms = 0.0

    def start(self) -> list[Effect]:
        """What happens before the client has said anything."""
        self._send(session.SessionCreated(self.config))
        self._do(do.Listen(self.config.audio.input.turn_detection))
        return self._take()

    @property
    def busy(self) -> bool:
        """Whether a response runs or is about to."""
        return self._running is not None or bool(self._queued) or bool(self._turns.waiting)

    def reject(self, error: ProtocolError) -> list[Effect]:
        """Tell the client that its last event cannot be carried out."""
        self._send(ErrorEvent.of(error))
        return self._take()

    def receive(self, event: AnyClientEvent, now: float) -> list[Effect]:
        """A client event. One that cannot be carried out gives an `error` event and changes nothing."""
        try:
            self._carry_out(event, now)
        except ProtocolError as error:
            error.event_id = error.event_id or event.event_id
            self._send(ErrorEvent.of(error))
        return self._take()

    def wakes_at(self) -> float | None:
        """When `elapsed` has something to do, if nothing happens before."""
        if self._running is not None or self._turns.speaking is not None or self._turns.waiting:
            return None
        return self._silence.over_at(self.config.audio.input.turn_detection)

    def elapsed(self, now: float) -> list[Effect]:
        """Time has passed."""
        due = self.wakes_at()
        if due is not None and now >= due:
            self._nobody_spoke()
        return self._take()

    def _carry_out(self, event: AnyClientEvent, now: float) -> None:
        match event:
            case input_audio.AppendAudio():
                self._append(event)
            case input_audio.CommitAudio():
                self._turns.require_room()
                self._silence.broken()
                self._turn_over(self._turns.committed(self._new_id("item")))
            case input_audio.ClearAudio():
                self._turns.cleared()
                self._do(do.ForgetAudio())
                self._send(input_audio.AudioCleared())
            case input_audio.ClearOutputAudio():
                self._cut_reply(now, "client_cancelled")
                self._next()
            case items.CreateItem():
                self._create_item(event)
            case items.DeleteItem():
                self._items.get(event.item_id, to="delete")
                self._delete(event.item_id)
            case items.RetrieveItem():
                self._send(items.ItemRetrieved(self._items.get(event.item_id, to="retrieve")))
            case items.TruncateItem():
                self._spoken.truncate(event)
            case response.CreateResponse():
                self._silence.broken()
                self._create_response(planned(event.response or response.ResponseRequest(), self.config, self._items))
            case response.CancelResponse():
                self._cancel(event, now)
            case session.UpdateSession():
                self._update_session(event)

    # The client's events

    def _append(self, event: input_audio.AppendAudio) -> None:
        if len(event.audio) % 2:
            raise ProtocolError("invalid_value", "PCM16 audio has an even number of bytes.", param="audio")
        length_ms = len(event.audio) / BYTES_PER_MS
        self._turns.appended(length_ms)
        self._input_ms += length_ms
        self._do(do.Hear(event.audio))

    def _create_item(self, event: items.CreateItem) -> None:
        clips = [part.audio for part in event.item.content if part.audio]
        if any(len(clip) % 2 for clip in clips):
            message = "PCM16 audio has an even number of bytes."
            raise ProtocolError("invalid_value", message, param="item.content.audio")
        item = event.item.as_item(event.item.id or self._new_id("item"))
        unheard = bool(clips) and not item.words
        if unheard:
            self._turns.require_room()
        self._make_room(for_item=item)
        previous = self._items.add(item, after=event.previous_item_id)
        self._silence.broken()
        self._send(items.ItemAdded(item, previous))
        self._send(items.ItemDone(item, previous))
        if item.role == "assistant":  # a client that connects anew tells what was said before
            self._open = [one for one in self._open if not self._items.is_answered(one)]
        elif (item.role == "user" or item.type == "function_call_output") and not self._items.is_answered(item.id):
            self._open.append(item.id)
        if unheard:
            self._turns.waiting[item.id] = False
            self._do(do.Transcribe(item.id, b"".join(clips)))

    def _delete(self, item_id: str) -> None:
        self._items.delete(item_id)
        self._spoken.forget(item_id)
        self._open = [open_id for open_id in self._open if open_id != item_id]
        self._send(items.ItemDeleted(item_id))

    def _make_room(self, *, for_item: items.Item) -> None:
        """Let the oldest items go, and say so, so that a long conversation does not grow without end."""
        kept = {*self._open, *self._turns.waiting, *([self._running.item_id] if self._running else [])}
        for item_id in self._items.surplus(for_item, kept):
            self._delete(item_id)

    def _update_session(self, event: session.UpdateSession) -> None:
        before = self.config.audio.input.turn_detection
        self.config = self.config.updated(event.session)
        self._send(session.SessionUpdated(self.config))
        if self.config.audio.input.turn_detection != before:
            self._do(do.Listen(self.config.audio.input.turn_detection))

    def _cancel(self, event: response.CancelResponse, now: float) -> None:
        running = self._running
        meant = running is not None and (
            event.response_id == running.id if event.response_id else running.items is not None
        )
        if not meant:
            # clients know these first two words, and take the error for what it is: nothing to do
            raise ProtocolError("response_cancel_not_active", "Cancellation failed: no such response is active.")
        self._cut_reply(now, "client_cancelled")
        self._next()

    # The customer's turns

    def _turn_over(self, item_id: str) -> None:
        """A turn has ended: announce its item and have it written down."""
        self._add_audio_item(item_id, None)
        self._open.append(item_id)
        self._do(do.Transcribe(item_id))

    def _add_audio_item(self, item_id: str, transcript: str | None) -> None:
        content = (items.ContentPart("input_audio", transcript=transcript),)
        item = items.Item(item_id, "message", "completed", role="user", content=content)
        self._make_room(for_item=item)
        previous = self._items.last_id()
        self._send(input_audio.AudioCommitted(item_id, previous))
        self._items.add(item)
        self._send(items.ItemAdded(item, previous))
        self._send(items.ItemDone(item, previous))

    def _nobody_spoke(self) -> None:
        """The wait for the customer is over: the silence becomes an item, and the desk speaks."""
        detection = self.config.audio.input.turn_detection
        assert isinstance(detection, session.ServerVad)
        wait_ms = detection.idle_timeout_ms or 0
        silences = self._silence.is_over()
        item_id = self._new_id("item")
        ends = round(self._input_ms)
        self._send(input_audio.TimeoutTriggered(max(0, ends - wait_ms), ends, item_id))
        self._turns.cleared()
        self._do(do.ForgetAudio())
        self._add_audio_item(item_id, "")
        self._create_response(planned(response.ResponseRequest(), self.config, self._items, silences=silences))

    def _words_known(self, *, wanted: bool) -> None:
        """A turn has its words, or never will have: answer what can be answered now."""
        self._owes_answer = self._owes_answer or wanted
        if self._running is not None and self._running.state == "waiting":
            self._think_if_heard()
        self._next()

    def _next(self) -> None:
        """Begin what was waiting for the running response to end."""
        if self._owes_answer and self._running is None and self._turns.speaking is None and not self._turns.waiting:
            self._owes_answer = False
            if self._open_words():
                self._create_response(planned(response.ResponseRequest(), self.config, self._items))
        if self._queued and self._running is None:
            self._create_response(self._queued.popleft())

    def _open_words(self) -> str:
        return " ".join(words for item_id in self._open if (words := self._items.get(item_id).words))

    # Responses

    def _create_response(self, plan: ResponsePlan) -> None:
        if self._running is not None:
            if not plan.in_conversation and len(self._queued) < MOST_QUEUED:
                self._queued.append(plan)
                return
            message = f"Response {self._running.id} is still running; wait for its response.done or cancel it."
            raise ProtocolError("conversation_already_has_active_response", message)
        self._generation += 1
        running = RunningResponse(
            id=self._new_id("resp"),
            generation=self._generation,
            item_id=self._new_id("item"),
            conversation_id=self._conversation_id,
            items=self._items if plan.in_conversation else None,
            speaks=plan.speaks,
            voice=plan.voice,
            format=plan.format,
            max_output_tokens=plan.max_output_tokens,
            metadata=plan.metadata,
        )
        self._running, self._plan = running, plan
        self._silence.busy()
        for event in running.begin():
            self._send(event)
        self._think_if_heard()

    def _think_if_heard(self) -> None:
        """Have the running response thought, unless words that it answers are still missing."""
        running, plan = self._running, self._plan
        assert running is not None
        assert plan is not None
        answers: tuple[str, ...] = ()
        if plan.resumes is not None:
            utterance, offer = "", plan.offer(())
        elif plan.utterance is not None:
            utterance, offer = plan.utterance, plan.offer(())
        elif self._turns.waiting:
            return
        else:
            answers = tuple(self._open) if plan.in_conversation else ()
            utterance = self._open_words()
            offer = self._open_offer(plan)
        running.thinking(utterance, answers)
        if plan.in_conversation:
            self._spoken.begin(Playout(running.item_id, running.generation, answers) if plan.speaks else None)
        think = _thought(plan, running.generation, utterance, offer)
        self._do(think if plan.resumes is None else do.Resume(running.generation, plan.resumes, think))

    def _open_offer(self, plan: ResponsePlan) -> Offer:
        return plan.offer(outputs_of(map(self._items.get, self._open), self._items))

    def _cut_reply(self, now: float, reason: response.Reason) -> None:
        """Stop the reply that runs or is still to be heard, and keep of it what was heard."""
        running, playout = self._running, self._spoken.current
        if running is not None:
            self._do(do.StopThinking(running.generation))
            self._end(running, now, "cancelled", reason=reason)
            if running.items is None:
                return
            if playout is None or playout.generation != running.generation:
                self._close_answered(running.answers if running.text else ())
                self._do(do.KeepHeard(running.generation, running.text))
                return
        if playout is not None and (running is not None or playout.playing(now)):
            self._close_answered(playout.answers)
            cut = self._spoken.cut(now)
            if reason == "turn_detected" and cut is not None and not cut[1]:
                self._ask_again(playout)

    def _ask_again(self, playout: Playout) -> None:
        """Nobody heard the answer, and the customer speaks on: what it answered is open again."""
        asked = [self._items.get(item_id) for item_id in playout.answers if item_id in self._items]
        again = [item.id for item in asked if item.spoken or not playout.sent_ms]
        self._open = again + [item_id for item_id in self._open if item_id not in again]

    def _close_answered(self, answered: tuple[str, ...]) -> None:
        self._open = [item_id for item_id in self._open if item_id not in answered]

    def _end(
        self,
        running: RunningResponse,
        now: float,
        status: Ending,
        *,
        reason: response.Reason | None = None,
        error: response.StatusError | None = None,
    ) -> None:
        for event in running.end(status, reason=reason, error=error):
            self._send(event)
        self._running = self._plan = None
        if running.items is not None:
            playout = self._spoken.current
            self._silence.reply_ended(now if playout is None else max(now, playout.ends_at()))

    # The engine's events

    def hear(self, event: EngineEvent, now: float) -> list[Effect]:
        """Something the engine says."""
        match event:
            case do.SpeechStarted():
                self._speech_started(event, now)
            case do.SpeechStopped():
                self._speech_stopped(event)
            case do.HeardSoFar():
                self._heard_so_far(event)
            case do.TranscribedPartly():
                self._transcribed_partly(event)
            case do.Transcribed():
                self._transcribed(event)
            case do.TranscriptionBroke():
                if self._items.set_words(event.item_id, "") is not None:
                    self._send(items.TranscriptionFailed(event.item_id, items.TranscriptionError(event.message)))
                self._words_known(wanted=self._turns.transcribed(event.item_id))
            case do.EngineSwitched():
                self._send(extension.EngineChanged(event.previous, event.engine, event.reason))
            case _:
                self._reply(event, now)
        return self._take()

    def _speech_started(self, event: do.SpeechStarted, now: float) -> None:
        detection = self.config.audio.input.turn_detection
        if detection is None or self._turns.speaking is not None:
            return
        item_id = self._new_id("item")
        self._turns.started(item_id)
        self._silence.broken()
        self._send(input_audio.SpeechStarted(item_id, event.at_ms))
        in_conversation = self._running is None or self._running.items is not None
        if detection.interrupt_response and in_conversation:
            cut = self._to_resume(now)
            if cut is None and self._interruption is not None:
                cut = self._interruption.generation
            self._interruption = None if cut is None else _Interruption(cut, item_id)
            self._cut_reply(now, "turn_detected")
            self._next()

    def _to_resume(self, now: float) -> int | None:
        """The generation of the reply that would be cut in its midst now."""
        playout = self._spoken.current
        if playout is None or not (self._running is not None or playout.playing(now)):
            return None
        heard_ms = playout.heard_ms(now)
        all_sent = self._running is None
        nearly_over = all_sent and playout.sent_ms - heard_ms < ANSWERABLE_MS
        return None if nearly_over or not playout.text_heard(heard_ms) else playout.generation

    def _resumes(self, event: do.Transcribed, *, wanted: bool) -> bool:
        """Say the rest of a reply that was cut off for nothing, if the words of the turn that cut it tell so."""
        cut = self._interruption
        if cut is None or cut.item_id != event.item_id:
            return False
        self._interruption = None
        if event.text and not event.aside:
            return False
        self._close_answered((event.item_id,))
        if self._turns.speaking is not None:
            self._interruption = _Interruption(cut.generation, self._turns.speaking)
            return False
        if not wanted or self._running is not None or self._turns.waiting or self._open_words():
            return False
        plan = planned(response.ResponseRequest(), self.config, self._items)
        self._create_response(replace(plan, resumes=cut.generation))
        return True

    def _speech_stopped(self, event: do.SpeechStopped) -> None:
        detection = self.config.audio.input.turn_detection
        item_id = self._turns.stopped(answer=detection is not None and detection.create_response)
        if item_id is None:
            self._do(do.ForgetAudio())
            return
        self._send(input_audio.SpeechStopped(item_id, event.at_ms))
        self._turn_over(item_id)

    def _heard_so_far(self, event: do.HeardSoFar) -> None:
        """Have the answer rehearsed that a response would begin with, if the turn ended here."""
        detection = self.config.audio.input.turn_detection
        wanted = detection is not None and detection.create_response and self._turns.speaking is not None
        if event.aside and self._interruption is not None:
            return
        if not wanted or not event.text or self._running is not None or self._turns.waiting:
            return
        plan = planned(response.ResponseRequest(), self.config, self._items)
        utterance = " ".join(words for words in (self._open_words(), event.text) if words)
        self._do(do.ThinkAhead(_thought(plan, 0, utterance, self._open_offer(plan))))

    def _transcribed_partly(self, event: do.TranscribedPartly) -> None:
        item_id = event.item_id or self._turns.speaking
        pending = item_id is not None and (item_id == self._turns.speaking or item_id in self._turns.waiting)
        if pending and item_id and event.text_delta and self.config.audio.input.transcription is not None:
            self._send(items.TranscriptionDelta(item_id, event.text_delta))

    def _transcribed(self, event: do.Transcribed) -> None:
        known = self._items.set_words(event.item_id, event.text) is not None
        if known and self.config.audio.input.transcription is not None:
            usage = items.TranscriptionUsage(event.seconds)
            self._send(items.TranscriptionCompleted(event.item_id, event.text, usage))
        wanted = self._turns.transcribed(event.item_id)
        if not self._resumes(event, wanted=wanted):
            self._words_known(wanted=wanted)

    def _reply(self, event: EngineEvent, now: float) -> None:
        running = self._running
        if running is None or getattr(event, "generation", None) != running.generation:
            return  # stale: the response it belongs to is over
        playout = self._spoken.current if running.items is not None else None
        match event:
            case do.ReplyText(text=text):
                said = running.room(text)
                self._send_all(running.clause(said))
                if playout is not None and said and running.state == "replying":
                    playout.clause(said)
                if running.full:
                    self._cut_short(running, now)
            case do.ReplyAudio(pcm=pcm):
                self._send_all(running.audio(pcm))
                if playout is not None and running.state == "replying":
                    playout.sent(len(pcm) / BYTES_PER_MS, now)
            case do.ReplyCall(call=call):
                self._send_all(running.call(self._new_id("item"), self._new_id("call"), call.name, call.arguments))
            case do.ReplyNotice(notice=notice):
                self._send(extension.told(running.id, notice))
            case do.ReplyDone():
                self._end(running, now, "completed")
                self._close_answered(running.answers)
                self._send(extension.TurnMetrics(running.id, event.agent, event.answered, event.stages_ms))
                self._next()
            case do.ReplyBroke(message=message):
                self._end(running, now, "failed", error=response.StatusError("server_error", "reply_failed", message))
                self._next()

    def _cut_short(self, running: RunningResponse, now: float) -> None:
        """The reply has come to `max_output_tokens`; what the engine still says of it is stale."""
        self._end(running, now, "incomplete", reason="max_output_tokens")
        self._close_answered(running.answers)
        self._next()

    # Effects

    def _send(self, event: ServerEvent) -> None:
        if self._extensions or not isinstance(event, extension.ExtensionEvent):
            self._effects.append(Send(event))

    def _send_all(self, events: list[ServerEvent]) -> None:
        for event in events:
            self._send(event)

    def _do(self, command: do.Command) -> None:
        self._effects.append(command)

    def _take(self) -> list[Effect]:
        taken = self._effects.copy()
        self._effects.clear()
        return taken


@dataclass(frozen=True, slots=True)
class _Interruption:
    """A reply (its generation) that speech has cut off, and the item whose words will tell whether for a reason."""

    generation: int
    item_id: str


def _thought(plan: ResponsePlan, generation: int, utterance: str, offer: Offer) -> do.Think:
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
