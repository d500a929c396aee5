"""The conversation as its client and its engine see it; no socket, no model, no clock but the test's."""

from __future__ import annotations

import base64

import pytest
from pydantic import JsonValue

from agents.turn import AgentChanged, Asked, Choice, ToolCalled
from edge_server.realtime import effects as do
from tests.conversation_tools import Client, Event

HALF_A_SECOND = bytes(24_000)


def test_the_first_frame_is_session_created_with_the_configuration_in_force(client: Client) -> None:
    session = client.events[0]
    assert session["type"] == "session.created"
    body = session["session"]
    assert isinstance(body, dict)
    assert body["type"] == "realtime"
    assert body["audio"]["input"]["turn_detection"]["type"] == "server_vad"
    assert body["audio"]["output"]["format"] == {"type": "audio/pcm", "rate": 24000}


def test_a_written_question_is_answered_in_the_order_that_stock_clients_expect(client: Client) -> None:
    client.say("What is the status of LB204?")
    client.send(type="response.create")
    assert client.thought().utterance == "What is the status of LB204?"
    before = len(client.events)
    client.reply("It is delayed.", "It leaves at 7:15 PM.")
    client.finish()
    assert [event["type"] for event in client.events[before:]] == [
        "response.output_item.added",
        "conversation.item.added",
        "response.content_part.added",
        "response.output_audio_transcript.delta",
        "response.output_audio.delta",
        "response.output_audio_transcript.delta",
        "response.output_audio.delta",
        "response.output_audio.done",
        "response.output_audio_transcript.done",
        "response.content_part.done",
        "response.output_item.done",
        "conversation.item.done",
        "response.done",
    ]
    assert client.last("response.output_audio_transcript.done")["transcript"] == "It is delayed. It leaves at 7:15 PM."
    added, done = client.last("response.output_item.added")["item"], client.last("response.output_item.done")["item"]
    assert isinstance(added, dict)
    assert isinstance(done, dict)
    assert (added["status"], done["status"]) == ("in_progress", "completed")
    response = client.last("response.done")["response"]
    assert isinstance(response, dict)
    assert response["status"] == "completed"
    assert response["status_details"] is None
    assert response["usage"]["input_token_details"]["cached_tokens_details"] == {"text_tokens": 0, "audio_tokens": 0}


def test_a_text_session_gets_text_deltas_and_no_audio(client: Client) -> None:
    client.send(type="session.update", session={"type": "realtime", "output_modalities": ["text"]})
    client.say("Hello")
    client.send(type="response.create")
    assert client.thought().speak is False
    client.engine(do.ReplyText(1, "Good"), do.ReplyText(1, "morning."))
    client.finish()
    assert client.last("response.output_text.done")["text"] == "Good morning."
    assert [event["delta"] for event in client.all("response.output_text.delta")] == ["Good", " morning."]
    assert not client.all("response.output_audio.delta")


def test_a_spoken_turn_is_transcribed_and_then_answered(client: Client) -> None:
    item_id = client.speak("What is the status of LB204?")
    assert [event["type"] for event in client.events[1:]] == [
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
        "conversation.item.input_audio_transcription.completed",
        "response.created",
    ]
    assert do.Transcribe(item_id) in client.commands
    assert client.thought().utterance == "What is the status of LB204?"


def test_words_are_shown_while_the_turn_is_spoken_and_while_it_is_written_down(client: Client) -> None:
    client.engine(do.SpeechStarted(0), do.TranscribedPartly(None, "What is"))
    client.engine(do.SpeechStopped(1000))
    item_id = client.last("input_audio_buffer.committed")["item_id"]
    assert isinstance(item_id, str)
    client.engine(do.TranscribedPartly(item_id, " the status"), do.Transcribed(item_id, "What is the status?", 1.0))
    deltas = client.all("conversation.item.input_audio_transcription.delta")
    assert [(event["item_id"], event["delta"]) for event in deltas] == [(item_id, "What is"), (item_id, " the status")]
    assert client.engine(do.TranscribedPartly(item_id, "late"), do.TranscribedPartly(None, "nobody speaks")) == []


def test_noise_that_holds_no_words_is_not_answered(client: Client) -> None:
    client.speak("")
    assert not client.all("response.created")


def test_a_client_that_wants_no_response_gets_none_until_it_asks(client: Client) -> None:
    detection = {"type": "server_vad", "create_response": False}
    client.send(type="session.update", session={"audio": {"input": {"turn_detection": detection}}})
    client.speak("Hello there")
    assert not client.all("response.created")
    client.send(type="response.create")
    assert client.thought().utterance == "Hello there"


def test_a_response_asked_for_before_the_words_are_known_waits_for_them(client: Client) -> None:
    client.send(type="session.update", session={"audio": {"input": {"turn_detection": None}}})
    client.send(type="input_audio_buffer.append", audio=base64.b64encode(HALF_A_SECOND).decode())
    client.send(type="input_audio_buffer.commit")
    client.send(type="response.create")
    assert not [command for command in client.commands if isinstance(command, do.Think)]
    item_id = client.last("input_audio_buffer.committed")["item_id"]
    assert isinstance(item_id, str)
    client.engine(do.Transcribed(item_id, "Hello", 0.5))
    assert client.thought().utterance == "Hello"
    assert len(client.all("response.created")) == 1


def test_a_second_response_is_refused_while_one_runs(client: Client) -> None:
    client.say("Hello")
    client.send(type="response.create")
    client.send(type="response.create", event_id="mine")
    error = client.last("error")["error"]
    assert isinstance(error, dict)
    assert (error["code"], error["event_id"]) == ("conversation_already_has_active_response", "mine")


def test_cancelling_nothing_is_an_error_that_ends_nothing(client: Client) -> None:
    client.send(type="response.cancel")
    error = client.last("error")["error"]
    assert isinstance(error, dict)
    assert error["code"] == "response_cancel_not_active"
    client.say("Hello")
    assert client.send(type="response.create") == ["response.created"]


@pytest.mark.parametrize(
    ("event", "code", "param"),
    [
        ({"type": "no.such.event"}, "invalid_value", "type"),
        ({"type": "conversation.item.create"}, "missing_required_parameter", "item"),
        ({"type": "conversation.item.delete", "item_id": "nope"}, "item_delete_invalid_item_id", "item_id"),
        ({"type": "conversation.item.retrieve", "item_id": "nope"}, "item_retrieve_invalid_item_id", "item_id"),
        ({"type": "input_audio_buffer.append", "audio": "!!"}, "invalid_value", "audio"),
        ({"type": "input_audio_buffer.append", "audio": "AAAA"}, "invalid_value", "audio"),
        ({"type": "input_audio_buffer.commit"}, "input_audio_buffer_commit_empty", None),
        (
            {"type": "session.update", "session": {"audio": {"output": {"speed": 9}}}},
            "invalid_value",
            "session.audio.output.speed",
        ),
    ],
)
def test_what_cannot_be_carried_out_gets_an_error_and_the_session_goes_on(
    client: Client, event: Event, code: str, param: str | None
) -> None:
    client.send(event_id="mine", **event)
    error = client.last("error")["error"]
    assert isinstance(error, dict)
    assert (error["code"], error["param"], error["event_id"]) == (code, param, "mine")
    client.say("Hello")
    assert client.send(type="response.create") == ["response.created"]


def test_items_go_where_the_client_puts_them(client: Client) -> None:
    for name, after in (("a", None), ("b", None), ("c", "a"), ("d", "root")):
        item = {"id": name, "type": "message", "role": "user", "content": [{"type": "input_text", "text": name}]}
        client.send(type="conversation.item.create", item=item, previous_item_id=after)
    assert [event["previous_item_id"] for event in client.all("conversation.item.added")] == [None, "a", "a", None]


def test_an_out_of_band_response_leaves_the_conversation_alone(client: Client) -> None:
    client.say("Hello")
    content = [{"type": "input_text", "text": "Sum up"}]
    wish = {
        "conversation": "none",
        "output_modalities": ["text"],
        "metadata": {"topic": "summary"},
        "input": [{"type": "message", "role": "user", "content": content}],
    }
    client.send(type="response.create", response=wish)
    assert (client.thought().utterance, client.thought().remember) == ("Sum up", False)
    items = len(client.all("conversation.item.added"))
    client.engine(do.ReplyText(1, "A summary."))
    client.finish()
    response = client.last("response.done")["response"]
    assert isinstance(response, dict)
    assert response["metadata"] == {"topic": "summary"}
    assert len(client.all("conversation.item.added")) == items
    client.send(type="response.create")
    assert client.thought().utterance == "Hello"


def test_a_language_that_nobody_here_speaks_is_refused_and_changes_nothing(client: Client) -> None:
    for language, refused in (("en", False), ("en-GB", False), ("de", True)):
        transcription = {"model": "whisper-1", "language": language}
        client.send(
            type="session.update", session={"type": "realtime", "audio": {"input": {"transcription": transcription}}}
        )
        last = client.events[-1]
        assert (last["type"] == "error") is refused
        if refused:
            error = last["error"]
            assert isinstance(error, dict)
            assert error["code"] == "language_not_available"
            assert "en" in str(error["message"])


def test_extension_events_go_only_to_clients_that_asked_for_them() -> None:
    for extensions in (False, True):
        client = Client(extensions=extensions)
        client.say("Hello")
        client.send(type="response.create")
        client.engine(do.ReplyNotice(1, AgentChanged(None, "flight", "first turn")))
        client.finish()
        told = [event["type"] for event in client.events if str(event["type"]).startswith("extension.")]
        assert told == (["extension.agent_changed", "extension.turn_metrics"] if extensions else [])


def test_a_committed_change_a_called_person_and_what_is_asked_are_told() -> None:
    client = Client(extensions=True)
    client.say("yes")
    client.send(type="response.create")
    changed: JsonValue = {"outcome": "done", "code": "K7M2QX", "paid_cents": 4500}
    called: JsonValue = {"outcome": "done", "ticket": 101, "summary": "at the flight desk"}
    asked = Asked("pin", secret=True, choices=(Choice("One", "the first one"),), quote={"due_cents": 100})
    client.engine(
        do.ReplyNotice(1, ToolCalled("call_1", "flight", "confirm", {}, changed, 1.0, wrote="flight change")),
        do.ReplyNotice(1, ToolCalled("call_2", "concierge", "hand_off", {}, called, 1.0)),
        do.ReplyNotice(1, ToolCalled("call_3", "flight", "status", {}, {"outcome": "done", "code": "X"}, 1.0)),
        do.ReplyText(1, "Done."),
        do.ReplyDone(1, "flight", True, {}, asked=asked),
    )
    [booked] = client.all("extension.booking_changed")
    assert (booked["kind"], booked["code"], booked["agent"]) == ("flight change", "K7M2QX", "flight")
    assert booked["details"] == {"code": "K7M2QX", "paid_cents": 4500}
    [person] = client.all("extension.handoff")
    assert (person["ticket"], person["summary"]) == (101, "at the flight desk")
    [expecting] = client.all("extension.expecting")
    assert (expecting["asks"], expecting["secret"], expecting["quote"]) == ("pin", True, {"due_cents": 100})
    assert expecting["choices"] == [{"label": "One", "say": "the first one"}]


def test_an_engine_that_fails_ends_the_response_as_failed(client: Client) -> None:
    client.say("Hello")
    client.send(type="response.create")
    client.engine(do.ReplyBroke(1, "The desk could not answer."))
    response = client.last("response.done")["response"]
    assert isinstance(response, dict)
    assert response["status"] == "failed"
    assert response["status_details"]["error"]["message"] == "The desk could not answer."


def test_clearing_the_buffer_forgets_the_turn_under_way(client: Client) -> None:
    client.engine(do.SpeechStarted(0))
    assert client.send(type="input_audio_buffer.clear") == ["input_audio_buffer.cleared"]
    assert client.engine(do.SpeechStopped(800)) == []
