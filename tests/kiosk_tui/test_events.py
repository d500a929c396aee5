"""Frames of the server as a terminal reads them."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk_tui import events as ev

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(("id", "status", "message", "title")), inner)
    ),
    max_leaves=4,
)
KINDS = st.sampled_from(
    (
        "error",
        "response.created",
        "response.done",
        "response.output_audio.delta",
        "response.output_text.delta",
        "conversation.item.input_audio_transcription.completed",
        "conversation.item.input_audio_transcription.delta",
        "extension.sources",
        "extension.agent_changed",
        "extension.turn_metrics",
    )
)
FIELDS = ("item_id", "response_id", "delta", "response", "error", "sources", "agent", "previous", "transcript")


def frame(**event: object) -> str:
    return json.dumps(event)


def test_audio_comes_as_samples() -> None:
    pcm = bytes(range(8))
    event = ev.told(
        frame(
            type="response.output_audio.delta",
            response_id="resp_1",
            item_id="item_1",
            delta=base64.b64encode(pcm).decode(),
        )
    )
    assert event == ev.ReplyAudio("resp_1", "item_1", pcm)


def test_a_source_that_is_named_twice_is_told_once() -> None:
    sources = [{"id": "a", "title": "Bags"}, {"id": "b", "title": "Bags"}, {"id": "c", "title": "Seats"}]
    assert ev.told(frame(type="extension.sources", sources=sources)) == ev.Sources(
        (ev.Source("Bags", ""), ev.Source("Seats", ""))
    )


def test_a_failed_reply_says_why() -> None:
    details = {"type": "failed", "error": {"type": "server_error", "message": "Please ask again."}}
    event = ev.told(
        frame(type="response.done", response={"id": "resp_1", "status": "failed", "status_details": details})
    )
    assert event == ev.ReplyDone("resp_1", "failed", "Please ask again.")


@pytest.mark.parametrize("text", ["", "{", "null", "[1, 2]", '"words"', '{"type": 3}', '{"type": "session.updated"}'])
def test_what_a_terminal_has_no_use_for_is_nothing(text: str) -> None:
    assert ev.told(text) is None


@given(kind=KINDS, fields=st.dictionaries(st.sampled_from(FIELDS), ANY_JSON))
def test_no_frame_of_a_strange_server_raises(kind: str, fields: dict[str, object]) -> None:
    ev.told(json.dumps({"type": kind, **fields}))


@given(st.binary())
def test_no_bytes_raise(data: bytes) -> None:
    ev.told(data)
