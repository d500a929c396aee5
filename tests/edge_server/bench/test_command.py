"""`lobby bench` against a real server, with a question by another voice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from edge_server.audio import write_wav
from edge_server.cli.main import cli
from tests.server_tools import Server
from tests.speech_tools import speak_with_other_voice

pytestmark = pytest.mark.timeout(300)
"""Whole servers, in real time."""


def lobby(*words: str) -> Result:
    return CliRunner().invoke(cli, ["bench", *words])


@pytest.fixture(scope="module")
def question(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("questions") / "bookings.wav"
    write_wav(file, speak_with_other_voice("I would like to see my bookings."))
    return str(file)


@pytest.mark.slow
def test_latency_gives_its_figures_and_a_picture(server: Server, question: str, tmp_path: Path) -> None:
    picture = tmp_path / "time.svg"
    words = ("--url", server.url, "--wav", question, "--repeat", "1", "--json", "--picture", str(picture))
    result = lobby("latency", *words)
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["turns"], found["answered"]) == (1, 1)
    for name in ("voice_to_voice_ms", "first_audio_ms", "end_pointing_ms"):
        assert 0 < found[f"{name}_p50"] <= found[f"{name}_p95"] < 20_000
    parts = found["first_audio_ms_p50"] + found["end_pointing_ms_p50"]
    assert found["voice_to_voice_ms_p50"] == pytest.approx(parts, abs=1)
    assert "would like to see" in found["slowest"][0]["heard"].lower()
    assert "bookings.wav" in picture.read_text("utf-8")


@pytest.mark.slow
def test_capacity_holds_a_customer_or_says_why_not(server: Server, question: str) -> None:
    result = lobby("capacity", "--url", server.url, "--wav", question, "--seconds", "1", "--most", "1", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    *first, last = found["steps"]
    assert found["conversations"] == (1 if last["passed"] else 0)
    assert found["limit_found"] == (not last["passed"])
    assert [step["passed"] for step in first] == [False] * len(first)  # a step that failed is tried once more
    assert len(found["steps"]) == 2 or (last["passed"] and not first)
    for step in found["steps"]:
        waited = step["voice_to_voice_ms_p95"]
        assert (step["conversations"], step["turns"]) == (1, 1)
        assert 0 < step["customers_cpu_share"] < 1
        assert step["passed"] == (waited is not None and waited < found["within_ms"])


def test_a_server_that_is_not_there_is_told_in_one_line(question: str) -> None:
    result = lobby("latency", "--url", "http://127.0.0.1:9", "--wav", question)
    assert result.exit_code == 1
    assert "no Lobby server answers" in result.output


def test_a_picture_of_another_kind_is_bad_usage(question: str) -> None:
    result = lobby("latency", "--wav", question, "--picture", "time.png")
    assert result.exit_code == 2
    assert "time.svg" in result.output
