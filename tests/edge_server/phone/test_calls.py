"""Calls over the simulated phone network: the desk's own process, the real Azure client, real time, real speech.

What the desk says is read in its transcript where a test is about something else than sound.
"""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from edge_server.phone.network_wire import Json
from tests.edge_server.phone.conftest import API_KEY, CLERK, PATIENCE_S, Desk, Story, asked_for_booking_code, until
from tests.fakes.phone_network import Faults, NetworkCall, PhoneNetwork, callback, grid_event, hears, post, telephone
from tests.speech_tools import transcribe_with_other_recogniser as heard_as

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

STATUS = "What is the status of flight L B two zero four?"


async def ringing(
    network: PhoneNetwork, number: str | None = "+15557654321", faults: Faults | None = None
) -> NetworkCall:
    call = await network.call(number, faults=faults)
    assert call is not None, "the desk answers"
    await asyncio.wait_for(call.streaming.wait(), PATIENCE_S)
    return call


async def over(call: NetworkCall) -> None:
    await asyncio.wait_for(call.over.wait(), PATIENCE_S)


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
    with pytest.raises(InvalidStatus):
        await connect(call.media_url, proxy=None)


async def test_the_phone_s_paths_open_nothing_else(desk: Desk) -> None:
    request = urllib.request.Request(f"{desk.server.url}/acs/../metrics")
    with pytest.raises(urllib.error.HTTPError) as refused:
        await asyncio.to_thread(urllib.request.urlopen, request)
    assert refused.value.code in (401, 404)


async def test_a_replayed_call_is_not_answered_again(network: PhoneNetwork) -> None:
    """The double answers the first with 404, since nobody rings there: what counts is how often it is asked."""
    data: Json = {
        "incomingCallContext": "context",
        "from": {"rawId": "4:+15550003333"},
        "to": {},
        "correlationId": "same",
    }
    for context in ("context", "context", "another"):
        event = grid_event("Microsoft.Communication.IncomingCall", {**data, "incomingCallContext": context})
        assert (await post(network.events_url, [event]))[0] == 200
    call = await ringing(network, "+15550003334")
    await call.hang_up()
    assert network.requests[:2] == ["answer", "answer"], "one for the call that was replayed, one for the next"


# A call


async def test_a_caller_is_greeted_and_answered_in_real_time(network: PhoneNetwork, desk: Desk, story: Story) -> None:
    call = await ringing(network, "+15550001111")
    await story.goes_on("what can i do for you")
    await call.quiet()
    await call.say(telephone(STATUS))
    said_ms = call.now_ms
    await story.goes_on("boston", "denver")
    await call.quiet()
    heard = (await asyncio.to_thread(heard_as, call.sound())).lower()
    assert "person" in heard and ("boston" in heard or "denver" in heard), heard
    assert {size for _, size in call.arrivals} == {640}, "20 ms of 16 kHz a frame"
    assert call.loud(said_ms).index(True) * 20 < 8000, "no dead air after the question"
    sent_s = len(call.arrivals) * 0.02
    assert call.arrivals[-1][0] - call.arrivals[0][0] >= sent_s - 0.5, "no faster than it is heard"
    metrics = urllib.request.Request(f"{desk.server.url}/metrics", headers={"api-key": API_KEY})
    with await asyncio.to_thread(urllib.request.urlopen, metrics) as response:
        text = response.read().decode()
    assert 'channel="phone"' in text and "5550001111" not in text
    await call.hang_up()
    stored = b"".join(path.read_bytes() for path in desk.folder.rglob("*") if path.is_file())
    assert b"5550001111" not in stored, "the caller's number is kept nowhere"


async def test_duplicate_and_late_events_make_one_call(network: PhoneNetwork, story: Story) -> None:
    await ringing(network, "+15550002222", Faults(twice=True, late_s=1.0, loss=0.05))
    await story.goes_on("what can i do for you")
    assert network.requests.count("answer") == 1 and len(network.calls) == 1


async def test_speech_over_a_reply_stops_it_at_once(network: PhoneNetwork, story: Story) -> None:
    call = await ringing(network, "+15550004444")
    await story.goes_on("what can i do for you")
    await call.quiet()
    since_ms = call.now_ms
    await call.say(telephone("What can you do for me?"))
    await call.begins(since_ms=since_ms)
    before = len(call.stops)
    await call.say(telephone(STATUS))
    await until(lambda: len(call.stops) > before)
    await story.goes_on("denver")


async def test_a_lost_socket_is_opened_again_and_the_call_goes_on(network: PhoneNetwork, story: Story) -> None:
    call = await ringing(network, "+15550005555")
    await story.goes_on("what can i do for you")
    await call.quiet()
    await call.say(telephone(STATUS))
    await story.goes_on("denver")
    await call.drop_socket()
    await until(lambda: "start_media" in network.requests)
    await asyncio.wait_for(call.streaming.wait(), PATIENCE_S)
    await story.goes_on("hello again")


async def test_a_goodbye_ends_the_call(network: PhoneNetwork, story: Story) -> None:
    call = await ringing(network, None)
    await story.goes_on("what can i do for you")
    await call.quiet()
    await call.say(telephone("Thank you, goodbye."))
    await story.goes_on("goodbye")
    await over(call)


async def test_a_caller_who_calls_again_is_asked_whether_to_go_on(network: PhoneNetwork, story: Story) -> None:
    call = await asked_for_booking_code(network, story, "+15550007777", "I would like to change my flight.")
    await call.quiet()
    await call.drop_socket()
    await call.hang_up()
    call = await ringing(network, "+15550007777")
    await story.goes_on("hello again", "go on")
    await call.quiet()
    await call.press("1")
    await story.goes_on("booking code")


# A person


async def test_a_caller_is_handed_to_a_clerk_who_was_briefed(network: PhoneNetwork, story: Story) -> None:
    briefings: list[NetworkCall] = []

    async def clerk(call: NetworkCall) -> None:
        briefings.append(call)
        await call.begins(within_s=PATIENCE_S)
        await call.quiet()
        await call.press("1")

    network.phones[CLERK] = clerk
    call = await ringing(network, "+15550008888")
    await story.goes_on("what can i do for you")
    await call.press("0")
    await until(lambda: CLERK in call.others, 2 * PATIENCE_S)
    await until(lambda: "stop_media" in network.requests)
    assert not call.over.is_set(), "the caller and the clerk talk"
    [briefing] = briefings
    heard = (await asyncio.to_thread(heard_as, briefing.sound())).lower()
    assert "person" in heard, heard
    call.others.remove(CLERK)
    call.tell_participants()
    await over(call)


async def test_when_no_clerk_takes_it_the_desk_comes_back_and_calls_back_if_that_is_agreed(
    network: PhoneNetwork, story: Story
) -> None:
    async def busy(call: NetworkCall) -> None:
        await call.begins(within_s=PATIENCE_S)
        await call.press("2")

    called_back = asyncio.Event()

    async def customer(call: NetworkCall) -> None:
        called_back.set()

    network.phones |= {CLERK: busy, "+15550009999": customer}
    call = await ringing(network, "+15550009999")
    await story.goes_on("what can i do for you")
    await call.press("0")
    await until(lambda: network.requests.count("terminate") > 0, 2 * PATIENCE_S)  # the desk hangs up on the clerk
    await hears(call, "back")  # "If you'd like us to call you back, press one."
    await call.press("1")
    await call.begins(within_s=PATIENCE_S)
    await call.hang_up()
    await asyncio.wait_for(called_back.wait(), PATIENCE_S)
