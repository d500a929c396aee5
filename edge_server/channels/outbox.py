"""Frames that wait for a client to read them: in order, bounded, and nothing in it is dropped silently.

The speech of a cancelled response is taken out again: its `response.done` and `conversation.item.truncated` say so. A
client that reads too slowly for what is left fills the outbox, and is told so by how its connection closes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from edge_server.realtime.events.base import ServerEvent
from edge_server.realtime.events.response import AudioDelta, ResponseDone


@dataclass(frozen=True, slots=True)
class _Waiting:
    frame: str
    speech_of: str | None


class Outbox:
    """What is to be sent. `largest`: characters that may wait."""

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._waiting: deque[_Waiting] = deque()
        self.size = 0
        """Characters that wait."""

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def full(self) -> bool:
        """Whether more waits than may."""
        return self.size > self._largest

    def put(self, frame: str, *, speech_of: str | None = None) -> None:
        """One more frame; `speech_of` names the response whose speech it carries."""
        self._waiting.append(_Waiting(frame, speech_of))
        self.size += len(frame)

    def post(self, event: ServerEvent, frames: Sequence[str]) -> None:
        """The frames that tell of `event`; the unsent speech of a response that was cancelled is taken out."""
        if isinstance(event, ResponseDone) and event.response.status == "cancelled":
            self.drop_speech_of(event.response.id)
        speech_of = event.response_id if isinstance(event, AudioDelta) else None
        for frame in frames:
            self.put(frame, speech_of=speech_of)

    def take(self) -> str:
        """The oldest frame. Raises IndexError when there is none."""
        frame = self._waiting.popleft().frame
        self.size -= len(frame)
        return frame

    def drop_speech_of(self, response_id: str) -> None:
        """Take out the speech of a cancelled response that has not been sent yet."""
        self._waiting = deque(one for one in self._waiting if one.speech_of != response_id)
        self.size = sum(len(one.frame) for one in self._waiting)
