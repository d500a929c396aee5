"""The passages near to a question: by meaning, by rare words and by codes.

What is searched again and again stays in memory: the views of a small scope (one entity's passages and those of the
whole domain), and the passages that were candidates lately. A large scope is searched in the vector table.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.embeddings import Vectors
from data.knowledge.evidence import Candidate
from data.knowledge.passage import Passage
from data.knowledge.question import Question
from data.knowledge.store import NearView, Store, View, ViewKind
from data.knowledge.views import stems_told
from data.knowledge.vocabulary import Rows, Vocabulary
from data.knowledge.words import codes, content_words

_SMALL = 300  # passages; a scope of so many is measured whole, sooner than the vector table is filtered
_SCOPES = 8
_CANDIDATES_KEPT = 256
_NEAREST_VIEWS = 32
_BEST_VIEWS = 8  # enough to know how well the best passage of the domain fits
_VIEWS_EACH = 8
_CANDIDATES = 12
_ANSWERING = 8  # so many passages may answer one question, more or less
_DISTANT = 16
_BY_LETTERS = 4
_RARE = 8  # a word that at most so many passages have is looked up by its letters too


@dataclass(frozen=True, slots=True)
class Near:
    """What is near to a question: the candidates, the best similarity in the whole domain, and that of passages too
    distant to answer."""

    candidates: list[Candidate]
    best_in_domain: float
    background: float


@dataclass(frozen=True, slots=True)
class _Scope:
    """Every view of some passages: `passages` has the passage's row and `names` its id for each row of `vectors`."""

    passages: NDArray[np.int64]
    names: tuple[str, ...]
    vectors: Vectors


@dataclass(frozen=True, slots=True)
class _Known:
    """A passage as candidates are made of it: the numbers of its words, the kind and the vector of each view."""

    passage: Passage
    words: Rows
    kinds: tuple[ViewKind, ...]
    vectors: Vectors


class Retrieval:
    """Finds candidates in an open store, as it was when this was made. Its owner holds a lock, and makes a new one
    when the store has changed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.vocabulary = Vocabulary(store.words())
        self.passages = store.count()
        self.entities: Mapping[str, tuple[str, ...]] = store.entities()
        self._scopes: OrderedDict[tuple[str, str | None], _Scope | None] = OrderedDict()
        self._known: OrderedDict[int, _Known] = OrderedDict()

    def near(self, question: Question, query: str, domain: str, about: str | None, without: frozenset[str]) -> Near:
        """The candidates for `question`, which is `query` understood, in `domain`; `about` an entity and what is true
        of the whole domain, or (None) about any. Passages with an id in `without` are left out."""
        views = _NEAREST_VIEWS if about is None else _BEST_VIEWS
        near = self._similarities(question.vector, domain, None, views, without)
        best = max(near.values(), default=0.0)
        if about is not None:
            near = self._similarities(question.vector, domain, about, _NEAREST_VIEWS, without)
        rows = sorted(near, key=lambda row: -near[row])[:_CANDIDATES]
        rows += [row for row in self._by_letters(query) if row not in rows]
        candidates = [
            _candidate(known, question.vector)
            for known in self._passages(rows)
            if known.passage.domain == domain
            and known.passage.id not in without
            and (about is None or known.passage.entity in (about, ""))
        ]
        return Near(candidates, best, _background(near.values()))

    def _similarities(
        self, vector: Vectors, domain: str, about: str | None, views: int, without: frozenset[str]
    ) -> dict[int, float]:
        """Passages (rows) with the similarity of their nearest view; of a large scope, those of its nearest views."""
        scope = self._scope(domain, about)
        if scope is not None:
            near = scope.vectors @ vector
            order = np.argsort(near)
            found = dict(zip(scope.passages[order].tolist(), near[order].tolist(), strict=True))
            if not without:
                return found
            gone = {row for row, name in zip(scope.passages.tolist(), scope.names, strict=True) if name in without}
            return {row: similarity for row, similarity in found.items() if row not in gone}
        nearest: dict[int, float] = {}
        for row, name, view in self._store.nearest(vector, domain, about, views + _VIEWS_EACH * len(without)):
            if name not in without:
                nearest[row] = max(nearest.get(row, -1.0), float(vector @ view))
        return nearest

    def _scope(self, domain: str, about: str | None) -> _Scope | None:
        """The views of a small scope, None for a large one."""
        key = (domain, about)
        if key not in self._scopes:
            small = self._store.count_in(domain, about) <= _SMALL
            self._scopes[key] = _scope(self._store.views_in(domain, about)) if small else None
            while len(self._scopes) > _SCOPES:
                self._scopes.popitem(last=False)
        self._scopes.move_to_end(key)
        return self._scopes[key]

    def _passages(self, rows: Sequence[int]) -> list[_Known]:
        lacking = [row for row in rows if row not in self._known]
        for row, (passage, views) in zip(lacking, self._store.passages(lacking), strict=True):
            self._known[row] = _known(passage, views, self.vocabulary)
        found = [self._known[row] for row in rows]
        for row in rows:
            self._known.move_to_end(row)
        while len(self._known) > _CANDIDATES_KEPT:
            self._known.popitem(last=False)
        return found

    def _by_letters(self, query: str) -> list[int]:
        words = content_words(query)
        rare = [form for stem, form in words.items() if 0 < self.vocabulary.count(stem) <= _RARE]
        return self._store.with_any_word([*codes(query), *rare], _BY_LETTERS)


def _scope(views: Sequence[NearView]) -> _Scope | None:
    if not views:
        return None
    rows, names, vectors = zip(*views, strict=True)
    return _Scope(np.array(rows, dtype=np.int64), names, np.stack(vectors))


def _known(passage: Passage, views: Sequence[View], vocabulary: Vocabulary) -> _Known:
    kinds, vectors = zip(*views, strict=True)
    return _Known(passage, vocabulary.rows(stems_told(passage)), kinds, np.stack(vectors))


def _candidate(known: _Known, vector: Vectors) -> Candidate:
    near = known.vectors @ vector
    best = int(near.argmax())
    similar = zip(known.kinds, near.tolist(), strict=True)
    by_sentence = tuple(likeness for kind, likeness in similar if kind == "sentence")
    return Candidate(known.passage, known.words, known.vectors, float(near[best]), known.vectors[best], by_sentence)


def _background(similarities: Iterable[float]) -> float:
    """How similar passages are that do not answer any more: several may, so the nearest are left out."""
    distant = sorted(similarities, reverse=True)[_ANSWERING:_DISTANT]
    return sum(distant) / len(distant) if distant else 0.0
