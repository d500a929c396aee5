"""Stock clients of other makers hold a spoken conversation: a tool, an interruption, a switch of agent, a reconnect.

The script is in `clients/scene.py`. What is looked at is what the client's library itself reports, the sound that it
played, and what the server kept of the session.
"""

from __future__ import annotations

import json
import os

import pytest

from edge_server.audio import read_wav
from tests.conformance.conftest import QUESTIONS, Held
from tests.speech_tools import transcribe_with_other_recogniser

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        "CONFORMANCE_FOLDER" not in os.environ,
        reason="the clients' environments are not prepared: python3 run.py conformance",
    ),
]


def test_the_client_finds_nothing_to_complain_about(held: Held) -> None:
    assert held.report.errors == []
    assert held.report.complaints == []


def test_every_frame_passes_the_schemas_of_the_client(held: Held) -> None:
    assert not held.report.not_understood


def test_each_question_was_heard_once(held: Held) -> None:
    assert len(held.report.said) == len(QUESTIONS)


def test_facts_come_from_the_tools_of_the_agents(held: Held) -> None:
    words = held.report.replies["status"].words
    assert "35 minutes" in words
    assert "B12" in words


def test_the_sound_that_was_played_says_what_the_words_say(held: Held) -> None:
    said = transcribe_with_other_recogniser(read_wav(held.sound / "status.wav"))
    assert "35" in said
    assert "gate" in said.lower()


def test_speaking_over_a_reply_stops_it_and_is_answered(held: Held) -> None:
    replies = held.report.replies
    assert replies["flights"].interrupted
    assert "$45" in replies["bag"].words
    assert [name for name, reply in replies.items() if reply.interrupted] == ["flights"]


def test_of_the_reply_that_was_cut_only_what_was_heard_is_kept(held: Held) -> None:
    whole = held.report.replies["flights"].words
    [cut] = [line.text for line in held.kept.history if line.text.startswith("There are")]
    assert whole.startswith(cut)
    assert len(cut) < len(whole) / 2


def test_another_agent_takes_over_when_the_subject_changes(held: Held) -> None:
    assert "3 PM" in held.report.replies["check_in"].words
    agents = {line.agent for line in held.kept.history if line.role == "agent"}
    assert {"flight", "hotel"} <= agents


def test_the_tool_of_the_client_is_called_through_the_client(held: Held) -> None:
    [call] = held.report.tools or pytest.fail(f"no call; the desk heard: {held.report.said}")
    assert call.name == "open_locker"
    assert json.loads(call.arguments) == {"number": 4}
    assert "Locker 4 is open" in held.report.replies["locker"].words


def test_after_a_reconnect_the_conversation_goes_on(held: Held) -> None:
    assert "Parking at Front Range Inn is free" in held.report.replies["parking"].words


def test_the_client_keeps_the_conversation_too(held: Held) -> None:
    history = " ".join(held.report.history)
    assert "35 minutes" in history
    assert "second check" in history
