"""The beta dialect: everything that a beta client says and sees, checked against the SDK's beta models."""

from __future__ import annotations

import base64

import pytest
from pydantic import JsonValue

from agents.client_offer import ClientToolCall
from edge_server.channels.beta import session_from_beta, session_to_beta
from edge_server.realtime import effects as do
from edge_server.realtime.events.session import SessionConfig, SessionUpdate
from tests.conversation_tools import Client

GATE: dict[str, JsonValue] = {
    "type": "function",
    "name": "open_gate",
    "description": "Opens the gate",
    "parameters": {"type": "object"},
}


@pytest.fixture
def client() -> Client:
    return Client(beta=True)


def test_the_first_frames_are_the_session_and_its_conversation(client: Client) -> None:
    assert [event["type"] for event in client.events] == ["session.created", "conversation.created"]
    session = client.body("session.created", "session")
    assert session["modalities"] == ["text", "audio"]
    assert (session["input_audio_format"], session["output_audio_format"]) == ("pcm16", "pcm16")
    assert session["turn_detection"]["type"] == "server_vad"
    assert "audio" not in session


def test_flat_session_fields_are_understood_and_shown(client: Client) -> None:
    client.send(
        type="session.update",
        session={
            "modalities": ["text", "audio"],
            "voice": "alloy",
            "input_audio_format": "g711_ulaw",
            "output_audio_format": "g711_alaw",
            "input_audio_transcription": {"model": "whisper-1"},
            "turn_detection": {"type": "server_vad", "silence_duration_ms": 700},
            "temperature": 0.7,
            "max_response_output_tokens": 200,
            "tools": [GATE],
            "tool_choice": "auto",
        },
    )
    session = client.body("session.updated", "session")
    assert session["voice"] == "alloy"
    assert (session["input_audio_format"], session["output_audio_format"]) == ("g711_ulaw", "g711_alaw")
    assert session["turn_detection"]["silence_duration_ms"] == 700
    assert (session["temperature"], session["max_response_output_tokens"]) == (0.7, 200)
    assert session["tools"][0]["name"] == "open_gate"
    audio = client.conversation.config.audio
    assert (audio.input.format.type, audio.output.format.type) == ("audio/pcmu", "audio/pcma")
    client.send(type="session.update", session={"turn_detection": None})
    assert client.body("session.updated", "session")["turn_detection"] is None


def test_a_spoken_turn_and_its_reply_have_the_names_of_the_beta(client: Client) -> None:
    client.speak("What is the status?")
    client.reply("It is delayed.")
    client.finish()
    assert [event["type"] for event in client.events[2:]] == [
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.created",
        "conversation.item.input_audio_transcription.completed",
        "response.created",
        "response.output_item.added",
        "conversation.item.created",
        "response.content_part.added",
        "response.audio_transcript.delta",
        "response.audio.delta",
        "response.audio.done",
        "response.audio_transcript.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.done",
    ]
    response = client.body("response.done", "response")
    assert response["output"][0]["content"] == [{"type": "audio", "transcript": "It is delayed."}]
    assert response["modalities"] == ["text", "audio"]
    assert response["output_audio_format"] == "pcm16"
    assert response["conversation_id"] == client.body("conversation.created", "conversation")["id"]


def test_a_written_reply_has_the_names_of_the_beta(client: Client) -> None:
    client.send(type="session.update", session={"modalities": ["text"]})
    client.say("Hello")
    client.send(type="response.create")
    client.engine(do.ReplyText(client.thought().generation, "Good morning."))
    client.finish()
    assert client.last("response.text.delta")["delta"] == "Good morning."
    assert client.last("response.text.done")["text"] == "Good morning."
    assert client.body("response.output_item.done", "item")["content"] == [{"type": "text", "text": "Good morning."}]


def test_wishes_for_one_response_are_translated(client: Client) -> None:
    wish = {
        "modalities": ["audio", "text"],
        "voice": "echo",
        "output_audio_format": "g711_ulaw",
        "max_response_output_tokens": 50,
        "conversation": "none",
        "input": [{"type": "message", "role": "assistant", "content": [{"type": "text", "text": "I said so."}]}],
        "metadata": {"topic": "x"},
        "tools": [GATE],
        "tool_choice": {"type": "function", "function": {"name": "open_gate"}},
    }
    client.send(type="response.create", response=wish)
    assert (client.thought().voice, client.thought().offer.choice) == ("echo", "open_gate")
    response = client.body("response.created", "response")
    assert (response["output_audio_format"], response["max_output_tokens"]) == ("g711_ulaw", 50)
    client.reply("Good.", seconds=1.0)
    client.finish()
    assert abs(len(client.speech()) - 8_000) <= 1


def test_a_call_to_the_clients_tool_comes_as_the_beta_has_it(client: Client) -> None:
    client.send(type="session.update", session={"tools": [GATE]})
    client.say("Open the gate")
    client.send(type="response.create")
    client.engine(do.ReplyCall(client.thought().generation, ClientToolCall("open_gate", "{}")))
    client.finish()
    assert client.last("response.function_call_arguments.done")["arguments"] == "{}"
    assert client.body("response.done", "response")["output"][0]["name"] == "open_gate"


def test_errors_give_the_beta_clients_event_back(client: Client) -> None:
    client.send(type="session.update", event_id="mine", session={"input_audio_format": "opus"})
    assert client.body("error", "error")["event_id"] == "mine"
    client.send(type="input_audio_buffer.append", audio=base64.b64encode(bytes(480)).decode())
    assert len(client.all("error")) == 1


def test_every_event_of_the_dialect_has_an_id_of_its_own(client: Client) -> None:
    client.speak("Hello")
    client.reply("Good morning.")
    client.finish()
    ids = [event["event_id"] for event in client.events]
    assert len(ids) == len(set(ids))


def test_a_configuration_survives_the_way_there_and_back() -> None:
    update = SessionUpdate.model_validate(
        session_from_beta({"voice": "echo", "input_audio_format": "g711_alaw", "modalities": ["text"], "tools": [GATE]})
    )
    config = SessionConfig(id="sess_1").updated(update)
    shown = session_to_beta(config.model_dump(mode="json"))
    assert (shown["voice"], shown["input_audio_format"], shown["modalities"]) == ("echo", "g711_alaw", ["text"])
