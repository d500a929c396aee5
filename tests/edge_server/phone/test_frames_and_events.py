"""What the telephone service sends: frames of sound and keys, and events of calls that ring."""

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from edge_server.phone.frames import Audio, Digit, FrameError, Metadata, Other, audio_frame, received
from edge_server.phone.grid import GridError, GridEvent, IncomingCall, Party, Seen, events_of, incoming
from edge_server.phone.line import Arrivals
from edge_server.phone.rung import TOO_OLD_S, Rung
from sync.disk import DiskStore
from sync.notes import MemoryNotes
from sync.store import StoreError


def test_the_service_s_frames_are_understood() -> None:
    metadata = {"subscriptionId": "s", "encoding": "PCM", "sampleRate": 16000, "channels": 1, "length": 640}
    assert received(json.dumps({"kind": "AudioMetadata", "audioMetadata": metadata})) == Metadata(16_000)
    audio = {"timestamp": "2026-11-22T10:00:00Z", "participantRawID": "4:+1555", "data": "AAECAw==", "silent": False}
    assert received(json.dumps({"kind": "AudioData", "audioData": audio})) == Audio(b"\0\1\2\3")
    assert received('{"kind":"DtmfData","dtmfData":{"data":"3"}}') == Digit("3")
    assert received('{"kind":"Else","else":{}}') == Other("Else")


def test_what_is_sent_has_the_service_s_shape() -> None:
    assert json.loads(audio_frame(b"\0\1\2\3")) == {
        "Kind": "AudioData",
        "AudioData": {"Data": "AAECAw=="},
        "StopAudio": None,
    }


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        "[]",
        '{"kind":"AudioData"}',
        '{"kind":"AudioData","audioData":{"data":"AAE"}}',
        '{"kind":"AudioData","audioData":{"data":"AA=="}}',
        '{"kind":"AudioData","audioData":{"data":7}}',
        '{"kind":"AudioMetadata","audioMetadata":{"encoding":"PCM","sampleRate":8000,"channels":1}}',
        '{"kind":"AudioMetadata","audioMetadata":{"encoding":"PCM","sampleRate":16000,"channels":2}}',
        '{"kind":"DtmfData","dtmfData":{"data":"12"}}',
    ],
)
def test_malformed_frames_are_refused(text: str) -> None:
    with pytest.raises(FrameError):
        received(text)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda one: st.lists(one) | st.dictionaries(
    st.sampled_from(["kind", "audioData", "data", "dtmfData", "audioMetadata"]), one)))  # fmt: skip
def test_no_json_breaks_the_reading_of_frames(body: object) -> None:
    with contextlib.suppress(FrameError):
        received(json.dumps(body))


def test_sound_that_stops_coming_is_followed_by_silence() -> None:
    arrivals = Arrivals()
    assert arrivals.missing_ms(5.0) == 0.0, "nothing is missing before the first frame"
    arrivals.took(10.0)
    assert arrivals.missing_ms(10.45) == 0.0, "that may be only late"
    filled = sum(arrivals.missing_ms(10.0 + at * 0.1) for at in range(5, 21))
    assert abs(filled - 2000) < 1e-6, "then silence comes as fast as sound would"


def test_sound_that_comes_late_or_in_part_is_not_torn_by_silence() -> None:
    arrivals = Arrivals()
    arrivals.took(1.0)
    for at in range(200):  # every other frame of 20 ms is lost, then none comes for 400 ms, then all at once
        arrivals.took(1.0 + at * 0.04)
        assert arrivals.missing_ms(1.02 + at * 0.04) == 0.0
    assert arrivals.missing_ms(9.3) == 0.0
    arrivals.took(9.36)
    assert arrivals.missing_ms(9.4) == 0.0


def test_both_schemas_of_events_are_taken() -> None:
    own = json.dumps([{"id": "1", "eventType": "A", "data": {"x": 1}}]).encode()
    cloud = json.dumps({"id": "2", "type": "B", "data": {}}).encode()
    assert [(one.id, one.type) for one in events_of(own) + events_of(cloud)] == [("1", "A"), ("2", "B")]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b"[7]", b'[{"id":"1"}]', b'{"id":1,"type":"A","data":{}}'])
def test_bodies_without_events_are_refused(body: bytes) -> None:
    with pytest.raises(GridError):
        events_of(body)


def test_who_calls() -> None:
    [event] = events_of(
        json.dumps(
            {
                "id": "1",
                "type": "Microsoft.Communication.IncomingCall",
                "data": {"incomingCallContext": "secret", "from": {"rawId": "4:+15551234567"}, "correlationId": "c"},
            }
        ).encode()
    )
    rung = incoming(event)
    assert rung.caller.number == "+15551234567"
    assert "secret" not in repr(rung)
    assert Party(rawId="4:anonymous").identity is None
    assert Party(rawId="8:acs:user").identity == "8:acs:user" and Party(rawId="8:acs:user").number is None


def test_what_came_before_is_known_and_the_oldest_is_forgotten() -> None:
    seen = Seen(most=2)
    assert [seen.first(name) for name in "aab"] == [True, False, True]
    assert seen.first("c") and seen.first("a")


NOW = 1_800_000_000.0


def rang(event_id: str, context: str, correlation: str = "", *, ago_s: float = 0.0) -> tuple[GridEvent, IncomingCall]:
    data: dict[str, JsonValue] = {"incomingCallContext": context, "correlationId": correlation}
    event = GridEvent(event_id, "Microsoft.Communication.IncomingCall", data, NOW - ago_s)
    return event, incoming(event)


async def test_a_call_rings_once_at_all_nodes_and_through_restarts(tmp_path: Path) -> None:
    store = DiskStore(tmp_path)
    one, other = (Rung(lambda: store.notes, lambda: NOW) for _ in range(2))
    assert await one.first(*rang("1", "context", "c"))
    assert not await one.first(*rang("1", "context", "c"))
    assert not await other.first(*rang("1", "context", "c"))
    assert not await other.first(*rang("2", "context")), "the same call in another event"
    assert not await other.first(*rang("3", "fresh", "c")), "the same call as the carrier counts calls"
    assert await other.first(*rang("4", "another", "d"))
    await store.close()
    store = DiskStore(tmp_path)
    assert not await Rung(lambda: store.notes, lambda: NOW).first(*rang("4", "another", "d"))
    await store.close()


async def test_a_call_that_is_told_late_or_while_the_store_is_gone() -> None:
    class Gone(MemoryNotes):
        async def put(self, name: str, text: str, seconds: float) -> bool:
            raise StoreError("gone")

    rung = Rung(Gone, lambda: NOW)
    assert not await rung.first(*rang("1", "context", ago_s=TOO_OLD_S + 1))
    assert await rung.first(*rang("2", "context", ago_s=TOO_OLD_S - 1))
    assert not await rung.first(*rang("2", "context")), "this process knows it all the same"


def test_both_schemas_say_when_an_event_happened() -> None:
    own = {"id": "1", "eventType": "A", "data": {}, "eventTime": "2026-11-22T10:00:00.5Z"}
    cloud = {"id": "2", "type": "B", "data": {}, "time": "2026-11-22T12:00:00.1234567+02:00"}
    first, second = events_of(json.dumps([own, cloud]).encode())
    assert first.at is not None and second.at is not None and round(first.at - second.at, 1) == 0.4
    [unknown] = events_of(json.dumps({"id": "3", "type": "C", "data": {}, "time": "yesterday"}).encode())
    assert unknown.at is None
