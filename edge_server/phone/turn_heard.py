"""The desk's turn as a caller hears it: what follows once it was heard, and whether its question was heard yet. No I/O.

| state | event | next |
|---|---|---|
| none | the desk begins to think | thinking |
| thinking | the desk knows what it asks next | asking |
| thinking | keys | as before; they are for what will be asked |
| asking | `WORD_MS` of the question were heard | asked: keys answer it |
| any | the reply is over and heard out, or was cut off | none; what it brought follows |
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic import JsonValue

WORD_MS = 700.0
"""So much of a question makes its first word. A reply of which less was heard counts as never given when it is cut."""


@dataclass(slots=True)
class TurnHeard:
    """One turn. `state`: the session's state when it began, which is another once the desk knows what it asks next."""

    state: object = None
    words: str = ""
    person: bool = False
    """A person is to be called."""
    booked: list[dict[str, JsonValue]] = field(default_factory=list)
    """What was written."""
    over: bool = False
    cut: bool = False
    """The customer did not hear it out."""
    item: str = ""
    """The reply whose sound is heard."""
    _sent_ms: float = 0.0
    _asks_from_ms: float | None = None

    def sound(self, item: str, length_ms: float, state: object) -> None:
        """A piece of the reply's sound is to be heard. `state`: the session's state now."""
        if self._asks_from_ms is None and state is not self.state:
            self._asks_from_ms = self._sent_ms
        self.item = item
        self._sent_ms += length_ms

    def question_heard(self, state: object, heard_ms: float, *, speaking: bool) -> bool:
        """Whether keys answer what is asked now. `heard_ms`: of `item`; `speaking`: whether anything is to be heard."""
        if self.state is None or (self.over and not speaking):
            return True
        if not self.over and (state is self.state or self._asks_from_ms is None):
            return False
        return heard_ms >= (self._asks_from_ms or 0.0) + WORD_MS
