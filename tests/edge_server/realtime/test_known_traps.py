"""Places where servers of this protocol break stock clients, each by its name."""

from __future__ import annotations

import json

import pytest

from agents.client_offer import ClientToolCall
from edge_server.realtime import effects as do
from tests.conversation_tools import Client


def answer(client: Client, *clauses: str) -> None:
    client.say("Hello")
    client.send(type="response.create")
    client.reply(*clauses or ("Good morning.",))
    client.finish()


def test_an_output_item_is_in_progress_when_it_is_added(client: Client) -> None:
    answer(client)
    assert client.body("response.output_item.added", "item")["status"] == "in_progress"
    assert client.body("response.output_item.added", "item")["content"] == []
    assert client.body("response.output_item.done", "item")["status"] == "completed"


def test_previous_item_ids_tell_the_true_order(client: Client) -> None:
    answer(client)
    answer(client)
    order: list[object] = []
    for event in client.all("conversation.item.added"):
        item = event["item"]
        assert isinstance(item, dict)
        assert event["previous_item_id"] == (order[-1] if order else None)
        order.append(item["id"])
    assert len(order) == 4
    done = [event["previous_item_id"] for event in client.all("conversation.item.done")]
    assert done == [None, *order[:3]]


def test_usage_has_both_token_details(client: Client) -> None:
    answer(client)
    usage = client.body("response.done", "response")["usage"]
    assert set(usage["input_token_details"]) >= {"text_tokens", "audio_tokens", "cached_tokens"}
    assert set(usage["output_token_details"]) >= {"text_tokens", "audio_tokens"}
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]


def test_status_details_are_there_in_every_ending(client: Client) -> None:
    answer(client)
    assert client.body("response.done", "response")["status_details"] is None
    client.say("Hello")
    client.send(type="response.create")
    client.send(type="response.cancel")
    cancelled = client.body("response.done", "response")
    assert cancelled["status_details"] == {"type": "cancelled", "reason": "client_cancelled"}
    client.say("Hello")
    client.send(type="response.create")
    client.engine(do.ReplyBroke(client.thought().generation, "broken"))
    assert client.body("response.done", "response")["status_details"]["error"]["code"] == "reply_failed"


def test_there_are_no_nulls_where_clients_expect_absence(client: Client) -> None:
    answer(client)
    item = client.body("response.output_item.done", "item")
    assert None not in item.values()
    assert set(item) == {"id", "type", "object", "status", "role", "content"}


def test_events_outside_the_protocol_come_only_when_asked_for(client: Client) -> None:
    answer(client)
    assert not [event for event in client.events if str(event["type"]).startswith("extension.")]


def test_an_over_long_truncate_is_clamped_and_not_refused(client: Client) -> None:
    answer(client)
    item_id = client.body("response.output_item.done", "item")["id"]
    client.send(type="conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=10**9)
    assert client.last("conversation.item.truncated")["audio_end_ms"] == 1000


def test_cancelling_when_nothing_runs_is_named_and_ends_nothing(client: Client) -> None:
    client.send(type="response.cancel", event_id="mine")
    error = client.body("error", "error")
    assert (error["code"], error["event_id"]) == ("response_cancel_not_active", "mine")
    answer(client)


def test_a_second_response_is_refused_and_its_turn_is_not_lost(client: Client) -> None:
    client.say("Hello")
    client.send(type="response.create")
    client.say("And what about bags?")
    client.send(type="response.create")
    assert client.body("error", "error")["code"] == "conversation_already_has_active_response"
    client.reply("Good morning.")
    client.finish()
    client.send(type="response.create")
    assert client.thought().utterance == "And what about bags?"


@pytest.mark.parametrize("kind", ["message", "function_call", "function_call_output"])
def test_retrieving_an_item_always_answers(client: Client, kind: str) -> None:
    items: dict[str, dict[str, object]] = {
        "message": {"type": "message", "role": "system", "content": [{"type": "input_text", "text": "Be brief."}]},
        "function_call": {"type": "function_call", "name": "f", "call_id": "c", "arguments": "{}"},
        "function_call_output": {"type": "function_call_output", "call_id": "c", "output": "{}"},
    }
    client.send(type="conversation.item.create", item={"id": "it", **items[kind]})
    assert client.send(type="conversation.item.retrieve", item_id="it") == ["conversation.item.retrieved"]
    assert client.send(type="conversation.item.retrieve", item_id="other") == ["error"]


def test_an_item_is_retrieved_while_its_words_are_still_missing(client: Client) -> None:
    client.engine(do.SpeechStarted(0), do.SpeechStopped(900))
    item_id = client.last("input_audio_buffer.committed")["item_id"]
    assert client.send(type="conversation.item.retrieve", item_id=item_id) == ["conversation.item.retrieved"]


def test_a_call_to_the_clients_tool_is_in_progress_first_and_comes_whole_once(client: Client) -> None:
    client.say("Open the gate")
    client.send(type="response.create")
    call = do.ReplyCall(client.thought().generation, ClientToolCall("open_gate", '{"which": 2}'))
    assert client.engine(call) == [
        "response.output_item.added",
        "conversation.item.added",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "response.output_item.done",
        "conversation.item.done",
    ]
    added = client.body("response.output_item.added", "item")
    done = client.body("response.output_item.done", "item")
    assert (added["status"], added["arguments"]) == ("in_progress", "")
    assert (done["status"], done["arguments"], done["call_id"]) == ("completed", '{"which": 2}', added["call_id"])
    client.finish()
    assert client.body("response.done", "response")["output"] == [done]


def test_an_error_names_the_code_the_field_and_the_clients_own_event(client: Client) -> None:
    client.send(type="conversation.item.truncate", event_id="e9", item_id="x", content_index=-1, audio_end_ms=0)
    assert client.body("error", "error") == {
        "type": "invalid_request_error",
        "code": "invalid_value",
        "message": "content_index: Input should be greater than or equal to 0",
        "param": "content_index",
        "event_id": "e9",
    }


def test_a_frame_in_binary_is_read_like_one_in_text(client: Client) -> None:
    assert client.send_frame(json.dumps({"type": "response.create"}).encode()) == ["response.created"]
