"""What questions and passages are about: learned subjects as evidence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from data.embeddings import Embedder
from data.knowledge.base import KnowledgeBase
from data.knowledge.subjects import SUBJECTS, Subjects, subjects
from data.model_files import ModelError, read_path


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder.load()


@pytest.mark.parametrize(
    ("question", "subject"),
    [
        ("From what hour could we have our keycards?", "check-in"),
        ("Would my budgie be a bother to you?", "pets"),
        ("Any spot where I may leave the camper tonight?", "parking"),
        ("Nobody has seen my luggage since we landed", "flight lost-baggage"),
    ],
)
def test_a_question_in_other_words_than_a_passage_is_known_by_its_subject(
    embedder: Embedder, question: str, subject: str
) -> None:
    likely = subjects().likely(embedder.embed([question]))[0]
    assert subjects().names[int(likely.argmax())] == subject


def test_a_passage_on_the_questions_subject_shares_more_with_it_than_another(embedder: Embedder) -> None:
    question, hours, pool = embedder.embed(
        ["When can we have the key?", "Check-in begins at 4 PM.", "The pool is open from 7 AM to 9 PM."]
    )
    shared = subjects().compare(question, [hours[None, :], np.stack([pool, pool])])
    assert shared.shape == (2, 4)
    assert shared[0, 0] > shared[1, 0]
    assert shared[0, 1] > shared[1, 1]
    assert shared[0, 2] == 0.0 < shared[1, 2]


def test_a_passage_is_judged_by_its_nearest_view_and_subjects_are_shares() -> None:
    known = Subjects(("a", "b"), np.array([[4.0, 0.0], [0.0, 4.0]], dtype=np.float32), np.zeros(2, dtype=np.float32))
    one, other = np.array([1.0, 0.0], dtype=np.float32), np.array([0.0, 1.0], dtype=np.float32)
    assert known.likely(np.stack([one, other])).sum(axis=1) == pytest.approx([1.0, 1.0])
    both, neither = known.compare(one, [np.stack([other, one]), other[None, :]])
    assert both[0] > neither[0]
    assert both[2] == 0.0
    assert known.compare(one, []).shape == (0, 4)


@pytest.fixture
def changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The file of the subjects with one bit of its weights turned, in a process that has not read it yet."""
    content = bytearray(read_path(SUBJECTS).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / SUBJECTS.name).write_bytes(content)
    monkeypatch.setattr("data.model_files._locate", lambda *_: tmp_path / SUBJECTS.name)
    subjects.cache_clear()
    yield
    subjects.cache_clear()


@pytest.mark.usefixtures("changed")
def test_changed_weights_are_refused_before_any_question(embedder: Embedder, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"what questions are about is damaged.*pip install"):
        KnowledgeBase.open(tmp_path / "knowledge.db", embedder)
    assert not (tmp_path / "knowledge.db").exists()
