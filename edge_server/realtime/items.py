"""The conversation's items, in order.

| state of an item | event | next |
|---|---|---|
| (none) | added, `in_progress` | in_progress |
| (none) | added whole | completed |
| in_progress | replaced by its final form | completed / incomplete |
| any | deleted | (none) |
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from edge_server.realtime.errors import ProtocolError
from edge_server.realtime.events.items import ContentPart, Item


@dataclass(slots=True)
class Items:
    """An ordered set of items with unique ids."""

    _items: dict[str, Item] = field(default_factory=dict)
    _order: list[str] = field(default_factory=list)

    def __contains__(self, item_id: str) -> bool:
        return item_id in self._items

    def __iter__(self) -> Iterator[Item]:
        return (self._items[item_id] for item_id in self._order)

    def get(self, item_id: str) -> Item:
        """The item. Raises ProtocolError (`item_not_found`)."""
        if item_id not in self._items:
            raise ProtocolError("item_not_found", f"There is no item {item_id!r} here.", param="item_id")
        return self._items[item_id]

    def last_id(self) -> str | None:
        """The id of the newest item, None when there is none."""
        return self._order[-1] if self._order else None

    def add(self, item: Item, *, after: str | None = None) -> str | None:
        """Put `item` behind the item `after` (None: at the end; "root": at the front).

        Gives the id of the item before it. Raises ProtocolError when the id is taken or `after` is unknown.
        """
        if item.id in self._items:
            raise ProtocolError("item_already_exists", f"There is already an item {item.id!r}.", param="item.id")
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
        return self._order[place - 1] if place else None

    def previous_id(self, item_id: str) -> str | None:
        """The id of the item before `item_id`."""
        place = self._order.index(item_id)
        return self._order[place - 1] if place else None

    def put(self, item: Item) -> None:
        """Replace the item of the same id by its newer form."""
        self._items[item.id] = item

    def delete(self, item_id: str) -> None:
        """Remove the item. Raises ProtocolError (`item_not_found`)."""
        self.get(item_id)
        self._order.remove(item_id)
        del self._items[item_id]

    def set_words(self, item_id: str, words: str) -> Item | None:
        """Write the transcript of an item's audio; None when the item was deleted meanwhile."""
        if item_id not in self._items:
            return None
        item = self._items[item_id]
        parts = tuple(_with_transcript(part, words) for part in item.content or ())
        self.put(replace(item, content=parts))
        return self._items[item_id]


def _with_transcript(part: ContentPart, words: str) -> ContentPart:
    return replace(part, transcript=words) if part.type in ("input_audio", "output_audio") else part
