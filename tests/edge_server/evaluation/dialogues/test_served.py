"""A few customers at the real desk, and the judge who must notice what is wrong."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from data.embeddings import Embedder
from edge_server.evaluation.dialogues.desk import evaluate_at_own_desk
from edge_server.evaluation.dialogues.figures import Served, figures_of, write_transcripts
from edge_server.evaluation.dialogues.script import Expected, Script, read_scripts

CANCEL, CHANGE, GUESSING, STATUS = (
    "cancel-maria-yes",
    "change-maria-next-evening",
    "change-wrong-pin-three-times",
    "status-204",
)


def expecting(script: Script, name: str, **fields: object) -> Script:
    """The same customer, judged by other expectations."""
    expected = Expected.model_validate({**script.expect.model_dump(exclude_defaults=True), **fields})
    return script.model_copy(update={"id": name, "expect": expected})


@pytest.fixture(scope="module")
def served(embedder: Embedder) -> dict[str, Served]:
    own = {script.id: script for script in read_scripts(None)}
    agreeing = own[CANCEL].model_copy(update={"answers": {**own[CANCEL].answers, "confirm": ("yes",)}})
    scripts = [own[one] for one in (CANCEL, CHANGE, GUESSING, STATUS)] + [
        expecting(agreeing, "nothing-expected", bookings={}, credit=0),
        expecting(own[CHANGE], "other-price", paid={"change fee": 9000}),
        expecting(own[CHANGE], "other-day", bookings={"K7M2QX": {"flight": "LB204 2026-11-25", "seat": "*"}}),
        expecting(own[STATUS], "other-words", said=["on time"], not_said=["35 minutes"]),
        expecting(own[CHANGE], "in-two-turns", turns=2),
    ]
    return {one.script.id: one for one in asyncio.run(evaluate_at_own_desk(scripts, embedder, lambda *_: None))}


@pytest.mark.parametrize("who", [CANCEL, CHANGE, GUESSING, STATUS])
def test_a_customer_who_is_served_rightly_passes(served: dict[str, Served], who: str) -> None:
    assert served[who].wrong == (), "\n".join(served[who].transcript)


def test_each_customer_finds_the_branch_as_new(served: dict[str, Served]) -> None:
    assert "LB204" in " ".join(served[CHANGE].transcript)
    assert served[CANCEL].script.knows["code"] == served[CHANGE].script.knows["code"]


@pytest.mark.parametrize(
    ("who", "cause"),
    [
        ("nothing-expected", "bookings K7M2QX: changed, which it may not"),
        ("nothing-expected", "travel_credits: 16400 cents, wanted 0"),
        ("other-price", "payments: change fee is 8000 cents, wanted 9000"),
        ("other-day", "flight is LB204 2026-11-24, wanted LB204 2026-11-25"),
        ("other-words", "never said: on time"),
        ("other-words", "said: 35 minutes"),
        ("in-two-turns", "not done within 2 turns"),
    ],
)
def test_what_is_not_as_expected_is_noticed(served: dict[str, Served], who: str, cause: str) -> None:
    assert any(cause in one for one in served[who].wrong), served[who].wrong


def test_figures_count_them_and_show_the_worst(served: dict[str, Served]) -> None:
    figures = figures_of(list(served.values()), "database")
    assert (figures.passed, figures.customers) == (4, 9)
    assert figures.by_tool["flight status"].pass_rate == 0.5
    assert figures.facts_not_from_tools == 0
    assert figures.unexpected_writes == 2
    assert {one.id for one in figures.worst[:2]} == {"nothing-expected", "other-day"}
    assert figures.worst[0].transcript[0].startswith("customer: ")


def test_transcripts_say_what_was_wrong(served: dict[str, Served], tmp_path: Path) -> None:
    write_transcripts(list(served.values()), tmp_path / "new folder")
    text = (tmp_path / "new folder" / "other-price.txt").read_text("utf-8")
    assert text.startswith("FAILED: ")
    assert "payments: change fee is 8000 cents, wanted 9000" in text
    lines = (tmp_path / "new folder" / "dialogues.jsonl").read_text("utf-8").splitlines()
    assert {json.loads(line)["id"] for line in lines} == set(served)
