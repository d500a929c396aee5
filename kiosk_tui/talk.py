"""One conversation with the desk over the wire, by the stock `openai` realtime client. Nothing of a screen here.

| state | event | next | told |
|---|---|---|---|
| connecting | the server answers | connected | Connected; the first time, the desk is asked to speak first |
| connecting | it does not | waiting | Away, with the wait |
| waiting | the wait is over, or `retry` | connecting | |
| connected | the socket closes | waiting | Away |

The session key stays the same over all of it, so the server goes on where the conversation stood. Words given while
the server is away are sent when it is back. A reply that was under way when the server went is lost: the customer is
told, and asks again. It is never asked for again on its own, because what it was about may have been done.
"""

from __future__ import annotations

import asyncio
import base64
import os
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from kiosk_tui import events as ev
from kiosk_tui.access import tls_of, token_for
from kiosk_tui.client import KEY_VARIABLE, client_for, why_away
from kiosk_tui.remembered import Desk

if TYPE_CHECKING:
    from openai import AsyncOpenAI
    from openai.resources.realtime.realtime import AsyncRealtimeConnection
    from openai.types.realtime import RealtimeAudioConfigParam, RealtimeSessionCreateRequestParam
    from openai.types.websocket_connection_options import WebSocketConnectionOptions

MODEL = "lobby"
OPEN_SECONDS = 5.0
"""How long a server may take to accept a connection."""
CLOSE_SECONDS = 1.0
"""How long a server may take to say goodbye."""
AUDIO_BACKLOG = 100
"""Blocks of microphone audio (20 ms each) that may wait for a slow socket; what comes after them is dropped."""
BEFORE_S = 10.0
"""Seconds of speech that are kept while the connection is being opened."""
BLOCK_BYTES = 960
STOPPING = "stop"
"""Event id of what stops a reply: the reply may have ended meanwhile, and then the server's error means nothing."""
REPLY_LOST = "The connection was lost before the answer was complete. Please ask again."


@dataclass(frozen=True, slots=True)
class BackOff:
    """Waits between attempts to reach the server, in seconds: the first, then doubled each time up to the longest."""

    first_s: float = 0.5
    longest_s: float = 5.0

    def wait_s(self, failures: int) -> float:
        """The wait after so many failures in a row (at least one)."""
        return min(self.longest_s, self.first_s * 2.0 ** min(failures - 1, 16))


@dataclass(frozen=True, slots=True)
class _Say:
    text: str


@dataclass(frozen=True, slots=True)
class _Hear:
    pcm: bytes


@dataclass(frozen=True, slots=True)
class _Stop:
    response_id: str | None
    item_id: str | None
    heard_ms: int


@dataclass(frozen=True, slots=True)
class _Commit:
    """The customer has let go of the talk key: what was said is a turn."""


@dataclass(frozen=True, slots=True)
class _Ask:
    """Ask for a reply to what was said before."""


@dataclass(frozen=True, slots=True)
class _Configure:
    """Tell the server which of microphone and loudspeaker there is."""


class Talk:
    """A conversation under one session key with `desk` (or the server at that URL, http://HOST:PORT).

    `tell` gets every event, in order, on the loop that runs `run`. `hears`: audio will be given to `hear`, and the
    server finds the turns in it, or (`by_hand`) `end_turn` says where they end. `speaks`: replies come with audio.
    `greet` False: the customer has spoken first; what they say before the connection stands is kept for it.
    """

    def __init__(
        self,
        desk: Desk | str,
        session_key: str,
        tell: Callable[[ev.TalkEvent], None],
        *,
        hears: bool = False,
        speaks: bool = False,
        by_hand: bool = False,
        greet: bool = True,
        voice: str | None = None,
        back_off: BackOff | None = None,
    ) -> None:
        self.desk = Desk(desk, api_key=os.environ.get(KEY_VARIABLE) or None) if isinstance(desk, str) else desk
        self.url = self.desk.url
        self.session_key = session_key
        self.connected = False
        self._tell = tell
        self._hears, self._speaks, self._by_hand = hears, speaks, by_hand
        self._voice = voice
        self._back_off = back_off or BackOff()
        self._met = False
        self._greeted = not greet
        self._before: deque[bytes] | None = None if greet else deque(maxlen=round(BEFORE_S * 48_000 / BLOCK_BYTES))
        self._awaiting = False
        self._replying: str | None = None
        self._stopped: str | None = None
        self._ask_again = False
        self._outbox: asyncio.Queue[_Say | _Hear | _Stop | _Ask | _Configure | _Commit] = asyncio.Queue()
        self._retry = asyncio.Event()

    # What the customer does. None of it blocks.

    def say(self, text: str) -> None:
        """Written words that want a reply; a reply under way is stopped. Kept while the server is away."""
        self._outbox.put_nowait(_Say(text))
        self.retry()

    def hear(self, pcm: bytes) -> None:
        """Spoken input: PCM16 mono at 24 000 Hz. Dropped while the server is away or cannot keep up."""
        if self._before is not None:
            self._before.append(pcm)
            return
        if self.connected and self._outbox.qsize() < AUDIO_BACKLOG:
            self._outbox.put_nowait(_Hear(pcm))

    def stop_reply(self, item_id: str | None = None, heard_ms: int = 0) -> None:
        """Stop the reply; `heard_ms` of the audio of its item `item_id` (None: no audio came) were heard."""
        if self.connected and (self._replying or item_id):
            self._outbox.put_nowait(_Stop(self._replying, item_id, heard_ms))
            self._stopped, self._replying = self._replying or self._stopped, None

    def end_turn(self) -> None:
        """What was heard so far is a turn, and wants a reply (`by_hand`)."""
        if self.connected:
            self._outbox.put_nowait(_Commit())

    def forget(self) -> None:
        """Drop all that was kept to be sent."""
        while not self._outbox.empty():
            self._outbox.get_nowait()
        self._before = None

    def use_sound(self, *, hears: bool, speaks: bool) -> None:
        """From now on there is a microphone, a loudspeaker, or not."""
        self._hears, self._speaks = hears, speaks
        if self.connected:
            self._outbox.put_nowait(_Configure())

    def retry(self) -> None:
        """Try to reach the server now, whatever wait is left."""
        self._retry.set()

    # The connection

    async def run(self) -> None:
        """Hold the conversation until cancelled."""
        client = await asyncio.to_thread(client_for, self.desk)
        failures = 0
        while True:
            try:
                connection = await self._open(client)
            except Exception as error:
                failures += 1
                reason = why_away(error, self.url)
                if reason is None:
                    raise
            else:
                reason = await self._converse(connection)
                failures = 1
            self._lose_reply()
            wait_s = self._back_off.wait_s(failures)
            self._tell(ev.Away(reason, wait_s))
            self._retry.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._retry.wait()

    async def _open(self, client: AsyncOpenAI) -> AsyncRealtimeConnection:
        query = {"session_state_key": self.session_key, "extensions": "1"}
        async with asyncio.timeout(OPEN_SECONDS):
            client.api_key = await token_for(self.desk, self.session_key)
            options = cast("WebSocketConnectionOptions", {"ssl": tls} if (tls := tls_of(self.desk)) else {})
            return await client.realtime.connect(
                model=MODEL, extra_query=query, websocket_connection_options=options
            ).enter()

    async def _converse(self, connection: AsyncRealtimeConnection) -> str:
        """Talk over this connection until it closes; why it did, as one line."""
        from websockets import ConnectionClosed

        self.connected = True
        self._tell(ev.Connected(again=self._met))
        self._met = True
        sending = asyncio.create_task(self._send(connection), name="terminal-to-desk")
        try:
            while True:
                event = ev.told(await connection.recv_bytes())
                if event is not None:
                    self._take(event)
        except ConnectionClosed:
            return "The desk has gone away."
        finally:
            self.connected = False
            sending.cancel()
            with suppress(ConnectionClosed, asyncio.CancelledError):
                await sending
            with suppress(ConnectionClosed, TimeoutError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    await connection.close()

    async def _send(self, connection: AsyncRealtimeConnection) -> None:
        await connection.session.update(session=self._configuration())
        self._keep_only_words()
        before, self._before = self._before or (), None
        for pcm in before:
            await connection.input_audio_buffer.append(audio=base64.b64encode(pcm).decode())
        if not self._greeted and self._outbox.empty():
            await self._ask(connection)
        while True:
            match await self._outbox.get():
                case _Hear(pcm=pcm):
                    await connection.input_audio_buffer.append(audio=base64.b64encode(pcm).decode())
                case _Say(text=text):
                    await self._say(connection, text)
                case _Ask():
                    await self._ask(connection)
                case _Configure():
                    await connection.session.update(session=self._configuration())
                case _Commit():
                    await connection.input_audio_buffer.commit()
                    await self._ask(connection)
                case _Stop(response_id=response_id, item_id=item_id, heard_ms=heard_ms):
                    if response_id:
                        await connection.response.cancel(response_id=response_id, event_id=STOPPING)
                    if item_id:
                        await connection.conversation.item.truncate(
                            item_id=item_id, content_index=0, audio_end_ms=heard_ms, event_id=STOPPING
                        )

    async def _say(self, connection: AsyncRealtimeConnection, text: str) -> None:
        if self._replying:
            self._stopped, self._replying = self._replying, None
            await connection.response.cancel(response_id=self._stopped, event_id=STOPPING)
        await connection.conversation.item.create(
            item={"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
        )
        await self._ask(connection)

    async def _ask(self, connection: AsyncRealtimeConnection) -> None:
        self._awaiting = True
        await connection.response.create()

    def _configuration(self) -> RealtimeSessionCreateRequestParam:
        detected = self._hears and not self._by_hand
        audio: RealtimeAudioConfigParam = {"input": {"turn_detection": {"type": "server_vad"} if detected else None}}
        if self._voice:
            audio["output"] = {"voice": self._voice}
        return {"type": "realtime", "output_modalities": ["audio" if self._speaks else "text"], "audio": audio}

    def _keep_only_words(self) -> None:
        """Of what waits to be sent, leave what still makes sense on a new connection."""
        waiting = [self._outbox.get_nowait() for _ in range(self._outbox.qsize())]
        for command in waiting:
            if isinstance(command, _Say):
                self._outbox.put_nowait(command)

    # What the server says

    def _take(self, event: ev.TalkEvent) -> None:
        match event:
            case ev.ReplyBegun(response_id=response_id):
                self._replying, self._awaiting = response_id, False
            case ev.ReplyDone(response_id=response_id):
                self._greeted = True
                if self._replying == response_id:
                    self._replying = None
                if self._ask_again:
                    self._ask_again = False
                    self._outbox.put_nowait(_Ask())
            case ev.ReplyText(response_id=response_id) | ev.ReplyAudio(response_id=response_id):
                if response_id == self._stopped:
                    return
            case ev.Refused(event_id="stop"):
                return
            case ev.Refused(code=ev.REPLY_RUNS):
                self._ask_again = True
                return
        self._tell(event)

    def _lose_reply(self) -> None:
        """The connection is gone: so is the reply that was under way or asked for."""
        if self._greeted and (self._replying or self._awaiting):
            self._tell(ev.ReplyDone(self._replying or "", "failed", REPLY_LOST))
        self._replying, self._awaiting, self._ask_again = None, False, False
