"""One call with a customer: its states (`call_state.py`) carried out, step by step and in order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from pydantic import JsonValue
from starlette.websockets import WebSocket, WebSocketDisconnect

from edge_server.phone.call_state import MEDIA_WITHIN_S, CallState, Do, Event
from edge_server.phone.carrier import CarrierError
from edge_server.phone.desk_channel import DeskChannel
from edge_server.phone.exchange import Exchange
from edge_server.phone.frames import FrameError
from edge_server.phone.leg import Leg
from edge_server.phone.line import Line
from edge_server.phone.texts import (
    BACK,
    CALL_YOU_BACK,
    CALLED_BACK,
    CONNECTING,
    NOBODY,
    TEXT_YOU,
    TIME_IS_UP,
    WILL_CALL_BACK,
    WILL_TEXT,
)

if TYPE_CHECKING:
    from edge_server.phone.clerk import ClerkLeg

log = logging.getLogger(__name__)

RESTART_AFTER_S = 1.0
"""A call that is hung up loses its socket first; so long it may take until that is told."""
LAST_WORDS_S = 15.0
"""How long a call whose time is up may last on, however slow its last words come."""
CLOSING_S = 1.5
"""How long a server that stops waits for the carrier to hang up."""


class Call(Leg):
    """A call. `key`: its session; `number`: the customer's, kept in memory only; `context`: of a call that rings."""

    def __init__(
        self, exchange: Exchange, key: str, *, number: str | None, context: str | None, seconds: float, notice: str = ""
    ) -> None:
        super().__init__()
        self.id = secrets.token_hex(4)
        self.key, self.number = key, number
        self.state = CallState("ringing" if context is not None else "answering")
        self.over = asyncio.Event()
        """Set when the carrier has nothing more to be asked for."""
        self._ending = asyncio.Event()
        self._exchange, self._context, self._notice = exchange, context, notice
        self._time_is_up = False
        self._opening = CALLED_BACK if context is None else ""
        """Said first when the desk begins."""
        self._news = 0
        self._were_two = False
        self._media_open_to_one = True
        self._media_held = False
        self._channel: DeskChannel | None = None
        self._clerk: ClerkLeg | None = None
        self._offer: Callable[[], None] | None = None
        self._todo: asyncio.Queue[Do] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        self._timers = [loop.call_later(MEDIA_WITHIN_S, self.happened, Event.MEDIA_LATE)]
        self._timers.append(loop.call_later(seconds, self._time_up))
        self._worker = asyncio.create_task(self._work(), name=f"call {self.id}")

    # What happens

    def happened(self, event: Event) -> None:
        """Take an event; what it asks of the carrier is done soon, in order. A call that ends is let go of at once."""
        for do in self.state.take(event):
            log.info("call %s: %s, so %s", self.id, event.value, do.value)
            self._todo.put_nowait(do)
        if self.state.state == "ended" and not self._ending.is_set():
            self._let_go()

    def told(self, kind: str, data: dict[str, JsonValue]) -> None:
        """See `Leg.told`."""
        match kind:
            case "CallConnected":
                self.happened(Event.CONNECTED)
            case "CallDisconnected":
                self.happened(Event.DISCONNECTED)
            case "AnswerFailed" | "CreateCallFailed":
                self.happened(Event.FAILED)
            case "MediaStreamingFailed":
                self.happened(Event.MEDIA_LOST)
            case "ParticipantsUpdated":
                self._participants_are(data.get("participants"), data.get("sequenceNumber"))
            case "CallTransferAccepted" | "MoveParticipantSucceeded" | "AddParticipantSucceeded":
                log.info("call %s: the clerk is connected", self.id)
            case "CallTransferFailed" | "AddParticipantFailed" | "MoveParticipantFailed":
                if self.state.state == "bridged":
                    log.warning("call %s: the clerk could not be connected", self.id)
                    self._opening, self._media_open_to_one = NOBODY, True
                    self.happened(Event.JOIN_FAILED)

    def _participants_are(self, people: JsonValue, number: JsonValue) -> None:
        """Who is in the call; what is told late, after newer news, counts no more."""
        if not isinstance(people, list) or (isinstance(number, int) and number < self._news):
            return
        self._news = number if isinstance(number, int) else self._news
        if self.state.state == "bridged" and self._were_two and len(people) < 2:
            self.happened(Event.ONE_LEFT)
        self._were_two = len(people) >= 2

    async def media(self, websocket: WebSocket) -> None:
        """Hold the call's media socket; its secret opens one, and another only after that one was lost."""
        self._media_open_to_one, self._media_held = False, True
        try:
            await websocket.accept()
            await self._hold(await Line.opened(websocket))
        except (FrameError, WebSocketDisconnect) as error:
            log.warning("call %s: its media socket is of no use: %s", self.id, error)
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await websocket.close(1003)
            self.happened(Event.MEDIA_LATE)
        finally:
            self._media_held = False
            self._gone_if_over()

    async def _hold(self, line: Line) -> None:
        self.happened(Event.MEDIA_OPENED)
        channel = self._channel = await self._exchange.channel(line, self)
        if channel is None or self.state.state != "streaming":
            await line.close(1013)
            self.happened(Event.DONE)
            return
        try:
            opening, self._opening = self._opening, ""
            await channel.run(self.key, notice=self._notice, opening=opening)
        finally:
            self._channel, self._notice = None, ""
            log.info("call %s: longest gap in speech %.0f ms", self.id, line.late_ms)
            if self.state.state in ("streaming", "seeking"):
                self._media_open_to_one = line.gone
                self.happened(Event.MEDIA_LOST if line.gone else Event.DONE)
            await line.close()

    def takes_media(self) -> bool:
        """See `Leg.takes_media`."""
        return self._media_open_to_one and self.state.state in ("answering", "connected")

    # What the desk's channel says

    def person_wanted(self) -> None:
        """The customer asked for a person."""
        self.happened(Event.PERSON_WANTED)

    def said_goodbye(self) -> None:
        """The conversation is over."""
        self.happened(Event.DONE)

    def booked(self, details: dict[str, JsonValue]) -> None:
        """A write was carried out: offer it as a text message, where that may be."""
        if self._channel is not None and self._exchange.may_text(self):

            def agreed() -> None:
                self._later(self._exchange.text(self, details))
                self._say(WILL_TEXT)

            self._offer = agreed
            self._say(TEXT_YOU)

    def pressed(self, key: str) -> bool:
        """A key was pressed. Whether the call itself waited for it: a star ends the wait, a one takes an offer."""
        if self._time_is_up:
            return True
        if self.state.state == "seeking":
            if key == "*" and self._clerk is not None:
                self._clerk.give_up()
            return True
        offer, self._offer = self._offer, None
        if offer is not None and key == "1":
            offer()
            return True
        return False

    async def redeem(self, code: str) -> str | None:
        """The session key behind a resume code; the call goes on with that session."""
        key = await self._exchange.redeem(code, self)
        self.key = key or self.key
        return key

    # What is to be done

    async def _work(self) -> None:
        while (do := await self._todo.get()) is not Do.CLEAN_UP:
            try:
                await self._carry_out(do)
            except CarrierError as error:
                log.warning("call %s: %s", self.id, error)
                if do in (Do.ANSWER, Do.RESTART_MEDIA):
                    self.happened(Event.FAILED)
            except Exception:
                log.exception("call %s: %s went wrong; the call ends", self.id, do.value)
                self.happened(Event.TIME_UP)
        self.over.set()
        self._gone_if_over()

    async def _carry_out(self, do: Do) -> None:
        carrier, exchange = self._exchange.carrier, self._exchange
        match do:
            case Do.ANSWER:
                assert self._context is not None, "only a call that rings is answered"
                callbacks = exchange.address("callbacks", self.callback_secret)
                media = exchange.address("media", self.media_secret)
                self.connection = await carrier.answer(self._context, callbacks, media)
                if self.state.state == "ended":
                    await carrier.hang_up(self.connection)
            case Do.REJECT:
                assert self._context is not None, "only a call that rings is rejected"
                await carrier.reject(self._context, busy=True)
            case Do.RESTART_MEDIA:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(RESTART_AFTER_S):
                        await self._ending.wait()
                if self.connection is None or self.state.state != "connected":
                    return
                loop = asyncio.get_running_loop()
                self._timers.append(loop.call_later(MEDIA_WITHIN_S, self.happened, Event.MEDIA_LATE))
                await carrier.restart_media(self.connection)
            case Do.CALL_CLERK:
                self._clerk = exchange.seek_clerk(self)
                if self._clerk is None:
                    self.happened(Event.NO_CLERK)
                elif self._channel is not None:
                    self._channel.hold()
                    self._say(CONNECTING)
            case Do.OFFER:
                await self._offer_instead()
            case Do.END_DESK:
                if self._channel is not None:
                    self._channel.leave()
                if self.connection is not None:
                    await carrier.stop_media(self.connection)
            case Do.HANG_UP:
                if self.connection is not None:
                    await carrier.hang_up(self.connection)

    async def _offer_instead(self) -> None:
        """Nobody took the call, or the customer came back."""
        clerk, self._clerk = self._clerk, None
        if self._channel is None or self._time_is_up:
            return
        given_up = clerk is not None and clerk.given_up
        self._channel.resume(BACK if given_up else NOBODY)
        if not given_up and self._exchange.may_call_back(self):

            def agreed() -> None:
                self._exchange.call_back_later(self)
                self._say(WILL_CALL_BACK)

            self._offer = agreed
            self._say(CALL_YOU_BACK)

    def _let_go(self) -> None:
        """The call has ended: nothing of it goes on but what the carrier is still to be asked for."""
        self._ending.set()
        for timer in self._timers:
            timer.cancel()
        if self._channel is not None:
            self._channel.leave()
        if self._clerk is not None:
            self._clerk.give_up()
        self._exchange.ended(self)

    def _gone_if_over(self) -> None:
        if self.over.is_set() and not self._media_held:
            self._exchange.gone(self)

    def _say(self, text: str) -> None:
        if self._channel is not None:
            self._channel.say(text)

    def _time_up(self) -> None:
        """The call has lasted as long as it may: say so, and hang up. Two people who talk are told nothing."""
        if self._channel is None or self.state.state not in ("streaming", "seeking"):
            self.happened(Event.TIME_UP)
            return
        self._time_is_up = True
        self._timers.append(asyncio.get_running_loop().call_later(LAST_WORDS_S, self.happened, Event.TIME_UP))
        self._channel.hold()
        self._channel.say(TIME_IS_UP, then=lambda: self.happened(Event.TIME_UP))
        if self._clerk is not None:
            self._clerk.give_up()

    def _later(self, work: Awaitable[None]) -> None:
        async def run() -> None:
            try:
                await work
            except CarrierError as error:
                log.warning("call %s: %s", self.id, error)

        self._side_task = asyncio.create_task(run())

    @property
    def channel(self) -> DeskChannel | None:
        """The desk's channel while there is one."""
        return self._channel

    async def close(self) -> None:
        """The server stops: end the call."""
        self.happened(Event.TIME_UP)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSING_S):
                await self.over.wait()
        self._worker.cancel()
        await asyncio.gather(self._worker, return_exceptions=True)
