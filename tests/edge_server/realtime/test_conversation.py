"""The conversation as its client and its engine see it; no socket, no model, no clock but the test's."""

from __future__ import annotations

import base64

import pytest
from pydantic import JsonValue

from agents.turn import AgentChanged, Asked, Choice, ToolCalled
from edge_server.realtime import effects as do
from tests.conversation_tools import Client, Event

HALF_A_SECOND = bytes(24_000)


@pytest.fixture
def client() -> Client:
    return Client()


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


def test_speaking_over_a_reply_cancels_it_and_keeps_what_was_heard(client: Client) -> None:
    client.say("Tell me about bags")
    client.send(type="response.create")
    client.reply("The first bag is free.", "A second one costs forty five dollars.", seconds=2.0)
    client.now += 2.5
    client.engine(do.SpeechStarted(9_000))
    response = client.last("response.done")["response"]
    assert isinstance(response, dict)
    assert (response["status"], response["status_details"]["reason"]) == ("cancelled", "turn_detected")
    assert client.last("conversation.item.truncated")["audio_end_ms"] == 2500
    kept = next(command for command in client.commands if isinstance(command, do.KeepHeard))
    assert kept.text.startswith("The first bag is free.")
    assert "dollars" not in kept.text
    item_id = client.last("conversation.item.truncated")["item_id"]
    client.send(type="conversation.item.retrieve", item_id=item_id)
    item = client.last("conversation.item.retrieved")["item"]
    assert isinstance(item, dict)
    assert item["content"][0]["transcript"] == kept.text


def test_what_the_engine_still_says_for_a_cancelled_reply_is_dropped(client: Client) -> None:
    client.say("Hello")
    client.send(type="response.create")
    client.reply("Good morning.")
    client.send(type="response.cancel")
    assert (
        client.engine(do.ReplyText(1, "How are you?"), do.ReplyAudio(1, bytes(960)), do.ReplyDone(1, "x", True, {}))
        == []
    )


def test_what_the_engine_says_late_for_an_older_reply_does_not_reach_the_running_one(client: Client) -> None:
    client.speak("First question")
    client.speak("Second question")
    assert client.engine(do.ReplyText(1, "First answer."), do.ReplyDone(1, "x", True, {})) == []
    assert client.engine(do.ReplyText(2, "Both answers.")) != []


def test_a_reply_that_was_sent_whole_is_still_cut_while_it_is_being_heard(client: Client) -> None:
    client.say("Tell me about bags")
    client.send(type="response.create")
    client.reply("The first bag is free.", seconds=4.0)
    client.finish()
    client.now += 1.0
    assert "conversation.item.truncated" in client.engine(do.SpeechStarted(5_000))
    client.now += 60.0
    assert "conversation.item.truncated" not in client.engine(do.SpeechStopped(6_000))


def test_words_said_over_a_reply_that_nobody_heard_are_answered_together_with_the_question(client: Client) -> None:
    client.speak("I want to know")
    client.speak("the status of LB204")
    assert client.thought().utterance == "I want to know the status of LB204"
    assert len(client.all("response.created")) == 2


def test_a_written_question_is_whole_so_speaking_over_its_answer_replaces_it(client: Client) -> None:
    client.say("What is the status of LB118?")
    client.send(type="response.create")
    client.reply("It is on time.")
    client.speak("What is the status of LB204?")
    assert client.thought().utterance == "What is the status of LB204?"


def test_a_written_question_whose_answer_had_not_begun_is_still_answered(client: Client) -> None:
    client.say("What is the status of LB118?")
    client.send(type="response.create")
    client.speak("Please be quick")
    assert client.thought().utterance == "What is the status of LB118? Please be quick"


def test_a_question_is_open_until_something_of_its_answer_was_heard(client: Client) -> None:
    client.speak("When does LB204 leave?")
    client.reply("At 7:15 PM.", seconds=1.0)
    client.finish()
    client.now += 5.0
    client.speak("Thank you")
    assert client.thought().utterance == "Thank you"


def test_a_turn_that_came_while_a_reply_ran_is_answered_after_it(client: Client) -> None:
    detection = {"type": "server_vad", "interrupt_response": False}
    client.send(type="session.update", session={"audio": {"input": {"turn_detection": detection}}})
    client.speak("First question")
    client.reply("First answer.")
    client.speak("Second question")
    assert len(client.all("response.created")) == 1
    client.finish()
    assert client.thought().utterance == "Second question"
    assert len(client.all("response.created")) == 2


def test_the_client_corrects_what_was_heard_and_too_long_a_stretch_is_clamped(client: Client) -> None:
    client.say("Hello")
    client.send(type="response.create")
    client.reply("One two three four.", seconds=2.0)
    client.finish()
    item = client.last("response.output_item.done")["item"]
    assert isinstance(item, dict)
    client.send(type="conversation.item.truncate", item_id=item["id"], content_index=0, audio_end_ms=99_999)
    assert client.last("conversation.item.truncated")["audio_end_ms"] == 2000
    client.send(type="conversation.item.truncate", item_id=item["id"], content_index=0, audio_end_ms=1_000)
    kept = [command for command in client.commands if isinstance(command, do.KeepHeard)]
    assert [command.text for command in kept] == ["One two three four.", "One two"]


def test_an_older_reply_can_still_be_truncated_without_touching_the_newer_one(client: Client) -> None:
    client.say("First question")
    client.send(type="response.create")
    client.reply("One two three four.", seconds=2.0)
    client.finish()
    older = client.last("response.output_item.done")["item"]
    assert isinstance(older, dict)
    client.say("Second question")
    client.send(type="response.create")
    client.reply("Five six.")
    client.send(type="conversation.item.truncate", item_id=older["id"], content_index=0, audio_end_ms=1_000)
    assert client.last("conversation.item.truncated")["item_id"] == older["id"]
    assert not client.all("error")
    client.finish()
    assert client.last("response.output_audio_transcript.done")["transcript"] == "Five six."


def test_what_a_client_cancels_is_not_asked_again(client: Client) -> None:
    client.speak("First question")
    client.reply("First answer.")
    client.send(type="response.cancel")
    client.speak("Second question")
    assert client.thought().utterance == "Second question"


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


def interrupted(client: Client, words: str, *, aside: bool = False, after_s: float = 1.0) -> str:
    """A reply of four seconds, spoken over after `after_s` by `words`; gives the item of these."""
    client.say("What is the status of LB204?")
    client.send(type="response.create")
    client.reply("It is on time.", "It leaves at 7:15 PM.", seconds=2.0)
    client.finish()
    client.now += after_s
    client.engine(do.SpeechStarted(0), do.SpeechStopped(500))
    item_id = client.last("input_audio_buffer.committed")["item_id"]
    assert isinstance(item_id, str)
    client.engine(do.Transcribed(item_id, words, 0.5, aside))
    return item_id


@pytest.mark.parametrize(("words", "aside"), [("", False), ("Mm-hm.", True)])
def test_a_reply_that_was_cut_off_for_nothing_is_said_to_its_end(client: Client, words: str, aside: bool) -> None:
    interrupted(client, words, aside=aside)
    resumed = client.commands[-1]
    assert isinstance(resumed, do.Resume)
    assert (resumed.of, resumed.generation) == (1, 2)
    assert client.last("response.created")
    client.engine(
        do.ReplyText(2, "It leaves at 7:15 PM."), do.ReplyAudio(2, bytes(96_000)), do.ReplyDone(2, "f", True, {})
    )
    assert client.last("response.output_audio_transcript.done")["transcript"] == "It leaves at 7:15 PM."
    assert len(client.all("response.done")) == 2
    client.speak("And the gate?")
    assert client.thought().utterance == "And the gate?", "what was no turn is not answered later either"


def test_a_reply_that_was_interrupted_is_not_resumed(client: Client) -> None:
    interrupted(client, "No, the other flight.")
    assert not any(isinstance(command, do.Resume) for command in client.commands)
    assert client.thought().utterance == "No, the other flight."


def test_a_yes_at_the_very_end_of_a_reply_is_an_answer(client: Client) -> None:
    interrupted(client, "Yes.", aside=True, after_s=3.6)
    assert not any(isinstance(command, do.Resume) for command in client.commands)
    assert client.thought().utterance == "Yes."


def test_a_second_cough_before_the_first_is_understood_still_resumes(client: Client) -> None:
    client.say("What is the status of LB204?")
    client.send(type="response.create")
    client.reply("It is on time.", "It leaves at 7:15 PM.", seconds=2.0)
    client.finish()
    client.now += 1.0
    client.engine(do.SpeechStarted(0), do.SpeechStopped(500))
    first = client.last("input_audio_buffer.committed")["item_id"]
    client.engine(do.SpeechStarted(600))
    assert isinstance(first, str)
    client.engine(do.Transcribed(first, "", 0.5))
    assert not any(isinstance(command, do.Resume) for command in client.commands)
    client.engine(do.SpeechStopped(900))
    second = client.last("input_audio_buffer.committed")["item_id"]
    assert isinstance(second, str)
    client.engine(do.Transcribed(second, "", 0.3))
    assert isinstance(client.commands[-1], do.Resume)
