"""`lobby ask`, by words and by recordings of a voice that is not Lobby's own."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile

from edge_server.audio import read_wav
from tests.speech_tools import speak_with_other_voice, transcribe_with_other_recogniser

Ask = Callable[..., dict[str, object]]
Lobby = Callable[..., subprocess.CompletedProcess[str]]


def test_flight_status_comes_with_agent_tools_and_sources(ask: Ask) -> None:
    answer = ask("--text", "What is the status of flight LB204?")
    text = answer["text"]
    assert isinstance(text, str)
    assert "35 minutes" in text
    assert "B12" in text
    assert answer["agent"] == "flight"
    tools, sources = answer["tools"], answer["sources"]
    assert isinstance(tools, list)
    assert isinstance(sources, list)
    assert [tool["name"] for tool in tools] == ["flight_status"]
    assert any("LB204" in source["id"] for source in sources)


@pytest.mark.parametrize("rate", [8_000, 16_000, 24_000])
def test_the_same_by_voice_gives_the_same_facts(ask: Ask, tmp_path: Path, rate: int) -> None:
    question, reply = tmp_path / "question.wav", tmp_path / "reply.wav"
    spoken = speak_with_other_voice("What is the status of flight L B two oh four?", rate)
    soundfile.write(question, spoken, rate, subtype="PCM_16")
    answer = ask("--wav", str(question), "--out", str(reply))
    text = answer["text"]
    assert isinstance(text, str)
    assert "35 minutes" in text, answer["heard"]
    assert answer["agent"] == "flight"
    said = transcribe_with_other_recogniser(read_wav(reply))
    assert "35" in said
    assert "B12" in said.replace(" ", "").replace("-", "").upper()


def test_what_the_data_do_not_say_is_not_known(ask: Ask) -> None:
    answer = ask("--text", "Can I bring a surfboard?")
    text = answer["text"]
    assert isinstance(text, str)
    assert answer["answered"] is False
    assert "don't know" in text.lower().replace("do not", "don't")


def test_the_hotel_agent_takes_over_in_the_same_session(ask: Ask) -> None:
    key = str(uuid.uuid4())
    assert ask("--session", key, "--text", "Can I bring a surfboard?")["answered"] is False
    answer = ask("--session", key, "--text", "And when can I check in at Front Range Inn?")
    text = answer["text"]
    assert isinstance(text, str)
    assert answer["agent"] == "hotel"
    assert "3 PM" in text
    changes = answer["changes"]
    assert isinstance(changes, list)
    assert changes[-1]["agent"] == "hotel"


def test_bookings_are_told_only_after_code_and_pin_and_the_pin_is_never_shown(ask: Ask) -> None:
    key = str(uuid.uuid4())
    first = ask("--session", key, "--text", "I would like to see my bookings")
    assert "LB204" not in str(first["text"])
    ask("--session", key, "--text", "K7M2QX")
    last = ask("--session", key, "--text", "4071")
    assert "LB204" in str(last["text"])
    assert "4071" not in str(last)


def test_a_wrong_pin_opens_nothing(ask: Ask) -> None:
    key = str(uuid.uuid4())
    ask("--session", key, "--text", "I would like to see my bookings")
    ask("--session", key, "--text", "K7M2QX")
    last = ask("--session", key, "--text", "1111")
    assert "LB204" not in str(last["text"])


def test_a_person_reads_a_plain_answer(lobby: Lobby) -> None:
    done = lobby("ask", "--text", "How much is a second checked bag?")
    assert done.returncode == 0
    assert "$45" in done.stdout
    assert "source:" in done.stdout


@pytest.mark.parametrize("words", [(), ("--text", "a", "--wav", __file__), ("--text", "  ")])
def test_bad_usage_has_exit_code_two(lobby: Lobby, words: tuple[str, ...]) -> None:
    done = lobby("ask", *words)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_file_that_is_no_sound_is_one_clear_line(lobby: Lobby, tmp_path: Path) -> None:
    noise = tmp_path / "notes.wav"
    noise.write_text("these are words")
    done = lobby("ask", "--wav", str(noise))
    assert done.returncode == 1
    assert "notes.wav" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_answer_that_cannot_be_written_is_one_clear_line(lobby: Lobby, tmp_path: Path) -> None:
    done = lobby("ask", "--text", "hello", "--out", str(tmp_path / "no" / "such" / "folder" / "out.wav"))
    assert done.returncode == 1
    assert "out.wav" in done.stderr
    assert "Traceback" not in done.stderr
