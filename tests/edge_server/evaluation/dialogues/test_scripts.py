from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import get_args

import pytest

from edge_server.evaluation.dialogues.script import Manner, read_scripts
from edge_server.evaluation.files import EvaluationError

GOOD = "customers:\n- {id: a, tool: t, goal: g, opening: hello, expect: {}}\n"


def written(folder: Path, text: str, name: str = "some.yaml") -> Path:
    file = folder / name
    file.write_text(text, "utf-8")
    return file


def test_there_are_enough_customers_of_every_manner_and_half_of_them_change_nothing() -> None:
    scripts = [*read_scripts(None), *read_scripts(None, held_out=True)]
    outcomes = Counter(script.expect.outcome for script in scripts)
    assert len(scripts) >= 120
    assert (outcomes["refused"] + outcomes["answered"]) * 2 >= len(scripts)
    assert {script.manner for script in scripts} == set(get_args(Manner))
    assert len({script.id for script in scripts}) == len(scripts)


def test_customers_that_are_held_out_are_read_only_when_asked_for() -> None:
    assert not {one.id for one in read_scripts(None)} & {one.id for one in read_scripts(None, held_out=True)}


def test_a_folder_is_read_whole(tmp_path: Path) -> None:
    written(tmp_path, GOOD)
    written(tmp_path, GOOD.replace("id: a", "id: b"), "more.yml")
    assert [one.id for one in read_scripts(tmp_path)] == ["b", "a"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("customers: [", "is not YAML"),
        ("customers: []\n", "customers"),
        (GOOD.replace("goal: g, ", ""), "customer a, goal: it is missing"),
        (GOOD.replace("tool: t", "tool: t, colour: red"), "there is no such key"),
        (GOOD.replace("expect: {}", "expect: {said: ['(']}"), "is not a regular expression"),
        (GOOD.replace("opening: hello", "opening: 'it is {code}'"), "put it under knows"),
        (GOOD + GOOD.split("\n")[1] + "\n", "'a' comes twice"),
    ],
)
def test_a_file_that_cannot_be_played_is_refused_with_the_customer(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(EvaluationError, match="some.yaml|twice") as refused:
        read_scripts(written(tmp_path, text))
    assert message in str(refused.value)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"holds no \.yaml"):
        read_scripts(tmp_path)
