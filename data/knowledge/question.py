"""A question made ready to be compared with passages: its words, what part each plays, and its vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from data.embeddings import DIMENSIONS, Embedded, Embedder, Vectors
from data.knowledge.concepts import concepts
from data.knowledge.vocabulary import Vocabulary
from data.knowledge.words import asking_part, content_words, neighbours, stem_places

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]
WordKind = Literal["thing", "judging", "asking", "framing", "aside", "other"]
KINDS: tuple[WordKind, ...] = ("thing", "judging", "asking", "framing", "aside", "other")

_FAINT = 0.2  # how much words count that only frame a question, beside the others
_COMMON = 0.05  # the rarity of a word that every passage has
_NOTHING = np.zeros(DIMENSIONS, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Question:
    """A question without the entity's name.

    `vector` is that of the part that asks: clauses that only say why are not embedded, which would take as long again.
    `words` are the stems of meaning; the rest has an entry or a row for each of them: `word_vectors` of the word by
    itself, `roles` of the word where it stands in the part that asks, `rarity` its inverse document frequency, scaled
    to at most 1, `known` whether any passage has it, `without` the question's vector with it taken out, `kinds` its
    part in the question. A word outside the part that asks has zeros for a role, and for a vector too unless it is
    known. `neighbours` are pairs of stems that follow one another.
    """

    text: str
    vector: Vectors
    words: tuple[str, ...]
    word_vectors: Vectors
    roles: Vectors
    rarity: Numbers
    known: NDArray[np.bool_]
    without: Vectors
    kinds: tuple[WordKind, ...]
    neighbours: tuple[tuple[str, str], ...]

    def which(self, *kinds: WordKind) -> Places:
        """Which words are of these kinds: their places, in order."""
        return np.array([place for place, kind in enumerate(self.kinds) if kind in kinds], dtype=np.int64)


def understood(text: str, embedder: Embedder, known: Vocabulary, passages: int) -> Question:
    """The question `text`, from which the entity's name was taken. `known` are the words of the knowledge base's
    `passages`."""
    words = content_words(text)
    asking = asking_part(text)
    asked = content_words(asking)
    unseen = [stem for stem in asked if stem not in known]
    whole, *others = embedder.embed_tokens([asking or "?", *(asked[stem] for stem in unseen)])
    vectors = dict(zip(unseen, (one.sentence for one in others), strict=True))
    rows = [known.vectors[known.row(stem)] if stem in known else vectors.get(stem, _NOTHING) for stem in words]
    kinds = tuple(_kind(stem) if stem in asked else "aside" for stem in words)
    counts = np.array([known.count(stem) for stem in words], dtype=np.float64)
    rarity = np.log((passages + 1) / (counts + 1)) / np.log(passages + 2)
    if any(kind in ("thing", "other") for kind in kinds):
        faint = [kind in ("asking", "framing", "aside") for kind in kinds]
        rarity = np.where(faint, _FAINT * rarity, rarity)
    stems = tuple(words)
    return Question(
        text=text,
        vector=whole.sentence,
        words=stems,
        word_vectors=np.stack(rows) if rows else np.zeros((0, DIMENSIONS), dtype=np.float32),
        roles=_roles(whole, asking, stems),
        rarity=np.maximum(rarity, _COMMON),
        known=counts > 0,
        without=_without_each(whole, asking, stems),
        kinds=kinds,
        neighbours=tuple(neighbours(text)),
    )


def _kind(stem: str) -> WordKind:
    """The part that a stem plays in a question."""
    known = concepts()
    if stem in known.things:
        return "thing"
    if stem in known.judging:
        return "judging"
    if stem in known.asking:
        return "asking"
    return "framing" if stem in known.framing else "other"


def _places(embedded: Embedded, text: str) -> dict[str, list[int]]:
    """Which tokens each stem of the text is made of."""
    places: dict[str, list[int]] = {}
    for stem, start, end in stem_places(text):
        places.setdefault(stem, []).extend(
            index for index, (first, last) in enumerate(embedded.spans) if start <= first and last <= end
        )
    return places


def _roles(part: Embedded, asking: str, stems: Sequence[str]) -> Vectors:
    """Each stem's vector where it stands in the part that asks, zeros elsewhere: (len(stems), `DIMENSIONS`)."""
    inside = _places(part, asking)
    rows = np.zeros((len(stems), DIMENSIONS), dtype=np.float32)
    for row, stem in enumerate(stems):
        if places := inside.get(stem):
            rows[row] = part.tokens[places].mean(axis=0)
    return rows


def _without_each(question: Embedded, text: str, stems: Sequence[str]) -> Vectors:
    """The question's vector when the tokens of each stem's words are taken out of it: (len(stems), `DIMENSIONS`)."""
    places = _places(question, text)
    total = question.tokens.sum(axis=0)  # near enough to what the sentence's vector is made of
    left = [total - question.tokens[places.get(name, [])].sum(axis=0) for name in stems]
    stacked = np.stack([total, *left])
    stacked /= np.maximum(np.linalg.norm(stacked, axis=1, keepdims=True), 1e-6)
    return np.asarray(question.sentence + stacked[1:] - stacked[0], dtype=np.float32)
