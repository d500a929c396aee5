"""A conversation over the wire, with a real server that goes away and comes back."""

from __future__ import annotations

import asyncio
import socket
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import pytest
import uvicorn

from edge_server.app import make_app
from edge_server.readiness import Readiness
from edge_server.settings import load
from kiosk_tui import events as ev
from kiosk_tui.talk import REPLY_LOST, BackOff, Talk
from tests.kiosk_tui.conftest import Cable
from tests.server_tools import Server

Event = TypeVar("Event")
NOT_SAID_AHEAD = "How much is a second checked bag?"
"""A question whose answer has to be spoken, so that it takes a while."""
AT_ONCE = BackOff(first_s=0.01, longest_s=0.05)


class Told:
    """What a conversation has told so far, and what it tells next."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[ev.TalkEvent] = asyncio.Queue()

    async def next(self, kind: type[Event], wanted: Callable[[Event], bool] = lambda event: True) -> Event:
        """The next event of this kind that is wanted; others before it are dropped."""
        async with asyncio.timeout(30):
            while True:
                event = await self.queue.get()
                if isinstance(event, kind) and wanted(event):
                    return event

    async def reply(self) -> str:
        """The words of the next complete reply."""
        text = ""
        async with asyncio.timeout(30):
            while True:
                match await self.queue.get():
                    case ev.ReplyText(delta=delta):
                        text += delta
                    case ev.TurnDone():
                        return text
                    case ev.ReplyDone(status=status, message=message) if status != "completed":
                        pytest.fail(f"the reply was {status}: {message}")


@asynccontextmanager
async def talking(url: str, *, key: str | None = None, speaks: bool = False) -> AsyncIterator[tuple[Talk, Told]]:
    told = Told()
    talk = Talk(url, key or str(uuid.uuid4()), told.queue.put_nowait, speaks=speaks, back_off=AT_ONCE)
    running = asyncio.create_task(talk.run())
    try:
        yield talk, told
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_the_desk_greets_first_and_then_answers_what_is_typed(server: Server) -> None:
    async with talking(server.url) as (talk, told):
        assert "Lobby" in await told.reply()
        talk.say("What is the status of flight LB204?")
        assert "35" in await told.reply()


async def test_the_conversation_goes_on_after_the_server_was_away(cable: Cable) -> None:
    async with talking(cable.url) as (talk, told):
        await told.reply()
        talk.say("What is the status of flight LB204?")
        await told.reply()
        await cable.pull()
        away = await told.next(ev.Away)
        assert cable.url in away.reason or "gone" in away.reason
        talk.say("And which gate does it leave from?")
        await told.next(ev.Away, lambda event: "lobby serve" in event.reason)
        await cable.plug()
        assert (await told.next(ev.Connected)).again
        assert "B12" in await told.reply()


async def test_a_reply_that_went_with_the_server_is_said_to_be_lost(cable: Cable) -> None:
    async with talking(cable.url, speaks=True) as (talk, told):
        await told.next(ev.TurnDone)
        talk.say("What is the status of flight LB204?")
        await told.next(ev.ReplyBegun)
        await cable.pull()
        done = await told.next(ev.ReplyDone)
        assert (done.status, done.message) == ("failed", REPLY_LOST)


async def test_a_stopped_reply_says_nothing_more(server: Server) -> None:
    async with talking(server.url, speaks=True) as (talk, told):
        await told.next(ev.TurnDone)
        talk.say(NOT_SAID_AHEAD)
        begun = await told.next(ev.ReplyBegun)
        await told.next(ev.ReplyText)
        talk.stop_reply()
        async with asyncio.timeout(30):
            while True:
                event = await told.queue.get()
                assert not isinstance(event, ev.ReplyText | ev.ReplyAudio | ev.Refused)
                if isinstance(event, ev.ReplyDone):
                    break
        assert event == ev.ReplyDone(begun.response_id, "cancelled")


async def test_words_over_a_reply_stop_it_and_are_answered(server: Server) -> None:
    async with talking(server.url, speaks=True) as (talk, told):
        await told.next(ev.TurnDone)
        talk.say(NOT_SAID_AHEAD)
        await told.next(ev.ReplyText)
        talk.say("What is the status of flight LB204?")
        assert (await told.next(ev.ReplyDone)).status == "cancelled"
        assert "35" in await told.reply()


async def test_two_questions_at_once_are_both_answered(server: Server) -> None:
    async with talking(server.url) as (talk, told):
        await told.reply()
        talk.say("What is the status of flight LB204?")
        talk.say("What is the status of flight LB118?")
        text = ""
        while "LB118" not in text:
            event = await told.next(ev.ReplyText)
            text += event.delta


async def test_a_reply_with_sound_brings_audio(server: Server) -> None:
    async with talking(server.url, speaks=True) as (_, told):
        audio = await told.next(ev.ReplyAudio)
        assert len(audio.pcm) > 1_000 and len(audio.pcm) % 2 == 0


@pytest.mark.parametrize(("key", "reason"), [("a-key-of-its-own", "LOBBY_API_KEY"), (None, "not available (503)")])
async def test_a_server_that_refuses_says_why(tmp_path: Path, key: str | None, reason: str) -> None:
    """Its models are not loaded, and with a key it does not even come to that."""
    listener = socket.create_server(("127.0.0.1", 0))
    app = make_app(load(data_dir=tmp_path, api_key=key), Readiness())
    http = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", ws="websockets-sansio"))
    serving = asyncio.create_task(http.serve(sockets=[listener]))
    async with talking(f"http://127.0.0.1:{listener.getsockname()[1]}") as (_, told):
        assert reason in (await told.next(ev.Away)).reason
    http.should_exit = True
    await serving


async def test_an_address_where_nobody_listens_says_how_to_start_a_server(cable: Cable) -> None:
    url = cable.url
    await cable.pull()
    async with talking(url) as (_, told):
        assert (await told.next(ev.Away)).reason == f"No desk answers at {url}. Start it with: lobby serve"
    await cable.plug()


async def test_something_else_that_listens_is_no_desk() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"220 a mail server\r\n")
        writer.close()

    listener = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    async with listener, talking(url) as (_, told):
        assert "no Lobby desk" in (await told.next(ev.Away)).reason


def test_the_waits_double_up_to_the_longest() -> None:
    back_off = BackOff(first_s=0.5, longest_s=5.0)
    assert [back_off.wait_s(failures) for failures in (1, 2, 3, 4, 5, 500)] == [0.5, 1.0, 2.0, 4.0, 5.0, 5.0]
