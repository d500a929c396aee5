"""One call makes all of a branch's data, with the real embedding model, and a second one has nothing to do."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from data.branch import Branch
from data.database import LOCK_FILE
from data.embeddings import Embedder
from data.knowledge.base import KnowledgeBase
from data.prepare import KNOWLEDGE_FILE, is_prepared, prepare, reset

LOCKED = {LOCK_FILE: 0}
"""The lock file names its owner, so it is written each time."""


def quiet(what: str, done: int, total: int) -> None:
    pass


def test_reset_makes_records_and_knowledge_and_prepare_then_has_nothing_to_do(data_dir: Path) -> None:
    embedder = Embedder.load()
    assert not is_prepared(data_dir)
    reset(data_dir, today=date(2027, 5, 1), progress=quiet, embedder=embedder)
    assert is_prepared(data_dir)
    before = {path.name: path.stat().st_mtime_ns for path in data_dir.iterdir()}
    prepare(data_dir, progress=quiet, embedder=embedder)
    assert {path.name: path.stat().st_mtime_ns for path in data_dir.iterdir()} | LOCKED == before | LOCKED

    branch = Branch.open(data_dir)
    assert branch.clock.today() == date(2027, 5, 1)
    branch.close()
    with KnowledgeBase.open(data_dir / KNOWLEDGE_FILE, embedder) as knowledge:
        hit = knowledge.answer("How much is a second checked bag?", domain="flight")
        assert hit is not None
        assert "$45" in hit.passage.body
