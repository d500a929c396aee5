"""What has been heard of a reply, reckoned from what was sent and when.

The server sends faster than real time and most clients report nothing, so the clock assumes a client that plays
each piece as soon as it can: at arrival, or when the piece before it has ended.

| state | event | next |
|---|---|---|
| silent | audio sent | playing until its end |
| playing | audio sent | playing, its end moved by the piece's length |
| playing | the clock passes the end | silent |
| any | the client truncates | heard = what it says |

Times are seconds on the caller's monotonic clock, lengths ms of audio.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class _Spoken:
    """A clause of the reply and the stretch of audio that speaks it."""

    text: str
    starts_ms: float
    ends_ms: float


@dataclass(slots=True)
class Playout:
    """The playout of one reply's audio (one item)."""

    item_id: str
    generation: int
    answers: tuple[str, ...] = ()
    """The customer's items that the reply answers."""
    _pieces: list[tuple[float, float, float]] = field(default_factory=list)
    """For each piece sent: when it begins to be heard (s), its offset in the item (ms), its length (ms)."""
    _clauses: list[_Spoken] = field(default_factory=list)
    sent_ms: float = 0.0

    def clause(self, text: str) -> None:
        """The audio that follows speaks `text`."""
        self._clauses.append(_Spoken(text, self.sent_ms, self.sent_ms))

    def sent(self, length_ms: float, now: float) -> None:
        """`length_ms` of audio was sent at `now`."""
        begins = max(now, self.ends_at()) if self._pieces else now
        self._pieces.append((begins, self.sent_ms, length_ms))
        self.sent_ms += length_ms
        if self._clauses:
            self._clauses[-1].ends_ms = self.sent_ms

    def ends_at(self) -> float:
        """When the last of the audio sent so far will have been heard (s)."""
        if not self._pieces:
            return 0.0
        begins, _, length_ms = self._pieces[-1]
        return begins + length_ms / 1000

    def heard_ms(self, now: float) -> float:
        """How much of the item's audio has been heard by `now`."""
        heard = 0.0
        for begins, offset, length_ms in self._pieces:
            if now > begins:
                heard = offset + min(length_ms, (now - begins) * 1000)
        return heard

    def playing(self, now: float) -> bool:
        """Whether audio that was sent is still to be heard."""
        return self.sent_ms > 0 and now < self.ends_at()

    def text_heard(self, heard_ms: float) -> str:
        """The words whose audio ended within `heard_ms`; a clause that was cut is cut at the word."""
        words: list[str] = []
        for clause in self._clauses:
            if clause.ends_ms <= heard_ms and clause.ends_ms > clause.starts_ms:
                words.append(clause.text)
            elif clause.starts_ms < heard_ms:
                words.append(_cut(clause, heard_ms))
        return " ".join(word for word in words if word)


def _cut(clause: _Spoken, heard_ms: float) -> str:
    """The whole words that fit, taking each letter to last equally long."""
    share = (heard_ms - clause.starts_ms) / (clause.ends_ms - clause.starts_ms)
    letters = len(clause.text) * share
    kept: list[str] = []
    used = 0
    for word in clause.text.split():
        used += len(word) + 1
        if used > letters + 1:
            break
        kept.append(word)
    return " ".join(kept)
