"""The router as the desk has it, with the names of the sample branch, and nothing else of a desk."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Self

from agents.registry import Registry
from agents.router import Intent, Router
from agents.understand.heard import Heard
from agents.understand.lexicon import Lexicon
from agents.understand.understanding import understand
from data.branch import Branch
from data.embeddings import Embedder
from data.sample.prepare import prepare_records
from edge_server.evaluation.files import Label
from sync.session import SessionState

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many steps of it are done, and how many there are."""

SAMPLE_DAY = date(2026, 11, 22)
"""The sample branch is made for this day, so that two runs hear the same names."""


@dataclass(frozen=True, slots=True)
class Listener:
    """Hears an utterance and says who should answer it."""

    router: Router
    lexicon: Lexicon

    @classmethod
    async def open(cls, embedder: Embedder, progress: Progress) -> Self:
        """A router for the shipped personas. Makes a sample branch in a temporary folder for its names (flights,
        hotels, cities) and removes it again: some seconds. Raises PersonaError, DataError."""
        registry = Registry.load()
        with tempfile.TemporaryDirectory(prefix="lobby-eval-") as folder:
            prepare_records(Path(folder), today=SAMPLE_DAY, progress=progress)
            branch = Branch.open(Path(folder))
            try:
                names = await branch.read(registry.names)
            finally:
                branch.close()
        lexicon = Lexicon([group for groups in names.values() for group in groups])
        owned = {owner: frozenset(group.type for group in groups if group.telling) for owner, groups in names.items()}
        texts = sorted({text for persona in registry.taught.values() for text in persona.utterances})
        vectors = []
        for start in range(0, len(texts), 32):
            vectors += list(embedder.embed(texts[start : start + 32]))
            progress("personas", min(start + 32, len(texts)), len(texts))
        by_text = dict(zip(texts, vectors, strict=True))
        return cls(Router(registry.taught, registry.default, embedder, by_text, owned), lexicon)

    async def intent(self, words: str, state: SessionState) -> Intent:
        """Who should answer `words`, said in the session `state`."""
        return await self.router.detect_intent(self.heard(words, state), state)

    def heard(self, words: str, state: SessionState) -> Heard:
        """What `words` say, said in the session `state`."""
        last = next((line.text for line in reversed(state.history) if line.role == "agent"), "")
        return understand(words, lexicon=self.lexicon, today=SAMPLE_DAY, last_reply=last)


def label_of(agent: str) -> Label:
    """The label of an agent: the concierge and every agent that a branch adds are `other`."""
    match agent:
        case "flight" | "hotel":
            return agent
        case _:
            return "other"


def milliseconds(taken: Sequence[float], share: float) -> float:
    """The time within which `share` of all decisions were made, in ms, from seconds each."""
    ordered = sorted(taken)
    return round(1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2)


def share(part: int, whole: int) -> float | None:
    """`part` of `whole`, 0 to 1; None where there is nothing to count."""
    return part / whole if whole else None
