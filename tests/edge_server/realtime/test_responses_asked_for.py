"""What a client may ask of a single response, and tools of its own."""

from __future__ import annotations

import base64

from agents.client_offer import ClientToolCall, Offer, ToolOutput
from edge_server.realtime import effects as do
from tests.conversation_tools import Client

GATE = {"type": "function", "name": "open_gate", "description": "Opens the gate", "parameters": {"type": "object"}}


def ask(client: Client, **wish: object) -> list[str]:
    return client.send(type="response.create", response=wish)


def thoughts(client: Client) -> list[do.Think]:
    return [command for command in client.commands if isinstance(command, do.Think)]


def user(text: str) -> dict[str, object]:
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}


def test_a_response_outside_the_conversation_waits_for_the_running_one(client: Client) -> None:
    client.say("Hello")
    ask(client)
    assert ask(client, conversation="none", input=[user("Sum up")], metadata={"for": "summary"}) == []
    client.reply("Good morning.")
    client.finish()
    assert client.thought().utterance == "Sum up"
    assert not client.thought().remember
    client.finish()
    first, second = [event["response"] for event in client.all("response.done")]
    assert isinstance(first, dict)
    assert isinstance(second, dict)
    assert first["conversation_id"] == "conv_1"
    assert (second["conversation_id"], second["metadata"]) == (None, {"for": "summary"})


def test_too_many_waiting_responses_are_refused(client: Client) -> None:
    ask(client)
    told = [ask(client, conversation="none", input=[]) for _ in range(17)]
    assert told == [[]] * 16 + [["error"]]


def test_the_input_of_a_response_may_refer_to_items_of_the_conversation(client: Client) -> None:
    client.send(type="conversation.item.create", item={"id": "asked", **user("When does LB204 leave?")})
    ask(client, conversation="none", input=[{"type": "item_reference", "id": "asked"}, user("Be brief.")])
    assert client.thought().utterance == "When does LB204 leave? Be brief."
    client.finish()
    ask(client, conversation="none", input=[{"type": "item_reference", "id": "nowhere"}])
    error = client.body("error", "error")
    assert (error["code"], error["param"]) == ("item_not_found", "response.input")


def test_speech_does_not_stop_a_response_outside_the_conversation(client: Client) -> None:
    ask(client, conversation="none", input=[user("Sum up")])
    client.engine(do.SpeechStarted(0))
    assert not client.all("response.done")
    client.finish()
    assert client.body("response.done", "response")["status"] == "completed"


def test_cancelling_without_an_id_means_the_conversations_own_response(client: Client) -> None:
    ask(client, conversation="none", input=[user("Sum up")])
    assert client.send(type="response.cancel") == ["error"]
    response_id = client.body("response.created", "response")["id"]
    assert client.send(type="response.cancel", response_id=response_id) == ["response.done"]


def test_instructions_tools_and_the_voice_of_one_response_reach_the_engine(client: Client) -> None:
    output = {"format": {"type": "audio/pcmu"}, "voice": {"id": "marin"}}
    ask(client, instructions="Be kind.", tools=[GATE], tool_choice="required", audio={"output": output})
    think = client.thought()
    assert (think.instructions, think.voice, think.offer.choice) == ("Be kind.", "marin", "required")
    assert [tool.name for tool in think.offer.tools] == ["open_gate"]
    told = client.body("response.created", "response")["audio"]["output"]
    assert told == {"format": {"type": "audio/pcmu"}, "voice": "marin"}


def test_a_choice_of_a_tool_that_is_not_there_is_refused(client: Client) -> None:
    ask(client, tools=[GATE], tool_choice={"type": "function", "name": "close_gate"})
    assert client.body("error", "error")["param"] == "response.tool_choice"
    choice = {"type": "function", "name": "open_gate"}
    client.send(type="session.update", session={"type": "realtime", "tool_choice": choice})
    assert client.body("error", "error")["param"] == "session.tool_choice"
    client.send(type="session.update", session={"type": "realtime", "tools": [GATE], "tool_choice": choice})
    assert client.body("session.updated", "session")["tool_choice"] == choice
    ask(client)
    assert client.thought().offer.choice == "open_gate"


def test_the_clients_answer_to_a_call_is_told_in_the_next_response(client: Client) -> None:
    client.send(type="session.update", session={"type": "realtime", "tools": [GATE]})
    client.say("Open the gate")
    ask(client)
    client.engine(do.ReplyCall(client.thought().generation, ClientToolCall("open_gate", "{}")))
    client.finish()
    call_id = client.body("response.output_item.done", "item")["call_id"]
    output = {"type": "function_call_output", "call_id": call_id, "output": '{"message": "It is open"}'}
    client.send(type="conversation.item.create", item=output)
    assert len(client.all("response.created")) == 1, "the client asks for the response itself"
    ask(client)
    think = client.thought()
    assert (think.utterance, think.offer.outputs) == ("", (ToolOutput("open_gate", '{"message": "It is open"}'),))
    client.reply("It is open.")
    client.finish()
    ask(client)
    assert client.thought().offer.outputs == ()


def test_tools_of_other_kinds_are_refused_by_name(client: Client) -> None:
    tools = [{"type": "mcp", "server_label": "x", "server_url": "https://desk.example"}]
    client.send(type="session.update", session={"type": "realtime", "tools": tools})
    assert client.body("error", "error")["param"] == "session.tools.0.type"


def test_a_written_reply_ends_at_its_longest_length(client: Client) -> None:
    ask(client, output_modalities=["text"], max_output_tokens=3)
    client.engine(do.ReplyText(client.thought().generation, "One two three four five."))
    assert client.last("response.output_text.done")["text"] == "One two three"
    response = client.body("response.done", "response")
    assert response["status"] == "incomplete"
    assert response["status_details"] == {"type": "incomplete", "reason": "max_output_tokens"}
    assert response["output"][0]["status"] == "incomplete"
    assert client.engine(do.ReplyText(client.thought().generation, "Six.")) == []


def test_a_spoken_reply_ends_before_the_clause_that_is_too_much(client: Client) -> None:
    ask(client, max_output_tokens=4)
    client.reply("One two.", "Three four five.")
    assert client.last("response.output_audio_transcript.done")["transcript"] == "One two."
    assert client.body("response.done", "response")["status"] == "incomplete"
    ask(client)
    assert len(client.all("response.created")) == 2


def test_push_to_talk_answers_when_the_client_asks(client: Client) -> None:
    client.send(type="session.update", session={"type": "realtime", "audio": {"input": {"turn_detection": None}}})
    assert do.Listen(None) in client.commands
    client.send(type="input_audio_buffer.append", audio=base64.b64encode(bytes(9_600)).decode())
    client.send(type="input_audio_buffer.commit")
    item_id = str(client.last("input_audio_buffer.committed")["item_id"])
    client.engine(do.Transcribed(item_id, "Hello", 0.2))
    assert not client.all("response.created")
    ask(client)
    assert client.thought().utterance == "Hello"


def test_silence_is_told_and_answered(client: Client) -> None:
    detection = {"type": "server_vad", "idle_timeout_ms": 6_000}
    client.send(type="session.update", session={"type": "realtime", "audio": {"input": {"turn_detection": detection}}})
    assert client.pass_time(60.0) == [], "silence counts from the end of a reply"
    client.send(type="input_audio_buffer.append", audio=base64.b64encode(bytes(480_000)).decode())
    ask(client)
    client.reply("Which day?", seconds=2.0)
    client.finish()
    assert client.pass_time(7.9) == []
    told = client.pass_time(0.2)
    assert told[:4] == [
        "input_audio_buffer.timeout_triggered",
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
    ]
    timeout = client.last("input_audio_buffer.timeout_triggered")
    assert (timeout["audio_start_ms"], timeout["audio_end_ms"]) == (4_000, 10_000)
    assert (client.thought().utterance, client.thought().silences) == ("", 1)
    client.reply("Are you still there?")
    client.finish()
    client.pass_time(8.0)
    assert client.thought().silences == 2
    client.finish()
    client.speak("Yes I am")
    client.reply("Good.")
    client.finish()
    client.pass_time(8.0)
    assert client.thought().silences == 1


def test_a_client_without_tools_offers_nothing(client: Client) -> None:
    ask(client)
    assert client.thought().offer == Offer()
    assert not client.thought().offer


def test_the_oldest_items_go_with_notice_when_a_conversation_grows_too_long(client: Client) -> None:
    for number in range(1_001):
        item = {"id": f"n{number}", "type": "message", "role": "system", "content": []}
        client.send(type="conversation.item.create", item=item)
    assert client.last("conversation.item.deleted")["item_id"] == "n0"
    assert client.send(type="conversation.item.retrieve", item_id="n1000") == ["conversation.item.retrieved"]


def test_messages_that_wait_for_an_answer_are_kept_and_more_are_refused(client: Client) -> None:
    for _ in range(1_000):
        client.say("Hello")
    assert not client.all("error")
    client.say("One more")
    assert client.body("error", "error")["code"] == "conversation_full"
    assert ask(client) == ["response.created"]


def test_turns_that_wait_for_their_words_are_bounded(client: Client) -> None:
    for _ in range(17):
        client.send(type="input_audio_buffer.append", audio=base64.b64encode(bytes(9_600)).decode())
        client.send(type="input_audio_buffer.commit")
    assert client.body("error", "error")["code"] == "too_many_turns"
    assert len([command for command in client.commands if isinstance(command, do.Transcribe)]) == 16


def test_thinking_ahead_knows_the_tools_on_offer(client: Client) -> None:
    client.send(type="session.update", session={"type": "realtime", "tools": [GATE]})
    client.engine(do.SpeechStarted(0), do.HeardSoFar("Open the gate"))
    ahead = [command for command in client.commands if isinstance(command, do.ThinkAhead)]
    assert all(one.think.offer.tools for one in ahead)
