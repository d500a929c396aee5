"""Who means ill, and what goes wrong at the carrier: whole calls, in time that passes when the test waits."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from pydantic import JsonValue

from agents.desk import AgentDesk
from edge_server.phone import carrier
from edge_server.phone.network_wire import Json
from edge_server.phone.texts import NOBODY
from tests.edge_server.phone.own_time import CLERK, OwnPhone, goes_on, nothing_is_left, own_phone, ringing, until
from tests.fakes.phone_network import Faults, NetworkCall, callback, grid_event, identifier, post
from tests.virtual_time import run

INCOMING = "Microsoft.Communication.IncomingCall"


async def joined_with_clerk(phone: OwnPhone) -> NetworkCall:
    """A caller whom a clerk has taken over."""

    async def clerk(call: NetworkCall) -> None:
        await until(call.streaming.is_set)
        await asyncio.sleep(1.0)
        await call.press("1")

    phone.network.phones[CLERK] = clerk
    call = await ringing(phone)
    await until(lambda: "What can I do for you?" in phone.speech.texts)
    await asyncio.sleep(5.0)
    await call.press("0")
    await until(lambda: CLERK in call.others and "stop_media" in phone.network.requests)
    await asyncio.sleep(1.0)
    return call


# Events and callbacks


def test_an_event_that_comes_often_at_the_same_time_rings_once(agents: AgentDesk, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with own_phone(agents, tmp_path) as phone:
            data: Json = {"incomingCallContext": "context", "from": identifier("+15550003333"), "to": {}}
            event = grid_event(INCOMING, data)
            other = grid_event(INCOMING, data)  # another id, but the same call
            answers = await asyncio.gather(*(post(phone.network.events_url, [one]) for one in (event, other) * 10))
            assert {status for status, _ in answers} == {200}
            await until(lambda: not phone.switchboard.calls)
            assert phone.network.requests == ["answer"], "nobody rings there, so the answer fails, and that is all"

    run(scenario())


def test_callbacks_that_come_late_twice_and_from_before_change_nothing(agents: AgentDesk, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with own_phone(agents, tmp_path, phone_clerk=CLERK) as phone:
            call = await joined_with_clerk(phone)

            async def told(people: list[str], number: int) -> None:
                listed: list[JsonValue] = [{"identifier": identifier(one)} for one in people]
                event = callback(
                    "ParticipantsUpdated", call.connection, {"participants": listed, "sequenceNumber": number}
                )
                for _ in range(2):
                    await post(call.callback_url, [event])

            await told([call.others[0]], 1)  # from before the clerk came
            await post(call.callback_url, [callback("CallConnected", call.connection)])
            await post(call.callback_url, [callback("AnswerFailed", call.connection)])
            await post(call.callback_url, [callback("MediaStreamingFailed", call.connection)])
            await asyncio.sleep(2.0)
            assert not call.over.is_set(), "the caller and the clerk talk"
            await told([call.others[0]], 99)
            await call.over.wait()
            await nothing_is_left(phone)
            assert (await post(call.callback_url, [callback("CallDisconnected", call.connection)]))[0] == 404

    run(scenario())


def test_a_clerk_who_could_not_be_joined_after_all_leaves_the_caller_with_the_desk(
    agents: AgentDesk, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with own_phone(agents, tmp_path, phone_clerk=CLERK) as phone:
            call = await joined_with_clerk(phone)
            call.others.remove(CLERK)
            await post(call.callback_url, [callback("MoveParticipantFailed", call.connection)])
            await until(lambda: NOBODY in phone.speech.texts)
            await until(lambda: "Hello again." in phone.speech.texts)
            assert not call.over.is_set() and call.streaming.is_set()
            await call.hang_up()
            await nothing_is_left(phone)

    run(scenario())


def test_callers_who_show_no_number_never_share_a_session(agents: AgentDesk, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with own_phone(agents, tmp_path) as phone:
            for _ in range(2):
                await ringing(phone, None)
            keys = {call.key for call in phone.switchboard.calls.values()}
            assert len(keys) == 2 and all(call.number is None for call in phone.switchboard.calls.values())

    run(scenario())


# The media socket


GARBAGE: list[str | bytes] = [
    "",
    "no json",
    "[]",
    "null",
    "[" * 100_000,
    b"\0\1\2",
    '{"kind":"AudioData"}',
    '{"kind":"AudioData","audioData":{"data":"AAEC"}}',
    '{"kind":"AudioData","audioData":{"data":"%%%%"}}',
    json.dumps({"kind": "AudioData", "audioData": {"data": "A" * 400_000}}),
    '{"kind":"DtmfData","dtmfData":{"data":"12"}}',
    '{"kind":"DtmfData","dtmfData":{"data":["1"]}}',
    '{"kind":"AudioMetadata","audioMetadata":{"encoding":"PCM","sampleRate":8000,"channels":2,"length":1}}',
    '{"kind":"StopAudio"}',
]


def test_frames_that_are_none_do_no_harm(agents: AgentDesk, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with own_phone(agents, tmp_path) as phone:
            call = await ringing(phone)
            await until(call.streaming.is_set)
            for frame in GARBAGE * 5:
                await call.send_raw(frame)
            await goes_on(phone, call)
            await call.hang_up()
            await nothing_is_left(phone)

    run(scenario())


@pytest.mark.parametrize("metadata", [{"sampleRate": 8000}, {"channels": 2}, {"encoding": "OPUS"}])
def test_sound_of_another_kind_ends_the_call_at_once(agents: AgentDesk, tmp_path: Path, metadata: Json) -> None:
    async def scenario() -> None:
        async with own_phone(agents, tmp_path) as phone:
            call = await ringing(phone, faults=Faults(metadata=metadata))
            await asyncio.wait_for(call.over.wait(), 2.0)
            await nothing_is_left(phone)

    run(scenario())


def test_a_storm_of_keys_disturbs_no_other_call(agents: AgentDesk, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with own_phone(agents, tmp_path) as phone:
            call = await ringing(phone)
            other = await ringing(phone, "+15550004444")
            await until(lambda: phone.speech.texts.count("What can I do for you?") == 2)
            await asyncio.sleep(5.0)
            for key in "0123456789*#" * 100:
                await call.press(key, apart_s=0.0)
            await goes_on(phone, other)
            await call.hang_up()
            await other.hang_up()
            await nothing_is_left(phone)

    run(scenario())


# The carrier


def test_an_answer_that_is_refused_leaves_nothing_behind(agents: AgentDesk, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with own_phone(agents, tmp_path, phone_calls=1) as phone:
            phone.network.refuses = {"answer"}
            with pytest.raises(TimeoutError):
                await phone.network.call("+15550005555")
            await nothing_is_left(phone)
            phone.network.refuses = set()
            call = await ringing(phone)
            await call.hang_up()

    run(scenario())


def test_an_answer_of_which_nothing_is_heard_is_a_call_all_the_same(
    agents: AgentDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrier, "TIMEOUT_S", 0.3)

    async def scenario() -> None:
        async with own_phone(agents, tmp_path) as phone:
            phone.network.stalls = {"answer"}
            call = await ringing(phone)
            await goes_on(phone, call)
            phone.network.stalls = set()
            await call.hang_up()
            await nothing_is_left(phone)

    run(scenario())
