"""What customers begin with, in sentences that nothing was learned from: the right flow begins or is asked about."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import yaml

from agents.acts import ACTS
from agents.desk import AgentDesk
from agents.learned import Learned, grams
from agents.openings import OPENINGS
from agents.planner.guessing import instead
from agents.planner.meant import best_flow
from agents.planner.planned import PlannedTurn
from agents.understand.heard import Act
from data.embeddings import DIMENSIONS, Embedder
from data.model_files import ModelError, ModelFile, verify
from sync.session import SessionState
from tests.desk_tools import Talk

HELD_OUT = Path(__file__).parents[2] / "bench" / "openings_held_out.yaml"
ALIKE = {"concierge.small_talk", "concierge.other", "concierge.what_can_you_do", "concierge.which_trip"}


async def test_of_held_out_first_sentences_nine_in_ten_begin_or_are_asked_about_rightly(desk: AgentDesk) -> None:
    told: dict[str, list[str]] = yaml.safe_load(HELD_OUT.read_text("utf-8"))
    right = every = 0
    for label, texts in told.items():
        for text in texts[:2] if label not in ALIKE else ():
            state = SessionState(key="test")
            intent, heard = await desk.listening.addressed(state, desk.hear(state, text))
            asked = {f"{one.agent}.{one.flow}" for one in heard.guesses}
            turn = PlannedTurn(desk.registry.personas[intent.agent], state, heard)
            flow = heard.begins or (None if instead(turn) else best_flow(turn))
            every += 1
            shared = label == "concierge.person" and flow == "person"
            right += shared or f"{intent.agent}.{flow}" == label or (flow is None and label in asked)
    assert every >= 40
    assert right / every >= 0.85


async def test_a_doubt_between_two_is_put_as_a_question_that_a_word_decides(talk: Talk) -> None:
    assert ", or to change your hotel stay?" in await talk.say("it's the wrong date")
    await talk.say("the second one")
    assert (talk.state.agent, talk.state.parked[-1].name) == ("hotel", "change_stay")


@pytest.mark.parametrize("secret", ["what's my husband's PIN", "cancel my wife's flight"])
async def test_what_must_not_go_wrong_is_decided_by_its_pattern(talk: Talk, secret: str) -> None:
    reply = await talk.say(secret)
    assert "I can't tell" in reply or "own code and PIN" in reply


@pytest.mark.parametrize("file", [OPENINGS, ACTS], ids=lambda file: file.name)
def test_the_shipped_weights_are_checked_and_fit_the_shipped_model(file: ModelFile) -> None:
    assert verify(file).sha256 == file.sha256
    learned = Learned.load(file)
    assert learned.knows(Embedder.load())
    assert learned.sound.shape == (DIMENSIONS + 1, len(learned.labels))
    likely = learned.of(frozenset(), np.zeros(DIMENSIONS, dtype=np.float32))
    assert sum(likely.values()) == pytest.approx(1.0, abs=1e-5)


def test_damaged_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    damaged = tmp_path / "agents"
    damaged.mkdir()
    (damaged / "openings.npz").write_bytes(b"not these")
    monkeypatch.setattr("data.model_files._locate", lambda *_: damaged / "openings.npz")
    with pytest.raises(ModelError, match="damaged"):
        Learned.load(OPENINGS)


def test_numbers_and_endings_make_no_difference_to_what_is_said() -> None:
    assert grams("Cancelling flight 204") == grams("cancelled flights 77")


async def test_a_question_misheard_is_answered_for_the_flight_whose_number_it_names(talk: Talk) -> None:
    assert "35 minutes" in await talk.say("What is the standard on-site LB204?")


def test_the_weights_of_replies_know_every_act() -> None:
    assert set(Learned.load(ACTS).labels) == {*get_args(Act)}
