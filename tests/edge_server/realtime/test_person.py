"""A person takes the agents' place in a conversation, and the desk speaks up without being asked."""

from __future__ import annotations

from edge_server.realtime import effects as do
from tests.conversation_tools import Client


def test_who_takes_over_cuts_the_reply_and_clients_that_want_to_know_are_told() -> None:
    client = Client(extensions=True)
    client.speak("what is the status of my flight")
    client.reply("It is on time.", "It leaves from gate B.", seconds=2.0)
    client.now += 1.0
    told = client.engine(do.PersonAtDesk(True, "Ann"))
    assert client.last("extension.person") | {"event_id": ""} == {
        "type": "extension.person",
        "event_id": "",
        "active": True,
        "name": "Ann",
    }
    assert "response.done" in told and "conversation.item.truncated" in told
    assert client.body("response.done", "response")["status"] == "cancelled"
    client.engine(do.PersonAtDesk(False))
    assert client.last("extension.person")["active"] is False


def test_stock_clients_hear_of_it_only_by_the_cut() -> None:
    client = Client()
    client.speak("hello")
    client.reply("Hello.")
    told = client.engine(do.PersonAtDesk(True, "Ann"))
    assert "response.done" in told and "extension.person" not in told


def test_the_desk_speaks_up_at_once_when_nobody_speaks() -> None:
    client = Client()
    assert client.engine(do.SpeaksUp()) == ["response.created"]
    assert client.thought().utterance == ""
    assert client.engine(do.SpeaksUp()) == []
    client.finish()
    assert len(client.all("response.created")) == 2, "what came while it spoke is said next"


def test_the_desk_does_not_speak_up_over_the_customer_and_answers_them_with_it() -> None:
    client = Client()
    client.engine(do.SpeechStarted(0))
    assert client.engine(do.SpeaksUp()) == []
    client.engine(do.SpeechStopped(900))
    item_id = str(client.last("input_audio_buffer.committed")["item_id"])
    client.engine(do.Transcribed(item_id, "are you there", 0.9))
    assert client.thought().utterance == "are you there"
    client.finish()
    assert len(client.all("response.created")) == 1


def test_nobody_is_asked_whether_they_are_there_while_a_person_types() -> None:
    client = Client()
    detection = {"type": "server_vad", "idle_timeout_ms": 5_000}
    client.send(type="session.update", session={"type": "realtime", "audio": {"input": {"turn_detection": detection}}})
    client.speak("hello")
    client.reply("Hello.")
    client.finish()
    client.engine(do.PersonAtDesk(True))
    assert client.pass_time(60) == []
    client.engine(do.PersonAtDesk(False))
    assert client.conversation.wakes_at() is not None


def test_what_nobody_heard_an_answer_to_is_there_for_the_person_to_answer() -> None:
    client = Client()
    client.speak("hello")
    client.reply("Hello there.")
    client.engine(do.PersonAtDesk(True), do.SpeaksUp())
    assert client.thought().utterance == "hello"


def test_a_response_outside_the_conversation_that_waited_goes_on_when_a_person_comes() -> None:
    client = Client()
    client.speak("hello")
    client.reply("Hello there.")
    aside = {"conversation": "none", "input": [], "metadata": {"for": "the side"}}
    client.send(type="response.create", response=aside)
    client.engine(do.PersonAtDesk(True))
    assert client.body("response.created", "response")["metadata"] == {"for": "the side"}
    client.finish()
    assert not client.conversation.busy
