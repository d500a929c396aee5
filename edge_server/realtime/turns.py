"""The customer's side: whose turn it is, and which of their turns still wait for their words.

| state | event | next |
|---|---|---|
| quiet | speech started | speaking |
| speaking | speech stopped, or the client commits | quiet; the turn's item waits for its transcript |
| quiet | the client commits (push to talk) | quiet; the turn's item waits for its transcript |
| speaking | the client clears the buffer | quiet; the turn is forgotten |

Lengths are ms of input audio.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from edge_server.realtime.errors import ProtocolError

SHORTEST_COMMIT_MS = 100
"""A client may commit no less audio than this, as the protocol has it."""
MOST_WAITING = 16
"""Turns that may wait for their words at once; nobody speaks that many before the first is written down."""


@dataclass(slots=True)
class InputTurns:
    """Input audio and the turns cut from it."""

    speaking: str | None = None
    """The id that the item of the running turn will have."""
    buffered_ms: float = 0.0
    waiting: dict[str, bool] = field(default_factory=dict)
    """Items without a transcript yet; True where an answer is wanted once it is there."""

    def require_room(self) -> None:
        """Raises ProtocolError when too many turns wait for their words already."""
        if len(self.waiting) >= MOST_WAITING:
            message = f"{MOST_WAITING} turns wait for their transcripts: wait for one of them before sending more."
            raise ProtocolError("too_many_turns", message)

    def appended(self, length_ms: float) -> None:
        """The client sent more audio."""
        self.buffered_ms += length_ms

    def started(self, item_id: str) -> None:
        """Speech began; the turn's item will be `item_id`."""
        self.speaking = item_id

    def stopped(self, *, answer: bool) -> str | None:
        """The turn ended. Gives its item, None when no turn was running."""
        item_id, self.speaking = self.speaking, None
        if item_id is not None:
            self.waiting[item_id] = answer
        self.buffered_ms = 0.0
        return item_id

    def committed(self, item_id: str) -> str:
        """The client ended the turn itself. Gives its item; raises ProtocolError when there is next to no audio."""
        if self.buffered_ms < SHORTEST_COMMIT_MS:
            message = f"The buffer holds {self.buffered_ms:.0f} ms of audio; a commit needs {SHORTEST_COMMIT_MS} ms."
            raise ProtocolError("input_audio_buffer_commit_empty", message)
        chosen, self.speaking = self.speaking or item_id, None
        self.waiting[chosen] = False
        self.buffered_ms = 0.0
        return chosen

    def cleared(self) -> None:
        """The client dropped what it sent."""
        self.speaking = None
        self.buffered_ms = 0.0

    def transcribed(self, item_id: str) -> bool:
        """The words of a turn are there (or never will be). Tells whether they want an answer by themselves."""
        return self.waiting.pop(item_id, False)
