"""The one event that writes itself by hand."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from edge_server.realtime.events.response import AudioDelta
from tests.protocol_tools import check_ga


@given(st.binary(max_size=2000), st.integers(0, 99), st.integers(0, 99))
def test_an_audio_delta_is_on_the_wire_what_its_body_says(pcm: bytes, output: int, content: int) -> None:
    event = AudioDelta("resp_1", "item_1", output, content, pcm)
    frame = event.to_wire("event_1")
    assert json.loads(frame) == event.to_body("event_1")
    check_ga(frame)
