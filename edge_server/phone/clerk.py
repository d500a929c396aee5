"""The call to the branch's staff during a warm hand-off: ring, brief, and put through on their yes.

| state | event | next |
|---|---|---|
| ringing | answered, its media open | briefing |
| ringing, briefing | the time is over, hung up, failed, the customer gave up | gone: nobody takes it |
| briefing | 1 | taken: the caller and the clerk are joined |
| briefing | 2 | gone: nobody takes it |
| taken | the clerk could not be joined | gone: nobody takes it |

A yes is a key, so that no answering machine takes a call.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Literal

from pydantic import JsonValue
from starlette.websockets import WebSocket, WebSocketDisconnect

from edge_server.phone.briefing import CHOICE
from edge_server.phone.call import Call
from edge_server.phone.call_state import Event
from edge_server.phone.carrier import CarrierError
from edge_server.phone.exchange import Exchange
from edge_server.phone.frames import Digit, FrameError
from edge_server.phone.leg import Leg
from edge_server.phone.line import Line
from edge_server.speech.service import SpeechService

log = logging.getLogger(__name__)

AGAIN_S = 8.0
"""Pause after which the briefing is said again."""


class ClerkLeg(Leg):
    """A call to `number` for the customer of `call`. `text`: the briefing; `seconds`: how long until it is given up."""

    def __init__(
        self,
        exchange: Exchange,
        call: Call,
        speech: SpeechService,
        *,
        number: str,
        text: str,
        voice: str,
        seconds: float,
        ended: Callable[[ClerkLeg], None],
    ) -> None:
        super().__init__()
        self.state: Literal["ringing", "briefing", "taken", "gone"] = "ringing"
        self.given_up = False
        self._exchange, self._call, self._speech = exchange, call, speech
        self._number, self._text, self._voice, self._ended = number, text, voice, ended
        self._timer = asyncio.get_running_loop().call_later(seconds, self._nobody)
        self._media_used = False
        self._tasks = {asyncio.create_task(self._dial(), name="call the clerk")}

    def give_up(self) -> None:
        """The customer does not wait any longer."""
        if self.state in ("ringing", "briefing"):
            self.given_up = True
            self._nobody()

    def told(self, kind: str, data: dict[str, JsonValue]) -> None:
        """See `Leg.told`."""
        if kind in ("CallDisconnected", "CreateCallFailed", "MediaStreamingFailed"):
            self._nobody(hang_up=False)

    def takes_media(self) -> bool:
        """See `Leg.takes_media`: once."""
        return not self._media_used and self.state == "ringing"

    async def media(self, websocket: WebSocket) -> None:
        """Brief whoever answered, until they chose, hung up or their time is over."""
        self._media_used = True
        await websocket.accept()
        try:
            line = await Line.opened(websocket)
        except (FrameError, WebSocketDisconnect):
            self._nobody()
            return
        self.state = "briefing"
        beside = [asyncio.create_task(work) for work in (line.read(), line.pace(), self._brief(line))]
        try:
            await self._choice(line)
        except EOFError:
            if self.state == "briefing":
                self._nobody()
        finally:
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            await line.close()

    async def _brief(self, line: Line) -> None:
        pcm = await self._speech.synthesise(f"{self._text} {CHOICE}", voice=self._voice)
        while True:
            line.speak("briefing", pcm)
            line.spoken("briefing")
            await line.heard_out()
            await asyncio.sleep(AGAIN_S)

    async def _choice(self, line: Line) -> None:
        while self.state == "briefing":
            frame = await line.next()
            if isinstance(frame, Digit) and frame.key == "1":
                line.hush()
                await self._take()
            elif isinstance(frame, Digit) and frame.key == "2":
                self._nobody()

    async def _take(self) -> None:
        self.state = "taken"
        self._timer.cancel()
        customer = self._call.connection
        try:
            if customer is None or self.connection is None or self._call.state.state != "seeking":
                raise CarrierError("the caller is gone")
            await self._exchange.carrier.join(customer, self._number, self.connection)
        except CarrierError as error:
            log.warning("call %s: the clerk took it, but: %s", self._call.id, error)
            self._nobody()
            return
        self._call.happened(Event.CLERK_TOOK_IT)
        self._ended(self)

    def _nobody(self, *, hang_up: bool = True) -> None:
        if self.state == "gone" or (self.state == "taken" and not hang_up):
            return
        self.state = "gone"
        self._timer.cancel()
        self._call.happened(Event.NO_CLERK)
        self._ended(self)
        if hang_up:
            task = asyncio.create_task(self._hang_up())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _dial(self) -> None:
        exchange = self._exchange
        try:
            callbacks = exchange.address("callbacks", self.callback_secret)
            media = exchange.address("media", self.media_secret)
            self.connection = await exchange.carrier.call(self._number, callbacks, media)
        except CarrierError as error:
            log.warning("call %s: %s", self._call.id, error)
            self._nobody(hang_up=False)
            return
        if self.state == "gone":
            await self._hang_up()

    async def _hang_up(self) -> None:
        if self.connection is not None:
            with contextlib.suppress(CarrierError):
                await self._exchange.carrier.hang_up(self.connection)
