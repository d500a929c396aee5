"""Whether questions find their passage, and are refused when no passage answers them."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from data.embeddings import Embedder
from data.knowledge import KnowledgeBase, Passage, sample_passages
from edge_server.evaluation.files import Document, EvaluationError, Question
from edge_server.evaluation.listener import Progress, milliseconds, share

WORST = 20
_FOUND_WITHIN = 3


@dataclass(frozen=True, slots=True)
class KnowledgeMiss:
    """A question that was not dealt with rightly. `what`: `not_found` (none of `gold_ids` among the first three),
    `refused` (although a passage answers it), `answered` (although none does) or `answered_wrong` (by another passage
    than those). `found` are the ids of the first three, `answer` that of the passage given as the answer."""

    what: str
    question: str
    gold_ids: tuple[str, ...]
    found: tuple[str, ...]
    answer: str | None
    score: float


@dataclass(frozen=True, slots=True)
class KnowledgeFigures:
    """Of the answerable questions: `hit_at_3`, the share with a right passage among the first three;
    `refused_answerable`, the share that got no answer; `answered_right`, the share answered by a right passage. Of
    the others: `refused_unanswerable`, the share that got no answer, as it should be. Refused, too, is who hears that
    the desk does not know exactly, and what it has on the subject: `reserved_answerable` and `reserved_unanswerable`
    are the shares of all answerable and of all other questions told so, `reserved_right` that of the answerable ones
    told so from a right passage. None where there was no such question. Times are ms a search."""

    hit_at_3: float | None
    refused_unanswerable: float | None
    refused_answerable: float | None
    answered_right: float | None
    reserved_answerable: float | None
    reserved_right: float | None
    reserved_unanswerable: float | None
    documents: int
    questions: int
    answerable: int
    unanswerable: int
    worst: list[KnowledgeMiss]
    p50_ms: float
    p95_ms: float


def passages_of(documents: Sequence[Document] | None, source: str) -> list[Passage]:
    """Documents as passages that come from the file `source`; None: the texts of the sample branch."""
    if documents is None:
        return list(sample_passages())
    return [
        Passage(one.id, one.domain, _entity(one.entity), one.title, one.body or one.title, source) for one in documents
    ]


def evaluate_knowledge(
    passages: Sequence[Passage], questions: Sequence[Question], embedder: Embedder, progress: Progress
) -> KnowledgeFigures:
    """Ask every question of a knowledge base made of `passages` in a temporary folder. Runs in the calling thread.

    Raises EvaluationError when a question names a passage that is not there.
    """
    ids = {passage.id for passage in passages}
    for question in questions:
        if question.answerable and not ids.intersection(question.gold_ids):
            raise EvaluationError(
                f"no document has the id {question.gold_ids[0]!r} that answers {question.query!r}: give the documents "
                "that belong to these questions (--docs)"
            )
    misses: list[KnowledgeMiss] = []
    taken: list[float] = []
    hits = right = refused = refused_rightly = reserved = reserved_right = reserved_others = 0
    with (
        tempfile.TemporaryDirectory(prefix="lobby-eval-") as folder,
        KnowledgeBase.open(Path(folder) / "knowledge.sqlite", embedder) as base,
    ):
        base.add(passages, lambda done, in_all: progress("documents", done, in_all))
        for index, question in enumerate(questions):
            began = time.perf_counter()
            found = base.search(question.asked, domain=question.domain, limit=_FOUND_WITHIN)
            taken.append(time.perf_counter() - began)
            answer = found[0] if found and base.answers(found[0]) else None
            related = found[0] if found and base.touches(found[0]) else None
            identities = tuple(hit.passage.id for hit in found)
            what: list[str] = []
            if question.answerable:
                hit = bool(set(identities) & set(question.gold_ids))
                hits, refused = hits + hit, refused + (answer is None)
                answered = answer is not None and answer.passage.id in question.gold_ids
                right += answered
                reserved += related is not None
                reserved_right += related is not None and related.passage.id in question.gold_ids
                what += [] if hit else ["not_found"]
                what += [] if answered else ["refused" if answer is None else "answered_wrong"]
            else:
                refused_rightly += answer is None
                reserved_others += related is not None
                what += [] if answer is None else ["answered"]
            score = round(found[0].score, 3) if found else 0.0
            given = answer.passage.id if answer is not None else None
            misses += [KnowledgeMiss(one, question.asked, question.gold_ids, identities, given, score) for one in what]
            progress("questions", index + 1, len(questions))
    answerable = sum(question.answerable for question in questions)
    return KnowledgeFigures(
        hit_at_3=share(hits, answerable),
        refused_unanswerable=share(refused_rightly, len(questions) - answerable),
        refused_answerable=share(refused, answerable),
        answered_right=share(right, answerable),
        reserved_answerable=share(reserved, answerable),
        reserved_right=share(reserved_right, answerable),
        reserved_unanswerable=share(reserved_others, len(questions) - answerable),
        documents=len(passages),
        questions=len(questions),
        answerable=answerable,
        unanswerable=len(questions) - answerable,
        worst=sorted(misses, key=lambda miss: (miss.what == "refused", -miss.score))[:WORST],
        p50_ms=milliseconds(taken, 0.5),
        p95_ms=milliseconds(taken, 0.95),
    )


def _entity(name: str | None) -> str:
    """A document's entity; none, and the star that some files write for it, are the whole domain."""
    return "" if name is None or name == "*" else name
