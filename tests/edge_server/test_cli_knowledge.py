"""`lobby knowledge`: files in, answers out, sources gone again, and nothing changed when a file is broken."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from edge_server.cli.knowledge import knowledge


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "faq.csv").write_text(
        "question,answer,entity\nIs there a sauna?,The sauna is open from 4 PM to 10 PM.,Harbor House\n"
    )
    (tmp_path / "rules.md").write_text("# May drones fly here?\n\nDrones may not fly here.\n")
    return tmp_path


def run(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(knowledge, [*words, "--data-dir", str(folder / "data")])


def add(folder: Path, *names: str) -> Result:
    return run(folder, "add", *(str(folder / name) for name in names), "--domain", "hotel", "--json")


def sources(folder: Path) -> dict[str, int]:
    return {one["name"]: one["passages"] for one in json.loads(run(folder, "list", "--json").stdout)}


def test_added_files_are_told_replaced_and_removed(folder: Path) -> None:
    assert [one["changed"] for one in json.loads(add(folder, "faq.csv", "rules.md").stdout)] == [True, True]
    said = json.loads(run(folder, "search", "Is there a sauna at Harbor House?", "--json").stdout)
    assert said["spoken"] == "The sauna is open from 4 PM to 10 PM."
    assert said["hits"][0]["source"] == "faq.csv"

    (folder / "faq.csv").write_text("question,answer\nIs there a sauna?,There is no sauna.\n")
    assert [one["changed"] for one in json.loads(add(folder, "faq.csv", "rules.md").stdout)] == [True, False]
    assert "Would say: There is no sauna." in run(folder, "search", "Is there a sauna?").stdout
    assert sources(folder) == {"faq.csv": 1, "rules.md": 1}

    assert run(folder, "remove", "faq.csv").exit_code == 0
    assert "Would say: I don't know." in run(folder, "search", "Is there a sauna?").stdout
    gone = run(folder, "remove", "faq.csv")
    assert gone.exit_code == 1
    assert "lobby knowledge list" in gone.output


def test_a_broken_file_among_others_changes_nothing(folder: Path) -> None:
    add(folder, "rules.md")
    (folder / "bad.pdf").write_text("junk")
    failed = add(folder, "faq.csv", "bad.pdf")
    assert failed.exit_code == 1
    assert "bad.pdf is no PDF that can be read" in failed.output
    assert sources(folder) == {"rules.md": 1}


def test_without_a_knowledge_base_the_way_to_one_is_shown(folder: Path) -> None:
    said = run(folder, "list")
    assert said.exit_code == 1
    assert "lobby data init" in said.output


def test_one_source_name_is_for_one_file(folder: Path) -> None:
    said = run(folder, "add", str(folder / "faq.csv"), str(folder / "rules.md"), "--source", "house")
    assert said.exit_code == 2
