"""Replies that are spoken over, cancelled or cut: what was heard of them, what is answered next, what goes on."""

from __future__ import annotations

import pytest

from edge_server.realtime import effects as do
from tests.conversation_tools import Client


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
