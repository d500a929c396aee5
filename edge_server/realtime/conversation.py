"""The conversation of one connection: client events and engine events in, effects out. No await, no I/O.

It is made of four machines, each with its own table of states: `turns.py` (the customer's side), `responses.py`
(the desk's side), `items.py` (what was said) and `playout.py` (what was heard). This module joins them:

| when | and | then |
|---|---|---|
| speech starts | a reply runs or is to be heard; may interrupt | response cancelled, item cut to what was heard |
| a turn ends | | its item is added and transcribed |
| words are there | an answer is wanted, nobody speaks, nothing runs | a response begins |
| words are there | nothing was said | no response |
| response.create | words are still missing | the response begins and waits for them |
| response.create | a response runs | error `conversation_already_has_active_response` |

| a reply ends | a turn came meanwhile and wants an answer | the next response begins |

A response answers all of the customer's open messages. A message is open from its arrival until a reply to it was
given. A reply that was cut before its first word was heard leaves what was spoken open, since people who go on after a
pause say one thing in two turns; what was written is whole, and is open again only if its reply had not begun.
"""

from __future__ import annotations

from dataclasses import replace

from edge_server.audio import BYTES_PER_MS
from edge_server.realtime import effects as do
from edge_server.realtime.client_events import AnyClientEvent
from edge_server.realtime.effects import Effect, EngineEvent, Send
from edge_server.realtime.errors import ProtocolError
from edge_server.realtime.events import extension, input_audio, items, response, session
from edge_server.realtime.events.base import ServerEvent, decode_pcm
from edge_server.realtime.events.error import ErrorEvent
from edge_server.realtime.ids import NewId
from edge_server.realtime.items import Items
from edge_server.realtime.playout import Playout
from edge_server.realtime.responses import Ending, RunningResponse
from edge_server.realtime.turns import InputTurns


class Conversation:
    """The state of one connection's conversation.

    `extensions`: whether the client wants events outside the protocol. Every method takes the time `now` (seconds on
    a monotonic clock) and gives the effects in the order in which they are to happen.
    """

    def __init__(self, config: session.SessionConfig, *, new_id: NewId, extensions: bool = False) -> None:
        self.config = config
        self._new_id = new_id
        self._extensions = extensions
        self._conversation_id = new_id("conv")
        self._items = Items()
        self._turns = InputTurns()
        self._running: RunningResponse | None = None
        self._playout: Playout | None = None
        self._spoken: dict[str, Playout] = {}
        self._generation = 0
        self._open: list[str] = []
        self._owes_answer = False
        self._effects: list[Effect] = []

    def start(self) -> list[Effect]:
        """What happens before the client has said anything."""
        self._send(session.SessionCreated(self.config))
        self._do(do.Listen(self.config.audio.input.turn_detection))
        return self._take()

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

    def _carry_out(self, event: AnyClientEvent, now: float) -> None:
        match event:
            case input_audio.AppendAudio():
                self._append(event)
            case input_audio.CommitAudio():
                self._turn_over(self._turns.committed(self._new_id("item")))
            case input_audio.ClearAudio():
                self._turns.cleared()
                self._do(do.ForgetAudio())
                self._send(input_audio.AudioCleared())
            case input_audio.ClearOutputAudio():
                self._cut_reply(now, "client_cancelled")
            case items.CreateItem():
                self._create_item(event)
            case items.DeleteItem():
                self._items.delete(event.item_id)
                self._open = [open_id for open_id in self._open if open_id != event.item_id]
                self._send(items.ItemDeleted(event.item_id))
            case items.RetrieveItem():
                self._send(items.ItemRetrieved(self._items.get(event.item_id)))
            case items.TruncateItem():
                self._truncate(event)
            case response.CreateResponse():
                self._create_response(event.response)
            case response.CancelResponse():
                self._cancel(event, now)
            case session.UpdateSession():
                self._update_session(event)

    # The client's events

    def _append(self, event: input_audio.AppendAudio) -> None:
        pcm = decode_pcm(event.audio, "audio")
        self._turns.appended(len(pcm) / BYTES_PER_MS)
        self._do(do.Hear(pcm))

    def _create_item(self, event: items.CreateItem) -> None:
        new = event.item
        item_id = new.id or self._new_id("item")
        clips = [decode_pcm(part.audio, "item.content.audio") for part in new.content if part.audio]
        item = items.Item(
            item_id,
            new.type,
            "completed",
            role=new.role,
            content=tuple(part.as_part() for part in new.content) if new.type == "message" else None,
            name=new.name,
            call_id=new.call_id,
            arguments=new.arguments,
            output=new.output,
        )
        previous = self._items.add(item, after=event.previous_item_id)
        self._send(items.ItemAdded(item, previous))
        self._send(items.ItemDone(item, previous))
        if new.role == "user":
            self._open.append(item_id)
        if clips and new.role == "user" and not item.words:
            self._turns.waiting[item_id] = False
            self._do(do.Transcribe(item_id, b"".join(clips)))

    def _update_session(self, event: session.UpdateSession) -> None:
        before = self.config.audio.input.turn_detection
        self.config = self.config.updated(event.session)
        self._send(session.SessionUpdated(self.config))
        if self.config.audio.input.turn_detection != before:
            self._do(do.Listen(self.config.audio.input.turn_detection))

    def _cancel(self, event: response.CancelResponse, now: float) -> None:
        running = self._running
        if running is None or (event.response_id and event.response_id != running.id):
            raise ProtocolError("response_cancel_not_active", "There is no such active response to cancel.")
        self._cut_reply(now, "client_cancelled")

    def _truncate(self, event: items.TruncateItem) -> None:
        item = self._items.get(event.item_id)
        if item.role != "assistant" or event.content_index >= len(item.content or ()):
            raise ProtocolError("invalid_value", "Only a reply's audio can be truncated.", param="content_index")
        playout = self._spoken.get(item.id)
        if playout is None:
            raise ProtocolError("invalid_value", "That reply has no audio to truncate.", param="item_id")
        self._keep_heard(playout, min(float(event.audio_end_ms), playout.sent_ms))

    # The customer's turns

    def _turn_over(self, item_id: str) -> None:
        """A turn has ended: announce its item and have it written down."""
        item = items.Item(
            item_id, "message", "completed", role="user", content=(items.ContentPart("input_audio", transcript=None),)
        )
        previous = self._items.last_id()
        self._send(input_audio.AudioCommitted(item_id, previous))
        self._items.add(item)
        self._open.append(item_id)
        self._send(items.ItemAdded(item, previous))
        self._send(items.ItemDone(item, previous))
        self._do(do.Transcribe(item_id))

    def _words_known(self, *, wanted: bool) -> None:
        """A turn has its words, or never will have: answer what can be answered now."""
        self._owes_answer = self._owes_answer or wanted
        running = self._running
        if running is not None and running.state == "waiting" and not self._turns.waiting:
            self._think(running, self._open_words(), tuple(self._open))
        self._answer_if_owed()

    def _answer_if_owed(self) -> None:
        if self._owes_answer and self._running is None and self._turns.speaking is None and not self._turns.waiting:
            self._owes_answer = False
            if self._open_words():
                self._create_response(response.ResponseRequest())

    def _open_words(self) -> str:
        return " ".join(words for item_id in self._open if (words := self._items.get(item_id).words))

    # Responses

    def _create_response(self, wish: response.ResponseRequest) -> None:
        if self._running is not None:
            message = f"Response {self._running.id} is still running; wait for its response.done or cancel it."
            raise ProtocolError("conversation_already_has_active_response", message)
        modalities = wish.output_modalities or self.config.output_modalities
        self._generation += 1
        voice = self.config.audio.output.voice
        running = RunningResponse(
            id=self._new_id("resp"),
            generation=self._generation,
            item_id=self._new_id("item"),
            conversation_id=self._conversation_id,
            items=None if wish.conversation == "none" else self._items,
            speaks="audio" in modalities,
            voice=voice if isinstance(voice, str) else voice.get("id", "default"),
            max_output_tokens=wish.max_output_tokens or self.config.max_output_tokens,
            metadata=wish.metadata,
        )
        self._running = running
        for event in running.begin():
            self._send(event)
        if wish.input is not None:
            self._think(running, " ".join(part.as_part().words for new in wish.input for part in new.content), ())
        elif not self._turns.waiting:
            self._think(running, self._open_words(), tuple(self._open))

    def _think(self, running: RunningResponse, utterance: str, answers: tuple[str, ...]) -> None:
        running.thinking(utterance, answers)
        self._playout = Playout(running.item_id, running.generation, answers) if running.speaks else None
        if self._playout is not None:
            self._spoken[running.item_id] = self._playout
        self._do(
            do.Think(
                running.generation,
                utterance,
                speak=running.speaks,
                remember=running.items is not None,
                speed=self.config.audio.output.speed,
                voice=running.voice,
            )
        )

    def _cut_reply(self, now: float, reason: response.Reason) -> None:
        """Stop the reply that runs or is still to be heard, and keep of it what was heard."""
        running, playout = self._running, self._playout
        if running is not None:
            self._do(do.StopThinking(running.generation))
            self._end(running, "cancelled", reason=reason)
            if playout is None or playout.generation != running.generation:
                self._close_answered(running.answers if running.text else ())
                self._do(do.KeepHeard(running.generation, running.text))
                return
        if playout is not None and (running is not None or playout.playing(now)):
            self._playout = None  # silent from here on
            self._close_answered(playout.answers)
            heard_ms = playout.heard_ms(now)
            self._keep_heard(playout, heard_ms)
            if reason == "turn_detected" and not playout.text_heard(heard_ms):
                self._ask_again(playout)

    def _ask_again(self, playout: Playout) -> None:
        """Nobody heard the answer, and the customer speaks on: what it answered is open again."""
        asked = [self._items.get(item_id) for item_id in playout.answers if item_id in self._items]
        again = [item.id for item in asked if item.spoken or not playout.sent_ms]
        self._open = again + [item_id for item_id in self._open if item_id not in again]

    def _keep_heard(self, playout: Playout, heard_ms: float) -> None:
        text = playout.text_heard(heard_ms)
        item = self._items.set_words(playout.item_id, text)
        if item is not None:
            self._items.put(replace(item, status="incomplete"))
            self._send(items.ItemTruncated(playout.item_id, 0, round(heard_ms)))
        self._do(do.KeepHeard(playout.generation, text))

    def _close_answered(self, answered: tuple[str, ...]) -> None:
        self._open = [item_id for item_id in self._open if item_id not in answered]

    def _end(
        self,
        running: RunningResponse,
        status: Ending,
        *,
        reason: response.Reason | None = None,
        error: response.StatusError | None = None,
    ) -> None:
        for event in running.end(status, reason=reason, error=error):
            self._send(event)
        self._running = None

    # The engine's events

    def hear(self, event: EngineEvent, now: float) -> list[Effect]:
        """Something the engine says."""
        match event:
            case do.SpeechStarted():
                self._speech_started(event, now)
            case do.SpeechStopped():
                self._speech_stopped(event)
            case do.TranscribedPartly():
                self._transcribed_partly(event)
            case do.Transcribed():
                self._transcribed(event)
            case do.TranscriptionBroke():
                if self._items.set_words(event.item_id, "") is not None:
                    self._send(items.TranscriptionFailed(event.item_id, items.TranscriptionError(event.message)))
                self._words_known(wanted=self._turns.transcribed(event.item_id))
            case _:
                self._reply(event, now)
        return self._take()

    def _speech_started(self, event: do.SpeechStarted, now: float) -> None:
        detection = self.config.audio.input.turn_detection
        if detection is None or self._turns.speaking is not None:
            return
        item_id = self._new_id("item")
        self._turns.started(item_id)
        self._send(input_audio.SpeechStarted(item_id, event.at_ms))
        if detection.interrupt_response:
            self._cut_reply(now, "turn_detected")

    def _speech_stopped(self, event: do.SpeechStopped) -> None:
        detection = self.config.audio.input.turn_detection
        item_id = self._turns.stopped(answer=detection is not None and detection.create_response)
        if item_id is None:
            self._do(do.ForgetAudio())
            return
        self._send(input_audio.SpeechStopped(item_id, event.at_ms))
        self._turn_over(item_id)

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
        self._words_known(wanted=self._turns.transcribed(event.item_id))

    def _reply(self, event: EngineEvent, now: float) -> None:
        running = self._running
        if running is None or getattr(event, "generation", None) != running.generation:
            return  # stale: the response it belongs to is over
        match event:
            case do.ReplyText(text=text):
                for said in running.clause(text):
                    self._send(said)
                if self._playout is not None and running.speaks:
                    self._playout.clause(text)
            case do.ReplyAudio(pcm=pcm):
                for said in running.audio(pcm):
                    self._send(said)
                if self._playout is not None:
                    self._playout.sent(len(pcm) / BYTES_PER_MS, now)
            case do.ReplyNotice(notice=notice):
                self._send(extension.told(running.id, notice))
            case do.ReplyDone():
                self._end(running, "completed")
                self._close_answered(running.answers)
                self._send(extension.TurnMetrics(running.id, event.agent, event.answered, event.stages_ms))
                self._answer_if_owed()
            case do.ReplyBroke(message=message):
                self._end(running, "failed", error=response.StatusError("server_error", "reply_failed", message))

    # Effects

    def _send(self, event: ServerEvent) -> None:
        if self._extensions or not isinstance(event, extension.ExtensionEvent):
            self._effects.append(Send(event))

    def _do(self, command: do.Command) -> None:
        self._effects.append(command)

    def _take(self) -> list[Effect]:
        taken, self._effects = self._effects, []
        return taken
