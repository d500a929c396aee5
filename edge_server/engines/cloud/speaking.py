"""What a model says, checked before it is passed on. Pure: transcript and audio in, words and audio out, in order.

The transcript of a reply runs ahead of its audio, in no fixed step. A voice cannot say a letter in less than
`FASTEST_MS`, so audio is passed on only as far as letters that are checked: words without a fact at once, a fact when
its sentence is whole. Text goes out in step with the audio, a sentence as its audio is reckoned to begin (`LETTER_MS`),
so that of a reply that is cut no more counts as heard than was.

| state | event | next |
|---|---|---|
| speaking | words | speaking; words and audio that are free go out |
| speaking | words with a fact that nothing gave | invented; nothing more goes out |
| speaking | audio | speaking; it goes out, or is held |
| speaking | the transcript is whole | speaking; all audio is free |
| speaking | end | over; all that is held goes out |
| invented, over | anything | nothing goes out |
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from edge_server.audio import BYTES_PER_MS

FASTEST_MS = 35.0
"""The least time that a voice takes for a letter of text; hasty speech has about 25 letters a second."""
LETTER_MS = 60.0
"""The time that a voice takes for a letter on average; 150 words a minute with 5.5 letters and a space."""
_SENTENCE_END = re.compile(r"[.!?]+[\"')]*(?=\s)")
_TAIL_WORDS = 3
"""Words before a new one that may make a fact with it ("a quarter past seven")."""

Piece = str | bytes
"""Text to be told, or audio (PCM16 mono 24 kHz) that speaks it."""


@dataclass(slots=True)
class Speaking:
    """One stretch of speech of a model: a message in a response.

    `grounded` says of a text whether all its facts may be said; `states_facts` whether it has any. `speaks` False: the
    reply is text only.
    """

    grounded: Callable[[str], bool]
    states_facts: Callable[[str], bool]
    speaks: bool = True
    invented: bool = False
    """Whether the model said a fact that nothing gave."""
    sent_ms: float = 0.0
    """Audio passed on."""
    _text: str = ""
    _sentence: int = 0
    _before: int = 0
    _free: int = 0
    _told: int = 0
    _whole: bool = False
    _held: deque[bytes] = field(default_factory=deque)

    @property
    def flowing(self) -> bool:
        """Whether all words are checked and told, so that audio needs nothing but passing on."""
        return self._whole and not self.invented and not self._held and self._told >= len(self._text)

    def words(self, delta: str) -> list[Piece]:
        """More of the transcript."""
        if self._whole:
            return []
        self._text += delta
        for end in _SENTENCE_END.finditer(self._text, self._sentence):
            if not self._check(end.end()):
                return []
        self._free_words()
        return self._out()

    def words_done(self) -> list[Piece]:
        """The transcript is whole."""
        if not self._whole and self._check(len(self._text)):
            self._whole = True
        return self._out()

    def audio(self, pcm: bytes) -> list[Piece]:
        """More audio."""
        if self.flowing:
            self.sent_ms += len(pcm) / BYTES_PER_MS
            return [pcm]
        self._held.append(pcm)
        return self._out()

    def end(self) -> list[Piece]:
        """Nothing more comes. What is still held goes out."""
        out = self.words_done()
        if self.invented:
            return []
        rest = self._text[self._told :].strip()
        self._told = len(self._text)
        return [*out, *([rest] if rest else []), *self._drain()]

    def _check(self, end: int) -> bool:
        """Check the sentence up to `end` with the one before it, for facts across the two; they are free then."""
        if self.invented:
            return False
        if not self.grounded(self._text[self._before : end]):
            self.invented = True
            self._held.clear()
            return False
        self._before, self._sentence, self._free = self._sentence, end, max(self._free, end)
        return True

    def _free_words(self) -> None:
        """Free the words of the unfinished sentence, but for those of a fact that is not whole, or not given."""
        end = len(self._text) if self._text.endswith((".", "!", "?")) else self._text.rfind(" ")
        if end <= self._free:
            return
        tail = " ".join(self._text[self._sentence : self._free].split()[-_TAIL_WORDS:])
        stated = self.states_facts(f"{tail} {self._text[self._free : end]}")
        if not stated or self.grounded(self._text[self._before : end]):
            self._free = end

    def _out(self) -> list[Piece]:
        if self.invented:
            return []
        out: list[Piece] = []
        while True:
            text = self._next_text()
            if text:
                out.append(text)
            elif self._held and self._may_sound():
                out.append(self._sound())
            else:
                return out

    def _next_text(self) -> str:
        """The next stretch of free text whose turn it is: of a sentence, what is free of it."""
        end = _SENTENCE_END.search(self._text, self._told, self._free)
        if self.speaks:
            due = self._told * LETTER_MS <= self.sent_ms and (self._held or self._whole)
        else:
            due = self._whole or end is not None
        if self._told >= self._free or not due:
            return ""
        cut = end.end() if end is not None else self._free
        text, self._told = self._text[self._told : cut].strip(), cut
        return text or self._next_text()

    def _may_sound(self) -> bool:
        if self._told == 0:
            return self._whole and not self._text
        return self._whole or self.sent_ms + len(self._held[0]) / BYTES_PER_MS <= self._free * FASTEST_MS

    def _sound(self) -> bytes:
        pcm = self._held.popleft()
        self.sent_ms += len(pcm) / BYTES_PER_MS
        return pcm

    def _drain(self) -> list[Piece]:
        out: list[Piece] = []
        while self._held:
            out.append(self._sound())
        return out
