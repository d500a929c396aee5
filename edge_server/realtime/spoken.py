"""The replies that were spoken, and how much of each was heard: by the playout clock, or by the client's word.

| state | event | next |
|---|---|---|
| silent | a reply begins | speaking it |
| speaking | the reply is cut | silent; the item keeps what was heard |
| speaking | the next reply begins | speaking that one |
| any | the client truncates a reply | as before; that item keeps what the client says was heard |
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from edge_server.realtime import effects as do
from edge_server.realtime.effects import Effect, Send
from edge_server.realtime.errors import ProtocolError
from edge_server.realtime.events.items import Item, ItemTruncated, TruncateItem
from edge_server.realtime.items import Items
from edge_server.realtime.playout import Playout


@dataclass(slots=True)
class SpokenReplies:
    """What was spoken into the conversation `items`. `emit` takes the effects."""

    items: Items
    emit: Callable[[Effect], None]
    current: Playout | None = None
    """The reply spoken last, unless it was cut."""
    _by_item: dict[str, Playout] = field(default_factory=dict)

    def begin(self, playout: Playout | None) -> None:
        """A reply begins; None: one that is not spoken into the conversation."""
        self.current = playout
        if playout is not None:
            self._by_item[playout.item_id] = playout

    def forget(self, item_id: str) -> None:
        """The item is gone."""
        self._by_item.pop(item_id, None)

    def cut(self, now: float) -> tuple[Playout, str] | None:
        """Stop the current reply: it keeps what was heard. Gives the reply and the words heard of it."""
        playout, self.current = self.current, None
        if playout is None:
            return None
        return playout, self._keep(playout, playout.heard_ms(now))

    def truncate(self, event: TruncateItem) -> None:
        """The client says what was heard; a stretch longer than the reply is clamped. Raises ProtocolError."""
        item = self.items.get(event.item_id, to="truncate")
        if item.role != "assistant":
            raise ProtocolError("invalid_value", "Only a reply can be truncated.", param="item_id")
        if event.content_index >= max(1, len(item.content or ())):
            message = f"The reply has no content part {event.content_index}."
            raise ProtocolError("invalid_value", message, param="content_index")
        playout = self._by_item.get(item.id)
        if playout is None:
            raise ProtocolError("invalid_value", "That reply has no audio to truncate.", param="item_id")
        self._keep(playout, min(float(event.audio_end_ms), playout.sent_ms))

    def _keep(self, playout: Playout, heard_ms: float) -> str:
        text = playout.text_heard(heard_ms)
        item: Item | None = self.items.set_words(playout.item_id, text)
        if item is not None:
            self.items.put(replace(item, status="incomplete"))
            self.emit(Send(ItemTruncated(playout.item_id, 0, round(heard_ms))))
        self.emit(do.KeepHeard(playout.generation, text, round(heard_ms)))
        return text
