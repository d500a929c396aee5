"""What all sides of one conversation share: its configuration, items, turns, and the effects that are under way."""

from __future__ import annotations

from edge_server.realtime import effects as do
from edge_server.realtime.effects import Effect, Send
from edge_server.realtime.events import extension, items, response, session
from edge_server.realtime.events.base import ServerEvent
from edge_server.realtime.ids import NewId
from edge_server.realtime.items import Items
from edge_server.realtime.response_plan import ResponsePlan, planned
from edge_server.realtime.silence import Silence
from edge_server.realtime.spoken import SpokenReplies
from edge_server.realtime.turns import InputTurns


class ConversationState:
    """The shared state. `extensions`: whether the client wants events outside the protocol."""

    def __init__(self, config: session.SessionConfig, *, new_id: NewId, extensions: bool) -> None:
        self.config = config
        self.new_id = new_id
        self._extensions = extensions
        self._effects: list[Effect] = []
        self.items = Items()
        self.turns = InputTurns()
        self.spoken = SpokenReplies(self.items, self._effects.append)
        self.silence = Silence()
        self.open: list[str] = []
        """The items that no response has answered yet, in the order in which they came."""
        self.replying_with: str | None = None
        """The item that the running response will reply with."""

    @property
    def turn_detection(self) -> session.TurnDetection | None:
        """How turns are heard; None: the client says when one ends."""
        return self.config.audio.input.turn_detection

    def plan(self, wish: response.ResponseRequest | None = None, *, silences: int = 0) -> ResponsePlan:
        """The plan of a response; None: as the session has it. Raises ProtocolError for a wish that cannot be."""
        return planned(wish or response.ResponseRequest(), self.config, self.items, silences=silences)

    def open_words(self) -> str:
        """What the customer has said and written that is not answered yet."""
        return " ".join(words for item_id in self.open if (words := self.items.get(item_id).words))

    def close_answered(self, answered: tuple[str, ...]) -> None:
        """These items have their answer."""
        self.open = [item_id for item_id in self.open if item_id not in answered]

    def delete(self, item_id: str) -> None:
        """Remove an item, and say so. Raises ProtocolError."""
        self.items.delete(item_id)
        self.spoken.forget(item_id)
        self.close_answered((item_id,))
        self.send(items.ItemDeleted(item_id))

    def make_room(self, *, for_item: items.Item) -> None:
        """Let the oldest items go, and say so, so that a long conversation does not grow without end."""
        kept = {*self.open, *self.turns.waiting, self.replying_with or ""}
        for item_id in self.items.surplus(for_item, kept):
            self.delete(item_id)

    def send(self, *events: ServerEvent) -> None:
        """Have the client told."""
        for event in events:
            if self._extensions or not isinstance(event, extension.ExtensionEvent):
                self._effects.append(Send(event))

    def do(self, command: do.Command) -> None:
        """Have the engine do something."""
        self._effects.append(command)

    def take(self) -> list[Effect]:
        """The effects since this was last asked."""
        taken = self._effects.copy()
        self._effects.clear()
        return taken
