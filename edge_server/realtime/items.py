"""The conversation's items, in order.

| state of an item | event | next |
|---|---|---|
| (none) | added, `in_progress` | in_progress |
| (none) | added whole | completed |
| in_progress | replaced by its final form | completed / incomplete |
| any | deleted | (none) |
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, field, replace

from edge_server.realtime.errors import ProtocolError
from edge_server.realtime.events.items import ContentPart, Item

MOST_ITEMS = 1_000
"""Items that a conversation keeps."""
MOST_TEXT = 4_000_000
"""Characters that a conversation keeps in all its items."""


@dataclass(slots=True)
class Items:
    """An ordered set of items with unique ids."""

    _items: dict[str, Item] = field(default_factory=dict)
    _order: list[str] = field(default_factory=list)
    _text: int = 0

    def __contains__(self, item_id: str) -> bool:
        return item_id in self._items

    def __iter__(self) -> Iterator[Item]:
        return (self._items[item_id] for item_id in self._order)

    def get(self, item_id: str, *, to: str | None = None) -> Item:
        """The item. Raises ProtocolError: `item_not_found`, or `item_TO_invalid_item_id`, a code that clients know."""
        if item_id not in self._items:
            code = f"item_{to}_invalid_item_id" if to else "item_not_found"
            raise ProtocolError(code, f"There is no item {item_id!r} here.", param="item_id")
        return self._items[item_id]

    def last_id(self) -> str | None:
        """The id of the newest item, None when there is none."""
        return self._order[-1] if self._order else None

    def add(self, item: Item, *, after: str | None = None) -> str | None:
        """Put `item` behind the item `after` (None: at the end; "root": at the front).

        Gives the id of the item before it. Raises ProtocolError when the id is taken or `after` is unknown.
        """
        if item.id in self._items:
            raise ProtocolError(
                "item_create_duplicate_item_id", f"There is already an item {item.id!r}.", param="item.id"
            )
        if after == "root":
            place = 0
        elif after is None:
            place = len(self._order)
        elif after in self._items:
            place = self._order.index(after) + 1
        else:
            raise ProtocolError("item_not_found", f"There is no item {after!r}.", param="previous_item_id")
        self._order.insert(place, item.id)
        self._items[item.id] = item
        self._text += _length(item)
        return self._order[place - 1] if place else None

    def previous_id(self, item_id: str) -> str | None:
        """The id of the item before `item_id`."""
        place = self._order.index(item_id)
        return self._order[place - 1] if place else None

    def is_answered(self, item_id: str) -> bool:
        """Whether a message of the assistant stands behind the item."""
        place = self._order.index(item_id)
        return any(self._items[later].role == "assistant" for later in self._order[place + 1 :])

    def put(self, item: Item) -> None:
        """Replace the item of the same id by its newer form."""
        self._text += _length(item) - _length(self._items[item.id])
        self._items[item.id] = item

    def delete(self, item_id: str) -> None:
        """Remove the item. Raises ProtocolError (`item_not_found`)."""
        self._text -= _length(self.get(item_id))
        self._order.remove(item_id)
        del self._items[item_id]

    def surplus(self, new: Item, kept: Container[str]) -> list[str]:
        """The oldest items that have to go before `new` is added, so that there are never too many; none of `kept`.

        Raises ProtocolError (`conversation_full`) when that is not enough.
        """
        count, text = len(self._order) + 1, self._text + _length(new)
        gone: list[str] = []
        for item_id in self._order:
            if count <= MOST_ITEMS and text <= MOST_TEXT:
                break
            if item_id not in kept:
                gone.append(item_id)
                count -= 1
                text -= _length(self._items[item_id])
        if count > MOST_ITEMS or text > MOST_TEXT:
            message = "The conversation is full of messages that wait for an answer: send response.create first."
            raise ProtocolError("conversation_full", message)
        return gone

    def set_words(self, item_id: str, words: str) -> Item | None:
        """Write the transcript of an item's audio; None when the item was deleted meanwhile."""
        if item_id not in self._items:
            return None
        item = self._items[item_id]
        parts = tuple(_with_transcript(part, words) for part in item.content or ())
        self.put(replace(item, content=parts))
        return self._items[item_id]


def _length(item: Item) -> int:
    return len(item.words) + len(item.arguments or "") + len(item.output or "")


def _with_transcript(part: ContentPart, words: str) -> ContentPart:
    return replace(part, transcript=words) if part.type in ("input_audio", "output_audio") else part
