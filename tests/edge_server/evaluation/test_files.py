from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from edge_server.evaluation.files import (
    EvaluationError,
    read_dialogues,
    read_documents,
    read_questions,
    read_utterances,
)

GOOD = '{"text": "which gate?", "label": "flight", "source": "a note that nobody needs"}\n'


def written(folder: Path, text: str) -> Path:
    file = folder / "examples.jsonl"
    file.write_text(text, "utf-8")
    return file


def test_blank_lines_and_notes_are_passed_over(tmp_path: Path) -> None:
    assert [one.label for one in read_utterances(written(tmp_path, GOOD + "\n" + GOOD))] == ["flight", "flight"]


@pytest.mark.parametrize(
    ("read", "text", "message"),
    [
        (read_utterances, GOOD + "not json\n", "line 2: is not a JSON object"),
        (read_utterances, GOOD + '\n{"text": "hello"}\n', "line 3: 'label' is missing"),
        (read_utterances, '{"text": "hello", "label": "weather"}\n', "line 1: 'label'"),
        (read_utterances, '{"text": "  ", "label": "other"}\n', "line 1: 'text'"),
        (read_utterances, "\n\n", "holds no examples"),
        (read_dialogues, '{"id": "d", "turns": [{"user": "hi", "gold": "bus"}]}\n', "line 1: 'turns.0.gold'"),
        (read_dialogues, '{"id": "d", "turns": []}\n', "line 1: 'turns'"),
        (read_questions, '{"query": "q", "domain": "hotel", "answerable": true, "gold_ids": []}', "name what answers"),
        (read_documents, '{"id": "a", "domain": "hotel", "title": "t", "body": "b"}\n' * 2, "'a' comes twice"),
        (read_documents, '{"id": "a", "domain": "hotel", "title": " "}\n', "title and body are empty"),
        (read_questions, "[1]\n", "line 1"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_line(
    tmp_path: Path, read: Callable[[Path], object], text: str, message: str
) -> None:
    with pytest.raises(EvaluationError) as refused:
        read(written(tmp_path, text))
    assert message in str(refused.value)
    assert "examples.jsonl" in str(refused.value)


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "sound.jsonl"
    file.write_bytes(b"RIFF\xff\xfe")
    with pytest.raises(EvaluationError, match="UTF-8"):
        read_utterances(file)


def test_a_question_is_answerable_when_something_answers_it_and_nobody_says_otherwise(tmp_path: Path) -> None:
    lines = (
        '{"query": "q", "domain": "rail", "gold_ids": ["a"]}\n'
        '{"query": "q", "domain": "rail", "gold_ids": []}\n'
        '{"query": "q", "domain": "rail", "answerable": false}\n'
        '{"query": "q", "domain": "rail", "gold_ids": ["a"], "answerable": false}\n'
        '{"query": "q", "domain": "rail", "gold_ids": null}\n'
    )
    assert [one.answerable for one in read_questions(written(tmp_path, lines))] == [True, False, False, False, False]


def test_a_document_may_lack_its_entity_and_its_body(tmp_path: Path) -> None:
    (document,) = read_documents(written(tmp_path, '{"id": "a", "domain": "rail", "title": "Dogs ride free."}\n'))
    assert (document.entity, document.body) == (None, "")


def test_the_files_that_come_with_lobby_are_large_enough_to_mean_something() -> None:
    assert len(read_utterances(None)) >= 60
    assert len(read_dialogues(None)) >= 10
    questions = read_questions(None)
    assert min(sum(one.answerable for one in questions), sum(not one.answerable for one in questions)) >= 10
