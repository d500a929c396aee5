"""The knowledge base: passages in one SQLite file, searched by meaning (sqlite-vec) and by codes and rare words (FTS5).

A passage is embedded in several views: its title and each listed way to ask for it, title and body together, each
sentence of the body; all without the entity's name, which every passage about it shares. The vector table holds one
bit a dimension, partitioned by domain, with the entity as metadata ("" for the whole domain: it may not be NULL
there). The nearest views by bits are measured again with their full vectors, so that ten thousand passages are
searched in a few milliseconds.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pysqlite3

from data.embeddings import DIMENSIONS, Embedded, Embedder, Vectors
from data.knowledge.evidence import Candidate, Judge, Numbers, Question, weigh, word_kind
from data.knowledge.passage import Hit, KnowledgeError, Passage
from data.knowledge.shorten import shortened
from data.knowledge.store import SourceSummary, Store, View, ViewKind
from data.knowledge.words import codes, content_words, named, neighbours, sentences, stem_places, without_name

_NEAREST_VIEWS = 32
_BEST_VIEWS = 8  # enough to know how well the best passage of the domain fits
_VIEWS_EACH = 8
_CANDIDATES = 12
_ANSWERING = 8  # so many passages may answer one question, more or less
_DISTANT = 16
_BY_LETTERS = 4
_RARE = 8  # a word that at most so many passages have is looked up by its letters too
_FAINT = 0.2  # how much words count that only frame a question, beside the others
_CHUNK = 8

Progress = Callable[[int, int], None]
"""Called with (passages done, passages in all)."""


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

        Raises `KnowledgeError` when the file is no knowledge base, or was made with another embedding model.
        """
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
            self._refresh()
            before = self._passages
            self._change((), forget=source, progress=None)
            return before - self._passages

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
        return self._passages

    def domains(self) -> tuple[str, ...]:
        """The areas that there are passages of, in alphabetical order."""
        with self._lock:
            return tuple(sorted({domain for source in self._store.sources() for domain in source.domains}))

    def entities(self, domain: str) -> tuple[str, ...]:
        """The names that passages of `domain` are about, in alphabetical order."""
        return self._entities.get(domain, ())

    def named_entity(self, query: str, domain: str) -> str | None:
        """The entity of `domain` that the query mentions by name, if any."""
        return named(query, self.entities(domain))

    def search(self, query: str, *, domain: str, entity: str | None = None, limit: int = 3) -> tuple[Hit, ...]:
        """The passages nearest to the query, best first, at most `limit`.

        With `entity`, or an entity that the query names (which goes first), only passages about it and those true of
        the whole domain are searched. A hit is near; whether it answers is for `answer` to say.
        """
        candidates, rows = self.weigh(query, domain=domain, entity=entity)
        ranked = np.argsort(-self._judge.fit(rows), kind="stable")[:limit]
        scores = self._judge.likelihood(rows)
        return tuple(
            Hit(candidates[index].passage, float(scores[index]), shortened(candidates[index])) for index in ranked
        )

    def answer(self, query: str, *, domain: str, entity: str | None = None) -> Hit | None:
        """The passage that answers this very question, or None when none does. Entities as in `search`.

        When neither the query nor `entity` names one, the passage may be about any entity: see `Hit.passage.entity`.
        """
        hits = self.search(query, domain=domain, entity=entity, limit=1)
        return hits[0] if hits and self.answers(hits[0]) else None

    def answers(self, hit: Hit) -> bool:
        """Whether a hit of `search` is likely enough to be spoken, if it is the first."""
        return hit.score >= self._judge.threshold

    def weigh(
        self, query: str, *, domain: str, entity: str | None = None, without: frozenset[str] = frozenset()
    ) -> tuple[list[Candidate], list[Numbers]]:
        """The candidates for a query and the evidence for each, as the judge gets them.

        `without` leaves passages out by id, to see what is made of a question whose answer is missing.
        """
        self._refresh()
        about = self.named_entity(query, domain) or entity
        question = self._question(without_name(query, about or ""))
        with self._lock:
            vector, spare = question.vector, _VIEWS_EACH * len(without)
            views = _NEAREST_VIEWS if about is None else _BEST_VIEWS
            near = _by_passage(vector, self._store.nearest(vector, domain, views + spare), without)
            best = max(near.values(), default=0.0)
            if about is not None:
                views = _NEAREST_VIEWS + spare
                near = _by_passage(vector, self._store.nearest_about(vector, domain, about, views), without)
            rows = sorted(near, key=lambda row: -near[row])[:_CANDIDATES]
            rows += [row for row in self._by_letters(query) if row not in rows]
            candidates = [
                _candidate(passage, views, question.vector, self._words)
                for passage, views in self._store.passages(rows)
                if passage.domain == domain
                and passage.id not in without
                and (about is None or passage.entity in (about, ""))
            ]
        return candidates, weigh(question, candidates, best, _background(near.values()))

    def _question(self, text: str) -> Question:
        words = content_words(text)
        known = self._words
        whole, *others = self._embedder.embed_tokens(
            [text or "?", *(form for stem, form in words.items() if stem not in known)]
        )
        unseen = iter([other.sentence for other in others])
        rows = [known[stem][1] if stem in known else next(unseen) for stem in words]
        counts = np.array([known[stem][0] if stem in known else 0 for stem in words], dtype=np.float64)
        rarity = np.log((self._passages + 1) / (counts + 1)) / np.log(self._passages + 2)
        kinds = tuple(word_kind(stem) for stem in words)
        if any(kind in ("thing", "other") for kind in kinds):
            rarity = np.where([kind in ("asking", "framing") for kind in kinds], _FAINT * rarity, rarity)
        stacked = np.stack(rows) if rows else np.zeros((0, DIMENSIONS), dtype=np.float32)
        pairs = tuple(neighbours(text))
        return Question(
            text,
            whole.sentence,
            tuple(words),
            stacked,
            np.maximum(rarity, 0.05),
            counts > 0,
            _without_each(whole, text, tuple(words)),
            kinds,
            pairs,
        )

    def _by_letters(self, query: str) -> list[int]:
        words = content_words(query)
        rare = [form for stem, form in words.items() if stem in self._words and self._words[stem][0] <= _RARE]
        return self._store.with_any_word([*codes(query), *rare], _BY_LETTERS)

    def _change(
        self, passages: Sequence[Passage], *, forget: str | None, progress: Progress | None, digest: str | None = None
    ) -> None:
        self._refresh()
        views: list[list[View]] = []
        words: dict[str, tuple[str, Vectors]] = {}
        for start in range(0, len(passages), _CHUNK):
            chunk = passages[start : start + _CHUNK]
            views += self._views(chunk)
            words |= self._new_words(chunk, words)
            if progress is not None:
                progress(start + len(chunk), len(passages))
        with self._lock:
            try:
                self._store.change(forget, passages, views, words, lambda one: content_words(_all_text(one)), digest)
            except pysqlite3.IntegrityError as error:
                raise KnowledgeError(f"a passage is there already ({error}): give it another id, or replace") from error
            except pysqlite3.OperationalError as error:
                raise KnowledgeError(f"the knowledge base cannot be changed now ({error}): try again") from error
            self._load()

    def _new_words(
        self, passages: Sequence[Passage], met: Mapping[str, tuple[str, Vectors]]
    ) -> dict[str, tuple[str, Vectors]]:
        """The words of the passages that neither the knowledge base nor `met` has: stem to form and vector."""
        forms: dict[str, str] = {}
        for passage in passages:
            forms = content_words(_all_text(passage)) | forms
        unseen = [(stem, form) for stem, form in forms.items() if stem not in self._words and stem not in met]
        vectors = self._embedder.embed([form for _, form in unseen])
        return {stem: (form, vector) for (stem, form), vector in zip(unseen, vectors, strict=True)}

    def _views(self, passages: Sequence[Passage]) -> list[list[View]]:
        texts: list[tuple[int, ViewKind, str]] = []
        for index, passage in enumerate(passages):
            title = without_name(passage.title, passage.entity)
            body = without_name(passage.body, passage.entity)
            texts.append((index, "title", title))
            texts += [(index, "title", without_name(way, passage.entity)) for way in passage.asked]
            texts.append((index, "whole", f"{title} {body}"))
            texts += [(index, "sentence", sentence) for sentence in sentences(body)]
        vectors = self._embedder.embed([text for _, _, text in texts])
        views: list[list[View]] = [[] for _ in passages]
        for (index, kind, _), vector in zip(texts, vectors, strict=True):
            views[index].append((kind, vector))
        return views

    def _refresh(self) -> None:
        """Notice what another process has changed: `lobby knowledge add` beside a running server."""
        with self._lock:
            if self._store.version() != self._version:
                self._load()

    def _load(self) -> None:
        """Take what every search needs into memory: words, how many passages, and the names of entities."""
        self._version = self._store.version()
        self._words = self._store.words()
        self._passages = self._store.count()
        self._entities = self._store.entities()


def _without_each(question: Embedded, text: str, stems: Sequence[str]) -> Vectors:
    """The question's vector when the tokens of each stem's words are taken out of it: (len(stems), `DIMENSIONS`)."""
    places: dict[str, list[int]] = {}
    for name, start, end in stem_places(text):
        places.setdefault(name, []).extend(
            index for index, (first, last) in enumerate(question.spans) if start <= first and last <= end
        )
    total = question.tokens.sum(axis=0)  # near enough to what the sentence's vector is made of
    left = [total - question.tokens[places.get(name, [])].sum(axis=0) for name in stems]
    stacked = np.stack([total, *left])
    stacked /= np.maximum(np.linalg.norm(stacked, axis=1, keepdims=True), 1e-6)
    return np.asarray(question.sentence + stacked[1:] - stacked[0], dtype=np.float32)


def _background(similarities: Iterable[float]) -> float:
    """How similar passages are that do not answer any more: several may, so the nearest are left out."""
    distant = sorted(similarities, reverse=True)[_ANSWERING:_DISTANT]
    return sum(distant) / len(distant) if distant else 0.0


def _by_passage(
    vector: Vectors, views: Sequence[tuple[int, str, Vectors]], without: frozenset[str]
) -> dict[int, float]:
    """Passages (rows) with the similarity of their nearest view."""
    near: dict[int, float] = {}
    for passage, identity, view in views:
        if identity not in without:
            near[passage] = max(near.get(passage, -1.0), float(view @ vector))
    return near


def _all_text(passage: Passage) -> str:
    return " ".join((passage.title, *passage.asked, passage.body))


def _candidate(
    passage: Passage, views: Sequence[View], vector: Vectors, words: dict[str, tuple[int, Vectors]]
) -> Candidate:
    similar = [(kind, float(view @ vector)) for kind, view in views]
    by_sentence = tuple(likeness for kind, likeness in similar if kind == "sentence")
    best = max(likeness for _, likeness in similar)
    nearest = max(views, key=lambda kind_and_view: float(kind_and_view[1] @ vector))[1]
    sentence = max(by_sentence, default=best)
    stems = tuple(stem for stem in content_words(without_name(_all_text(passage), passage.entity)) if stem in words)
    rows = [words[stem][1] for stem in stems]
    stacked = np.stack(rows) if rows else np.zeros((0, DIMENSIONS), dtype=np.float32)
    return Candidate(passage, best, sentence, stems, stacked, by_sentence, nearest)
