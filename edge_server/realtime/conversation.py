"""The conversation of one connection: client events and engine events in, effects out. No await, no I/O.

It is made of machines, each with its own table of states: `turns.py` (whose turn it is), `responses.py` (one response),
`items.py` (what was said), `playout.py` and `spoken.py` (what was heard), `silence.py` (nobody speaks). `listening.py`
joins those of the customer's side, `replying.py` those of the desk's, over one `state.py`; this module takes what the
client wants.
"""

from __future__ import annotations

from edge_server.audio import BYTES_PER_MS
from edge_server.realtime import effects as do
from edge_server.realtime.client_events import AnyClientEvent
from edge_server.realtime.effects import Effect, EngineEvent
from edge_server.realtime.errors import ProtocolError
from edge_server.realtime.events import extension, input_audio, items, response, session
from edge_server.realtime.events.error import ErrorEvent
from edge_server.realtime.ids import NewId, conversation_id
from edge_server.realtime.listening import Listening
from edge_server.realtime.replying import Replying
from edge_server.realtime.state import ConversationState


class Conversation:
    """The state of one connection's conversation.

    `extensions`: whether the client wants events outside the protocol. Every method takes the time `now` (seconds on
    a monotonic clock) and gives the effects in the order in which they are to happen.
    """

    def __init__(self, config: session.SessionConfig, *, new_id: NewId, extensions: bool = False) -> None:
        self._state = ConversationState(config, new_id=new_id, extensions=extensions)
        self._replying = Replying(self._state, conversation_id(config.id))
        self._listening = Listening(self._state, self._replying)
        self._attended = False

    @property
    def config(self) -> session.SessionConfig:
        """The configuration in force."""
        return self._state.config

    def start(self) -> list[Effect]:
        """What happens before the client has said anything."""
        self._state.send(session.SessionCreated(self._state.config))
        self._state.do(do.Listen(self._state.turn_detection))
        return self._state.take()

    @property
    def busy(self) -> bool:
        """Whether a response runs or is about to."""
        return self._replying.busy or bool(self._state.turns.waiting)

    def reject(self, error: ProtocolError) -> list[Effect]:
        """Tell the client that its last event cannot be carried out."""
        self._state.send(ErrorEvent.of(error))
        return self._state.take()

    def receive(self, event: AnyClientEvent, now: float) -> list[Effect]:
        """A client event. One that cannot be carried out gives an `error` event and changes nothing."""
        try:
            self._carry_out(event, now)
        except ProtocolError as error:
            error.event_id = error.event_id or event.event_id
            self._state.send(ErrorEvent.of(error))
        return self._state.take()

    def wakes_at(self) -> float | None:
        """When `elapsed` has something to do, if nothing happens before. A person asks by themselves who is silent."""
        if self._attended:
            return None
        if self._replying.running is not None or self._state.turns.speaking is not None or self._state.turns.waiting:
            return None
        return self._state.silence.over_at(self._state.turn_detection)

    def elapsed(self, now: float) -> list[Effect]:
        """Time has passed."""
        due = self.wakes_at()
        if due is not None and now >= due:
            self._listening.nobody_spoke()
        return self._state.take()

    def _carry_out(self, event: AnyClientEvent, now: float) -> None:
        match event:
            case input_audio.AppendAudio():
                self._append(event)
            case input_audio.CommitAudio():
                self._state.turns.require_room()
                self._state.silence.broken()
                self._listening.turn_over(self._state.turns.committed(self._state.new_id("item")))
            case input_audio.ClearAudio():
                self._state.turns.cleared()
                self._state.do(do.ForgetAudio())
                self._state.send(input_audio.AudioCleared())
            case input_audio.ClearOutputAudio():
                self._replying.cut(now, "client_cancelled")
                self._replying.begin_next()
            case items.CreateItem():
                self._create_item(event)
            case items.DeleteItem():
                self._state.items.get(event.item_id, to="delete")
                self._state.delete(event.item_id)
            case items.RetrieveItem():
                self._state.send(items.ItemRetrieved(self._state.items.get(event.item_id, to="retrieve")))
            case items.TruncateItem():
                self._state.spoken.truncate(event)
            case response.CreateResponse():
                self._state.silence.broken()
                self._replying.create(self._state.plan(event.response))
            case response.CancelResponse():
                self._replying.cancel(event, now)
            case session.UpdateSession():
                self._update_session(event)

    # The client's events

    def _append(self, event: input_audio.AppendAudio) -> None:
        if len(event.audio) % 2:
            raise ProtocolError("invalid_value", "PCM16 audio has an even number of bytes.", param="audio")
        length_ms = len(event.audio) / BYTES_PER_MS
        self._state.turns.appended(length_ms)
        self._listening.input_ms += length_ms
        self._state.do(do.Hear(event.audio))

    def _create_item(self, event: items.CreateItem) -> None:
        clips = [part.audio for part in event.item.content if part.audio]
        if any(len(clip) % 2 for clip in clips):
            message = "PCM16 audio has an even number of bytes."
            raise ProtocolError("invalid_value", message, param="item.content.audio")
        item = event.item.as_item(event.item.id or self._state.new_id("item"))
        unheard = bool(clips) and not item.words
        if unheard:
            self._state.turns.require_room()
        self._state.make_room(for_item=item)
        previous = self._state.items.add(item, after=event.previous_item_id)
        self._state.silence.broken()
        self._state.send(items.ItemAdded(item, previous))
        self._state.send(items.ItemDone(item, previous))
        if item.role == "assistant":  # a client that connects anew tells what was said before
            self._state.open = [one for one in self._state.open if not self._state.items.is_answered(one)]
        elif item.role == "user" or item.type == "function_call_output":
            self._state.open += [] if self._state.items.is_answered(item.id) else [item.id]
        if unheard:
            self._state.turns.waiting[item.id] = False
            self._state.do(do.Transcribe(item.id, b"".join(clips)))

    def _update_session(self, event: session.UpdateSession) -> None:
        before = self._state.turn_detection
        self._state.config = self._state.config.updated(event.session)
        self._state.send(session.SessionUpdated(self._state.config))
        if self._state.turn_detection != before:
            self._state.do(do.Listen(self._state.turn_detection))

    # The engine's events

    def hear(self, event: EngineEvent, now: float) -> list[Effect]:
        """Something the engine says."""
        if isinstance(event, do.EngineSwitched):
            self._state.send(extension.EngineChanged(event.previous, event.engine, event.reason))
        elif isinstance(event, do.PersonAtDesk):
            self._attended = event.active
            self._state.send(extension.Person(event.active, event.name))
            if event.active:
                self._replying.cut(now, "turn_detected")  # what nobody heard an answer to is open again
                self._replying.begin_next()
        elif isinstance(event, do.SpeaksUp):
            self._replying.speak_up()
        elif not self._listening.hear(event, now):
            self._replying.hear(event, now)
        return self._state.take()
