"""A scripted customer at the terminal: their lines are typed, picked and pressed as a person would, for all to see.

Who the customer is, and what they answer, is another program's business. It hears of every complete reply as one line
of JSON, `{"said": "...", "secret": false}`, and answers with `{"line": "..."}`, `{"end": true}` when the customer
leaves, or `{"quit": true}` when the terminal is to close. `{"wait_s": 1.5}` beside a line: time to look first.
"""

from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING

from textual.widgets import Input

from kiosk_tui.screens.confirm import NO, YES, ConfirmScreen
from kiosk_tui.screens.pin import PinScreen
from kiosk_tui.screens.receipt import ReceiptScreen
from kiosk_tui.widgets.keypad import Keypad

if TYPE_CHECKING:
    from kiosk_tui.serving import Serving

LETTER_S = 0.035
KEY_S = 0.25
LOOK_S = 0.05


class Hands:
    """`lines_in`, `seen_out`: file descriptors of the other program."""

    def __init__(self, app: Serving, lines_in: int, seen_out: int) -> None:
        self._app = app
        self._in, self._out = lines_in, seen_out
        self._told = ""

    async def run(self) -> None:
        """Until the other program says that it is over."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(self._in, "rb", 0))
        while True:
            said = await self._reply()
            os.write(self._out, (json.dumps({"said": said}) + "\n").encode())
            answer = json.loads(await reader.readline() or b'{"quit": true}')
            await asyncio.sleep(float(answer.get("wait_s", 0.0)))
            self._app.record()
            if answer.get("quit"):
                self._app.exit()
                return
            if answer.get("end"):
                self._app.end_visit("Thank you.")
                await asyncio.sleep(LOOK_S)
                self._app.record()
                while self._app.screen is not self._app.attract:  # noqa: ASYNC110, looked at as a person does
                    await asyncio.sleep(LOOK_S)
                self._app.record()
                await asyncio.sleep(KEY_S)
                self._app.begin()
            else:
                await self._say(str(answer.get("line", "")))

    async def _reply(self) -> str:
        """The words of the next complete reply, when it has been heard to its end."""
        while True:
            await asyncio.sleep(LOOK_S)
            visit, screen = self._app.visit, self._app.conversation
            if visit is None:
                if self._app.screen is self._app.attract:
                    self._app.begin()
                continue
            over = screen is not None and not screen.replying and not screen.thinking and not self._app.sounding
            if over and visit.caption and visit.caption is not self._told:
                self._told = visit.caption
                await asyncio.sleep(5 * LOOK_S)  # what follows a reply: expecting, receipt
                return visit.caption

    async def _say(self, line: str) -> None:
        screen = self._app.screen
        if isinstance(screen, ReceiptScreen):
            screen.dismiss()
            await asyncio.sleep(KEY_S)
            screen = self._app.screen
        digits = "".join(one for one in line if one.isdigit())
        if isinstance(screen, PinScreen) and digits:
            keypad = screen.query_one(Keypad)
            for digit in digits:
                keypad.press(digit)
                await asyncio.sleep(KEY_S)
            self._app.record()
            await asyncio.sleep(KEY_S)
            keypad.press("OK")
            return
        if isinstance(screen, ConfirmScreen) and line.lower().strip(" .!") in (YES, NO, "yes please"):
            answer = NO if line.lower().strip(" .!") == NO else YES
            screen.query_one(f"#{answer}").focus()
            await asyncio.sleep(KEY_S)
            screen.action_answer(answer)
            return
        if isinstance(screen, PinScreen | ConfirmScreen):
            screen.dismiss(None)
            await asyncio.sleep(KEY_S)
        conversation = self._app.conversation
        if conversation is None:
            return
        words: Input = conversation.words
        words.clear()
        for letter in line:
            words.insert_text_at_cursor(letter)
            await asyncio.sleep(LETTER_S)
        self._app.record()
        await words.action_submit()
