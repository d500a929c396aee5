"""`lobby eval`, as a script would use it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from edge_server.cli.main import cli

UTTERANCES = (
    '{"text": "is my flight on time", "label": "flight"}\n{"text": "a room for two nights", "label": "hotel"}\n'
)
DIALOGUE = json.dumps(
    {
        "id": "d",
        "turns": [
            {"user": "is flight LB204 on time", "gold": "flight"},
            {"user": "and now a hotel room for two", "gold": "hotel", "system_before": "It is on time."},
            {"user": "from Friday", "gold": "hotel", "system_before": "From which day?"},
        ],
    }
)
DOCUMENT = '{"id": "a", "domain": "hotel", "entity": "Hill House", "title": "Pets", "body": "Dogs may stay for $20."}\n'
QUESTIONS = (
    '{"query": "Can I bring my dog?", "query_with_entity": "Hill House: Can I bring my dog?", "domain": "hotel", '
    '"gold_ids": ["a"], "answerable": true}\n'
    '{"query": "Who wrote Hamlet?", "domain": "hotel", "gold_ids": [], "answerable": false}\n'
)


def lobby(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words))


def figures(result: Result) -> dict[str, object]:
    assert result.exit_code == 0, result.output
    read: dict[str, object] = json.loads(result.stdout)
    return read


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in (("u", UTTERANCES), ("s", DIALOGUE), ("d", DOCUMENT), ("q", QUESTIONS)):
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def test_routing_gives_its_figures_as_json(folder: Path) -> None:
    assert figures(lobby("eval", "routing", "--file", str(folder / "u"), "--json"))["accuracy"] == 1.0


def test_switching_gives_its_figures_as_json(folder: Path) -> None:
    found = figures(lobby("eval", "switching", "--file", str(folder / "s"), "--json"))
    assert (found["accuracy"], found["false_switch_rate"], found["turns"]) == (1.0, 0.0, 3)


def test_knowledge_gives_its_figures_as_json(folder: Path) -> None:
    words = ("eval", "knowledge", "--docs", str(folder / "d"), "--file", str(folder / "q"), "--json")
    found = figures(lobby(*words))
    assert (found["hit_at_3"], found["refused_unanswerable"]) == (1.0, 1.0)
    assert "refused_answerable" in found


def test_people_get_sentences(folder: Path) -> None:
    said = lobby("eval", "routing", "--file", str(folder / "u")).stdout
    assert "100.0 % of 2 utterances" in said


def test_a_missing_file_is_bad_usage(tmp_path: Path) -> None:
    result = lobby("eval", "routing", "--file", str(tmp_path / "none.jsonl"))
    assert result.exit_code == 2
    assert "does not exist" in result.output


def test_a_malformed_file_fails_with_its_line(tmp_path: Path) -> None:
    broken = tmp_path / "broken.jsonl"
    broken.write_text(UTTERANCES + "{oops\n", "utf-8")
    result = lobby("eval", "routing", "--file", str(broken))
    assert result.exit_code == 1
    assert "broken.jsonl, line 3" in result.output


def test_documents_without_their_questions_are_bad_usage(folder: Path) -> None:
    assert lobby("eval", "knowledge", "--docs", str(folder / "d")).exit_code == 2


def test_dialogues_give_their_figures_as_json(tmp_path: Path) -> None:
    file = tmp_path / "people.yaml"
    file.write_text(
        "customers: [{id: a, tool: rules, goal: g, opening: how much is a second suitcase, "
        "expect: {answered: true, said: ['45']}}]\n",
        "utf-8",
    )
    found = figures(lobby("eval", "dialogues", "--file", str(file), "--transcripts", str(tmp_path / "out"), "--json"))
    assert (found["pass_rate"], found["facts_not_from_tools"], found["customers"]) == (1.0, 0, 1)
    assert (tmp_path / "out" / "a.txt").read_text("utf-8").startswith("passed")


def test_a_malformed_dialogue_fails_with_its_customer(tmp_path: Path) -> None:
    file = tmp_path / "people.yaml"
    file.write_text("customers: [{id: a, tool: t, opening: hello, expect: {}}]\n", "utf-8")
    result = lobby("eval", "dialogues", "--file", str(file))
    assert result.exit_code == 1
    assert "people.yaml: customer a, goal: it is missing" in result.output
