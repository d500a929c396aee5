"""The knowledge base: passages in one SQLite file, searched by meaning (sqlite-vec) and by codes and rare words (FTS5).

A passage is embedded in several views (`views.py`). The vector table holds one bit a dimension, partitioned by domain,
with the entity as metadata ("" for the whole domain: it may not be NULL there). The nearest views by bits are measured
again with their full vectors, so that ten thousand passages are searched in a few milliseconds.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pysqlite3

from data.embeddings import Embedder, Vectors
from data.knowledge.everyday import in_written_words
from data.knowledge.evidence import Candidate, Evidence, weigh
from data.knowledge.in_place import put_in_place
from data.knowledge.judge import Judge
from data.knowledge.passage import Hit, KnowledgeError, Passage
from data.knowledge.question import Question, understood
from data.knowledge.retrieval import Retrieval
from data.knowledge.shorten import shortened
from data.knowledge.store import SourceSummary, Store, View
from data.knowledge.subjects import subjects
from data.knowledge.views import new_words, stems_of, views_of
from data.knowledge.words import named, without_name

_CHUNK = 8

Progress = Callable[[int, int], None]
"""Called with (passages done, passages in all)."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """A question, its candidates, and the evidence for each of them."""

    question: Question
    candidates: list[Candidate]
    evidence: list[Evidence]


class KnowledgeBase:
    """Passages to search and to answer from. Every method may be called from any thread.

    One connection, one lock; embedding runs outside the lock. Close it, or use it as a context.
    """

    def __init__(self, store: Store, embedder: Embedder, judge: Judge) -> None:
        self._store = store
        self._embedder = embedder
        self._judge = judge
        self._lock = threading.RLock()
        self._load()

    @classmethod
    def open(cls, path: Path, embedder: Embedder, judge: Judge | None = None) -> Self:
        """The knowledge base in the file `path`, made when it is not there; `judge` is the packaged one by default.

        Raises `KnowledgeError` when the file is no knowledge base, or was made with another embedding model, and
        `ModelError` when the weights that questions are weighed with are missing or damaged.
        """
        subjects()
        in_written_words("")  # both are read once
        judge = judge or Judge.load()
        return cls(Store.open(path, embedder.fingerprint), embedder, judge)

    def close(self) -> None:
        """Close the file. The object must not be used afterwards."""
        with self._lock:
            self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def add(self, passages: Sequence[Passage], progress: Progress | None = None) -> None:
        """Add passages, all or none. Raises `KnowledgeError` when an id is there already."""
        self._change(passages, forget=None, progress=progress)

    def replace(self, source: str, passages: Sequence[Passage], progress: Progress | None = None) -> None:
        """Put `passages` in the place of everything that came from `source`, in one step."""
        self._change(passages, forget=source, progress=progress)

    def remove(self, source: str) -> int:
        """Forget everything that came from `source`; how many passages that were."""
        with self._lock:
            before = self._refreshed().passages
            self._change((), forget=source, progress=None)
            return before - self._retrieval.passages

    def put(self, source: str, passages: Sequence[Passage], progress: Progress | None = None) -> bool:
        """As `replace`, but leaves a source alone whose passages are those that `put` had last; whether it changed."""
        digest = hashlib.sha256(repr(tuple(passages)).encode()).hexdigest()
        with self._lock:
            if self._store.digest(source) == digest:
                return False
        self._change(passages, forget=source, progress=progress, digest=digest)
        return True

    def sources(self) -> tuple[SourceSummary, ...]:
        """Where the passages came from, in alphabetical order."""
        with self._lock:
            return self._store.sources()

    def note(self, name: str, value: str) -> None:
        """Keep a fact about the whole knowledge base in its file."""
        with self._lock:
            self._store.note(name, value)

    def count(self) -> int:
        """How many passages there are."""
        return self._retrieval.passages

    def domains(self) -> tuple[str, ...]:
        """The areas that there are passages of, in alphabetical order."""
        with self._lock:
            return tuple(sorted({domain for source in self._store.sources() for domain in source.domains}))

    def entities(self, domain: str) -> tuple[str, ...]:
        """The names that passages of `domain` are about, in alphabetical order."""
        return self._retrieval.entities.get(domain, ())

    def named_entity(self, query: str, domain: str) -> str | None:
        """The entity of `domain` that the query mentions by name, if any."""
        return named(query, self.entities(domain))

    def search(self, query: str, *, domain: str, entity: str | None = None, limit: int = 3) -> tuple[Hit, ...]:
        """The passages nearest to the query, best first, at most `limit`.

        With `entity`, or an entity that the query names (which goes first), only passages about it and those true of
        the whole domain are searched. A hit is near; whether it answers is for `answer` to say.
        """
        weighed = self.weigh(query, domain=domain, entity=entity)
        ranked = np.argsort(-self._judge.fit(weighed.evidence), kind="stable")[:limit]
        evidence = [weighed.evidence[index] for index in ranked]
        scores, nearness = self._judge.likelihood(weighed.question, evidence), self._judge.nearness(evidence)
        found = [weighed.candidates[index] for index in ranked]
        return tuple(
            Hit(one.passage, float(score), float(near), shortened(one))
            for one, score, near in zip(found, scores, nearness, strict=True)
        )

    def answer(self, query: str, *, domain: str, entity: str | None = None) -> Hit | None:
        """The passage that answers this very question, or None when none does. Entities as in `search`.

        When neither the query nor `entity` names one, the passage may be about any entity: see `Hit.passage.entity`.
        """
        hit = self.worth_telling(query, domain=domain, entity=entity)
        return hit if hit is not None and self.answers(hit) else None

    def worth_telling(self, query: str, *, domain: str, entity: str | None = None) -> Hit | None:
        """The passage that answers (`answers`), or else the one that may be told with the reservation that the question
        itself may not be answered by it (`touches`); None when there is neither. Entities as in `answer`."""
        hits = self.search(query, domain=domain, entity=entity, limit=1)
        return hits[0] if hits and (self.answers(hits[0]) or self.touches(hits[0])) else None

    def in_place(self, before: str, words: str) -> str | None:
        """See `put_in_place`: what a few `words` ask right after the question `before`."""
        return put_in_place(before, words, self._embedder)

    def answers(self, hit: Hit) -> bool:
        """Whether a hit of `search` is likely enough to be spoken, if it is the first."""
        return hit.score >= self._judge.threshold

    def touches(self, hit: Hit) -> bool:
        """Whether a hit of `search`, if it is the first, may or may not answer but is clearly on the question's
        subject."""
        unsure = self._judge.unsure <= hit.score < self._judge.threshold
        return unsure and hit.nearness >= self._judge.on_subject

    def weigh(
        self, query: str, *, domain: str, entity: str | None = None, without: frozenset[str] = frozenset()
    ) -> Weighed:
        """The candidates for a query and the evidence for each, as the judge gets them.

        `without` leaves passages out by id, to see what is made of a question whose answer is missing.
        """
        while True:
            retrieval = self._refreshed()
            about = named(query, retrieval.entities.get(domain, ())) or entity
            text = in_written_words(without_name(query, about or ""))
            question = understood(text, self._embedder, retrieval.vocabulary, retrieval.passages)
            with self._lock:
                if retrieval is not self._refreshed():  # the passages have changed meanwhile
                    continue
                near = retrieval.near(question, query, domain, about, without)
            evidence = weigh(question, near.candidates, retrieval.vocabulary, near.best_in_domain, near.background)
            return Weighed(question, near.candidates, evidence)

    def _change(
        self, passages: Sequence[Passage], *, forget: str | None, progress: Progress | None, digest: str | None = None
    ) -> None:
        known = self._refreshed().vocabulary
        views: list[list[View]] = []
        words: dict[str, tuple[str, Vectors]] = {}
        for start in range(0, len(passages), _CHUNK):
            chunk = passages[start : start + _CHUNK]
            views += views_of(chunk, self._embedder)
            words |= new_words(chunk, known, words, self._embedder)
            if progress is not None:
                progress(start + len(chunk), len(passages))
        with self._lock:
            try:
                self._store.change(forget, passages, views, words, stems_of, digest)
            except pysqlite3.IntegrityError as error:
                raise KnowledgeError(f"a passage is there already ({error}): give it another id, or replace") from error
            except pysqlite3.OperationalError as error:
                raise KnowledgeError(f"the knowledge base cannot be changed now ({error}): try again") from error
            self._load()

    def _refreshed(self) -> Retrieval:
        """What is searched, after noticing what another process has changed: `lobby knowledge add` beside a server."""
        with self._lock:
            if self._store.version() != self._version:
                self._load()
            return self._retrieval

    def _load(self) -> None:
        self._version = self._store.version()
        self._retrieval = Retrieval(self._store)
