"""Calls over the simulated phone network: the desk's own process, the real Azure client, real time, real speech."""

from __future__ import annotations

import asyncio
import json
import time
import urllib.request

import numpy as np
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from edge_server.audio import RATE
from edge_server.phone.network_wire import Json
from tests.edge_server.phone.conftest import CLERK, Desk
from tests.fakes.phone_network import Faults, NetworkCall, PhoneNetwork, callback, grid_event, hears, post, telephone
from tests.speech_tools import transcribe_with_other_recogniser as heard_as

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

STATUS = "What is the status of flight L B two zero four?"


async def ringing(
    network: PhoneNetwork, number: str | None = "+15557654321", faults: Faults | None = None
) -> NetworkCall:
    call = await network.call(number, faults=faults)
    assert call is not None, "the desk answers"
    await asyncio.wait_for(call.streaming.wait(), 10)
    return call


async def until(fact: object, within_s: float = 10.0) -> None:
    """Wait until `fact()` holds."""
    assert callable(fact)
    for _ in range(round(within_s / 0.05)):
        if fact():
            return
        await asyncio.sleep(0.05)
    raise TimeoutError("it does not happen")


# Who is let in


async def test_the_subscription_handshake_is_answered(network: PhoneNetwork) -> None:
    assert await network.subscribe()


@pytest.mark.parametrize("shown", ["", "?secret=", "?secret=a%20secret%20of%20twenty%20character", "?secret=%C3%A9"])
async def test_forged_events_are_refused(network: PhoneNetwork, desk: Desk, shown: str) -> None:
    event = grid_event("Microsoft.Communication.IncomingCall", {"incomingCallContext": "forged", "from": {}, "to": {}})
    status, answer = await post(f"{desk.server.url}/acs/events{shown}", [event])
    assert status == 401 and isinstance(answer, dict) and "error" in answer
    assert not network.requests


async def test_events_that_are_no_events_get_a_clear_error(network: PhoneNetwork) -> None:
    status, answer = await post(network.events_url, {"neither": "event"})
    assert status == 400 and isinstance(answer, dict) and answer["error"]["code"] == "invalid_event"  # type: ignore[index,call-overload]


async def test_nobody_opens_a_media_socket_or_sends_callbacks_without_the_calls_secrets(
    network: PhoneNetwork, desk: Desk
) -> None:
    with pytest.raises(InvalidStatus):
        await connect(f"ws://{desk.server.address}/acs/media/guess", proxy=None)
    status, _ = await post(f"{desk.server.url}/acs/callbacks/guess", [callback("CallDisconnected", "x")])
    assert status == 404
    call = await ringing(network)
    with pytest.raises(InvalidStatus):
        await connect(call.media_url, proxy=None)
    await call.hang_up()
    await asyncio.sleep(0.3)
    with pytest.raises(InvalidStatus):
        await connect(call.media_url, proxy=None)


async def test_the_phone_s_paths_open_nothing_else(desk: Desk) -> None:
    request = urllib.request.Request(f"{desk.server.url}/acs/../metrics")
    with pytest.raises(urllib.error.HTTPError) as refused:
        await asyncio.to_thread(urllib.request.urlopen, request)
    assert refused.value.code in (401, 404)


# A call


async def test_a_caller_is_greeted_and_answered_in_real_time(network: PhoneNetwork, desk: Desk) -> None:
    call = await ringing(network, "+15550001111")
    await hears(call, "person", "what can i do for you")
    await call.say(telephone(STATUS))
    said = call.now_ms
    await hears(call, "boston", "denver")
    assert {size for _, size in call.arrivals} == {640}, "20 ms of 16 kHz a frame"
    loud = call.loud(said)
    assert loud.index(True) * 20 < 5000, "no dead air after the question"
    sent_s = len(call.arrivals) * 0.02
    assert call.arrivals[-1][0] - call.arrivals[0][0] >= sent_s - 0.5, "no faster than it is heard"
    await call.hang_up()
    await asyncio.sleep(0.5)
    stored = b"".join(path.read_bytes() for path in desk.server.data_dir.rglob("*") if path.is_file())
    assert b"5550001111" not in stored, "the caller's number is kept nowhere"


async def test_duplicate_and_late_events_make_one_call(network: PhoneNetwork) -> None:
    call = await ringing(network, "+15550002222", Faults(twice=True, late_s=1.0, loss=0.05))
    await hears(call, "what can i do for you")
    assert network.requests.count("answer") == 1 and len(network.calls) == 1


async def test_a_replayed_call_is_not_answered_again(network: PhoneNetwork) -> None:
    data: Json = {
        "incomingCallContext": "context",
        "from": {"rawId": "4:+15550003333"},
        "to": {},
        "correlationId": "same",
    }
    for context in ("context", "context", "another"):
        event = grid_event("Microsoft.Communication.IncomingCall", {**data, "incomingCallContext": context})
        assert (await post(network.events_url, [event]))[0] == 200
    await asyncio.sleep(0.5)
    assert network.requests == ["answer"]


async def test_speech_over_a_reply_stops_it_at_once(network: PhoneNetwork) -> None:
    call = await ringing(network, "+15550004444")
    await call.answer()
    await call.say(telephone("What can you do for me?"))
    await until(lambda: any(call.loud(call.now_ms - 400)), 15)
    await asyncio.sleep(1.5)
    before = len(call.stops)
    pcm = telephone(STATUS)
    onset_s = int(np.argmax(np.abs(pcm.astype(np.int32)) > 600)) / RATE
    await call.say(pcm)
    assert len(call.stops) > before, "the line was told to stop"
    took_s = call.stops[before] - call.said_at[-1] - onset_s
    assert took_s < 0.5, f"{took_s * 1000:.0f} ms"  # the budget of 200 ms is the bench's; this machine is shared
    await hears(call, "denver")


async def test_a_lost_socket_is_opened_again_and_the_call_goes_on(network: PhoneNetwork) -> None:
    call = await ringing(network, "+15550005555")
    await call.answer()
    await call.say(telephone(STATUS))
    await call.answer()
    await call.drop_socket()
    await until(lambda: "start_media" in network.requests)
    await asyncio.wait_for(call.streaming.wait(), 10)
    await hears(call, "hello again")


async def test_more_calls_than_allowed_are_rejected_as_busy(network: PhoneNetwork) -> None:
    for number in ("+15550006661", "+15550006662"):
        await ringing(network, number)
    assert await network.call("+15550006663") is None
    assert network.rejected == {"+15550006663": "busy"}


async def test_a_goodbye_ends_the_call(network: PhoneNetwork) -> None:
    call = await ringing(network, None)
    await call.answer()
    await call.say(telephone("Thank you, goodbye."))
    await asyncio.wait_for(call.over.wait(), 20)
    heard = await asyncio.to_thread(heard_as, call.sound(call.now_ms - 4000))
    assert "goodbye" in heard.lower()


async def test_a_caller_who_calls_again_is_asked_whether_to_go_on(network: PhoneNetwork) -> None:
    call = await ringing(network, "+15550007777")
    await call.answer()
    await call.say(telephone("I would like to change my flight."))
    await hears(call, "booking code")
    await call.hang_up()
    await asyncio.sleep(0.5)
    call = await ringing(network, "+15550007777")
    await hears(call, "hello again", "go on")
    await call.press("1")
    await hears(call, "booking code")


# A person


async def test_a_caller_is_handed_to_a_clerk_who_was_briefed(network: PhoneNetwork) -> None:
    briefed: list[str] = []

    async def clerk(call: NetworkCall) -> None:
        briefed.append(await hears(call, "for a person", "press"))
        await call.press("1")

    network.phones[CLERK] = clerk
    call = await ringing(network, "+15550008888")
    await call.answer()
    await call.press("0")
    await until(lambda: CLERK in call.others, 60)
    assert len(briefed) == 1
    await until(lambda: "stop_media" in network.requests)
    assert not call.over.is_set(), "the caller and the clerk talk"
    call.others.remove(CLERK)
    call.tell_participants()
    await asyncio.wait_for(call.over.wait(), 10)


async def test_when_no_clerk_takes_it_the_desk_comes_back_and_calls_back_if_that_is_agreed(
    network: PhoneNetwork,
) -> None:
    async def busy(call: NetworkCall) -> None:
        await call.begins()
        await call.press("2")

    called_back = asyncio.Event()

    async def customer(call: NetworkCall) -> None:
        called_back.set()

    network.phones |= {CLERK: busy, "+15550009999": customer}
    call = await ringing(network, "+15550009999")
    await call.answer()
    await call.press("0")
    await hears(call, "call you back", within=8)
    await call.press("1")
    await hears(call, "we will call")
    await call.hang_up()
    await asyncio.wait_for(called_back.wait(), 20)


async def test_metrics_count_calls_as_sessions_of_the_phone(network: PhoneNetwork, desk: Desk) -> None:
    call = await ringing(network, "+15550001212")
    await call.answer()
    request = urllib.request.Request(f"{desk.server.url}/metrics", headers={"api-key": "the key of the server"})
    with await asyncio.to_thread(urllib.request.urlopen, request) as response:
        text = response.read().decode()
    assert 'channel="phone"' in text
    assert json.dumps("+15550001212") not in text and time.monotonic() > 0
