"""Synthesis: what Lobby says is understood by another recogniser."""

from __future__ import annotations

import numpy as np
import pytest

from edge_server.audio import RATE, Pcm, duration_ms
from edge_server.speech.synthesiser import Synthesiser
from tests.speech_tools import transcribe_with_other_recogniser


@pytest.fixture(scope="module")
def synthesiser() -> Synthesiser:
    return Synthesiser.load()


@pytest.mark.parametrize(
    ("said", "facts"),
    [
        (
            "Flight LB204 from Boston to Denver is delayed by 35 minutes. It now leaves at 7:15 PM from gate B12.",
            ["35", "B12", "15", "Boston", "Denver"],
        ),
        ("A second checked bag costs $45, up to 50 pounds.", ["$45", "50"]),
        ("Parking at Harbor House is $28 a night.", ["$28"]),
        ("You are in seat 14C.", ["14"]),
        ("LB118 leaves from gate A4.", ["A4"]),
    ],
)
def test_another_recogniser_gets_the_facts(synthesiser: Synthesiser, said: str, facts: list[str]) -> None:
    heard = transcribe_with_other_recogniser(synthesiser.synthesise(said)).replace("-", "")
    assert [fact for fact in facts if fact not in heard] == []


def level(pcm: Pcm) -> float:
    frames = pcm[: len(pcm) // 240 * 240].reshape(-1, 240).astype(float)
    levels = np.sqrt(np.mean(np.square(frames), axis=1))
    return float(np.sqrt(np.mean(np.square(levels[levels > 300]))))


def test_every_clause_is_equally_loud_and_none_clips(synthesiser: Synthesiser) -> None:
    clauses = [synthesiser.synthesise(text) for text in ("One moment, please.", "You are welcome.", "Gate B12.")]
    levels = [level(pcm) for pcm in clauses]
    assert max(levels) / min(levels) < 1.6
    assert all(np.abs(pcm.astype(int)).max() < 32_000 for pcm in clauses)


def test_a_clause_begins_at_once_and_ends_with_a_pause(synthesiser: Synthesiser) -> None:
    pcm = synthesiser.synthesise("Your flight is on time.")
    loud = np.flatnonzero(np.abs(pcm.astype(int)) > 500)
    assert loud[0] < 0.12 * RATE
    assert 0.15 * RATE < len(pcm) - loud[-1] < 0.5 * RATE


def test_speed_makes_it_faster_and_slower(synthesiser: Synthesiser) -> None:
    text = "Your flight leaves tomorrow morning."
    slow, usual, fast = (duration_ms(synthesiser.synthesise(text, speed=speed)) for speed in (0.7, 1.0, 1.4))
    assert slow > 1.2 * usual > 1.2 * 1.15 * fast


def test_a_voice_that_is_not_there_is_spoken_by_the_default_one(synthesiser: Synthesiser) -> None:
    assert (
        "flight"
        in transcribe_with_other_recogniser(synthesiser.synthesise("Your flight is on time.", voice="marin")).lower()
    )


@pytest.mark.parametrize("text", ["", "  ", "***", "\u2600"])
def test_nothing_to_say_is_no_sound(synthesiser: Synthesiser, text: str) -> None:
    assert len(synthesiser.synthesise(text)) == 0
